package auth

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"doorlist/policy"
)

func TestHeaderValue_EncodesWhatHeadersCannotCarry(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"": "", "Ann Lee": "Ann Lee", " Ann ": "%20Ann%20", " ": "%20", "a\x7fb": "a%7Fb", "a\tb\r\n": "a%09b%0D%0A", "!~": "!~", "100%": "100%25", "ü": "%C3%BC", "\xff": "%FF",
	} {
		if got := headerValue(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

func TestGroupNames_AsManyAsAProxyBears(t *testing.T) {
	t.Parallel()
	group := func(id, name string) policy.Grant {
		return policy.Grant{Source: policy.GroupSource, GroupID: id, Name: name}
	}
	long, longer := strings.Repeat("x", maxGroups-3), strings.Repeat("x", maxGroups-2)
	for what, c := range map[string]struct {
		grants []policy.Grant
		want   []string
	}{
		"none":                             {nil, []string{}},
		"a group with two roles":           {[]policy.Grant{group("1", "Staff"), group("1", "Staff")}, []string{"Staff"}},
		"two groups of one name":           {[]policy.Grant{group("1", "Staff"), group("2", "Staff")}, []string{"Staff", "Staff"}},
		"a role given by hand":             {[]policy.Grant{{Source: policy.LocalSource, Name: "by hand"}, group("1", "Staff")}, []string{"Staff"}},
		"as much as fits, with its commas": {[]policy.Grant{group("1", long), group("2", "y")}, []string{long, "y"}},
		"one byte more":                    {[]policy.Grant{group("1", longer), group("2", "y")}, []string{longer}},
		"a long one before one that fits":  {[]policy.Grant{group("1", longer), group("2", "yy"), group("3", "")}, []string{longer, ""}},
		"a name that takes more, encoded":  {[]policy.Grant{group("1", strings.Repeat(",", maxGroups/3+1)), group("2", "y")}, []string{"y"}},
		"alone too long":                   {[]policy.Grant{group("1", strings.Repeat("x", maxGroups))}, []string{}},
		"alone just short enough":          {[]policy.Grant{group("1", strings.Repeat("x", maxGroups-1))}, []string{strings.Repeat("x", maxGroups-1)}},
	} {
		if got := groupNames(c.grants); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q", what, got)
		}
	}
}

// Who may not pass is told what was wrong with them, and of anything else what was wrong.
func TestDenial_Words(t *testing.T) {
	t.Parallel()
	foreign := caller{verdict: policy.Verdict{Reason: policy.WrongTenant, Foreign: true}}
	for what, c := range map[string]struct {
		no   denial
		want policy.Words
	}{
		"elsewhere":    {denial{status: http.StatusForbidden, reason: policy.WrongTenant, caller: foreign}, foreign.verdict.Words()},
		"too late":     {denial{status: http.StatusUnauthorized, reason: policy.SessionExpired}, policy.SessionExpired.Words()},
		"nobody knows": {denial{status: http.StatusServiceUnavailable, reason: policy.Unavailable}, policy.Unavailable.Words()},
	} {
		if got := c.no.words(); got != c.want || got.Person == "" {
			t.Errorf("%s: got %+v, want %+v", what, got, c.want)
		}
	}
	if foreign.verdict.Words() == policy.WrongTenant.Words() {
		t.Error("the example has no words of its own")
	}
}

func TestSplitAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]target{
		"https://a.example/b?c": {"a.example", "/b?c"}, "https://a.example": {"a.example", "/"}, "https://a.example?b": {"a.example", "?b"}, "a.example/b": {},
		"https:///b": {"", "/b"}, "https://a.example#b": {"a.example", "#b"},
	} {
		if got := splitAddress(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}
