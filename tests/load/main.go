// A bounded load from inside a pod, until it is asked to end: requests on new connections at a steady rate, and streams
// that stay open. Prints the outcome as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

type outcome struct {
	Requests int `json:"requests"`
	// Streams that were read to their end, or to ours.
	Streams int `json:"streams"`
	Failed  int `json:"failed"`
	// What the first failures said.
	Failures []string `json:"failures"`
	// The longest time without an answer, for the worst URL.
	LongestPauseMs int64   `json:"longestPauseMs"`
	Seconds        float64 `json:"seconds"`
}

type load struct {
	sync.Mutex
	outcome
	last map[string]time.Time
}

func main() {
	rate := flag.Int("rate", 100, "requests a second to each URL")
	limit := flag.Duration("limit", 30*time.Minute, "the longest it runs")
	streams := flag.String("streams", "", "URLs of streams, with commas")
	flag.Parse()
	ended, forget := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer forget()
	ctx, stop := context.WithTimeout(ended, *limit)
	defer stop()
	began := time.Now()
	l := &load{outcome: outcome{Failures: []string{}}, last: map[string]time.Time{}}
	var running sync.WaitGroup
	for _, url := range flag.Args() {
		l.last[url] = began
	}
	for _, url := range flag.Args() {
		running.Go(func() { l.requests(ctx, url, *rate) })
	}
	for _, url := range strings.FieldsFunc(*streams, func(r rune) bool { return r == ',' }) {
		running.Go(func() { l.streams(ctx, url) })
	}
	running.Wait()
	l.Seconds = time.Since(began).Seconds()
	_ = json.NewEncoder(os.Stdout).Encode(l.outcome)
}

// A single sequence of requests would hide a slow one: each has a time of its own at which it begins.
func (l *load) requests(ctx context.Context, url string, rate int) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	ticks := time.NewTicker(time.Second / time.Duration(rate))
	defer ticks.Stop()
	var running sync.WaitGroup
	defer running.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			running.Go(func() {
				err := get(context.Background(), client, url)
				l.note(func() {
					l.Requests++
					l.LongestPauseMs = max(l.LongestPauseMs, time.Since(l.last[url]).Milliseconds())
					l.last[url] = time.Now()
				}, url, err)
			})
		}
	}
}

func (l *load) streams(ctx context.Context, url string) {
	client := &http.Client{}
	for ctx.Err() == nil {
		err := get(ctx, client, url)
		if ctx.Err() != nil {
			err = nil
		}
		l.note(func() { l.Streams++ }, url, err)
		if err != nil {
			// Nobody asks a server that refuses again at once.
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		// Envoy says there why it had no answer: ours, unless it says how long the server's took.
		why, _ := io.ReadAll(io.LimitReader(response.Body, 200))
		who := "our proxy"
		if response.Header.Get("x-envoy-upstream-service-time") != "" {
			who = "the server's side"
		}
		return fmt.Errorf("status %d from %s: %s", response.StatusCode, who, why)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

func (l *load) note(count func(), url string, err error) {
	l.Lock()
	defer l.Unlock()
	count()
	if err != nil {
		l.Failed++
		if len(l.Failures) < 5 {
			l.Failures = append(l.Failures, fmt.Sprintf("%s %s: %v", time.Now().UTC().Format(time.TimeOnly), url, err))
		}
	}
}
