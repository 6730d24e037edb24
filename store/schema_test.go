package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

const acmeURN = "urn:example:Acme:2.0:User"

func userSchemaOf(urn, document string) store.Schema {
	return store.Schema{URN: urn, ResourceType: "User", Document: document}
}

// credential is what the token of contoso's connection stands for.
func (w *world) credential(secret string) store.Credential {
	w.t.Helper()
	c, err := w.Credential(w.t.Context(), secret, "192.0.2.1")
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) token() (secret string) {
	w.t.Helper()
	w.must(func(tx *store.Tx) (err error) {
		_, secret, err = tx.Organization(w.contoso.ID).CreateToken(w.entra.ID, "test", storetest.Start.AddDate(1, 0, 0))
		return err
	})
	return secret
}

// TestSchema_EveryChangeIsAnEventAndARevision reads the revision as another node does, with the credential.
func TestSchema_EveryChangeIsAnEventAndARevision(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		secret := w.token()
		for i, step := range []struct {
			name     string
			change   func(o *store.OrganizationTx) error
			revision int64
			schemas  string
		}{
			{"nothing", func(*store.OrganizationTx) error { return nil }, 0, ""},
			{"declared", func(o *store.OrganizationTx) error { return o.DeclareSchema(userSchemaOf(acmeURN, `{"n":1}`)) }, 1, acmeURN + `{"n":1}`},
			{"declared again", func(o *store.OrganizationTx) error { return o.DeclareSchema(userSchemaOf(acmeURN, `{"n":1}`)) }, 1, acmeURN + `{"n":1}`},
			{"replaced", func(o *store.OrganizationTx) error {
				return o.DeclareSchema(userSchemaOf(strings.ToUpper(acmeURN), `{"n":2}`))
			}, 2, strings.ToUpper(acmeURN) + `{"n":2}`},
			{"passwords", func(o *store.OrganizationTx) error { _, err := o.SetSCIMPasswords(true); return err }, 3, strings.ToUpper(acmeURN) + `{"n":2}`},
			{"passwords again", func(o *store.OrganizationTx) error { _, err := o.SetSCIMPasswords(true); return err }, 3, strings.ToUpper(acmeURN) + `{"n":2}`},
			{"removed", func(o *store.OrganizationTx) error { return o.RemoveSchema(acmeURN) }, 4, ""},
		} {
			if err := w.inContoso(step.change); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			if got := w.credential(secret); got.SettingsRevision != step.revision || got.SCIMPasswords != (i >= 4) {
				t.Errorf("%s: revision %d, passwords %v; want %d", step.name, got.SettingsRevision, got.SCIMPasswords, step.revision)
			}
			list, err := w.Organization(w.contoso.ID).Schemas(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, s := range list {
				got.WriteString(s.URN + s.Document)
			}
			if got.String() != step.schemas {
				t.Errorf("%s: schemas %s, want %s", step.name, &got, step.schemas)
			}
		}
		actions := w.actions(w.contoso, "")
		if got, want := actions[len(actions)-4:], []string{"schema.declared", "schema.declared", "organization.updated", "schema.removed"}; !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})
}

func TestSchema_Refusals(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		err := w.inContoso(func(o *store.OrganizationTx) error {
			return o.DeclareSchema(store.Schema{URN: acmeURN, ResourceType: "Device", Document: "{}"})
		})
		if !errors.As(err, new(*store.InvalidError)) {
			t.Errorf("an unknown resource type: %v", err)
		}
		if err := w.inContoso(func(o *store.OrganizationTx) error { return o.RemoveSchema(acmeURN) }); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("removing what is not there: %v", err)
		}
		declare := func(i int) error {
			return w.inContoso(func(o *store.OrganizationTx) error {
				return o.DeclareSchema(userSchemaOf(fmt.Sprint(acmeURN, i), "{}"))
			})
		}
		for i := range 50 {
			if err := declare(i); err != nil {
				t.Fatalf("schema %d: %v", i, err)
			}
		}
		if err := declare(50); !errors.As(err, new(*store.RefusedError)) {
			t.Errorf("one schema too many: %v", err)
		}
		if err := declare(7); err != nil {
			t.Errorf("a schema that is there: %v", err)
		}
	})
}

// TestRenewKeys_GoesThroughAllThatHaveTheSchema demands that each is renewed once, across batches and directories, and that
// nothing else is touched.
func TestRenewKeys_GoesThroughAllThatHaveTheSchema(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		add := func(c store.Connection, count int, keys string) {
			w.must(func(tx *store.Tx) error {
				for i := range count {
					r := store.UserRecord{UserName: fmt.Sprint(keys, i), Document: "{}", Keys: keys}
					if _, err := tx.Directory(c.Directory()).CreateUser(r); err != nil {
						return err
					}
				}
				return nil
			})
		}
		marked := `{"` + strings.ToLower(acmeURN) + `":{"tag":"x"}}`
		add(w.entra, 1001, marked)
		add(w.entra, 2, `{"title":"`+strings.ToLower(acmeURN)+`"}`)
		add(w.okta, 3, marked)
		add(w.other, 4, marked)
		renewed := 0
		err := w.inContoso(func(o *store.OrganizationTx) error {
			renewed = 0
			return o.RenewKeys(userSchemaOf(acmeURN, ""), func(string) (string, error) {
				renewed++
				return `{"new":true}`, nil
			})
		})
		if err != nil || renewed != 1004 {
			t.Fatalf("%d renewed, %v; want 1004", renewed, err)
		}
		for c, want := range map[store.Connection]int{w.entra: 1001, w.okta: 3, w.other: 0} {
			page, err := w.Directory(c.Directory()).Users(t.Context(), store.Query{Where: store.Present{Path: []string{"new"}}, Limit: 1})
			if err != nil || page.Total != want {
				t.Errorf("%s: %d renewed, %v; want %d", c.Slug, page.Total, err, want)
			}
			if len(page.Users) > 0 && page.Users[0].Version != 1 {
				t.Errorf("%s: version %d, want 1", c.Slug, page.Users[0].Version)
			}
		}
	})
}
