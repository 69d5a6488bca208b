package main

import "crypto/x509"

// Certificate has the facts that explain a verdict.
type Certificate struct {
	Subject string `json:"subject"`
	Issuer  string `json:"issuer"`
	IsCA    bool   `json:"isCA"`
}

func describe(c *x509.Certificate) *Certificate {
	return &Certificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(), IsCA: c.IsCA}
}
