// What Go's encoding/pem and crypto/x509 read of texts: base64 of one a line on stdin, what it found as a JSON object a line on
// stdout.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
)

type block struct {
	Type    string `json:"type"`
	Der     []byte `json:"der"`
	Headers bool   `json:"headers"`
	// How many bytes are left after it.
	Rest int `json:"rest"`
	// As Go writes it, without headers.
	Encoded string `json:"encoded"`
}

type request struct {
	Der        []byte   `json:"der"`
	Signed     bool     `json:"signed"`
	Subject    string   `json:"subject"`
	Attributes int      `json:"attributes"`
	Names      []string `json:"names"`
	Extensions []string `json:"extensions"`
	Key        string   `json:"key"`
}

type found struct {
	Blocks []block `json:"blocks"`
	// The first block as a request, if it is one.
	Request *request `json:"request,omitempty"`
	// How many certificates a pool takes of it.
	Pool int `json:"pool"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<28)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		text, err := base64.StdEncoding.DecodeString(in.Text())
		if err != nil {
			panic(err)
		}
		if err := json.NewEncoder(out).Encode(read(text)); err != nil {
			panic(err)
		}
	}
}

func read(text []byte) found {
	f := found{Blocks: []block{}, Pool: pool(text)}
	for rest := text; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		encoded := string(pem.EncodeToMemory(&pem.Block{Type: b.Type, Bytes: b.Bytes}))
		f.Blocks = append(f.Blocks, block{b.Type, b.Bytes, len(b.Headers) > 0, len(rest), encoded})
	}
	if len(f.Blocks) > 0 {
		f.Request = parse(f.Blocks[0].Der)
	}
	return f
}

// The subjects of a pool are one for each certificate.
func pool(text []byte) int {
	certificates := x509.NewCertPool()
	certificates.AppendCertsFromPEM(text)
	return len(certificates.Subjects()) //nolint:staticcheck // not the system's pool
}

func parse(der []byte) *request {
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil
	}
	r := request{Der: csr.Raw, Signed: csr.CheckSignature() == nil, Subject: csr.Subject.String()}
	r.Attributes = len(csr.Attributes) //nolint:staticcheck // all of them
	for _, name := range csr.DNSNames {
		r.Names = append(r.Names, "DNS:"+name)
	}
	for _, name := range csr.EmailAddresses {
		r.Names = append(r.Names, "email:"+name)
	}
	for _, name := range csr.IPAddresses {
		r.Names = append(r.Names, "IP:"+name.String())
	}
	for _, name := range csr.URIs {
		r.Names = append(r.Names, "URI:"+name.String())
	}
	for _, extension := range csr.Extensions {
		r.Extensions = append(r.Extensions, extension.Id.String())
	}
	switch key := csr.PublicKey.(type) {
	case *rsa.PublicKey:
		r.Key = fmt.Sprintf("RSA %d %d", key.N.BitLen(), key.E)
	case *ecdsa.PublicKey:
		r.Key = "ECDSA " + key.Curve.Params().Name
	default:
		r.Key = fmt.Sprintf("%T", key)
	}
	return &r
}
