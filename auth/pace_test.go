package auth_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"doorlist/store/storetest"
)

// fromHeader takes the caller's address from a header, as behind a proxy.
func fromHeader(w *world) {
	w.address = func(r *http.Request) string { return r.Header.Get("Test-Address") }
}

func (b *browser) from(address, path string) answer {
	b.w.t.Helper()
	return b.do(http.MethodGet, path, map[string]string{"Test-Address": address})
}

func TestPace_StartsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), fromHeader)
	for i := range 30 {
		if res := w.browser().from(fmt.Sprintf("2001:db8:1:2::%x", i), "/login/entra"); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("start %d: got %d", i, res.StatusCode)
		}
	}
	b := w.browser()
	res := b.from("2001:db8:1:2:ffff::1", "/login/entra")
	wantAnswer(t, res, http.StatusTooManyRequests, "locked")
	if res.Header.Get("Retry-After") == "" {
		t.Error("the answer does not say when to come back")
	}
	form := b.send(http.MethodPost, "/login", nil, map[string]string{"Test-Address": "2001:db8:1:2::1", "Origin": b.base})
	wantAnswer(t, form, http.StatusTooManyRequests, "locked")
	for _, other := range []string{"2001:db8:1:3::1", "192.0.2.1", "::ffff:192.0.2.1"} {
		if res := b.from(other, "/login/entra"); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: got %d, want 303", other, res.StatusCode)
		}
	}
	w.clock.Advance(2 * time.Second)
	if res := b.from("2001:db8:1:2::1", "/login/entra"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("after a while: got %d, want 303", res.StatusCode)
	}
}

// TestPace_ThisMachineIsNotLimited: behind a proxy that is not named as trusted, everybody has its address.
func TestPace_ThisMachineIsNotLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	for i := range 40 {
		if res := w.browser().get("/login/entra"); res.StatusCode != http.StatusSeeOther {
			t.Fatalf("start %d: got %d", i, res.StatusCode)
		}
	}
}
