package store

import (
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// validID says that id is a UUID in canonical lower-case form, as all ids are that were ever given out. Other texts
// name nothing, and PostgreSQL would refuse them with an error.
func validID(id string) bool { return isGUID(id) && id == strings.ToLower(id) }

// isGUID says that s has the form 8-4-4-4-12 hexadecimal digits and is not all zero.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	zero := true
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			zero = zero && c == '0'
		default:
			return false
		}
	}
	return !zero
}

// externalKey is the form in which external ids are joined: GUIDs in lower case, because Entra spells an object id
// differently from place to place; anything else as it is.
func externalKey(externalID string) string {
	if isGUID(externalID) {
		return strings.ToLower(externalID)
	}
	return externalID
}

// noID is an id that nothing has, less than every other.
const noID = "00000000-0000-0000-0000-000000000000"

// nullID is an id for a column that may have none.
func nullID(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// knownIDs keeps the ids that can name something, each once.
func knownIDs(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	known := make([]string, 0, len(ids))
	for _, id := range ids {
		if validID(id) && !seen[id] {
			seen[id] = true
			known = append(known, id)
		}
	}
	return known
}

// isStorable says that a column can hold the text: PostgreSQL refuses NUL and broken UTF-8.
func isStorable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// storable makes a stranger's text fit for a column, in at most max bytes.
func storable(s string, max int) string {
	if !isStorable(s) {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	}
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

// millis is the time in an id of version 7 (RFC 9562 section 5.7).
func millis(id uuid.UUID) int64 { return int64(binary.BigEndian.Uint64(id[:8]) >> 16) }

// idAt is the lowest id of a time.
func idAt(t time.Time) string { return idOfMillis(max(0, t.UnixMilli())) }

func idOfMillis(ms int64) string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(ms)<<16)
	return id.String()
}

// stampID gives a new id the time that something happened at: it is kept in the order of what happened.
func stampID(id string, t time.Time) string {
	const stamp = len("00000000-0000-7") // the time and the version
	return idAt(t)[:stamp-1] + id[stamp-1:]
}
