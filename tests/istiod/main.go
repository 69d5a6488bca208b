// istiod's own verdict on folders of CA files, one JSON object a line: what it says when it starts with them, and when
// they take the place of the first folder's in a running one. Empty: it takes them.
package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"istio.io/istio/security/pkg/pki/ca"
)

type verdict struct {
	Start  string `json:"start"`
	Reload string `json:"reload"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for _, dir := range os.Args[2:] {
		bundle := files(dir)
		if err := out.Encode(verdict{start(bundle), reload(os.Args[1], bundle)}); err != nil {
			panic(err)
		}
	}
}

// As detectSigningCABundleAndCRL of pilot/pkg/bootstrap, which is not exported.
func files(dir string) ca.SigningCAFileBundle {
	path := func(name string) string { return filepath.Join(dir, name) }
	if exists(path(ca.TLSSecretCACertFile)) {
		return ca.SigningCAFileBundle{
			RootCertFile:    path(ca.TLSSecretRootCertFile),
			CertChainFiles:  []string{path(ca.TLSSecretCACertFile), path(ca.TLSSecretRootCertFile)},
			SigningCertFile: path(ca.TLSSecretCACertFile),
			SigningKeyFile:  path(ca.TLSSecretCAPrivateKeyFile),
		}
	}
	bundle := ca.SigningCAFileBundle{
		RootCertFile:    path(ca.RootCertFile),
		CertChainFiles:  []string{path(ca.CertChainFile)},
		SigningCertFile: path(ca.CACertFile),
		SigningKeyFile:  path(ca.CAPrivateKeyFile),
	}
	if exists(path(ca.CACRLFile)) {
		bundle.CRLFile = path(ca.CACRLFile)
	}
	return bundle
}

// A missing file ends in an error here as it does in istiod, which asks beforehand whether all are there.
func start(bundle ca.SigningCAFileBundle) string {
	day := 24 * time.Hour
	options, err := ca.NewPluggedCertIstioCAOptions(bundle, day, 90*day, 2048)
	if err == nil {
		_, err = ca.NewIstioCA(options)
	}
	return text(err)
}

func reload(running string, bundle ca.SigningCAFileBundle) string {
	options, err := ca.NewPluggedCertIstioCAOptions(files(running), time.Hour, time.Hour, 2048)
	if err != nil {
		panic(err)
	}
	return text(options.KeyCertBundle.UpdateVerifiedKeyCertBundleFromFile(
		bundle.SigningCertFile, bundle.SigningKeyFile, bundle.CertChainFiles, bundle.RootCertFile, bundle.CRLFile))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
