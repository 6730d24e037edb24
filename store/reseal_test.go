package store_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// notSealed are columns of bytes that hold hashes: there is nothing in them to open.
var notSealed = []string{
	"scim_tokens.secret_hash", "one_time_secrets.secret_hash", "sign_ins.state_hash", "sign_ins.browser", "sessions.secret_hash",
	"recovery_codes.code_hash", "challenges.secret_hash", "device_requests.device_hash", "device_requests.user_code_hash",
	"scim_client_secrets.secret_hash", "scim_access_tokens.secret_hash", "scim_assertions.jti_hash",
	"consents.state_hash", "handovers.code_hash", "handovers.browser", "session_hosts.secret_hash",
	"saml_settings.certificate", "saml_assertions.id_hash", "saml_answers.state_hash",
	"events.mac", "audit_keys.public_key", "audit_blocks.entries", "audit_blocks.previous", "audit_blocks.hash", "audit_blocks.signature",
	"audit_horizons.hash", "audit_horizons.signature", "audit_trails.signature",
}

// byteColumns lists the columns of bytes of the whole schema, as "table.column".
func byteColumns(t *testing.T, s *store.Store) (names []string) {
	t.Helper()
	query := "SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'"
	if store.DatabaseOf(s) == "sqlite" {
		query = "SELECT m.name || '.' || c.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND lower(c.type) = 'blob'"
	}
	rows, err := store.Rows(t.Context(), s, query)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		names = append(names, row["name"].(string))
	}
	return names
}

func TestReseal_KnowsEverySealedColumn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		names := byteColumns(t, w.Store)
		if len(names) < 10 {
			t.Fatalf("the schema has the columns of bytes %v: too few to prove anything", names)
		}
		sealed := store.SealedColumns()
		for _, name := range names {
			if slices.Contains(notSealed, name) == slices.Contains(sealed, name) {
				t.Errorf("%s must be either in sealedColumns or, if it is no secret that is read back, in notSealed", name)
			}
		}
	})
}

func TestReseal_LeavesNothingUnderThePreviousKey(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		fresh := bytes.Repeat([]byte{7}, store.MasterKeySize)
		open := func(key, previous []byte) *store.Store {
			return mustOpen(t, store.Options{URL: url, MasterKey: key, PreviousMasterKey: previous})
		}
		w := newWorld(t, open(storetest.MasterKey, nil))
		sealOneOfEach(w)
		both := &world{Store: open(fresh, storetest.MasterKey), t: t, contoso: w.contoso, entra: w.entra}
		if secret, err := both.secretOf(w.entra); err != nil || secret != "hush" {
			t.Errorf("with both keys, before: %q, %v", secret, err)
		}
		n, err := both.Reseal(t.Context(), tester)
		if err != nil || n < len(store.SealedColumns()) {
			t.Fatalf("Reseal = %d, %v; want one of each of %v at least", n, err, store.SealedColumns())
		}
		alone := &world{Store: open(fresh, nil), t: t}
		if secret, err := alone.secretOf(w.entra); err != nil || secret != "hush" {
			t.Errorf("with the new key alone: %q, %v", secret, err)
		}
		for _, name := range store.SealedColumns() {
			if opened, shut, err := store.OpensSealed(t.Context(), alone.Store, name); err != nil || opened == 0 || shut > 0 {
				t.Errorf("%s: the new key opens %d values and not %d, %v", name, opened, shut, err)
			}
			if opened, _, err := store.OpensSealed(t.Context(), w.Store, name); err != nil || opened > 0 {
				t.Errorf("%s: the previous key still opens %d values, %v", name, opened, err)
			}
		}
		if n, err := both.Reseal(t.Context(), tester); err != nil || n != 0 {
			t.Errorf("a second time: %d, %v; want nothing to do", n, err)
		}
		wantResealed(t, both, "provider_credentials", "outbox", "second_factors", "challenges", "saml_settings")
	})
}

