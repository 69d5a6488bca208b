package main

import "time"

// Question is a CA, and what its verdict depends on.
type Question struct {
	Files Files `json:"files"`
	// The time for which it is judged.
	Now time.Time `json:"now"`
	// The URI of a workload, such as spiffe://cluster.local/ns/default/sa/default.
	Workload string `json:"workload"`
	// The names that istiod serves; agents and webhooks call it by the first.
	Istiod []string `json:"istiod"`
}

// Files are the contents of a CA's files, named by their purpose.
type Files struct {
	CACert    []byte `json:"caCert"`
	CAKey     []byte `json:"caKey"`
	CertChain []byte `json:"certChain"`
	RootCert  []byte `json:"rootCert"`
	CRL       []byte `json:"crl"`
}

// Answer is what Go reads from the files, and the verdict.
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
