package store_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"doorlist/store"
)

// FuzzParseSpan reads any length of time: what is read is at most a hundred years, and written down it is read as the same.
func FuzzParseSpan(f *testing.F) {
	for _, seed := range []string{"", "1 day", "36 hours", "2 weeks 1 day", "720h", "-5m", "1e9h", "999999999 years", "1 day, 2 hours", "1day2hours", "0", "1.5 h", "１ day", "1 y 1 y", "9223372036854775807ns"} {
		f.Add(seed)
	}
	const century = 100 * 365 * 24 * time.Hour
	f.Fuzz(func(t *testing.T, text string) {
		d, err := store.ParseSpan(text)
		if err != nil {
			if !errors.Is(err, store.ErrSpan) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if d.Abs() > century {
			t.Errorf("%q is read as %s", text, d)
		}
		if again, err := store.ParseSpan(store.Span(d)); d >= 0 && (err != nil || again != d.Truncate(time.Second)) {
			t.Errorf("%q is read as %s, written as %q, and that read as %s, %v", text, d, store.Span(d), again, err)
		}
	})
}

// FuzzDomainOf reads any address: its domain is one that DNS can have, in the one spelling in which domains are claimed.
func FuzzDomainOf(f *testing.F) {
	for _, seed := range []string{
		"alice@example.com", "a@b@example.com", "@example.com", "alice@EXAMPLE.COM.", "alice@münchen.de", "alice@xn--mnchen-3ya.de", "alice@example.com\u200b", "alice@ｅxample.com",
		"alice@127.0.0.1", "alice@[::1]", "alice@localhost", "\"a@b\"@example.com", "alice@exa mple.com", "alice@-a.com", "alice@contoso.com..", "alice@\u0130stanbul.com", "alice@" + strings.Repeat("a.", 200) + "com",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		domain := store.DomainOf(address)
		if domain == "" {
			return
		}
		if strings.Count(address, "@") != 1 || store.CanonicalDomain(domain) != domain || len(domain) > 253 || !strings.Contains(domain, ".") ||
			strings.ContainsFunc(domain, func(r rune) bool { return r > '~' || r >= 'A' && r <= 'Z' || r <= ' ' || r == '@' || r == '/' }) {
			t.Errorf("%q is of the domain %q", address, domain)
		}
	})
}

// FuzzAddressGroup counts any address: all of one IPv6 network count as one, whatever they are written like, and two of IPv4 never do.
func FuzzAddressGroup(f *testing.F) {
	for _, seed := range [][2]string{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::"}, {"192.0.2.1", "::ffff:192.0.2.1"}, {"192.0.2.1", "192.0.2.2"}, {"fe80::1%eth0", "fe80::1"}, {"", "x"}, {"::", "0.0.0.0"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		first, err1 := netip.ParseAddr(a)
		second, err2 := netip.ParseAddr(b)
		want := a == b
		if err1 == nil && err2 == nil {
			one, other := network(first), network(second)
			want = one == other
		}
		if got := store.AddressGroup(a) == store.AddressGroup(b); got != want && (err1 == nil) == (err2 == nil) {
			t.Errorf("%q and %q count as one: %t, want %t", a, b, got, want)
		}
	})
}

// network is what of an address counts, in 16 bytes.
func network(a netip.Addr) [16]byte {
	all := a.As16()
	if !a.Unmap().Is4() {
		clear(all[8:])
	}
	return all
}
