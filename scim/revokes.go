package scim

import (
	"bytes"
	"net/http"
)

// maxRevoking bounds the bodies that are looked at. Whoever sends more does not switch one person off.
const maxRevoking = 64 << 10

// revokes says whether a request takes access away from somebody: it deletes, it says that somebody is not active, or it removes something, such as a
// member. It is a look at the text, a thousandth of the work that the request itself is, and by it is decided only who waits behind whom: a name that is
// written with escapes is not recognized, and waits with the others.
func revokes(method string, body []byte) bool {
	if method == http.MethodDelete {
		return true
	}
	if method != http.MethodPatch && method != http.MethodPut || len(body) > maxRevoking {
		return false
	}
	s := look(body)
	return s.activeFalse || method == http.MethodPatch && (s.removes || s.active && s.valueFalse)
}

// said is what the text of a body says somewhere.
type said struct {
	active      bool // a path, or a member's name, that ends in active, as urn:ietf:params:scim:schemas:core:2.0:User:active does too
	activeFalse bool // such a member that is false
	valueFalse  bool
	removes     bool // an operation that does
}

func look(body []byte) (s said) {
	for at := 0; ; {
		i := bytes.IndexByte(body[at:], '"')
		if i < 0 {
			return s
		}
		name, rest := body[:at+i], body[at+i+1:]
		switch at += i + 1; {
		case endsIn(name, "active"):
			s.active, s.activeFalse = true, s.activeFalse || isMember(rest, "false")
		case endsIn(name, "value"):
			s.valueFalse = s.valueFalse || isMember(rest, "false")
		case endsIn(name, "op"):
			s.removes = s.removes || isMember(rest, "remove")
		}
	}
}

// endsIn says whether a text ends in a lower-case name, in any case.
func endsIn(text []byte, name string) bool {
	before := len(text) - len(name)
	return before >= 0 && text[len(text)-1]|0x20 == name[len(name)-1] && bytes.EqualFold(text[before:], []byte(name))
}

// isMember says whether what stands behind a name is a value that begins so, in quotes or not, in any case: Entra writes "False" (see entra.go).
func isMember(rest []byte, value string) bool {
	rest, colon := bytes.CutPrefix(trimmed(rest), []byte(":"))
	rest = bytes.TrimPrefix(trimmed(rest), []byte(`"`))
	return colon && len(rest) >= len(value) && bytes.EqualFold(rest[:len(value)], []byte(value))
}

func trimmed(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }
