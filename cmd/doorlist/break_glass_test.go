package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"doorlist/store/storetest"
)

// A provider sees and touches the people that it sent, and never those of the local directory.
func TestBreakGlass_APushNeverReachesTheOwner(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newTerminal(t, url)
		contosoWithPeople(t, c)
		var owner ownerView
		c.read(&owner, "owner", "create", "--org", "contoso", "--email", "olivia@contoso.com")
		var token newTokenView
		c.read(&token, "token", "create", "--connection", "entra")
		n := c.serve()
		call := func(method, path, body string) (int, string) {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), method, n.url+"/scim/v2"+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+token.Token)
			req.Header.Set("Content-Type", "application/scim+json")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			return resp.StatusCode, string(text)
		}
		for _, path := range []string{"/Users", "/Users?filter=userName+eq+%22olivia@contoso.com%22"} {
			if status, body := call(http.MethodGet, path, ""); status != http.StatusOK || strings.Contains(body, "olivia") {
				t.Errorf("GET %s = %d %s", path, status, body)
			}
		}
		off := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`
		for method, body := range map[string]string{http.MethodGet: "", http.MethodPatch: off, http.MethodPut: `{"userName":"olivia@contoso.com","active":false}`, http.MethodDelete: ""} {
			if status, answer := call(method, "/Users/"+owner.ID, body); status != http.StatusNotFound {
				t.Errorf("%s of the owner = %d %s, want 404", method, status, answer)
			}
		}
		// A person of the same name is another person.
		if status, answer := call(http.MethodPost, "/Users", `{"userName":"olivia@contoso.com","active":false}`); status != http.StatusCreated {
			t.Errorf("POST = %d %s", status, answer)
		}
		var e struct {
			Person struct{ ID, Connection string }
			Role   string
		}
		c.read(&e, "explain", owner.ID, "--org", "contoso")
		if e.Person.ID != owner.ID || e.Person.Connection != "" || e.Role != "owner" {
			t.Errorf("afterwards the owner is %+v", e)
		}
		if got := c.fails(exitFailed, "user", "unassign", owner.ID, "--org", "contoso", "--role", "owner"); !strings.Contains(got, "without an owner") {
			t.Errorf("demoting the last owner: %q", got)
		}
		if got := c.fails(exitFailed, "role", "set", "owner", "--org", "contoso", "--console", "read"); !strings.Contains(got, "without an owner") {
			t.Errorf("taking the right from the role: %q", got)
		}
		if got := c.fails(exitFailed, "user", "reset-second-factor", owner.ID, "--org", "contoso"); !strings.Contains(got, "has no second factor") {
			t.Errorf("resetting what is not there: %q", got)
		}
	})
}

func TestOrgSet_SecondFactor(t *testing.T) {
	t.Parallel()
	c := configured(t)
	var v orgView
	c.read(&v, "org", "set", "contoso", "--second-factor", "all", "--name", "Contoso Ltd")
	if v.SecondFactor != "all" || v.Name != "Contoso Ltd" {
		t.Errorf("it printed %+v", v)
	}
	if got := c.fails(exitUsage, "org", "set", "contoso", "--second-factor", "some"); !strings.Contains(got, "owners, all or off") {
		t.Errorf("another rule: %q", got)
	}
}

// codeOf is what an authenticator app shows for a secret (RFC 6238).
func codeOf(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatalf("the secret %q: %v", secret, err)
	}
	mac := hmac.New(sha1.New, key)
	if err := binary.Write(mac, binary.BigEndian, at.Unix()/30); err != nil {
		t.Fatal(err)
	}
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff)%1_000_000)
}

// An owner's way from the invitation to the recovery codes, in a browser.
func TestBrowser_AnOwnerComesIn(t *testing.T) {
	t.Parallel()
	c := configured(t)
	n := c.serve()
	browser := openBrowser(t)
	for _, screen := range screens {
		t.Run(screen.name, func(t *testing.T) {
			email := screen.name + "@contoso.com"
			var owner ownerView
			c.read(&owner, "owner", "create", "--org", "contoso", "--email", email, "--base-url", n.url)
			ctx := openWindow(t, browser, screen.width, screen.height)
			do(t, ctx, "opening the invitation", chromedp.Navigate(owner.Link))
			look(t, ctx, "the invitation", "Choose a password", email)
			do(t, ctx, "choosing a common password", chromedp.SendKeys(chromedp.CSS("#password"), "Summer2026!!"), chromedp.SendKeys(chromedp.CSS("#repeated"), "Summer2026!!\r"), chromedp.WaitVisible(chromedp.CSS("#fault")))
			look(t, ctx, "a common password", "tried first")
			const password = "a lantern on the quiet pier"
			do(t, ctx, "choosing another", chromedp.SendKeys(chromedp.CSS("#password"), password), chromedp.SendKeys(chromedp.CSS("#repeated"), password+"\r"), chromedp.WaitVisible(chromedp.CSS("#user_name")))
			look(t, ctx, "the sign-in", "Your password is set", "forgotten")
			do(t, ctx, "signing in", chromedp.SendKeys(chromedp.CSS("#user_name"), email), chromedp.SendKeys(chromedp.CSS("#password"), password+"\r"), chromedp.WaitVisible(chromedp.CSS("svg.qr")))
			look(t, ctx, "the enrollment", "Set up your second factor", "authenticator app")
			secret := openSecret(t, ctx)
			do(t, ctx, "giving a wrong code", chromedp.SendKeys(chromedp.CSS("#code"), "000000\r"), chromedp.WaitVisible(chromedp.CSS("#fault")))
			look(t, ctx, "a wrong code", "not right")
			do(t, ctx, "giving the code", chromedp.SendKeys(chromedp.CSS("#code"), codeOf(t, secret, time.Now())+"\r"), chromedp.WaitVisible(chromedp.CSS(".codes")))
			look(t, ctx, "the recovery codes", "Keep your recovery codes")
			do(t, ctx, "going on", chromedp.Click(chromedp.CSS(".actions a")), chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)))
			look(t, ctx, "the front page", email, "Change your password")
			do(t, ctx, "asking about the recovery codes", chromedp.Click(chromedp.CSS(`a[href="/recovery-codes"]`)), chromedp.WaitVisible(chromedp.CSS(`form[action="/recovery-codes"] button`)))
			look(t, ctx, "the offer of new recovery codes", "10 of your recovery codes are unused")
			do(t, ctx, "renewing them", chromedp.Click(chromedp.CSS(`form[action="/recovery-codes"] button`)), chromedp.WaitVisible(chromedp.CSS(".codes")))
			look(t, ctx, "the new recovery codes", "All earlier ones have stopped working")
			do(t, ctx, "going back", chromedp.Click(chromedp.CSS(".actions a")), chromedp.WaitVisible(chromedp.CSS(`form[action="/logout"]`)))
			do(t, ctx, "changing the password", chromedp.Click(chromedp.CSS(`a[href="/password/change"]`)), chromedp.WaitVisible(chromedp.CSS("#present")))
			look(t, ctx, "the change of the password", "Present password")
			do(t, ctx, "forgetting the password", chromedp.Navigate(n.url+"/reset"), chromedp.SendKeys(chromedp.CSS("#user_name"), email+"\r"), chromedp.WaitVisible(chromedp.CSS(`[role="status"]`)))
			look(t, ctx, "the answer to a forgotten password", "Look into your mailbox")
		})
	}
}

// openSecret opens what hides the secret and reads it.
func openSecret(t *testing.T, ctx context.Context) string {
	t.Helper()
	do(t, ctx, "opening the secret", chromedp.Click(chromedp.CSS("summary")), chromedp.WaitVisible(chromedp.CSS(".secret")))
	secret, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(".secret")))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}
