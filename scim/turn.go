package scim

import (
	"context"
	"fmt"
	"hash/maphash"
	"net/http"
	"strconv"
	"sync"
	"time"

	"doorlist/store"
)

// A request waits for its turn where too much is asked of the server. What it needs the turn for is known before that without any work of the server's: the
// caller by a credential that was good before, and whether somebody loses access by the method and a look at the body, which is read first. So a client that
// sends slowly keeps nobody waiting, and neither does one who is refused.

// Demand is what a request asks of the server.
type Demand struct {
	// Caller is the organization whose provider sends it; of a caller who is not known yet, the network address.
	Caller string
	// Known: the credential was good before. It may not be any longer.
	Known bool
	// Revokes: it takes access away from somebody.
	Revokes bool
	// Body is what was sent, in bytes.
	Body int
}

// BusyError refuses a request because too much is asked of the server. Nothing of it was done.
type BusyError struct {
	TooMany bool          // the caller asks for more than a share: 429; otherwise everybody together does: 503
	After   time.Duration // when to repeat it
}

func (e *BusyError) Error() string {
	who := "More is asked of the server now than it can do."
	if e.TooMany {
		who = "The organization of this connection sends more requests at once than its share of the server, and others wait."
	}
	return fmt.Sprintf("%s Please repeat the request after %s seconds; nothing of it was done.", who, e.seconds())
}

func (e *BusyError) status() int {
	if e.TooMany {
		return http.StatusTooManyRequests
	}
	return http.StatusServiceUnavailable
}

// seconds is the value of the Retry-After header (RFC 9110 section 10.2.3).
func (e *BusyError) seconds() string { return strconv.Itoa(int(e.After / time.Second)) }

// turn is a request whose turn has come. end gives everything back.
type turn struct {
	credential store.Credential
	sent       *sent
	leave      func()
}

func (t *turn) end() {
	t.leave()
	t.sent.done()
}

// enter waits for a request's turn. Of a caller who is not known nothing is read before who it is was found out, in a turn of its own. The turn is to be
// ended whatever comes of it.
func (s *server) enter(t *turn, x *exchange, r *http.Request, id, root string) (err error) {
	by, known := s.callers.recall(r)
	if !known {
		if t.credential, err = s.introduce(x, r, id, root); err != nil {
			return err
		}
		by = callerOf(t.credential)
	}
	if err = s.receive(t.sent, x, r, by); err == nil {
		err = s.take(t, r, by)
	}
	if err != nil {
		s.recordBusy(x, by)
		return err
	}
	if !known {
		return nil
	}
	if credential, recalled := s.recalled(x, r, root); recalled {
		t.credential = credential
		return nil
	}
	if t.credential, err = s.identify(x, r, id, root); err != nil {
		s.callers.forget(r)
	}
	return err
}

func (s *server) take(t *turn, r *http.Request, by caller) error {
	leave, err := s.Enter(r.Context(), Demand{Caller: by.organization, Known: true, Revokes: revokes(r.Method, t.sent.text), Body: len(t.sent.text)})
	if err == nil {
		t.leave = leave
	}
	return err
}

// introduce finds out who a caller is who has shown no good credential before.
func (s *server) introduce(x *exchange, r *http.Request, id, root string) (store.Credential, error) {
	leave, err := s.Enter(r.Context(), Demand{Caller: store.AddressGroup(s.Address(r))})
	if err != nil {
		return store.Credential{}, err
	}
	defer leave()
	credential, err := s.identify(x, r, id, root)
	if err == nil {
		s.callers.remember(r, callerOf(credential))
	}
	return credential, err
}

// recordBusy lets the log of a connection tell once a minute that its requests are refused: each one would be work for the database, which has too much.
func (s *server) recordBusy(x *exchange, by caller) {
	if s.refusals.due("busy "+by.connection, s.store.Now()) {
		x.connection = store.Connection{ID: by.connection, OrganizationID: by.organization}
	}
}

// caller is whose provider sends a request.
type caller struct{ organization, connection string }

func callerOf(c store.Credential) caller {
	return caller{c.Connection.OrganizationID, c.Connection.ID}
}

// callers remembers whose the good credentials were. By it is decided who waits behind whom, and never who may do anything: each request's credential is
// looked up again.
type callers struct {
	seed maphash.Seed

	mu    sync.RWMutex
	known map[uint64]caller // by the hash of the credential, which is a secret
}

// maxCallers bounds what is remembered; beyond it everybody begins anew.
const maxCallers = 10_000

func newCallers() *callers { return &callers{seed: maphash.MakeSeed(), known: map[uint64]caller{}} }

func (c *callers) key(r *http.Request) uint64 {
	return maphash.String(c.seed, r.Header.Get("Authorization"))
}

func (c *callers) recall(r *http.Request) (caller, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	by, known := c.known[c.key(r)]
	return by, known
}

func (c *callers) remember(r *http.Request, by caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxCallers {
		clear(c.known)
	}
	c.known[c.key(r)] = by
}

func (c *callers) forget(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, c.key(r))
}

// noTurns is for a server on which nobody waits.
func noTurns(context.Context, Demand) (leave func(), err error) { return func() {}, nil }
