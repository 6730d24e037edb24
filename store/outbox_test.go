package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

const mailLink = "https://door.example.com/invite/dli_secret"

// queue puts a mail to a new user into the outbox.
func (w *world) queue(name string) {
	w.t.Helper()
	id := w.addUser(w.entra, person(name, aliceOID)).ID
	w.must(func(tx *store.Tx) error {
		return tx.Directory(w.entra.Directory()).QueueMail(id, store.Mail{
			To: name, Subject: "You are invited", Text: "Here: " + mailLink, ExpiresAt: w.Now().Add(time.Hour),
		})
	})
}

func TestOutbox_IsClaimedByOneAndKeptUntilItIsSent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.queue("alice@contoso.com")
		if text := rowText("", w.rows("SELECT * FROM outbox")[0]); strings.Contains(text, "dli_secret") {
			t.Error("the text is kept in clear")
		}
		claims := make([]store.Mail, 4)
		won := 0
		for i, err := range together(len(claims), func(i int) (err error) { claims[i], err = w.ClaimMail(t.Context(), time.Minute); return err }) {
			if err == nil {
				won++
				claims[0] = claims[i]
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a loser got %v, want ErrNotFound", err)
			}
		}
		if m := claims[0]; won != 1 || m.Text != "Here: "+mailLink || m.To != "alice@contoso.com" || m.Attempts != 1 {
			t.Fatalf("%d claims won, %+v; want one", won, m)
		}
		clock := storetest.ClockOf(t, w.Store)
		clock.Advance(time.Minute) // the sender did not come back
		m, err := w.ClaimMail(t.Context(), time.Minute)
		if err != nil || m.Attempts != 2 {
			t.Fatalf("after the lease: %+v, %v", m, err)
		}
		if err := w.PutOffMail(t.Context(), m, w.Now().Add(time.Hour), "the server is busy"); err != nil {
			t.Fatal(err)
		}
		clock.Advance(30 * time.Minute)
		if _, err := w.ClaimMail(t.Context(), time.Minute); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before its next attempt: %v, want ErrNotFound", err)
		}
		list, err := w.UnsentMail(t.Context())
		if err != nil || len(list) != 1 || list[0].Fault != "the server is busy" || list[0].Text != "" {
			t.Errorf("UnsentMail = %+v, %v", list, err)
		}
		if err := w.FinishMail(t.Context(), m, ""); err != nil {
			t.Fatal(err)
		}
		if n, err := w.CountUnsentMail(t.Context()); n != 0 || err != nil {
			t.Errorf("%d mails are left, %v", n, err)
		}
		if got := w.actions(w.contoso, m.ID); strings.Join(got, " ") != "mail.queued mail.sent" {
			t.Errorf("events = %v", got)
		}
	})
}

func TestOutbox_SaysWhyAMailWasGivenUp(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.queue("alice@contoso.com")
		m, err := w.ClaimMail(t.Context(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.FinishMail(t.Context(), m, "no such mailbox"); err != nil {
			t.Fatal(err)
		}
		events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: m.ID})
		if err != nil || len(events) != 2 || events[1].Action != "mail.given_up" || !strings.Contains(events[1].Detail, "no such mailbox") {
			t.Errorf("events = %+v, %v", events, err)
		}
		if err := w.FinishMail(t.Context(), m, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("finishing twice: %v, want ErrNotFound", err)
		}
	})
}

func TestQueueMail_TakesAddressesOnly(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID)).ID
		for _, to := range []string{"", "alice", "a@b, c@d", "Alice <alice@contoso.com>", "alice@contoso.com\r\nBcc: eve@evil.example"} {
			err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error { return d.QueueMail(alice, store.Mail{To: to}) })
			refusedFor(t, "a mail to "+to, err, "address", "alice@example.com")
		}
	})
}

func TestOutbox_GoesWithTheConnection(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.queue("alice@contoso.com")
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		if n, err := w.CountUnsentMail(t.Context()); n != 0 || err != nil {
			t.Errorf("%d mails are left, %v", n, err)
		}
	})
}
