package scim

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"doorlist/store"
)

// A request that only reads is worked on as what its credential was when it was last shown, while the database is asked whether it still is that: to ask
// first would be a second wait for each look-up. Nothing is sent before the database has answered. If it says anything else, the request is done anew.

// confirmation is a credential that the database is asked for again.
type confirmation struct {
	taken store.Credential // what the request is worked on as
	done  chan struct{}
	holds bool // once done
}

// confirm begins to ask.
func (s *server) confirm(ctx context.Context, taken store.Credential, token, address string) *confirmation {
	c := &confirmation{taken: taken, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		defer func() { _ = recover() }() // which leaves it unconfirmed
		found, err := s.store.ReaderCredential(ctx, token, address)
		found.LastUsedAt = taken.LastUsedAt // says nothing of what it may do
		c.holds = err == nil && found == taken
	}()
	return c
}

// errOutdated is what handlers are told when their answer may not be sent.
var errOutdated = errors.New("the credential is not what it was")

// isOutdated says, once it is known, that the request is to be done anew.
func (x *exchange) isOutdated() bool {
	if x.confirmation == nil {
		return false
	}
	<-x.confirmation.done
	return !x.confirmation.holds
}

// anew forgets what was done of a request that nothing was sent of.
func (x *exchange) anew(header http.Header) {
	h := x.Header()
	clear(h)
	maps.Copy(h, header)
	*x = exchange{ResponseWriter: x.ResponseWriter, began: x.began, status: http.StatusOK, confirmsFirst: true}
}

// recalled is what the caller of a request that only reads was when they last asked, if they might be served as that.
func (s *server) recalled(x *exchange, r *http.Request, root string) (store.Credential, bool) {
	if r.Method != http.MethodGet || x.confirmsFirst {
		return store.Credential{}, false
	}
	token, err := bearer(r)
	if err != nil {
		return store.Credential{}, false
	}
	credential, known := s.store.RecalledCredential(token, s.Address(r))
	if !known || !isNamed(credential.Connection, connectionOf(root)) || s.refusal(r, credential) != nil {
		return store.Credential{}, false
	}
	x.confirmation = s.confirm(r.Context(), credential, token, s.Address(r))
	x.connection, x.credentialID = credential.Connection, credential.TokenID
	return credential, true
}
