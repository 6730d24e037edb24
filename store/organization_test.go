package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// refusedFor demands that err refuses an input with a message that has the words.
func refusedFor(t *testing.T, what string, err error, field string, words ...string) {
	t.Helper()
	invalid, ok := errors.AsType[*store.InvalidError](err)
	if !ok || invalid.Field != field {
		t.Errorf("%s: %v, want it refused for %s", what, err, field)
		return
	}
	says(t, what, invalid.Message, words)
}

// inUse demands that a change is refused because of how things stand.
func inUse(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	used, ok := errors.AsType[*store.RefusedError](err)
	if !ok {
		t.Errorf("%s: %v, want it refused as in use", what, err)
		return
	}
	says(t, what, used.Message, words)
}

func says(t *testing.T, what, message string, words []string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(message, word) {
			t.Errorf("%s: %q does not say %q", what, message, word)
		}
	}
}

func conflictOf(t *testing.T, what string, err error, field string) {
	t.Helper()
	if conflict, ok := errors.AsType[*store.ConflictError](err); !ok || conflict.Field != field {
		t.Errorf("%s: %v, want a conflict of %s", what, err, field)
	}
}

func TestCreateOrganization_ComesWithALadder(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		roles, err := w.Organization(w.contoso.ID).Roles(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range roles {
			roles[i].ID = ""
		}
		want := []store.Role{
			{Name: "contributor", Rank: 10, Console: store.ConsoleNone, SharedOnly: true}, {Name: "reader", Rank: 20, Console: store.ConsoleNone},
			{Name: "writer", Rank: 30, Console: store.ConsoleNone}, {Name: "admin", Rank: 40, Console: store.ConsoleManage},
			{Name: "owner", Rank: 50, Console: store.ConsoleOwn},
		}
		if diff := cmp.Diff(want, roles); diff != "" {
			t.Errorf("ladder (-want +got):\n%s", diff)
		}
	})
}

func TestCreateOrganization_RefusesWhatCannotStandInAURL(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		create := func(slug, parent string) error {
			return w.write(func(tx *store.Tx) error { _, err := tx.CreateOrganization(slug, "", parent); return err })
		}
		for _, slug := range []string{"", "Contoso", "a b", "a/b", "-a", "a-", "ä", "a.b", strings.Repeat("a", 65), uuid.NewString(), "a\x00b", "\xff"} {
			refusedFor(t, fmt.Sprintf("slug %q", slug), create(slug, ""), "name", "lower-case letters", "contoso-test")
		}
		for _, slug := range []string{"a", "9", "a-b--c", strings.Repeat("a", 64)} {
			if err := create(slug, ""); err != nil {
				t.Errorf("slug %q: %v", slug, err)
			}
		}
		conflictOf(t, "a slug that is taken", create("contoso", ""), "slug")
		for _, parent := range []string{"contoso", "x", uuid.NewString()} {
			refusedFor(t, "parent "+parent, create("child", parent), "parent", "organization")
		}
	})
}

func TestOrganizations_AreFoundBySlugAndID(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, name := range []string{"contoso", w.contoso.ID} {
			if got, err := w.FindOrganization(t.Context(), name); err != nil || got != w.contoso {
				t.Errorf("FindOrganization(%s) = %+v, %v; want %+v", name, got, err, w.contoso)
			}
		}
		for _, name := range []string{"", "Contoso", uuid.NewString(), "%", "contos_", "a\x00b", "\xff"} {
			if _, err := w.FindOrganization(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("FindOrganization(%q) = %v, want ErrNotFound", name, err)
			}
		}
		all, err := w.Organizations(t.Context())
		if want := []store.Organization{w.contoso, w.fabrikam}; err != nil || !slices.Equal(all, want) {
			t.Errorf("Organizations = %v, %v; want %v", all, err, want)
		}
	})
}

func TestOrganizationUpdate_ChangesWhatIsGiven(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		update := func(slug, name string) (got store.Organization, err error) {
			err = w.inContoso(func(o *store.OrganizationTx) error { got, err = o.Update(slug, name); return err })
			return got, err
		}
		want := w.contoso
		want.Name = "Contoso Ltd."
		if got, err := update("", "Contoso Ltd."); err != nil || got != want {
			t.Errorf("Update = %+v, %v; want %+v", got, err, want)
		}
		before := len(w.actions(w.contoso, w.contoso.ID))
		if got, err := update("contoso", "Contoso Ltd."); err != nil || got != want || len(w.actions(w.contoso, w.contoso.ID)) != before {
			t.Errorf("an update to what is there = %+v, %v, or it left an event", got, err)
		}
		if got, err := w.FindOrganization(t.Context(), "contoso"); err != nil || got != want {
			t.Errorf("kept %+v, %v; want %+v", got, err, want)
		}
		_, err := update("fabrikam", "")
		conflictOf(t, "a slug that is taken", err, "slug")
		_, err = update("Not A Slug", "")
		refusedFor(t, "a slug with blanks", err, "name", "hyphens")
	})
}

