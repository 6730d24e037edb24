package admin

import "testing"

func TestWithoutNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`/Users?filter=userName eq "7d420df3-1111-4222-8333-444455556666"&excludedAttributes=emails`: `/Users?filter=userName eq "(an id)"&excludedAttributes=emails`,
		`/Users?filter=userName eq "alice@contoso.com"`:                                              `/Users?filter=userName eq "…"`,
		`/Users?filter=userName eq "alice`:                                                           `/Users?filter=userName eq "…"`,
		`/Users/alice@contoso.com`:                                                                   `/Users/…`,
		`/Users/7d420df3-1111-4222-8333-444455556666`:                                                `/Users/7d420df3-1111-4222-8333-444455556666`,
		`"emails" cannot be "alice". See https://example.com/a/b or ask.`:                            `"…" cannot be "…". See https://example.com/a/b or ask.`,
	} {
		if got := withoutNames(text); got != want {
			t.Errorf("withoutNames(%s) = %s, want %s", text, got, want)
		}
	}
}
