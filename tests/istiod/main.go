// The verdicts of istiod's own code on CA files: a question, as pki/go has it, a line on stdin, a verdict a line on stdout. Empty: they
// are taken.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"time"

	"istio.io/istio/pkg/webhooks/util"
	"istio.io/istio/security/pkg/pki/ca"
	pki "istio.io/istio/security/pkg/pki/util"
)

type question struct {
	Files struct {
		CACert, CAKey, CertChain, RootCert, CRL []byte
	}
	Workload string
	Istiod   []string
}

type verdict struct {
	Start   string `json:"start"`
	Reload  string `json:"reload"`
	Server  string `json:"server"`
	Client  string `json:"client"`
	Istiod  string `json:"istiod"`
	Webhook string `json:"webhook"`
	// What an agent gives its Envoy: of a CA that istiod starts with.
	Chain string `json:"chain"`
	Key   string `json:"key"`
	Root  string `json:"root"`
}

// What workloads are signed for, and their key.
type request struct {
	csr, key []byte
}

const day = 24 * time.Hour

func main() {
	dir, err := os.MkdirTemp("", "istiod-")
	must(err)
	defer os.RemoveAll(dir)
	csr, key, err := pki.GenCSR(pki.CertOptions{ECSigAlg: pki.EcdsaSigAlg})
	must(err)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<28)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var q question
		must(json.Unmarshal(in.Bytes(), &q))
		must(json.NewEncoder(out).Encode(q.verdict(dir, request{csr, key})))
	}
	must(in.Err())
}

func (q question) verdict(dir string, request request) verdict {
	bundle := q.write(dir)
	v := verdict{
		Reload:  text(new(pki.KeyCertBundle).UpdateVerifiedKeyCertBundleFromFile(bundle.SigningCertFile, bundle.SigningKeyFile, bundle.CertChainFiles, bundle.RootCertFile, bundle.CRLFile)),
		Webhook: text(util.VerifyCABundle(q.Files.RootCert)),
	}
	options, err := ca.NewPluggedCertIstioCAOptions(bundle, day, 90*day, 2048)
	var istioCA *ca.IstioCA
	if err == nil {
		istioCA, err = ca.NewIstioCA(options)
	}
	v.Start = text(err)
	if err == nil {
		v.Server = q.presented(istioCA, request, []string{q.Workload}, x509.ExtKeyUsageServerAuth, "")
		v.Client = q.presented(istioCA, request, []string{q.Workload}, x509.ExtKeyUsageClientAuth, "")
		v.Istiod = q.presented(istioCA, request, q.Istiod, x509.ExtKeyUsageServerAuth, q.Istiod[0])
		v.Chain, v.Root = q.served(istioCA, request)
		v.Key = string(request.key)
	}
	return v
}

// Why Go refuses what this CA signs, with the chain that it serves.
func (q question) presented(istioCA *ca.IstioCA, request request, ids []string, usage x509.ExtKeyUsage, host string) string {
	served, err := istioCA.SignWithCertChain(request.csr, ca.CertOpts{SubjectIDs: ids, TTL: day})
	if err != nil {
		return err.Error()
	}
	block, chain := pem.Decode([]byte(strings.Join(served, "")))
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err.Error()
	}
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(q.Files.RootCert)
	intermediates.AppendCertsFromPEM(chain)
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{usage}, DNSName: host,
	})
	return text(err)
}

// As istiod answers an agent (CreateCertificate of security/pkg/server/ca/server.go), and the agent its Envoy (generateNewSecret of
// security/pkg/nodeagent/cache/secretcache.go).
func (q question) served(istioCA *ca.IstioCA, request request) (chain, root string) {
	leaf, err := istioCA.Sign(request.csr, ca.CertOpts{SubjectIDs: []string{q.Workload}, TTL: day})
	if err != nil {
		return "", ""
	}
	parts := []string{}
	for _, text := range []string{string(leaf), string(q.Files.CertChain)} {
		for _, certificate := range pki.PemCertBytestoString([]byte(text)) {
			parts = append(parts, certificate+"\n")
		}
	}
	root = string(q.Files.RootCert)
	return strings.Join(append(parts, root), ""), root
}

func (q question) write(dir string) ca.SigningCAFileBundle {
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		must(os.WriteFile(path, content, 0o600))
		return path
	}
	bundle := ca.SigningCAFileBundle{
		RootCertFile:    write(ca.RootCertFile, q.Files.RootCert),
		CertChainFiles:  []string{write(ca.CertChainFile, q.Files.CertChain)},
		SigningCertFile: write(ca.CACertFile, q.Files.CACert),
		SigningKeyFile:  write(ca.CAPrivateKeyFile, q.Files.CAKey),
	}
	if len(q.Files.CRL) > 0 {
		bundle.CRLFile = write(ca.CACRLFile, q.Files.CRL)
	}
	return bundle
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
