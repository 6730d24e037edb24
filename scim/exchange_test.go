package scim

import (
	"testing"

	"doorlist/scim/scimtest"
	"doorlist/store"
	"doorlist/store/storetest"
)

// TestExchanges replays the conversations of testdata/scim (see package scimtest).
func TestExchanges(t *testing.T) {
	t.Parallel()
	for _, c := range scimtest.Read(t, "../testdata/scim") {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				d := newDoor(t, s)
				c.Replay(t, scimtest.Server{
					URL: d.server.URL, Token: d.token, Events: d.events,
					Declare: func(resourceType, schema string) { d.declare(resourceType, schema) }, Undeclare: d.undeclare,
					LetPasswords: d.letPasswords,
				})
			})
		})
	}
}
