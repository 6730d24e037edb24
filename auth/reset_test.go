package auth_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// mails empties the outbox into files and returns their texts, once there are so many.
func (w *world) mails(want int) []string {
	w.t.Helper()
	for try := 0; ; try++ {
		n, err := w.store.CountUnsentMail(w.t.Context())
		w.must(err)
		if n >= want {
			break
		}
		if try == 500 {
			w.t.Fatalf("%d mails are queued, want %d", n, want)
		}
		time.Sleep(10 * time.Millisecond)
	}
	folder := w.t.TempDir()
	m, err := auth.NewMailer(w.store, auth.MailConfig{Folder: folder, From: "door@example.com"}, w.logger)
	w.must(err)
	w.must(auth.SendAll(w.t.Context(), m))
	files, err := filepath.Glob(folder + "/*.eml")
	w.must(err)
	slices.Sort(files)
	var texts []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		w.must(err)
		texts = append(texts, strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	if len(texts) != want {
		w.t.Fatalf("%d mails were sent, want %d:\n%s", len(texts), want, strings.Join(texts, "\n---\n"))
	}
	return texts
}

// linkIn is the path of the link in a mail.
func (w *world) linkIn(mail string) string {
	w.t.Helper()
	found := regexp.MustCompile(regexp.QuoteMeta(w.door.URL) + `(/(?:invite|reset)/\S+)`).FindStringSubmatch(mail)
	if found == nil {
		w.t.Fatalf("the mail holds no link:\n%s", mail)
	}
	return found[1]
}

// withOwner makes an owner with a password.
func (w *world) withOwner() {
	w.t.Helper()
	wantAnswer(w.t, w.browser().choosePassword(w.invite()), http.StatusSeeOther, "")
}

const otherPassword = "a lantern on the quiet pier"

func TestReset_ByMailOnceAndWithoutSigningIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.withOwner()
		signedIn := w.browser()
		wantAnswer(t, signedIn.enterPassword(ownerEmail, ownerPassword), http.StatusSeeOther, "")
		b := w.browser()
		wantAnswer(t, b.post("/reset", "user_name", strings.ToUpper(ownerEmail)), http.StatusOK, "")
		mail := w.mails(1)[0]
		link := w.linkIn(mail)
		if !strings.Contains(mail, "To: <"+ownerEmail+">") || !strings.HasPrefix(link, "/reset/dlr_") {
			t.Errorf("the mail:\n%s", mail)
		}
		wantAnswer(t, b.get(strings.Replace(link, "/reset/", "/invite/", 1)), http.StatusNotFound, "")
		wantAnswer(t, b.get(link), http.StatusOK, "")
		signedIn.wantVerify(http.StatusOK, "")
		wantAnswer(t, b.post(link, "password", otherPassword, "repeated", otherPassword), http.StatusSeeOther, "")
		if b.sessionCookie() != "" {
			t.Error("the reset signed somebody in")
		}
		signedIn.wantVerify(http.StatusUnauthorized, "session_revoked")
		wantAnswer(t, b.post(link, "password", otherPassword, "repeated", otherPassword), http.StatusNotFound, "")
		wantAnswer(t, b.enterPassword(ownerEmail, ownerPassword), http.StatusForbidden, "bad_credentials")
		wantAnswer(t, b.enterPassword(ownerEmail, otherPassword), http.StatusSeeOther, "")
		if told := w.mails(1)[0]; !strings.Contains(told, "Subject: Your password was changed") || strings.Contains(told, "dlr_") {
			t.Errorf("the message about it:\n%s", told)
		}
	})
}

// What a page says must not tell who is known, nor who may use a password.
func TestReset_TheSameAnswerForEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.withOwner()
	var pages []string
	for _, name := range []string{ownerEmail, "nobody@example.com", "alice@contoso.com", "", w.user.ID, "x\x00"} {
		res := w.browser().post("/reset", "user_name", name)
		wantAnswer(t, res, http.StatusOK, "")
		pages = append(pages, strings.ReplaceAll(res.body, res.Header.Get("X-Request-Id"), "ID"))
		w.clock.Advance(4 * time.Minute)
	}
	for _, page := range pages[1:] {
		if withoutTime(page) != withoutTime(pages[0]) {
			t.Errorf("the pages differ:\n%s\n%s", pages[0], page)
		}
	}
	w.mails(1) // the owner's alone: SSO applies to Alice, and an id is no name
}

// withoutTime drops the time at the foot of a page.
func withoutTime(page string) string {
	return regexp.MustCompile(`<time.*</time>`).ReplaceAllString(page, "")
}

func TestReset_IsLimitedByNameAndByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.withOwner()
	b := w.browser()
	for range 5 {
		wantAnswer(t, b.post("/reset", "user_name", ownerEmail), http.StatusOK, "")
	}
	res := b.post("/reset", "user_name", ownerEmail)
	if wantAnswer(t, res, http.StatusTooManyRequests, ""); res.Header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	w.mails(3)
}

func TestReset_TheLinkComesFromTheConfiguredAddressAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.withOwner()
	b := w.browser()
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Origin": b.base, "Sec-Fetch-Site": "same-origin",
		"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example", "X-Original-Host": "evil.example", "X-Host": "evil.example"}
	form := "user_name=" + ownerEmail + "&email=thief@evil.example&user_name=thief@evil.example&user_name[]=thief@evil.example"
	wantAnswer(t, b.send(http.MethodPost, "/reset?user_name=thief@evil.example", strings.NewReader(form), header), http.StatusOK, "")
	if mail := w.mails(1)[0]; strings.Contains(mail, "evil.example") {
		t.Errorf("the mail:\n%s", mail)
	}
}

func TestReset_ALinkDiesWithItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	w.withOwner()
	b := w.browser()
	wantAnswer(t, b.post("/reset", "user_name", ownerEmail), http.StatusOK, "")
	link := w.linkIn(w.mails(1)[0])
	w.clock.Advance(store.ResetFor - time.Second)
	wantAnswer(t, b.get(link), http.StatusOK, "")
	w.clock.Advance(time.Second)
	wantAnswer(t, b.get(link), http.StatusNotFound, "")
	wantAnswer(t, b.post(link, "password", otherPassword, "repeated", otherPassword), http.StatusNotFound, "")
}
