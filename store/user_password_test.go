package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
)

// hashes lists the hashes of the passwords that are kept.
func (w *world) hashes() string {
	w.t.Helper()
	rows, err := store.Rows(w.t.Context(), w.Store, "SELECT hash FROM passwords ORDER BY hash")
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for _, row := range rows {
		list = append(list, fmt.Sprint(row["hash"]))
	}
	return strings.Join(list, " ")
}

func TestUser_PasswordsThatArePushed(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		record := person("alice@contoso.com", aliceOID)
		record.PasswordHash = new("hash 1")
		u := w.addUser(w.entra, record)
		byPassword := newSession(u.ID, w.entra.ID, "by password")
		byPassword.Method = "password"
		w.must(func(tx *store.Tx) error {
			_, err := tx.Directory(w.entra.Directory()).StartSession(byPassword)
			return err
		})
		w.signIn(w.entra, u.ID, "by provider")
		var got []string
		for _, step := range []struct {
			hash    *string
			version int64
			kept    string
			actions string
		}{
			{new("hash 2"), 2, "hash 2", "user.password_set"},
			{new("hash 2"), 3, "hash 2", "user.password_set"},
			{new(""), 4, "", "user.password_removed"},
			{new(""), 4, "", ""},
		} {
			u = w.update(u.ID, func(r *store.UserRecord) { r.PasswordHash = step.hash })
			if kept := w.hashes(); u.Version != step.version || kept != step.kept || u.PasswordHash != nil {
				t.Errorf("after %q: version %d, kept %q", *step.hash, u.Version, kept)
			}
			got = append(got, strings.Fields(step.actions)...)
		}
		if actions := w.actions(w.contoso, u.ID); !slices.Equal(actions, append([]string{"user.created", "user.password_set"}, got...)) {
			t.Errorf("events %v", actions)
		}
		sessions, err := w.Organization(w.contoso.ID).Sessions(t.Context(), u.ID)
		if err != nil || len(sessions) != 1 || sessions[0].Method != "oidc" {
			t.Errorf("sessions %+v, %v; want the one that was not begun by password", sessions, err)
		}
		for _, row := range dump(t, tableNames(t, w.Store), []string{w.contoso.ID, w.entra.DirectoryID}, func(sql string) ([]map[string]any, error) { return store.Rows(t.Context(), w.Store, sql) }) {
			if strings.Contains(row, "hash 1") || strings.Contains(row, "hash 2") {
				t.Errorf("a hash is left in %s", row)
			}
		}
	})
}
