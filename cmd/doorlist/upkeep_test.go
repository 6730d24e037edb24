package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// outageOf declares an outage for one person of a new organization.
func outageOf(t *testing.T, s *store.Store) (org store.Organization, out store.Outage) {
	t.Helper()
	err := s.Write(t.Context(), store.Actor{Kind: store.Administrator}, func(tx *store.Tx) (err error) {
		if org, err = tx.CreateOrganization("contoso", "", ""); err != nil {
			return err
		}
		u, err := tx.Directory(org.LocalDirectory).CreateUser(store.Profile{UserName: "alice"}.Record())
		if err != nil {
			return err
		}
		out, err = tx.Organization(org.ID).StartOutage("", "root", time.Hour, []store.OutagePerson{{DirectoryID: org.LocalDirectory.DirectoryID, UserID: u.ID}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return org, out
}

// TestUpkeep_RecordsWhatEndsByItself: several servers keep looking, and the end is recorded once.
func TestUpkeep_RecordsWhatEndsByItself(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org, out := outageOf(t, s)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var servers sync.WaitGroup
		for range 3 {
			servers.Go(func() { upkeep(ctx, s, nil, nil, slog.New(slog.DiscardHandler), 5*time.Millisecond) })
		}
		ends := func() (n int) {
			events, err := s.Organization(org.ID).Events(t.Context(), store.EventQuery{SubjectID: out.ID})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if e.Action == "outage.ended" {
					n++
				}
			}
			return n
		}
		if n := ends(); n != 0 {
			t.Errorf("ended before its time: %d events", n)
		}
		storetest.ClockOf(t, s).Advance(time.Hour)
		for deadline := time.Now().Add(20 * time.Second); ends() == 0 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		}
		time.Sleep(50 * time.Millisecond) // in which each server looks again
		stop()
		servers.Wait()
		if n := ends(); n != 1 {
			t.Errorf("%d events tell of the end, want one", n)
		}
	})
}

func TestMetrics_OutagesInForce(t *testing.T) {
	t.Parallel()
	c := emptyTerminal(t)
	contosoWithPeople(t, c)
	n := c.serve()
	for _, want := range []string{"doorlist_outage_in_force 0", "doorlist_outage_in_force 1"} {
		if got := scrape(t, n); !strings.Contains(got, want+"\n") {
			t.Errorf("/metrics does not say %q", want)
		}
		c.do("outage", "start", "--org", "contoso", "--user", "alice@contoso.com")
	}
}

func scrape(t *testing.T, n *node) string {
	t.Helper()
	res, err := http.Get(n.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestUpkeep_LogsWhichCredentialExpires(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var c store.ProviderCredential
	err := s.Write(t.Context(), store.Actor{Kind: store.Administrator}, func(tx *store.Tx) error {
		org, err := tx.CreateOrganization("contoso", "", "")
		if err != nil {
			return err
		}
		o := tx.Organization(org.ID)
		to, err := o.CreateConnection(store.Connection{Slug: "entra", Kind: store.EntraConnection, TenantID: credentialTenant, ClientID: "app"}, "")
		if err != nil {
			return err
		}
		c, err = o.AddProviderCredential(to.ID, store.ProviderCredential{Kind: store.SecretCredential, ExpiresAt: s.Now().Add(5 * 24 * time.Hour)}, "the value")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	for range 2 {
		warnOfExpiry(t.Context(), s, slog.New(slog.NewTextHandler(log, nil)))
	}
	said := log.String()
	if strings.Count(said, "expires soon") != 1 || !strings.Contains(said, c.ID) || !strings.Contains(said, "days=7") || strings.Contains(said, "the value") {
		t.Errorf("the log says %q; want one warning of seven days", said)
	}
}
