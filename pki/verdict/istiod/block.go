package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// Block is a PEM block as encoding/pem reads it.
type Block struct {
	Type string `json:"type"`
	// The line that it begins in, from 1.
	Line int `json:"line"`
	// Whether it has headers, which keep a certificate out of a pool.
	Headers bool `json:"headers"`
	// Its bytes; none of a private key.
	DER []byte `json:"der,omitempty"`
	// Why it is not a certificate.
	Fault string `json:"fault,omitempty"`
	// What it is, if it is one.
	Certificate *Certificate `json:"certificate,omitempty"`
	// Why it is not a CRL.
	CRLFault string `json:"crlFault,omitempty"`
}

func blocks(text []byte) []Block {
	found := []Block{}
	line := 1
	for rest := text; ; {
		block, after := pem.Decode(rest)
		if block == nil {
			return found
		}
		taken := rest[:len(rest)-len(after)]
		// One without an end may come before it.
		begin := bytes.LastIndex(taken, []byte("-----BEGIN "+block.Type+"-----"))
		newline := []byte("\n")
		found = append(found, read(block, line+bytes.Count(taken[:begin], newline)))
		line += bytes.Count(taken, newline)
		rest = after
	}
}

func read(block *pem.Block, line int) Block {
	found := Block{Type: block.Type, Line: line, Headers: len(block.Headers) > 0}
	if strings.Contains(block.Type, "PRIVATE KEY") {
		return found
	}
	found.DER = block.Bytes
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err == nil {
		found.Certificate = describe(certificate)
		return found
	}
	found.Fault = err.Error()
	if _, err := x509.ParseRevocationList(block.Bytes); err != nil {
		found.CRLFault = err.Error()
	}
	return found
}
