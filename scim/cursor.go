package scim

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"doorlist/store"

	scimerrors "github.com/elimity-com/scim/errors"
	"golang.org/x/crypto/chacha20poly1305"
)

// CursorKeySize is the length of Config.CursorKey in bytes.
const CursorKeySize = chacha20poly1305.KeySize

// cursorTimeout is how long a cursor can be used.
const cursorTimeout = time.Hour

// The error types of RFC 9865 section 2.1.
const (
	invalidCursor scimerrors.ScimType = "invalidCursor"
	expiredCursor scimerrors.ScimType = "expiredCursor"
	invalidCount  scimerrors.ScimType = "invalidCount"
)

// pagingError refuses a cursor, or the size of a page that begins at one.
type pagingError struct {
	scimType scimerrors.ScimType
	message  string
}

func (e *pagingError) Error() string { return e.message }

var (
	errCursor = &pagingError{invalidCursor, "The cursor is not one that this server gave for this query. Send nextCursor or previousCursor of " +
		"an answer together with the same filter, sortBy and sortOrder, or begin again with an empty cursor."}
	errCursorExpired = &pagingError{expiredCursor, fmt.Sprintf("The cursor has expired: ask for the next page within %d seconds. Begin again with an empty cursor.",
		int(cursorTimeout.Seconds()))}
	errCount = &pagingError{invalidCount, fmt.Sprintf(`With a cursor, "count" must be at most %d. Send such a number, or leave it out.`, maxCount)}
)

// cursors seals the places where pages begin. A cursor is all that there is of a query between two pages, so any node
// can go on with it; a client can neither read nor make one, since it holds values of resources.
type cursors struct {
	aead cipher.AEAD
	now  func() time.Time
}

// newCursors makes a key of its own if there is none.
func newCursors(key []byte, now func() time.Time) (*cursors, error) {
	if len(key) == 0 {
		key = make([]byte, CursorKeySize)
		rand.Read(key) // never fails
	}
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("scim: the cursor key must have %d bytes", CursorKeySize)
	}
	return &cursors{aead, now}, nil
}

// sealedStart is what is inside a cursor.
type sealedStart struct {
	store.Start
	Expires time.Time
}

// seal makes a cursor for one query. RFC 9865 section 2 allows the unreserved characters of RFC 3986 in it.
func (s *cursors) seal(start store.Start, query []byte) (string, error) {
	plain, err := json.Marshal(sealedStart{start, s.now().Add(cursorTimeout)})
	if err != nil {
		return "", err
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, plain, query)), nil
}

// open reads a cursor that was sealed for the same query.
func (s *cursors) open(cursor string, query []byte) (*store.Start, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(sealed) < s.aead.NonceSize() {
		return nil, errCursor
	}
	n := s.aead.NonceSize()
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], query)
	if err != nil {
		return nil, errCursor
	}
	var start sealedStart
	if err := json.Unmarshal(plain, &start); err != nil {
		return nil, errCursor
	}
	if s.now().After(start.Expires) {
		return nil, errCursorExpired
	}
	return &start.Start, nil
}
