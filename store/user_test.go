package store_test

import (
	"errors"
	"slices"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// spellings are pairs of names that are one name under Fold.
var spellings = map[string][2]string{
	"capitals":            {"Bert@Contoso.com", "bERT@cONTOSO.COM"},
	"dotted capital I":    {"İnci@contoso.com", "i\u0307nci@contoso.com"},
	"sharp s":             {"groß@contoso.com", "GROSS@contoso.com"},
	"full width":          {"ａｌｉｃｅ@contoso.com", "alice@contoso.com"},
	"ligature":            {"oﬃce@contoso.com", "office@contoso.com"},
	"Kelvin sign":         {"\u212Aarl@contoso.com", "karl@contoso.com"},
	"composed accent":     {"ren\u00e9@contoso.com", "rene\u0301@contoso.com"},
	"final sigma":         {"ΟΔΟΣ@contoso.com", "οδος@contoso.com"},
	"Cherokee small caps": {"Ꭰ@contoso.com", "ꭰ@contoso.com"},
}

func TestCreateUser_UserNameIsUniqueUnderFold(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for what, pair := range spellings {
			w.addUser(w.entra, person(pair[0], ""))
			err := w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.CreateUser(person(pair[1], ""))
				return err
			})
			if conflict, ok := errors.AsType[*store.ConflictError](err); !ok || conflict.Field != "userName" {
				t.Errorf("%s: creating %q beside %q gives %v, want a conflict of userName", what, pair[1], pair[0], err)
			}
			// The same name in another directory is another person's.
			if u := w.addUser(w.okta, person(pair[1], "")); u.UserName != pair[1] {
				t.Errorf("%s: userName = %q, want it as sent: %q", what, u.UserName, pair[1])
			}
		}
	})
}

func TestCreateUser_RaceForOneNameHasOneWinner(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		names := []string{"alice@contoso.com", "ALICE@contoso.com"}
		errs := together(16, func(i int) error {
			return w.inDirectory(w.entra, func(d *store.DirectoryTx) error {
				_, err := d.CreateUser(person(names[i%2], ""))
				return err
			})
		})
		var won, lost int
		for _, err := range errs {
			if _, conflict := errors.AsType[*store.ConflictError](err); conflict {
				lost++
			} else if err == nil {
				won++
			}
		}
		if won != 1 || lost != 15 {
			t.Errorf("%d created and %d conflicts, want 1 and 15", won, lost)
		}
	})
}

func TestUser_IsReadBackAsGiven(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		r := person("Ålice@Contoso.com", " AAAAaaaa|\u00e9\U0001f600 ", "Work@Contoso.com")
		r.AppRoles = []string{"Writer"}
		r.Document = `{"userName":"Ålice@Contoso.com","z":1.50,"a":"  b "}`
		created := w.addUser(w.entra, r)
		want := store.User{ID: created.ID, UserRecord: r, Origin: store.FromProvisioning, Link: store.Unlinkable, Version: 1, CreatedAt: storetest.Start, ModifiedAt: storetest.Start}
		if diff := cmp.Diff(want, created); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
		want.Emails, want.AppRoles = nil, nil // they stand in the document
		if diff := cmp.Diff(want, w.user(w.entra, created.ID)); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
	})
}

func TestUser_ExternalIDIsKeptByteForByte(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		upper := w.addUser(w.entra, person("alice@contoso.com", aliceOIDUpper))
		text := w.addUser(w.entra, person("bob@contoso.com", "Bob"))
		for externalID, want := range map[string]int{aliceOIDUpper: 1, aliceOID: 0, "Bob": 1, "bob": 0} {
			page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Where: equal(externalID, "externalid"), Limit: 10})
			if err != nil || page.Total != want {
				t.Errorf("externalId eq %q finds %d (%v), want %d", externalID, page.Total, err, want)
			}
		}
		w.must(func(tx *store.Tx) error {
			d := tx.Directory(w.entra.Directory())
			// The join of a sign-in knows GUIDs in any spelling, and nothing but GUIDs.
			for guid, want := range map[string][]string{aliceOID: {upper.ID}, aliceOIDUpper: {upper.ID}, "Bob": nil, bobOID: nil} {
				users, err := d.UsersByGUID(guid)
				if got := ids(users); err != nil || !slices.Equal(got, want) {
					t.Errorf("UsersByGUID(%s) = %v, %v; want %v", guid, got, err, want)
				}
			}
			for externalID, want := range map[string][]string{aliceOID: nil, aliceOIDUpper: {upper.ID}, "Bob": {text.ID}, "bob": nil, "": nil} {
				users, err := d.UsersByExternalID(externalID)
				if got := ids(users); err != nil || !slices.Equal(got, want) {
					t.Errorf("UsersByExternalID(%s) = %v, %v; want %v", externalID, got, err, want)
				}
			}
			return nil
		})
	})
}

func ids(users []store.User) (list []string) {
	for _, u := range users {
		list = append(list, u.ID)
	}
	return list
}

func TestUsersByGUID_TellsEverybodyWithTheGUID(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first := w.addUser(w.entra, person("alice@contoso.com", aliceOID))
		second := w.addUser(w.entra, person("alice2@contoso.com", aliceOIDUpper))
		w.must(func(tx *store.Tx) error {
			users, err := tx.Directory(w.entra.Directory()).UsersByGUID(aliceOID)
			if got, want := ids(users), []string{first.ID, second.ID}; !slices.Equal(got, want) {
				t.Errorf("UsersByGUID = %v, want %v: one of them alone would be taken for the person", got, want)
			}
			return err
		})
	})
}

func TestUserByName_ComparesUnderFold(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		alice := w.addUser(w.entra, person("Alice@contoso.com", ""))
		w.must(func(tx *store.Tx) error {
			u, err := tx.Directory(w.entra.Directory()).UserByName("ALICE@CONTOSO.COM")
			if err != nil || u.ID != alice.ID {
				t.Errorf("UserByName = %v, %v; want alice", u.ID, err)
			}
			for _, nobody := range []string{"", "bob@contoso.com", "alice@contoso.co_"} {
				if _, err := tx.Directory(w.entra.Directory()).UserByName(nobody); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("UserByName(%q) = %v, want ErrNotFound", nobody, err)
				}
			}
			return nil
		})
	})
}

func TestUsers_PagesInOrderOfCreation(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		want := w.addUsers(7)
		for _, c := range []struct{ offset, limit, from, to int }{{0, 3, 0, 3}, {3, 3, 3, 6}, {6, 3, 6, 7}, {0, 7, 0, 7}, {0, 10, 0, 7}, {7, 3, 7, 7}, {99, 3, 7, 7}, {0, 0, 0, 0}} {
			page, err := w.Directory(w.entra.Directory()).Users(t.Context(), store.Query{Offset: c.offset, Limit: c.limit})
			if err != nil || page.Total != 7 || !slices.Equal(ids(page.Users), want[c.from:c.to]) {
				t.Errorf("Users(offset %d, limit %d) = %v of %d, %v; want %v of 7", c.offset, c.limit, ids(page.Users), page.Total, err, want[c.from:c.to])
			}
		}
	})
}
