package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// hurry makes a forwarder for a test.
func hurry(s *store.Store, r *syslogReceiver) *forwarder {
	f := newForwarder(s, r, slog.New(slog.DiscardHandler))
	f.settle, f.every, f.look, f.retry = 300*time.Millisecond, 20*time.Millisecond, 50*time.Millisecond, 20*time.Millisecond
	return f
}

// begin runs a forwarder until the function that it returns is called, or the test is over.
func (f *forwarder) begin(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); f.run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// addEvents writes events, a block for each few.
func addEvents(t *testing.T, s *store.Store, organization string, n int) {
	t.Helper()
	for i := range n {
		err := s.Write(t.Context(), store.Actor{Kind: store.System}, func(tx *store.Tx) error {
			return tx.Organization(organization).SetContact(fmt.Sprintf("contact %d of %s", i, time.Now()))
		})
		if err == nil && i%3 == 2 || i == n-1 {
			err = errors.Join(err, s.Chain(t.Context()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func addOrganization(t *testing.T, s *store.Store, slug string) string {
	t.Helper()
	var org store.Organization
	err := s.Write(t.Context(), store.Actor{Kind: store.System}, func(tx *store.Tx) (err error) {
		org, err = tx.CreateOrganization(slug, slug, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return org.ID
}

// wantAll waits until the receiver is known to have everything, and demands that it has, in the order of the chain.
func wantAll(t *testing.T, s *store.Store, r *receiver, organization string) {
	t.Helper()
	eventually(t, "the receiver is said to have everything", func() bool {
		behind, err := s.TrailsBehind(t.Context(), r.at().name())
		return err == nil && len(behind) == 0
	})
	o := s.Organization(organization)
	var want []string
	err := o.AuditBlocks(t.Context(), 0, func(b store.AuditBlock) error {
		for _, e := range b.Entries {
			want = append(want, e.EventID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.once(organization); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the receiver has %d events, each counted once; the chain has %d, or they are in another order", len(got), len(want))
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 seconds: %s", what)
		}
	}
}

// TestForward_NothingIsMissing: the receiver dies in the middle of a stream with messages that it has not read, and comes back.
func TestForward_NothingIsMissing(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				r := newReceiver(t, network)
				contoso, fabrikam := addOrganization(t, s, "contoso"), addOrganization(t, s, "fabrikam")
				addEvents(t, s, contoso, 30)
				f := hurry(s, r.at())
				f.begin(t)
				if network == "udp" {
					wantAll(t, s, r, contoso) // of a datagram that lies unread in a socket nobody ever hears again
				} else {
					eventually(t, "something arrives", func() bool { return len(r.once(contoso)) > 0 })
				}
				r.kill()
				addEvents(t, s, contoso, 30)
				addEvents(t, s, fabrikam, 3)
				eventually(t, "the failure is counted", func() bool { return f.failures.Load() > 0 })
				if lag, err := f.lag(t.Context()); err != nil || lag < 0 {
					t.Errorf("lag = %v, %v", lag, err)
				}
				if behind, err := s.TrailsBehind(t.Context(), r.at().name()); err != nil || len(behind) != 2 {
					t.Errorf("behind are %+v, %v; want both", behind, err)
				}
				r.listen()
				addEvents(t, s, contoso, 3)
				wantAll(t, s, r, contoso)
				wantAll(t, s, r, fabrikam)
			})
		})
	}
}

// TestForward_OneServerOfSeveral: the second takes over when the first stops, and nothing is sent twice.
func TestForward_OneServerOfSeveral(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := newReceiver(t, "tcp")
		contoso := addOrganization(t, s, "contoso")
		addEvents(t, s, contoso, 3)
		first := hurry(s, r.at())
		stop := first.begin(t)
		eventually(t, "the first sends", func() bool { return first.sent.Load() > 0 })
		second := hurry(storetest.Second(t, s), r.at())
		second.begin(t)
		addEvents(t, s, contoso, 27)
		wantAll(t, s, r, contoso)
		if n := second.sent.Load(); n > 0 {
			t.Errorf("the second sent %d events while the first did", n)
		}
		before := r.count()
		addEvents(t, s, contoso, 3)
		eventually(t, "the last ones arrive", func() bool { return r.count() == before+3 })
		stop()
		addEvents(t, s, contoso, 3)
		wantAll(t, s, r, contoso)
		if got, once := r.count(), len(r.once(contoso)); got != once || second.sent.Load() != 3 {
			t.Errorf("%d messages came of %d events, %d from the second; want each once, and 3", got, once, second.sent.Load())
		}
	})
}

func TestForward_RefusesAStrangersCertificate(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	contoso := addOrganization(t, s, "contoso")
	addEvents(t, s, contoso, 3)
	r := newReceiver(t, "tls")
	stranger := r.at()
	stranger.roots = nil
	f := hurry(s, stranger)
	f.begin(t)
	eventually(t, "it fails twice", func() bool { return f.failures.Load() > 1 })
	if r.count() > 0 {
		t.Error("events went to somebody of whom nobody knows who it is")
	}
}

// TestServe_SendsTheTrail: with the settings of an operator, from the first event on.
func TestServe_SendsTheTrail(t *testing.T) {
	t.Parallel()
	c := configured(t)
	r := newReceiver(t, "tls")
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, r.authority, 0o600); err != nil {
		t.Fatal(err)
	}
	n := c.serve("--audit-syslog", "tls://"+r.address, "--audit-syslog-ca", authority)
	c.do("org", "set", "contoso", "--contact", "the help desk] \" <13>1 forged")
	eventually(t, "the change arrives", func() bool { return strings.Contains(r.text(), "the help desk") })
	for message := range strings.Lines(r.text()) {
		if !strings.HasPrefix(message, "<109>1 ") || strings.Contains(message, "secret=") {
			t.Errorf("received %q", message)
		}
	}
	_, body := fetch(t, http.MethodGet, n.url+"/metrics")
	for _, want := range []string{"doorlist_audit_syslog_lag_seconds ", "doorlist_audit_syslog_sent_total ", "doorlist_audit_syslog_failures_total 0"} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics lacks %q", want)
		}
	}
}

func TestConfig_RefusesWhatIsNoSyslogReceiver(t *testing.T) {
	t.Parallel()
	empty := writeFile(t, "no certificate")
	for want, args := range map[string][]string{
		"must be udp://":    {"--audit-syslog", "siem.example.com:514"},
		"must be udp:// ":   {"--audit-syslog", "https://siem.example.com:514"},
		"and nothing more":  {"--audit-syslog", "tcp://siem.example.com"},
		"nothing more, e.g": {"--audit-syslog", "tls://me:hunter2@siem.example.com:6514"},
		"which is missing":  {"--audit-syslog-ca", empty},
		"for tls:// alone":  {"--audit-syslog", "tcp://siem.example.com:601", "--audit-syslog-ca", empty},
		"no certificate in": {"--audit-syslog", "tls://siem.example.com:6514", "--audit-syslog-ca", empty},
		"no such file":      {"--audit-syslog", "tls://siem.example.com:6514", "--audit-syslog-ca", "/does/not/exist"},
	} {
		_, err := prepared(t, nil, args...)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}
