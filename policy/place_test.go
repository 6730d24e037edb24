package policy_test

import (
	"strings"
	"testing"

	"doorlist/policy"
)

// Each limit of a host, at it and one past it (RFC 1035 section 2.3.4; ports have five digits).
func TestReadHost_Limits(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", 63)
	whole := strings.Join([]string{label, label, label, label[:61]}, ".") // 253 bytes
	for host, want := range map[string]bool{
		label + ".example": true, label + "a.example": false, whole: true, whole + "a": false, whole + ".": true,
		"a.example:65535": true, "a.example:655350": false, "a.example:": true, "a.example:x": false, "a.example:80:80": false, "a.example..": false, ".": false, ":80": false,
		"[::1]": true, "[::1]:80": true, "[::1]:65535": true, "[::1]:655350": false, "[::1]x": false, "[::1]:x": false, "[]": false, "::1]": false, "[::g]": false, "[::1]80": false,
		"a_b-c.example": true, "a b.example": false, "ä.example": false,
	} {
		read, ok := policy.ReadHost(host)
		if ok != want || ok == (read == "") {
			t.Errorf("%q: got %q, %t", host, read, ok)
		}
	}
}

// Each digit of a percent-encoding, at the ends of its ranges and beyond, and each character that servers read differently.
func TestReadPath_Edges(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"/%41": "/A", "/%4a": "/J", "/%4A": "/J", "/%4f": "/O", "/%4F": "/O", "/%49": "/I", "/%7e": "/~", "/%7E": "/~", "/a%2e%62": "/a.b", "/%C3%A9": "/é", "/%F0%9F%9A%AA": "/🚪", "/a%20b": "/a b", "/a/": "/a", "/": "/",
		"/%4": "", "/%": "", "/a%4": "", "/%4g": "", "/%4G": "", "/%g4": "", "/%g4%80%80%80": "", "/%4/": "", "/%4:": "", "/%4@": "", "/%4`": "", "/%2f": "", "/%2F": "", "/%1f": "", "/%7f": "", "/%25": "", "/%3b": "",
		"/%5c": "", "/%23": "", "/%3f": "", "/%00": "", "/%ff": "", "/a%20": "", "/a.": "", "/a./b": "", "/a%20/b": "", "/.": "", "/..": "", "//": "", "/a//b": "", "/a//": "", "a": "", "": "", "*": "",
	} {
		if got, ok := policy.ReadPath(target); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t; want %q", target, got, ok, want)
		}
	}
}

func TestWildcard(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"wiki.example.com": "*.example.com", "a.b.example.com": "*.b.example.com", "example.com": "", "localhost": "", "": ""} {
		if got := policy.Wildcard(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}
