package auth

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"doorlist/store"
)

// Limits of a password, in characters (OWASP ASVS 5.0, 6.2). There are no rules about kinds of characters.
const (
	minPassword = 12
	maxPassword = 256
)

// passwordFault says what is wrong with a new password; "" when nothing is. own are names that a guesser would try for this
// person first.
func passwordFault(password, repeated string, own ...string) string {
	n := utf8.RuneCountInString(normalPassword(password))
	switch {
	case !utf8.ValidString(password):
		return "That password has characters that we cannot read. Choose another one."
	case n < minPassword:
		return fmt.Sprintf("Choose at least %d characters. A few words in a row are easy to remember.", minPassword)
	case n > maxPassword:
		return fmt.Sprintf("Choose at most %d characters.", maxPassword)
	case password != repeated:
		return "The two passwords are not the same. Type both again."
	case guessable(password, own...):
		return "That password is one of those that are tried first. Choose another one, such as a few unusual words in a row."
	}
	return ""
}

// commonWords are what common passwords are made of. Nearly all common passwords of twelve characters or more are a word or
// two of these, years, rows of keys and repetitions, so guessable puts them together rather than keep a list of results.
//
//go:embed password_words.txt
var commonWords string

var commonWordSet = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(commonWords) {
		set[word] = true
	}
	return set
})

// fewParts is how many parts a guessable password is made of: a dictionary of common parts, three deep, is soon tried.
const fewParts = 3

// guessable says whether a password is made of so few common parts that it is among the first to be tried.
func guessable(password string, own ...string) bool {
	names := map[string]bool{}
	for _, name := range own {
		for _, part := range strings.FieldsFunc(store.Fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(part) > 2 {
				names[part] = true
			}
		}
	}
	return parts([]rune(withoutRepetition(store.Fold(password))), names) <= fewParts
}

// unleet undoes the usual replacements of letters.
var unleet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "@", "a", "$", "s", "!", "i", "|", "l", "+", "t")

// withoutRepetition returns the block that a text is a repetition of, or the text itself.
func withoutRepetition(text string) string {
	if i := strings.Index((text + text)[1:], text) + 1; i > 0 && i < len(text) {
		return text[:i]
	}
	return text
}

// parts is the least number of common parts that a text can be cut into. A character that fits into none counts as one;
// what only separates counts as nothing.
func parts(text []rune, names map[string]bool) int {
	least := make([]int, len(text)+1)
	for end := 1; end <= len(text); end++ {
		least[end] = least[end-1] + 1
		if strings.ContainsRune(" -_.,!?", text[end-1]) {
			least[end] = least[end-1]
		}
		for start := range end - 1 {
			if cost := partCost(text[start:end], names); cost > 0 {
				least[end] = min(least[end], least[start]+cost)
			}
		}
	}
	return least[len(text)]
}

// maxPart bounds the words that are looked up, in characters.
const maxPart = 32

// partCost is what a common part of two characters or more counts: one, or for digits one for each four; 0 for what is none.
func partCost(part []rune, names map[string]bool) int {
	if isRow(part) {
		return 1
	}
	if len(part) <= maxPart {
		for _, word := range []string{string(part), unleet.Replace(string(part))} {
			if commonWordSet()[word] || names[word] {
				return 1
			}
		}
	}
	for _, r := range part {
		if r < '0' || r > '9' {
			return 0
		}
	}
	return (len(part) + 3) / 4
}

// keyRows are the rows of keys on usual keyboards, with and without Shift, and the alphabet.
var keyRows = []string{
	"1234567890-=", "!@#$%^&*()_+", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
	"abcdefghijklmnopqrstuvwxyz", "01234567890",
}

// isRow says whether three characters or more are the same one again and again, or follow each other in a row of keys.
func isRow(part []rune) bool {
	if len(part) < 3 {
		return false
	}
	text := string(part)
	if strings.Count(text, string(part[0])) == len(part) {
		return true
	}
	backward := make([]rune, len(part))
	for i, r := range part {
		backward[len(part)-1-i] = r
	}
	for _, row := range keyRows {
		if strings.Contains(row, text) || strings.Contains(row, string(backward)) {
			return true
		}
	}
	return false
}
