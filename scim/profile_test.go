package scim

import (
	"encoding/json"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestProfile_IsRecordedAsIfPushed: a user whom Doorlist makes by itself is stored, byte for byte, as the same user would
// be after a POST. Filters, answers and later PATCHes rely on it.
func TestProfile_IsRecordedAsIfPushed(t *testing.T) {
	t.Parallel()
	storable := func(s string) bool { return !strings.ContainsRune(s, 0) }
	text := rapid.OneOf(rapid.Just(""), rapid.StringN(0, 40, 200).Filter(storable), rapid.SampledFrom([]string{"Åsa <b>&\u2028\t\"", "Straße\\", "İ", "ﬁ"}))
	rapid.Check(t, func(t *rapid.T) {
		p := store.Profile{
			UserName: "n" + text.Draw(t, "userName"), ExternalID: text.Draw(t, "externalId"), DisplayName: text.Draw(t, "displayName"),
			GivenName: text.Draw(t, "givenName"), FamilyName: text.Draw(t, "familyName"), Email: text.Draw(t, "email"),
			AppRoles: rapid.SliceOfNDistinct(rapid.StringMatching("[a-zé.]{1,8}"), 0, 3, store.Fold).Draw(t, "roles"),
		}
		body, err := json.Marshal(posted(p))
		if err != nil {
			t.Fatal(err)
		}
		object, err := decodeObject(body)
		if err != nil {
			t.Fatal(err)
		}
		want, err := newUser(userType, object, nil, &passwordEdit{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Record(), equalEmpty); diff != "" {
			t.Fatalf("-pushed +made here:\n%s", diff)
		}
	})
}

// equalEmpty: no roles are no roles.
var equalEmpty = cmp.Transformer("roles", func(list []string) string { return strings.Join(list, "\n") })

// posted is the body of a POST with the profile.
func posted(p store.Profile) map[string]any {
	body := map[string]any{
		"userName": p.UserName, "externalId": p.ExternalID, "displayName": p.DisplayName,
		"name": map[string]any{"givenName": p.GivenName, "familyName": p.FamilyName},
	}
	if p.Email != "" {
		body["emails"] = []any{map[string]any{"value": p.Email, "type": "work", "primary": true}}
	}
	var roles []any
	for _, role := range p.AppRoles {
		roles = append(roles, map[string]any{"value": role})
	}
	body["roles"] = roles
	return body
}

// TestNewcomer_IsProvisioningsAfterItsFirstChange: the roles of the token go with the first change, even one that changes
// nothing else, and what the change says stays.
func TestNewcomer_IsProvisioningsAfterItsFirstChange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		for patch, want := range map[string]string{
			`{"op":"Replace","path":"active","value":"True"}`:                            `null`,
			`{"op":"Replace","path":"roles[primary eq \"True\"].value","value":"Other"}`: `[{"primary":true,"value":"Other"}]`,
		} {
			var made store.User
			err := s.Write(t.Context(), store.Actor{Kind: store.Person}, func(tx *store.Tx) (err error) {
				made, err = tx.Directory(d.connection.Directory()).CreateNewcomer(store.Profile{
					UserName: "alice", ExternalID: "aaaaaaaa-0000-4000-8000-00000000a11c", AppRoles: []string{"Task.Write"},
				})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			got := d.patch("/Users/"+made.ID, "["+patch+"]")
			roles, _ := json.Marshal(got.json["roles"])
			if got.status != 200 || string(roles) != want {
				t.Errorf("%s: %d, roles %s, want %s", patch, got.status, roles, want)
			}
			d.must(204, "DELETE", "/Users/"+made.ID, "")
		}
	})
}
