package auth

import (
	"github.com/google/uuid"
)

// canonicalGUID returns a GUID in lower case, "" for anything else: other spellings (braces, urn:, no dashes) and the
// GUID of zeros, which stands for "none", are no identity.
func canonicalGUID(s string) string {
	if len(s) != 36 {
		return ""
	}
	id, err := uuid.Parse(s)
	if err != nil || id == uuid.Nil {
		return ""
	}
	return id.String()
}