// sealOneOfEach puts a value into every sealed column.
func sealOneOfEach(w *world) {
	w.t.Helper()
	alice := w.addUser(w.entra, person("alice@contoso.com", aliceOID, "alice@contoso.com"))
	w.chainAll()
	w.addSAML()
	w.must(func(tx *store.Tx) error {
		d := tx.Directory(w.entra.Directory())
		return errors.Join(
			d.QueueMail(alice.ID, store.Mail{To: "alice@contoso.com", Subject: "Hello", Text: "a link"}),
			d.EnrollSecondFactor(alice.ID, "shared", 1, nil),
			d.StartChallenge(secretHash("challenge"), store.Challenge{UserID: alice.ID, Enrolls: "shared too", ExpiresAt: time.Now().Add(time.Hour)}),
			tx.Organization(w.fabrikam.ID).SetClientSecret(w.other.ID, ""),
			proposeSomething(tx.Organization(w.fabrikam.ID)),
			store.InsertProviderCredential(tx, w.other, store.ProviderCredential{Kind: store.SecretCredential}, "from before"),
			store.Execute(tx, copyForOlderServers, w.other.ID),
		)
	})
}

func wantResealed(t *testing.T, w *world, tables ...string) {
	t.Helper()
	events, err := w.Organization(w.contoso.ID).Events(t.Context(), store.EventQuery{SubjectID: w.contoso.ID})
	if err != nil {
		t.Fatal(err)
	}
	told := ""
	for _, e := range events {
		if e.Action == "organization.secrets_resealed" {
			told += e.Detail
		}
	}
	for _, table := range tables {
		if !strings.Contains(told, table) {
			t.Errorf("no event tells of %s: %s", table, told)
		}
	}
}

func TestReseal_LeavesWhatItCannotOpen(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		newWorld(t, mustOpen(t, store.Options{URL: url, MasterKey: storetest.MasterKey}))
		stranger := bytes.Repeat([]byte{9}, store.MasterKeySize)
		s := mustOpen(t, store.Options{URL: url, MasterKey: bytes.Repeat([]byte{7}, store.MasterKeySize), PreviousMasterKey: stranger})
		var unreadable *store.UnreadableError
		if n, err := s.Reseal(t.Context(), tester); n != 0 || !errors.As(err, &unreadable) || unreadable.Values != 2 {
			t.Errorf("with a wrong previous key: %d, %v; want two values left as they are", n, err)
		}
		_, err := mustOpen(t, store.Options{URL: url, MasterKey: storetest.MasterKey}).Reseal(t.Context(), tester)
		refusedFor(t, "no previous key", err, "master-key-previous", "needs the new and the previous")
	})
}

func TestReseal_IsLeftToTheNewerVersion(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := mustOpen(t, store.Options{URL: url, MasterKey: bytes.Repeat([]byte{7}, store.MasterKeySize), PreviousMasterKey: storetest.MasterKey})
		storetest.Tamper(t, url, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
		_, err := s.Reseal(t.Context(), tester)
		inUse(t, "sealing anew", err, "99999", "seal anew with the newer version")
	})
}

func mustOpen(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func proposeSomething(o *store.OrganizationTx) error {
	_, err := o.Propose(store.Proposal{Title: "Something", Address: "/admin", Form: "{}", HomeID: "11111111-2222-4333-8444-555555555555"})
	return err
}

// The key that stands for the whole database is of no organization: an event about it would be in a trail that nobody sees.
func TestReseal_NotesNothingWhereNobodyLooks(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := newWorld(t, mustOpen(t, store.Options{URL: url, MasterKey: storetest.MasterKey}))
		w.chainAll()
		s := mustOpen(t, store.Options{URL: url, MasterKey: bytes.Repeat([]byte{7}, store.MasterKeySize), PreviousMasterKey: storetest.MasterKey})
		if _, err := s.Reseal(t.Context(), tester); err != nil {
			t.Fatal(err)
		}
		lost, err := store.Rows(t.Context(), s, "SELECT e.action AS action FROM events e WHERE NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = e.organization_id)")
		if err != nil || len(lost) > 0 {
			t.Errorf("events of no organization: %v, %v", lost, err)
		}
		after := &world{Store: s, t: t, contoso: w.contoso, entra: w.entra}
		wantResealed(t, after, "audit_keys")
		after.chainAll()
		after.sound(w.contoso)
	})
}
