package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Verdict is what istiod, agents, webhooks and peers do with the files; empty if they accept them. The order of the steps is istiod's, and
// the first that fails ends them.
type Verdict struct {
	// The step at which istiod rejects them when it starts, and its message.
	Step  Step   `json:"step,omitempty"`
	Start string `json:"start,omitempty"`
	// Whether a running istiod rejects them too, with the same message: it takes the steps before notCA.
	Reload bool `json:"reload,omitempty"`
	// The certificate of a workload, DER: as istiod signs it, but with another key.
	Workload []byte `json:"workload,omitempty"`
	// What it serves after that certificate, PEM (CreateCertificate of istio security/pkg/server/ca/server.go).
	Served string `json:"served,omitempty"`
	// Why Go rejects that certificate, as a server's and as a client's.
	Server string `json:"server,omitempty"`
	Client string `json:"client,omitempty"`
	// Why agents reject the certificate that istiod serves.
	Istiod string `json:"istiod,omitempty"`
	// Why istiod never writes root-cert.pem into its webhooks (istio pkg/webhooks/util VerifyCABundle).
	Webhook string `json:"webhook,omitempty"`
}

// Step is a step of istiod's verification.
type Step string

// The steps in istiod's order (Verify of istio security/pkg/pki/util/keycertbundle.go, then NewPluggedCertIstioCAOptions and
// minTTL of security/pkg/pki/ca/ca.go).
const (
	parse      Step = "parse"
	trust      Step = "trust"
	parseKey   Step = "parseKey"
	pair       Step = "pair"
	parseChain Step = "parseChain"
	parseCRL   Step = "parseCRL"
	missingCRL Step = "missingCRL"
	notCA      Step = "notCA"
	chainTTL   Step = "chainTTL"
)

type refusal struct {
	step Step
	err  error
}

func (q Question) verdict() Verdict {
	verdict := Verdict{Webhook: text(verifyCABundle(q.Files.RootCert))}
	certificate, refused := q.verify()
	verdict.Reload = refused != nil
	if refused == nil {
		refused = q.start(certificate)
	}
	if refused != nil {
		verdict.Step, verdict.Start = refused.step, refused.err.Error()
	}
	if certificate != nil && certificate.IsCA {
		q.presented(certificate, &verdict)
	}
	return verdict
}

// verify takes the steps of a start and of a reload.
func (q Question) verify() (*x509.Certificate, *refusal) {
	certificate, err := first(q.Files.CACert)
	if err != nil {
		return nil, &refusal{parse, fmt.Errorf("failed to parse cert PEM: %w", err)}
	}
	chains, err := certificate.Verify(x509.VerifyOptions{
		Roots:         pool(q.Files.RootCert),
		Intermediates: pool(q.Files.CertChain),
		CurrentTime:   q.Now,
	})
	if err != nil || len(chains) == 0 {
		return certificate, &refusal{trust, err}
	}
	if _, err := parsePrivateKey(q.Files.CAKey); err != nil {
		return certificate, &refusal{parseKey, err}
	}
	if _, err := tls.X509KeyPair(q.Files.CACert, q.Files.CAKey); err != nil {
		return certificate, &refusal{pair, err}
	}
	if len(q.Files.CRL) == 0 {
		return certificate, nil
	}
	return certificate, verifyCRLs(q.Files)
}

// start takes the further steps of a start.
func (q Question) start(certificate *x509.Certificate) *refusal {
	if !certificate.IsCA {
		return &refusal{notCA, errors.New("certificate is not authorized to sign other certificates")}
	}
	if len(q.Files.CertChain) == 0 {
		return nil
	}
	served, err := first(q.Files.CertChain)
	if err != nil {
		return &refusal{chainTTL, err}
	}
	if served.NotAfter.Before(q.Now) {
		return &refusal{chainTTL, fmt.Errorf("cert chain has expired at %s", served.NotAfter.Format(time.RFC3339))}
	}
	return nil
}

func verifyCRLs(files Files) *refusal {
	missing := map[string]*x509.Certificate{}
	for rest := files.CertChain; ; {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		signer, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return &refusal{parseChain, err}
		}
		missing[signer.Subject.String()] = signer
		rest = after
	}
	lists := []*x509.RevocationList{}
	for rest := files.CRL; ; {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return &refusal{parseCRL, err}
		}
		lists = append(lists, list)
		rest = after
	}
	for subject, signer := range missing {
		for _, list := range lists {
			if list.CheckSignatureFrom(signer) == nil {
				delete(missing, subject)
				break
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	// A subject may be empty, the message not: who reads it takes an empty one for no refusal.
	return &refusal{missingCRL, fmt.Errorf("missing CRL signed by certificates: %v", slices.Sorted(maps.Keys(missing)))}
}

// parsePrivateKey reads a key as ParsePemEncodedKey of istio security/pkg/pki/util/crypto.go does.
func parsePrivateKey(text []byte) (any, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("invalid PEM-encoded key")
	}
	switch block.Type {
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, errors.New("unsupported PEM block type for a private key")
	}
}

func verifyCABundle(text []byte) error {
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("could not decode pem")
	}
	if block.Type != "CERTIFICATE" {
		return fmt.Errorf("cert contains wrong pem type: %q", block.Type)
	}
	_, err := x509.ParseCertificate(block.Bytes)
	return err
}

func first(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("invalid PEM encoded certificate")
	}
	return x509.ParseCertificate(block.Bytes)
}

func pool(text []byte) *x509.CertPool {
	certificates := x509.NewCertPool()
	certificates.AppendCertsFromPEM(text)
	return certificates
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
