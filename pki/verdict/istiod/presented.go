package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"time"
)

// The identifier of subject alternative names (RFC 5280, 4.2.1.6).
var subjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// presented reports whether peers trust what the CA will sign. It does not need the CA's key: a twin of the CA, in memory, has another
// key and signs as istiod does (genCertTemplateFromCSR of istio security/pkg/pki/util/generate_cert.go).
func (q Question) presented(ca *x509.Certificate, verdict *Verdict) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	twin := *ca
	twin.PublicKey, twin.PublicKeyAlgorithm = public, x509.Ed25519
	signed := func(names []asn1.RawValue) (*x509.Certificate, error) { return sign(&twin, key, names, q.Now) }
	options := x509.VerifyOptions{
		Roots:         poolWith(&twin, q.Files.RootCert, ca),
		Intermediates: poolWith(&twin, q.Files.CertChain, ca),
		CurrentTime:   q.Now,
	}
	verify := func(leaf *x509.Certificate, usage x509.ExtKeyUsage, host string) string {
		options.KeyUsages, options.DNSName = []x509.ExtKeyUsage{usage}, host
		_, err := leaf.Verify(options)
		return text(err)
	}
	workload, err := signed([]asn1.RawValue{name(6, q.Workload)})
	if err != nil {
		verdict.Server, verdict.Client = err.Error(), err.Error()
		return
	}
	verdict.Workload = workload.Raw
	verdict.Served = served(q.Files.CertChain) + string(q.Files.RootCert)
	verdict.Server = verify(workload, x509.ExtKeyUsageServerAuth, "")
	verdict.Client = verify(workload, x509.ExtKeyUsageClientAuth, "")
	names := []asn1.RawValue{}
	for _, host := range q.Istiod {
		names = append(names, name(2, host))
	}
	if istiod, err := signed(names); err != nil {
		verdict.Istiod = err.Error()
	} else {
		verdict.Istiod = verify(istiod, x509.ExtKeyUsageServerAuth, q.Istiod[0])
	}
}

// served is a chain as istiod hands it out: each block with the text before it, and a newline after it.
func served(chain []byte) string {
	parts := ""
	for rest := chain; ; {
		block, after := pem.Decode(rest)
		if block == nil || len(block.Bytes) == 0 {
			return parts
		}
		parts += strings.Trim(string(rest[:len(rest)-len(after)]), "\n") + "\n"
		rest = after
	}
}

// poolWith is the certificates of a text, with the twin in the place of the CA.
func poolWith(twin *x509.Certificate, text []byte, ca *x509.Certificate) *x509.CertPool {
	certificates := x509.NewCertPool()
	for _, block := range blocks(text) {
		if block.Type != "CERTIFICATE" || block.Headers || block.Certificate == nil {
			continue
		}
		if bytes.Equal(block.DER, ca.Raw) {
			certificates.AddCert(twin)
			continue
		}
		certificates.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.DER}))
	}
	return certificates
}

func sign(ca *x509.Certificate, key ed25519.PrivateKey, names []asn1.RawValue, now time.Time) (*x509.Certificate, error) {
	san, err := asn1.Marshal(names)
	if err != nil {
		return nil, err
	}
	notAfter := now.Add(24 * time.Hour)
	if ca.NotAfter.Before(notAfter) {
		notAfter = ca.NotAfter
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             now.Add(-2 * time.Minute),
		NotAfter:              notAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		ExtraExtensions:       []pkix.Extension{{Id: subjectAltName, Critical: true, Value: san}},
	}, ca, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func name(tag int, value string) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, Bytes: []byte(value)}
}
