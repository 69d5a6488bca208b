package main

import "time"

// Question is what is asked of a CA's files.
type Question struct {
	Files Files `json:"files"`
	// When the verdict is asked for.
	Now time.Time `json:"now"`
	// The URI of a workload, such as spiffe://cluster.local/ns/default/sa/default.
	Workload string `json:"workload"`
	// The names that istiod serves, as agents and webhooks call it.
	Istiod []string `json:"istiod"`
}

// Files is what istiod reads, by what it is for and not by the name of the file.
type Files struct {
	CACert    []byte `json:"caCert"`
	CAKey     []byte `json:"caKey"`
	CertChain []byte `json:"certChain"`
	RootCert  []byte `json:"rootCert"`
	CRL       []byte `json:"crl"`
}

// Answer is what Go reads of the files, and what istiod says of them.
type Answer struct {
	CACert    []Block `json:"caCert"`
	CAKey     []Block `json:"caKey"`
	CertChain []Block `json:"certChain"`
	RootCert  []Block `json:"rootCert"`
	CRL       []Block `json:"crl"`
	Verdict   Verdict `json:"verdict"`
}

func (q Question) answer() Answer {
	return Answer{
		CACert:    blocks(q.Files.CACert),
		CAKey:     blocks(q.Files.CAKey),
		CertChain: blocks(q.Files.CertChain),
		RootCert:  blocks(q.Files.RootCert),
		CRL:       blocks(q.Files.CRL),
		Verdict:   q.verdict(),
	}
}
