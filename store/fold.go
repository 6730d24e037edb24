package store

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold maps a name to the form in which it is compared and kept unique: NFKC, then full case folding. It is the only
// case rule of Doorlist; SQL lower() is never used for identity, because SQLite folds ASCII alone, and PostgreSQL
// and Go disagree about letters such as U+0130.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	// Folding can produce a form that NFKC changes again (U+0345), so normalize once more for idempotence.
	return strings.Map(foldCherokee, norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s))))
}

// foldCherokee folds small Cherokee letters to capitals, as CaseFolding.txt does; x/text swaps the two.
func foldCherokee(r rune) rune {
	switch {
	case 0xAB70 <= r && r <= 0xABBF:
		return r - 0xAB70 + 0x13A0
	case 0x13F8 <= r && r <= 0x13FD:
		return r - 8
	}
	return r
}

// isASCII recognizes the common case, which needs no tables.
func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