func TestOrganizationRemove_LeavesNothingButTheRecord(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		fillFabrikam(w)
		if err := w.StartSignIn(t.Context(), "state", store.SignIn{OrganizationID: w.fabrikam.ID, ConnectionID: w.other.ID, Browser: []byte{1}, ExpiresAt: w.Now().Add(time.Minute)}); err != nil {
			t.Fatal(err)
		}
		if err := w.UseAssertion(t.Context(), w.other, "_a1", w.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := w.KeepSAMLAnswer(t.Context(), w.other, "state", "{}", w.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		var secret string
		w.must(func(tx *store.Tx) (err error) {
			_, secret, err = tx.Organization(w.fabrikam.ID).CreateOwner("owner@fabrikam.com")
			return err
		})
		w.must(func(tx *store.Tx) error { _, err := tx.AcceptInvitation(secret, "hash"); return err })
		w.chainAll()
		ids := []string{w.fabrikam.ID, w.fabrikam.LocalDirectory.DirectoryID, w.other.DirectoryID}
		filled := map[string]bool{}
		perTable := func(each func(table string, rows []map[string]any)) {
			for _, table := range tableNames(t, w.Store) {
				rows := slices.DeleteFunc(w.rows("SELECT * FROM "+table), func(row map[string]any) bool { return !belongsTo(row, ids) })
				each(table, rows)
			}
		}
		perTable(func(table string, rows []map[string]any) {
			if filled[table] = len(rows) > 0; !filled[table] && table != "user_app_roles" && !ofTrail(table) {
				t.Errorf("the test put nothing into %s", table)
			}
		})
		contosos := len(w.actions(w.contoso, ""))
		w.must(func(tx *store.Tx) error { return tx.Organization(w.fabrikam.ID).Remove() })
		perTable(func(table string, rows []map[string]any) {
			kept := filled[table] && ofTrail(table) || table == "decisions" || table == "retired_slugs"
			if !kept && len(rows) > 0 {
				t.Errorf("%s keeps %d rows, such as %s", table, len(rows), rowText(table, rows[0]))
			}
			if kept && len(rows) == 0 {
				t.Errorf("%s are gone; they must stay", table)
			}
		})
		if got := w.actions(w.fabrikam, w.fabrikam.ID); got[len(got)-1] != "organization.removed" {
			t.Errorf("events = %v, want the last to be organization.removed", got)
		}
		if got := len(w.actions(w.contoso, "")); got != contosos {
			t.Errorf("contoso has %d events, before %d", got, contosos)
		}
	})
}

// ofTrail are the tables that an auditor may still ask for.
func ofTrail(table string) bool {
	return strings.HasPrefix(table, "audit_") || slices.Contains([]string{"events", "event_concerns", "trail_starts"}, table)
}

func TestOrganizationRemove_WaitsForThoseBelow(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error { _, err := tx.CreateOrganization("branch", "", w.contoso.ID); return err })
		err := w.inContoso(func(o *store.OrganizationTx) error { return o.Remove() })
		inUse(t, "removing an organization with others below it", err, "branch", "remove those first")
	})
}

func TestDirectory_OfARemovedConnectionTakesNobody(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.must(func(tx *store.Tx) error { return tx.Organization(w.contoso.ID).RemoveConnection(w.entra.ID) })
		// A request that began before the removal still holds the directory's key.
		for _, key := range []store.DirectoryKey{w.entra.Directory(), {OrganizationID: w.contoso.ID, DirectoryID: w.other.DirectoryID}} {
			err := w.write(func(tx *store.Tx) error {
				_, err := tx.Directory(key).CreateUser(person("late@contoso.com", ""))
				return err
			})
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("CreateUser in %v = %v, want ErrNotFound", key, err)
			}
			err = w.write(func(tx *store.Tx) error {
				_, err := tx.Directory(key).CreateGroup(groupRecord("Late", ""), nil)
				return err
			})
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("CreateGroup in %v = %v, want ErrNotFound", key, err)
			}
		}
	})
}
