package auth_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/entra"
	"doorlist/store"
	"doorlist/store/storetest"
)

// withVault gives an organization an application that demands a second factor, on a host of its own and on the door's.
func withVault(w *world) {
	w.inOrganization(func(o *store.OrganizationTx) error {
		_, err := o.CreateApplication(store.Application{Slug: "vault", Role: w.roles["reader"], SecondFactor: true, Paths: []store.ApplicationPath{
			{Host: "vault.contoso.com"}, {Host: "vault.contoso.com", Path: "/admin", Role: w.roles["admin"]}, {Host: "127.0.0.1", Path: "/vault"},
		}})
		return err
	})
}

const secondStep = "This page needs a second step"

var navigation = map[string]string{"Sec-Fetch-Mode": "navigate"}

func TestVerify_ASecondFactorOfTheProviderOpensWhatDemandsOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, trusting, withVault)
		once, twice := w.browser(), w.browser()
		once.mustSignIn()
		w.must(w.entra.Misbehave("methods-multiple", entra.Lasting))
		twice.mustSignIn()
		for proxy, ask := range asked {
			for place, want := range map[string][2]int{
				"vault.contoso.com /": {403, 200}, "vault.contoso.com /x;/y": {403, 403}, "vault.contoso.com /admin": {403, 403},
				"127.0.0.1 /vault/x": {403, 200}, "127.0.0.1 /other": {200, 200}, "other.contoso.com /": {200, 200},
			} {
				host, path, _ := strings.Cut(place, " ")
				for i, b := range []*browser{once, twice} {
					res := ask(b, host, path, "", nil)
					if res.StatusCode != want[i] || want[i] == 403 && res.Header.Get("X-Doorlist-Reason") != "role_too_low" {
						t.Errorf("%s, %s with %d factors: got %d %q, want %d", proxy, place, i+1, res.StatusCode, res.Header.Get("X-Doorlist-Reason"), want[i])
					}
				}
			}
		}
		if res := once.get("/auth/verify?application=vault"); res.StatusCode != http.StatusForbidden {
			t.Errorf("the application by its name, with one factor: got %d, want 403", res.StatusCode)
		}
		if res := twice.get("/auth/verify?application=vault"); res.StatusCode != http.StatusOK {
			t.Errorf("the application by its name, with two factors: got %d, want 200", res.StatusCode)
		}
		var me struct {
			SecondFactor bool     `json:"second_factor"`
			AMR          []string `json:"amr"`
		}
		w.must(json.Unmarshal([]byte(twice.get("/auth/session").body), &me))
		if !me.SecondFactor || !slices.Equal(me.AMR, []string{"mfa"}) {
			t.Errorf("/auth/session tells %+v", me)
		}
	})
}

// The page says what is missing, and its link leads to a sign-in at which the provider asks anew.
func TestVerify_TheRefusalLeadsToTheProvidersSecondStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), trusting, withVault)
	host := strings.TrimPrefix(w.door.URL, "http://")
	b := w.browser()
	b.mustSignIn()
	res := b.do(http.MethodGet, "/auth/verify", with(navigation, "X-Forwarded-Host", host, "X-Forwarded-Uri", "/vault/a"))
	wantAnswer(t, res, http.StatusForbidden, "role_too_low")
	const link = "/login/entra?prompt=login&return_to=%2Fvault%2Fa"
	if !strings.Contains(res.body, secondStep) || !strings.Contains(res.body, `href="`+strings.ReplaceAll(link, "&", "&amp;")+`"`) {
		t.Errorf("the page does not say what is missing, with the way on:\n%s", res.body)
	}
	const another = "Use another account"
	if strings.Contains(res.body, another) {
		t.Error("another account is offered where a second step is missing")
	}
	if there := b.get(link).Header.Get("Location"); !strings.Contains(there, "&prompt=login&") {
		t.Errorf("the provider is asked with %q, want prompt=login", there)
	}
	res = b.do(http.MethodGet, "/auth/verify", with(navigation, "X-Forwarded-Host", "vault.contoso.com", "X-Forwarded-Uri", "/admin"))
	if !strings.Contains(res.body, another) {
		t.Errorf("no other account is offered:\n%s", res.body)
	}
	if strings.Contains(res.body, secondStep) {
		t.Error("somebody whose role is too low is sent to prove a second factor, which would not help")
	}
	if d := w.decisions(); !strings.Contains(d[0].Detail, "a second factor") {
		t.Errorf("on record: %+v", d[0])
	}
}

func TestVerify_TheRefusalLeadsToTheCodeBehindThePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), trusting, withVault)
	w.withOwner()
	host := strings.TrimPrefix(w.door.URL, "http://")
	visit := func(b *browser) answer {
		return b.do(http.MethodGet, "/auth/verify", with(navigation, "X-Forwarded-Host", host, "X-Forwarded-Uri", "/vault"))
	}
	step := func(b *browser) {
		t.Helper()
		res := b.post("/password", "user_name", ownerEmail, "password", ownerPassword, "return_to", "/vault", "step", "1")
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/second-factor" {
			t.Fatalf("the password: got %d to %q, want the second factor", res.StatusCode, res.Header.Get("Location"))
		}
	}
	b := w.browser()
	b.enterPassword(ownerEmail, ownerPassword)
	res := visit(b)
	wantAnswer(t, res, http.StatusForbidden, "role_too_low")
	if !strings.Contains(res.body, secondStep) || !strings.Contains(res.body, `href="/password?return_to=%2Fvault&amp;step=1"`) {
		t.Errorf("the page does not say what is missing, with the way on:\n%s", res.body)
	}
	if form := b.get("/password?return_to=%2Fvault&step=1").body; !strings.Contains(form, `name="step" value="1"`) {
		t.Errorf("the form forgets the second step:\n%s", form)
	}
	step(b)
	a := w.appOf(b.get("/second-factor").body)
	wantAnswer(t, b.giveCode(a.code(w.store.Now())), http.StatusOK, "") // with the recovery codes
	wantAnswer(t, visit(b), http.StatusOK, "")

	w.clock.Advance(30 * time.Second)
	again := w.browser()
	again.enterPassword(ownerEmail, ownerPassword)
	wantAnswer(t, visit(again), http.StatusForbidden, "role_too_low") // to have a second factor is not to have proved it
	step(again)
	if page := again.get("/second-factor").body; strings.Contains(page, `class="secret"`) {
		t.Error("whoever knows the password is given another second factor")
	}
	wantAnswer(t, again.giveCode("000000"), http.StatusForbidden, "bad_credentials")
	wantAnswer(t, visit(again), http.StatusForbidden, "role_too_low")
	if res := again.giveCode(a.code(w.store.Now())); res.Header.Get("Location") != "/vault" {
		t.Errorf("the code leads to %q, want where the person was going", res.Header.Get("Location"))
	}
	wantAnswer(t, visit(again), http.StatusOK, "")
}
