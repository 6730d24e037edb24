package auth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"doorlist/store/storetest"
)

func TestPassword_AFormLargerThanTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	b := w.browser()
	wantAnswer(t, b.choosePassword(w.invite()), http.StatusSeeOther, "")
	post := func(padding int) answer {
		return b.post("/password", "user_name", ownerEmail, "password", ownerPassword, "return_to", "/wiki", "padding", strings.Repeat("x", padding))
	}
	res := post(16 << 10)
	wantAnswer(t, res, http.StatusRequestEntityTooLarge, "")
	if !strings.Contains(res.body, "Too much was sent") || b.sessionCookie() != "" {
		t.Errorf("cookie %q; want a refusal without a session:\n%s", b.sessionCookie(), res.body)
	}
	people, err := w.store.PasswordPeople(context.Background(), ownerEmail)
	w.must(err)
	sessions, err := w.store.Organization(w.org.ID).Sessions(context.Background(), people[0].User.ID)
	w.must(err)
	if len(sessions) != 0 {
		t.Errorf("%d sessions were started", len(sessions))
	}
	wantAnswer(t, post(15<<10), http.StatusSeeOther, "")
}
