// gensdk writes the SDKs of a package for Go, Python and .NET, as `pulumi package add` does by the language hosts.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/dotnet"
	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Arguments: the file of the schema, and the folder for the SDKs.
func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	files, err := golang.GeneratePackage("gensdk", bind(text), nil)
	check(err)
	write(filepath.Join(os.Args[2], "go"), files)
	files, err = python.GeneratePackage("gensdk", bind(text), nil, nil)
	check(err)
	write(filepath.Join(os.Args[2], "python"), files)
	files, err = dotnet.GeneratePackage("gensdk", withLogo(bind(text)), nil, nil)
	check(err)
	write(filepath.Join(os.Args[2], "dotnet"), files)
}

// bind reads the schema; each generator needs a package of its own, because it changes names in it.
func bind(text []byte) *schema.Package {
	var spec schema.PackageSpec
	check(json.Unmarshal(text, &spec))
	pkg, diagnostics, err := schema.BindSpec(spec, nil, schema.ValidationOptions{})
	check(err)
	if diagnostics.HasErrors() {
		log.Fatal(diagnostics)
	}
	return pkg
}

// withLogo gives the package an empty logo on this machine: the generator of .NET would download Pulumi's own.
func withLogo(pkg *schema.Package) *schema.Package {
	pkg.LogoURL = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).URL
	return pkg
}

func write(folder string, files map[string][]byte) {
	for name, content := range files {
		file := filepath.Join(folder, name)
		check(os.MkdirAll(filepath.Dir(file), 0o755))
		check(os.WriteFile(file, content, 0o644))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
