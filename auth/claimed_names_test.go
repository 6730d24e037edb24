package auth

import (
	"context"
	"strings"
	"testing"

	"doorlist/policy"
	"doorlist/store"
	"doorlist/store/storetest"
)

// TestSearch_EveryClaimedNameExplainsAnUnsafeMapping: where the directory has an alias for an external id, the person is
// found by none of their identities. Any name that the token claims may say so; none may let the person in.
func TestSearch_EveryClaimedNameExplainsAnUnsafeMapping(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	conn := connectionWithAlias(t, s)
	const ids = `"tid":"11111111-2222-4333-8444-555555555555","oid":"aaaaaaaa-2222-4333-8444-555555555555"`
	for claim, want := range map[string]policy.Reason{
		`"preferred_username":"ALICE@contoso.com"`:                               policy.MappingUnsafe,
		`"preferred_username":"a.smith@contoso.com","upn":"alice@contoso.com"`:   policy.MappingUnsafe,
		`"preferred_username":"a.smith@contoso.com","email":"alice@contoso.com"`: policy.MappingUnsafe,
		`"unique_name":"alice@contoso.com"`:                                      policy.MappingUnsafe,
		`"name":"alice@contoso.com"`:                                             policy.NotProvisioned,
		`"email":"bob@contoso.com"`:                                              policy.NotProvisioned,
	} {
		identity, err := readIdentity(conn, "subject", parseClaims(t, `{`+ids+`,`+claim+`}`))
		if err != nil {
			t.Fatal(err)
		}
		f := searched(t, s, attempt{connection: conn, line: []string{"on"}, identity: identity})
		if got := policy.Admit(f.facts).Reason; got != want || strings.Contains(f.detail, "which is no object id") != (want == policy.MappingUnsafe) {
			t.Errorf("%s: got %s, %q; want %s", claim, got, f.detail, want)
		}
	}
}

func searched(t *testing.T, s *store.Store, a attempt) (f found) {
	t.Helper()
	err := s.Write(context.Background(), store.Actor{}, func(tx *store.Tx) (err error) {
		f, err = search(tx.Directory(a.connection.Directory()), store.Organization{AmbiguousRoles: "highest"}, a, s.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// connectionWithAlias is a connection whose directory knows Alice by an alias.
func connectionWithAlias(t *testing.T, s *store.Store) (conn store.Connection) {
	t.Helper()
	err := s.Write(context.Background(), store.Actor{}, func(tx *store.Tx) error {
		org, err := tx.CreateOrganization("contoso", "", "")
		if err != nil {
			return err
		}
		conn, err = tx.Organization(org.ID).CreateConnection(store.Connection{
			Slug: "entra", Kind: store.EntraConnection, TenantID: "11111111-2222-4333-8444-555555555555", ClientID: "client",
		}, "secret")
		if err != nil {
			return err
		}
		_, err = tx.Directory(conn.Directory()).CreateUser(store.UserRecord{
			UserName: "alice@contoso.com", ExternalID: "alice", Active: true, Document: "{}", Keys: "{}",
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
