package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func (w *world) openHost(session store.Session, host, secret string) error {
	return w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.OpenHost(session, host, secretHash(secret)) })
}

func (w *world) visitAt(host, secret string) (store.Visit, error) {
	return w.VisitAt(w.t.Context(), host, secretHash(secret))
}

// fillHandover hands the victim's session over to one host, and begins to do so once more.
func (w *world) fillHandover(x target) {
	w.t.Helper()
	const host = "secret.example.com"
	w.must(func(tx *store.Tx) error {
		return tx.Directory(w.other.Directory()).OpenHost(w.visit("victim's").Session, host, secretHash("victim's, at a host"))
	})
	err := w.StartHandover(w.t.Context(), "victim's code", store.Handover{
		OrganizationID: x.Organization, SessionID: x.Session, Host: host, Browser: secretHash("binding"), ExpiresAt: w.Now().Add(time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestHandover_ACodeWorksOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		in := w.signIn(w.entra, alice.ID, "door")
		want := store.Handover{OrganizationID: in.OrganizationID, SessionID: in.ID, Host: "wiki.example.com", Browser: secretHash("binding"),
			ReturnTo: "/page?x=1", ExpiresAt: w.Now().Add(time.Minute)}
		if err := w.StartHandover(t.Context(), "code", want); err != nil {
			t.Fatal(err)
		}
		errs := together(4, func(int) error {
			got, err := w.ConsumeHandover(t.Context(), "code")
			same := got.SessionID == want.SessionID && got.Host == want.Host && got.ReturnTo == want.ReturnTo && bytes.Equal(got.Browser, want.Browser) && got.ExpiresAt.Equal(want.ExpiresAt)
			if !same {
				return fmt.Errorf("the handover is %+v, want %+v", got, want)
			}
			return err
		})
		succeeded := 0
		for _, err := range errs {
			if err == nil {
				succeeded++
			} else if !errors.Is(err, store.ErrUsed) {
				t.Errorf("consumed again: %v, want ErrUsed", err)
			}
		}
		if succeeded != 1 {
			t.Errorf("consumed %d times", succeeded)
		}
		if _, err := w.ConsumeHandover(t.Context(), "another"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown code: %v", err)
		}
		if err := w.StartHandover(t.Context(), "nobody's", store.Handover{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a handover of no session: %v", err)
		}
		storetest.ClockOf(t, w.Store).Advance(time.Hour + 2*time.Minute)
		want.ExpiresAt = w.Now().Add(time.Minute)
		if err := w.StartHandover(t.Context(), "later", want); err != nil {
			t.Fatal(err)
		}
		if _, err := w.ConsumeHandover(t.Context(), "code"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a code long past: %v, want ErrNotFound", err)
		}
	})
}

func TestVisitAt_IsTheSameSessionOnThatHostAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		in := w.signIn(w.entra, alice.ID, "door")
		if err := errors.Join(w.openHost(in, "wiki.example.com", "wiki"), w.openHost(in, "payroll.example.com", "payroll")); err != nil {
			t.Fatal(err)
		}
		v, err := w.visitAt("wiki.example.com", "wiki")
		if err != nil || v.Session.ID != in.ID || v.User.ID != alice.ID {
			t.Errorf("at the host: %+v, %v", v.Session, err)
		}
		for _, tc := range []struct{ host, secret string }{
			{"payroll.example.com", "wiki"}, {"wiki.example.com", "payroll"}, {"wiki.example.com", "door"}, {"", "wiki"}, {"*.example.com", "wiki"}, {"a\x00", "wiki"},
		} {
			if _, err := w.visitAt(tc.host, tc.secret); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s at %q: %v, want ErrNotFound", tc.secret, tc.host, err)
			}
		}
		if _, err := w.Visit(t.Context(), secretHash("wiki")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the host's secret at the door: %v, want ErrNotFound", err)
		}
		if err := w.openHost(in, "wiki.example.com", "wiki anew"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.visitAt("wiki.example.com", "wiki"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the secret before: %v, want ErrNotFound", err)
		}
		list, err := w.Organization(w.contoso.ID).Sessions(t.Context(), alice.ID)
		if err != nil || len(list) != 1 {
			t.Errorf("%d sessions are listed, %v; want one", len(list), err)
		}
		if err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.EndSession(in.ID, "logout") }); err != nil {
			t.Fatal(err)
		}
		for host, secret := range map[string]string{"wiki.example.com": "wiki anew", "payroll.example.com": "payroll"} {
			if v, err := w.visitAt(host, secret); err != nil || v.Session.RevokedReason != "logout" {
				t.Errorf("%s after the sign-out: %+v, %v", host, v.Session, err)
			}
		}
		if err := w.openHost(in, "late.example.com", "late"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a host of an ended session: %v, want ErrNotFound", err)
		}
	})
}

func TestOpenHost_ForgetsTheOldestAndWhatIsPurged(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		clock := storetest.ClockOf(t, w.Store)
		in := w.signIn(w.entra, w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID, "door")
		for i := range store.MaxSessionHosts + 1 {
			clock.Advance(time.Millisecond)
			if err := w.openHost(in, fmt.Sprintf("h%d.example.com", i), fmt.Sprintf("secret %d", i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.visitAt("h0.example.com", "secret 0"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the oldest: %v, want ErrNotFound", err)
		}
		if _, err := w.visitAt("h1.example.com", "secret 1"); err != nil {
			t.Errorf("the next: %v", err)
		}
		clock.Advance(31 * 24 * time.Hour)
		if n, err := w.PurgeSessions(t.Context()); err != nil || n != 1 {
			t.Errorf("purged %d sessions, %v", n, err)
		}
		rows, err := store.Rows(t.Context(), w.Store, "SELECT host FROM session_hosts")
		if err != nil || len(rows) != 0 {
			t.Errorf("%d hosts are left, %v", len(rows), err)
		}
	})
}

func TestVisitAt_IsOneStatementByIndexes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		taken, err := store.Trace(w.Store)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.visitAt("wiki.example.com", "nobody's"); !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		ran := taken()
		if len(ran) != 1 {
			t.Fatalf("%d statements ran, want one", len(ran))
		}
		steps, err := store.Plan(t.Context(), w.Store, ran[0])
		plan := strings.Join(steps, "\n")
		for _, want := range []string{"session_hosts_secret", map[string]string{"sqlite": "SEARCH s USING", "postgres": "sessions_pkey"}[store.DatabaseOf(w.Store)]} {
			if err != nil || !strings.Contains(plan, want) {
				t.Errorf("the plan lacks %s: %v\n%s", want, err, plan)
			}
		}
	})
}
