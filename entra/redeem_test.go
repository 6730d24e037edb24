package entra_test

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorlist/entra"
)

func TestRedeem_WhatEntraRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	for name, test := range map[string]struct {
		change func(url.Values)
		want   int
	}{
		"nothing wrong":        {func(url.Values) {}, 0},
		"another verifier":     {func(f url.Values) { f.Set("code_verifier", "another-verifier-of-sufficient-length-000000000") }, 501481},
		"no verifier":          {func(f url.Values) { f.Del("code_verifier") }, 501481},
		"wrong secret":         {func(f url.Values) { f.Set("client_secret", "wrong") }, 7000215},
		"no secret":            {func(f url.Values) { f.Del("client_secret") }, 7000218},
		"unknown application":  {func(f url.Values) { f.Set("client_id", "nobody") }, 700016},
		"another redirect URI": {func(f url.Values) { f.Set("redirect_uri", redirectURI+"/") }, 500112},
		"a code never issued":  {func(f url.Values) { f.Set("code", "1.made-up") }, 9002313},
		"another grant type":   {func(f url.Values) { f.Set("grant_type", "password") }, 70003},
		"a missing grant type": {func(f url.Values) { f.Del("grant_type") }, 70003},
	} {
		form := s.code(rita)
		test.change(form)
		got, body := s.redeem(s.tenant, form)
		if got != test.want {
			t.Errorf("%s: got AADSTS%d %v, want %d", name, got, body["error_description"], test.want)
		}
		if got != 0 && (body["id_token"] != nil || body["correlation_id"] == nil) {
			t.Errorf("%s: the error holds a token or lacks the correlation id: %v", name, body)
		}
	}
}

func TestRedeem_CodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	form := s.code(rita)
	var good, spent atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			answer, err := http.PostForm(s.url+"/"+s.tenant.ID+"/oauth2/v2.0/token", form)
			if err != nil {
				return
			}
			defer answer.Body.Close()
			switch answer.StatusCode {
			case http.StatusOK:
				good.Add(1)
			case http.StatusBadRequest:
				spent.Add(1)
			}
		})
	}
	wait.Wait()
	if good.Load() != 1 || spent.Load() != 7 {
		t.Errorf("of 8 simultaneous redemptions %d succeeded and %d were refused, want 1 and 7", good.Load(), spent.Load())
	}
	if got, _ := s.redeem(s.tenant, form); got != 54005 {
		t.Errorf("reuse: got AADSTS%d, want 54005", got)
	}
}

func TestRedeem_FailedProofSpendsTheCode(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	form := s.code(rita)
	verifier := form.Get("code_verifier")
	form.Set("code_verifier", "guess")
	s.redeem(s.tenant, form)
	form.Set("code_verifier", verifier)
	if got, _ := s.redeem(s.tenant, form); got != 54005 {
		t.Errorf("second attempt: got AADSTS%d, want 54005", got)
	}
}

func TestRedeem_CodeLivesTenMinutes(t *testing.T) {
	t.Parallel()
	var late atomic.Int64
	s := newSite(t, entra.Application{}, func(o *entra.ServerOptions) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	})
	form := s.code(rita)
	late.Store(int64(9 * time.Minute))
	if got, _ := s.redeem(s.tenant, form); got != 0 {
		t.Errorf("after 9 minutes: AADSTS%d", got)
	}
	form = s.code(rita)
	late.Store(int64(20 * time.Minute))
	if got, _ := s.redeem(s.tenant, form); got != 70008 {
		t.Errorf("after 11 minutes: got AADSTS%d, want 70008", got)
	}
}

func TestRedeem_AtAnotherTenant(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	if got, _ := s.redeem(s.stranger, s.code(rita)); got != 700005 {
		t.Errorf("got AADSTS%d, want 700005", got)
	}
}

func TestRedeem_BasicAuthentication(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{Secrets: []string{"old", "new + %/=&"}})
	for secret, want := range map[string]int{"old": 0, "new + %/=&": 0, "older": 7000215} {
		form := s.code(rita)
		form.Del("client_id")
		form.Del("client_secret")
		if got, body := s.redeem(s.tenant, form, s.app.ClientID, secret); got != want {
			t.Errorf("secret %q: got AADSTS%d %v, want %d", secret, got, body["error_description"], want)
		}
	}
}

func TestRedeem_DisabledSinceTheCode(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	form := s.code(rita)
	if err := s.tenant.Disable(person(t, s.tenant, "rita.reader").ObjectID); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.redeem(s.tenant, form); got != 50057 {
		t.Errorf("got AADSTS%d, want 50057", got)
	}
}

func TestRedeem_StatusesAreOAuths(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	for name, want := range map[string]int{
		"secret-wrong": http.StatusUnauthorized, "code-expired": http.StatusBadRequest,
		"token-endpoint-transient": http.StatusServiceUnavailable, "token-endpoint-error": http.StatusInternalServerError,
	} {
		if err := s.server.Misbehave(name, 1); err != nil {
			t.Fatal(err)
		}
		answer, err := http.PostForm(s.url+"/"+s.tenant.ID+"/oauth2/v2.0/token", s.code(rita))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: status %d, want %d", name, answer.StatusCode, want)
		}
	}
}
