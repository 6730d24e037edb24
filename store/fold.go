package store

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold maps a name to the form in which it is compared and kept unique: NFKC, then full case folding. It is the only
// case rule of Doorlist; SQL lower() is never used for identity, because SQLite folds ASCII alone, and PostgreSQL
// and Go disagree about letters such as U+0130.
func Fold(s string) string {
	if isPlainLower(s) {
		return s
	}
	// Folding can produce a form that NFKC changes again (U+0345), so normalize once more for idempotence.
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}

// isPlainLower says that s is ASCII without capitals: the common case, which Fold leaves alone.
func isPlainLower(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}
