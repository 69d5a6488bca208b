// Pilot-agents as istiod's CA sees them: each, with a key and a connection of its own, asks once for a certificate, all at
// once or each at a random time of a span. Prints the outcome as one JSON object.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	ca "istio.io/api/security/v1alpha1"
)

// What stdin holds: tokens are secrets, so they are no arguments.
type input struct {
	// The roots that istiod is verified with, PEM.
	Roots string `json:"roots"`
	// One service account's token for each agent.
	Tokens []string `json:"tokens"`
}

type outcome struct {
	Asked  int `json:"asked"`
	Failed int `json:"failed"`
	// What the first failures said.
	Failures []string `json:"failures"`
	// How often one had to ask again.
	Retries int `json:"retries"`
	// From the first request to the last answer.
	Seconds float64 `json:"seconds"`
	// Of an agent's own time, its handshake included.
	MedianSeconds  float64 `json:"medianSeconds"`
	LongestSeconds float64 `json:"longestSeconds"`
}

func main() {
	address := flag.String("address", "", "istiod's CA, host:port")
	name := flag.String("name", "istiod.istio-system.svc", "the name that istiod's certificate must have")
	spread := flag.Duration("spread", 0, "the span in which each asks at a random time; 0: all at once")
	limit := flag.Duration("limit", 2*time.Minute, "the longest that one waits for its answer")
	flag.Parse()
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(in.Roots)) {
		panic("no root certificate on stdin")
	}
	creds := credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: *name})
	out := outcome{Asked: len(in.Tokens), Failures: []string{}}
	took := make([]time.Duration, len(in.Tokens))
	var lock sync.Mutex
	var running sync.WaitGroup
	requests := make([]string, len(in.Tokens))
	for i := range requests {
		requests[i] = csr()
	}
	began := time.Now()
	for i, token := range in.Tokens {
		running.Go(func() {
			if *spread > 0 {
				time.Sleep(mathrand.N(*spread))
			}
			ctx, cancel := context.WithTimeout(context.Background(), *limit)
			defer cancel()
			start := time.Now()
			retries, err := ask(ctx, *address, creds, roots, token, requests[i])
			took[i] = time.Since(start)
			lock.Lock()
			defer lock.Unlock()
			out.Retries += retries
			if err != nil {
				out.Failed++
				if len(out.Failures) < 5 {
					out.Failures = append(out.Failures, err.Error())
				}
			}
		})
	}
	running.Wait()
	out.Seconds = time.Since(began).Seconds()
	slices.Sort(took)
	if len(took) > 0 {
		out.MedianSeconds = took[len(took)/2].Seconds()
		out.LongestSeconds = took[len(took)-1].Seconds()
	}
	_ = json.NewEncoder(os.Stdout).Encode(out)
}

func csr() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

// Again, up to five times, as pilot-agent does (istio pkg/security/retry.go).
func ask(ctx context.Context, address string, creds credentials.TransportCredentials, roots *x509.CertPool, token, csr string) (int, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(creds))
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token, "ClusterID", "Kubernetes")
	day := int64(24 * 60 * 60)
	request := &ca.IstioCertificateRequest{Csr: csr, ValidityDuration: day}
	client := ca.NewIstioCertificateServiceClient(connection)
	response, err := client.CreateCertificate(ctx, request)
	retries := 0
	for ; err != nil && ctx.Err() == nil && retries < 5; retries++ {
		time.Sleep(100 * time.Millisecond << retries)
		response, err = client.CreateCertificate(ctx, request)
	}
	if err != nil {
		return retries, err
	}
	return retries, verify(response.CertChain, roots)
}

// A certificate that the roots do not trust is no answer.
func verify(chain []string, roots *x509.CertPool) error {
	if len(chain) < 2 {
		return fmt.Errorf("a chain of %d certificates", len(chain))
	}
	block, _ := pem.Decode([]byte(chain[0]))
	if block == nil {
		return errors.New("no PEM in the answer")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	intermediates := x509.NewCertPool()
	for _, text := range chain[1:] {
		intermediates.AppendCertsFromPEM([]byte(text))
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates})
	return err
}
