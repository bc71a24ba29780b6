// Package servref fetches AWS's service reference, which tells for the API
// operations of many services which actions IAM authorizes, and keeps it in one
// file. Nothing needs it: without the file the built-in data answers alone.
//
// Source of the format: Service Authorization Reference, "Simplified AWS service
// information for programmatic access".
package servref

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leasttrail/leasttrail/internal/authz"
)

// Address is AWS's list of services.
const Address = "https://servicereference.us-east-1.amazonaws.com/v1/service-list.json"

// The bounds of what is read and how.
const (
	mostBytes  = 64 << 20 // of one answer
	atOnce     = 6        // requests
	perRequest = time.Minute
)

// service is one element of the list.
type service struct {
	Service string `json:"service"`
	URL     string `json:"url"`
}

// document is what is read of a service's file.
type document struct {
	Name       string
	Operations []struct {
		Name              string
		AuthorizedActions []struct{ Name, Service string }
	}
}

// Failure is a service whose file could not be had.
type Failure struct {
	Service string
	Err     error
}

// Fetch reads the list at an address and every service's file, which must lie
// on the same host. What could not be read is told, the rest is the answer.
func Fetch(ctx context.Context, client *http.Client, address string, now time.Time) (*authz.Reference, []Failure, error) {
	base, err := url.Parse(address)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Hostname() != "127.0.0.1" && base.Hostname() != "localhost" {
		return nil, nil, fmt.Errorf("%q is no https address of a service list", address)
	}
	var list []service
	if err := get(ctx, client, address, &list); err != nil {
		return nil, nil, fmt.Errorf("read the list of services: %w", err)
	}
	if len(list) == 0 {
		return nil, nil, errors.New("the list of services is empty")
	}
	f := fetcher{client: client, host: base.Host, ref: &authz.Reference{From: address, Fetched: now.UTC(), Operations: map[string]map[string][]string{}}}
	var group sync.WaitGroup
	queue := make(chan service)
	for range atOnce {
		group.Go(func() {
			for s := range queue {
				f.fetch(ctx, s)
			}
		})
	}
	for _, s := range list {
		queue <- s
	}
	close(queue)
	group.Wait()
	slices.SortFunc(f.failures, func(a, b Failure) int { return strings.Compare(a.Service, b.Service) })
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if len(f.failures) == len(list) {
		return nil, nil, fmt.Errorf("no service's file could be read: %w", f.failures[0].Err)
	}
	return f.ref, f.failures, nil
}

// fetcher gathers what its goroutines read.
type fetcher struct {
	client *http.Client
	host   string

	mu       sync.Mutex
	ref      *authz.Reference
	failures []Failure
}

func (f *fetcher) fetch(ctx context.Context, s service) {
	operations, err := f.service(ctx, s)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.failures = append(f.failures, Failure{s.Service, err})
		return
	}
	f.ref.Services++
	for name, actions := range operations {
		if f.ref.Operations[s.Service] == nil {
			f.ref.Operations[s.Service] = map[string][]string{}
		}
		f.ref.Operations[s.Service][name] = actions
	}
}

// service reads one service's operations with the actions authorized. Services
// that AWS gives no actions for have none.
func (f *fetcher) service(ctx context.Context, s service) (map[string][]string, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host != f.host {
		return nil, fmt.Errorf("%q is not on the list's host", s.URL)
	}
	var d document
	if err := get(ctx, f.client, s.URL, &d); err != nil {
		return nil, err
	}
	operations := map[string][]string{}
	for _, op := range d.Operations {
		var actions []string
		for _, a := range op.AuthorizedActions {
			if a.Name != "" && a.Service != "" {
				actions = append(actions, a.Service+":"+a.Name)
			}
		}
		if len(actions) > 0 {
			slices.Sort(actions)
			operations[op.Name] = slices.Compact(actions)
		}
	}
	return operations, nil
}

// get reads one JSON document.
func get(ctx context.Context, client *http.Client, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", address, resp.Status)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, mostBytes+1))
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	if len(data) > mostBytes {
		return fmt.Errorf("%s is larger than %d MiB", address, mostBytes>>20)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	return nil
}

// Save writes the reference to a file, whole or not at all.
func Save(path string, ref *authz.Reference) error {
	data, err := json.MarshalIndent(ref, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep the service reference: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".service-reference-*")
	if err != nil {
		return fmt.Errorf("keep the service reference: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(append(data, '\n'))
	if err := errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("keep the service reference: %w", err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("keep the service reference: %w", err)
	}
	return nil
}

// Load reads the file that Save wrote; nil without one.
func Load(path string) (*authz.Reference, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the service reference: %w", err)
	}
	var ref authz.Reference
	if err := json.Unmarshal(data, &ref); err != nil {
		return nil, fmt.Errorf("%s is no service reference that leasttrail data update wrote (delete it, or fetch it anew): %w", path, err)
	}
	return &ref, nil
}
