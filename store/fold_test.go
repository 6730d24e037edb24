package store_test

import (
	"testing"
	"unicode"

	"doorlist/store"

	"pgregory.net/rapid"
)

func TestFold_JoinsSpellingsOfOneName(t *testing.T) {
	t.Parallel()
	for what, pair := range spellings {
		if a, b := store.Fold(pair[0]), store.Fold(pair[1]); a != b {
			t.Errorf("%s: Fold(%q) = %+q, Fold(%q) = %+q; want the same", what, pair[0], a, pair[1], b)
		}
	}
}

func TestFold_KeepsDifferentNamesApart(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"alice", "alice "}, {"rené", "rene"}, {"ı", "i"}, {"а", "a"}, {"0", "o"}, {"a\u200bb", "ab"}, {"", " "},
	} {
		if a, b := store.Fold(pair[0]), store.Fold(pair[1]); a == b {
			t.Errorf("Fold(%q) and Fold(%q) are both %q", pair[0], pair[1], a)
		}
	}
}

func TestFold_IsIdempotentForEveryCharacter(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.S) { // what has a case, a width or a composition
			checkFold(t, string(r))
		}
	}
}

func TestFold_IsIdempotentForTexts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { checkFold(t, rapid.String().Draw(t, "text")) })
}

func checkFold(t interface{ Errorf(string, ...any) }, text string) {
	once := store.Fold(text)
	if twice := store.Fold(once); twice != once {
		t.Errorf("Fold(%+q) = %+q, folded again %+q", text, once, twice)
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"", "Alice", "\u0130", "ß", "\u212a", "ａ", "ﬃ", "\u0345\u1f80", "\u1e9b\u0323", "\xff\xfe", "a\x00b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkFold(t, text) })
}
