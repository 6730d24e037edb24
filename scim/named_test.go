package scim

import "testing"

func TestNamed_IsWhomALookUpAsksFor(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`filter=userName+eq+%22Alice%2Bx%40contoso.com%22`:          "Alice+x@contoso.com",
		`attributes=id&filter=externalId%20eq%20%22a%26b%25%3Dc%22`: "a&b%=c",
		`filter=userName+eq+%22a%22+and+active+eq+true`:             "",
		`filter=userName+sw+%22a%22`:                                "",
		`filter=active+eq+true`:                                     "",
		`filter=userName+eq`:                                        "",
		`startIndex=1&count=100`:                                    "",
		``:                                                          "",
	} {
		if got := Named(targetText([]string{"Users"}, query)); got != want {
			t.Errorf("%s names %q, want %q", query, got, want)
		}
	}
	if got := Named("/Users?filter=%zz"); got != "" {
		t.Errorf("what cannot be read names %q", got)
	}
}
