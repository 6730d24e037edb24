package policy

import (
	"strings"
	"unicode/utf8"
)

// ReadPath reads the path of a request target as the client sent it, and decodes it once. certain says that whoever
// reads it comes to the same path. Servers disagree about encoded slashes, double encodings, dot segments, empty
// segments, path parameters and backslashes (CVE-2026-41059, CVE-2025-54576), and such a path may be another to the
// application than to its guard.
func ReadPath(target string) (path string, certain bool) {
	raw, _, _ := strings.Cut(target, "?")
	path = decode(raw)
	if !utf8.ValidString(path) || strings.ContainsFunc(path, misread) {
		return "", false
	}
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return "", false
	}
	if rest == "" {
		return path, true
	}
	rest = strings.TrimSuffix(rest, "/")
	for segment := range strings.SplitSeq(rest, "/") {
		// A dot or blank at the end is dropped by some file systems; "." and ".." are among these.
		if segment == "" || strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " ") {
			return "", false
		}
	}
	return "/" + rest, true
}

// misread are the characters that some servers give a meaning in a path.
func misread(r rune) bool {
	return r < ' ' || r == 0x7f || strings.ContainsRune(`\;%#?`, r)
}

// decode undoes percent-encoding, once; "" where it cannot. Encoded slashes are refused: after decoding they would be separators.
func decode(raw string) string {
	if !strings.Contains(raw, "%") {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '%' {
			b.WriteByte(raw[i])
			continue
		}
		if i+2 >= len(raw) {
			return ""
		}
		high, low := unhex(raw[i+1]), unhex(raw[i+2])
		c := high<<4 | low
		if high > 15 || low > 15 || c == '/' {
			return ""
		}
		b.WriteByte(c)
		i += 2
	}
	return b.String()
}

// unhex is the value of a hexadecimal digit, and more than 15 for anything else.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
