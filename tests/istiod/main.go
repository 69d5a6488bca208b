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

	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/security"
	"istio.io/istio/pkg/webhooks/util"
	"istio.io/istio/security/pkg/nodeagent/cache"
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

const day = 24 * time.Hour

func main() {
	// Agents log each certificate.
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	dir, err := os.MkdirTemp("", "istiod-")
	must(err)
	defer os.RemoveAll(dir)
	csr, _, err := pki.GenCSR(pki.CertOptions{ECSigAlg: pki.EcdsaSigAlg})
	must(err)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<28)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var q question
		must(json.Unmarshal(in.Bytes(), &q))
		must(json.NewEncoder(out).Encode(q.verdict(dir, csr)))
	}
	must(in.Err())
}

func (q question) verdict(dir string, csr []byte) verdict {
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
		v.Server = q.presented(istioCA, csr, []string{q.Workload}, x509.ExtKeyUsageServerAuth, "")
		v.Client = q.presented(istioCA, csr, []string{q.Workload}, x509.ExtKeyUsageClientAuth, "")
		v.Istiod = q.presented(istioCA, csr, q.Istiod, x509.ExtKeyUsageServerAuth, q.Istiod[0])
		v.Chain, v.Key, v.Root = q.served(istioCA)
	}
	return v
}

// Why Go refuses what this CA signs, with the chain that it serves.
func (q question) presented(istioCA *ca.IstioCA, csr []byte, ids []string, usage x509.ExtKeyUsage, host string) string {
	served, err := istioCA.SignWithCertChain(csr, ca.CertOpts{SubjectIDs: ids, TTL: day})
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

// What an agent gives its Envoy, by the agent's own code.
func (q question) served(istioCA *ca.IstioCA) (chain, key, root string) {
	agent, err := cache.NewSecretManagerClient(istiod{istioCA, q}, &security.Options{
		TrustDomain: "cluster.local", WorkloadNamespace: "default", ServiceAccount: "default", ECCSigAlg: string(pki.EcdsaSigAlg),
	})
	must(err)
	defer agent.Close()
	workload, err := agent.GenerateSecret(security.WorkloadKeyCertResourceName)
	if err != nil {
		return "", "", ""
	}
	roots, err := agent.GenerateSecret(security.RootCertReqResourceName)
	must(err)
	return string(workload.CertificateChain), string(workload.PrivateKey), string(roots.RootCert)
}

// What an agent asks for certificates.
type istiod struct {
	ca *ca.IstioCA
	q  question
}

// As istiod answers an agent (CreateCertificate of security/pkg/server/ca/server.go).
func (i istiod) CSRSign(csr []byte, _ int64) ([]string, error) {
	leaf, err := i.ca.Sign(csr, ca.CertOpts{SubjectIDs: []string{i.q.Workload}, TTL: day})
	if err != nil {
		return nil, err
	}
	parts := []string{}
	for _, text := range []string{string(leaf), string(i.q.Files.CertChain)} {
		for _, certificate := range pki.PemCertBytestoString([]byte(text)) {
			parts = append(parts, certificate+"\n")
		}
	}
	return append(parts, string(i.q.Files.RootCert)), nil
}

func (istiod) Close() {}

func (istiod) GetRootCertBundle() ([]string, error) { return nil, nil }

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
