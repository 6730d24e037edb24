package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"doorlist/scim"
	"doorlist/store"
	"doorlist/store/storetest"
)

// provisioningPaths are all addresses of SCIM.
var provisioningPaths = func() (paths []string) {
	for _, route := range scim.Routes() {
		_, path, _ := strings.Cut(route, " ")
		paths = append(paths, strings.ReplaceAll(path, ":id", "1"))
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}()

// TestCVE_Routes asks every route that is mounted.
func TestCVE_Routes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newIsolated(t, s)
		for _, check := range []struct {
			id  string
			run func(w *isolated)
		}{
			{"CVE-2025-4210 no route of provisioning is open without its credential", (*isolated).provisioningIsClosed},
			{"CVE-2025-24358 no route changes anything for another site", (*isolated).otherSitesChangeNothing},
			{"CVE-2022-38638 no route keeps a file", (*isolated).filesAreNotKept},
			{"CVE-2024-41666 no answer stays open", (*isolated).answersEnd},
		} {
			t.Run(check.id, func(t *testing.T) {
				here := *w
				here.t = t
				check.run(&here)
			})
		}
	})
}

func (w *isolated) provisioningIsClosed() {
	expired, _, err := w.token(w.entra)
	if err != nil {
		w.t.Fatal(err)
	}
	credentials := map[string]http.Header{"nothing": {}, "a session": w.credentials["session"], "a program": w.credentials["program"], "a revoked token": {"Authorization": {"Bearer " + expired}}}
	for _, value := range []string{"Bearer", "Bearer ", "Bearer x", "Basic " + w.entra.secret, "Token " + w.entra.secret, w.entra.secret, "Bearer " + w.entra.secret[:len(w.entra.secret)-1], "Bearer " + w.entra.kept.ID} {
		credentials["Authorization: "+value] = http.Header{"Authorization": {value}}
	}
	before := w.events(w.entra) + w.events(w.other)
	for _, root := range []string{"/scim/v2", "/connections/contoso-entra/scim/v2"} {
		for _, path := range provisioningPaths {
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"} {
				for what, credential := range credentials {
					if res := w.ask(method, root+path, `{"userName":"x"}`, "application/scim+json", credential); res.Code != http.StatusUnauthorized {
						w.t.Errorf("%s %s%s with %.40s: %d", method, root, path, what, res.Code)
					}
				}
			}
		}
	}
	for _, path := range provisioningPaths {
		if res := w.ask("GET", "/connections/fabrikam-entra/scim/v2"+path, "", "", w.credentials["SCIM token"]); res.Code != http.StatusUnauthorized && res.Code != http.StatusForbidden {
			w.t.Errorf("another connection's address %s: %d", path, res.Code)
		}
	}
	if after := w.events(w.entra) + w.events(w.other); after != before {
		w.t.Errorf("%d events, before %d", after, before)
	}
}

// token makes a token of a room and revokes it.
func (w *isolated) token(r *room) (secret string, made store.Token, err error) {
	err = w.store.Write(w.t.Context(), machineAdmin, func(tx *store.Tx) error {
		o := tx.Organization(r.org.ID)
		token, text, err := o.CreateToken(r.conn.ID, "revoked", w.store.Now().Add(1e12))
		if err != nil {
			return err
		}
		secret, made = text, token
		return o.RevokeToken(token.ID)
	})
	return secret, made, err
}

// forCrossSite are routes that are asked from elsewhere, and believe no cookie: programs' own, and where a provider's form ends.
var forCrossSite = regexp.MustCompile(`^/oauth/|^/saml/:connection/acs$|^/admin/api/commands$|^/auth/verify`)

// nothingToDo are answers of routes at which nothing is to be changed: nobody is in the middle of a sign-in, and the server is set up.
var nothingToDo = map[string]int{"/second-factor": http.StatusSeeOther, "/setup/:secret": http.StatusNotFound}

func (w *isolated) otherSitesChangeNothing() {
	variants := map[string]http.Header{
		"cross-site": {"Sec-Fetch-Site": {"cross-site"}}, "same-site": {"Sec-Fetch-Site": {"same-site"}}, "a foreign origin": {"Origin": {"https://evil.example"}}, "no origin in particular": {"Origin": {"null"}},
		"our origin without TLS": {"Origin": {"http://" + proxyHost}}, "our origin at another port": {"Origin": {"https://" + proxyHost + ":8443"}}, "a host like ours": {"Origin": {"https://" + proxyHost + ".evil.example"}},
		"cross-site with our origin": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://" + proxyHost}}, "a plain text": {"Sec-Fetch-Site": {"cross-site"}, "Content-Type": {"text/plain"}},
	}
	before := w.events(w.entra) + w.events(w.other)
	for _, route := range w.routes {
		if route.Method != http.MethodPost || forCrossSite.MatchString(route.Path) {
			continue
		}
		for what, header := range variants {
			res := w.asOwner(http.MethodPost, w.filled(route.Path, "", ""), "name=x&confirm=yes", header)
			if res.Code != http.StatusForbidden && res.Code != nothingToDo[route.Path] {
				w.t.Errorf("POST %s, %s: %d", route.Path, what, res.Code)
			}
		}
	}
	if after := w.events(w.entra) + w.events(w.other); after != before {
		w.t.Errorf("%d events, before %d", after, before)
	}
	// What a page writes when it is only looked at, such as of an export, it writes as often.
	looked := w.look("", nil)
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		if overridden := w.look("?_method=POST", http.Header{name: {"POST"}}); overridden != looked {
			w.t.Errorf("%d events of pages that are looked at, %d with %s", looked, overridden, name)
		}
	}
}

// look asks for every page and counts the events of that.
func (w *isolated) look(query string, header http.Header) (events int) {
	w.t.Helper()
	before := w.events(w.entra) + w.events(w.other)
	for _, route := range w.routes {
		if route.Method != http.MethodGet || !answersHere(route.Path) {
			continue
		}
		if res := w.asOwner(http.MethodGet, w.filled(route.Path, "", "")+query, "", header); res.Code >= 500 {
			w.t.Errorf("GET %s with %v: %d", route.Path, header, res.Code)
		}
	}
	return w.events(w.entra) + w.events(w.other) - before
}

// asOwner asks with the session of contoso's owner, as any page could make a browser ask.
func (w *isolated) asOwner(method, path, body string, header http.Header) *httptest.ResponseRecorder {
	w.asked++
	req := httptest.NewRequest(method, "https://"+proxyHost+path, strings.NewReader(body))
	req.RemoteAddr = fmt.Sprintf("10.%d.%d.1:1", w.asked>>8&255, w.asked&255)
	maps.Copy(req.Header, w.credentials["session"])
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	maps.Copy(req.Header, header)
	res := httptest.NewRecorder()
	w.handler.ServeHTTP(res, req)
	return res
}

func (w *isolated) filesAreNotKept() {
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	for _, name := range []string{"file", "logo", "avatar", "../../etc/cron.d/x"} {
		part, err := parts.CreateFormFile(name, name+".php")
		if err != nil {
			w.t.Fatal(err)
		}
		io.WriteString(part, strings.Repeat("<?php evil(); ?>", 4<<10))
	}
	parts.Close()
	kept := func() []string {
		files, err := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*"))
		if err != nil {
			w.t.Fatal(err)
		}
		return files
	}
	before := kept()
	targets := slices.DeleteFunc(slices.Clone(w.routes), func(r *echo.Route) bool { return r.Method != http.MethodPost || strings.HasPrefix(r.Path, hostPages) })
	for _, path := range provisioningPaths {
		targets = append(targets, &echo.Route{Method: http.MethodPost, Path: "/scim/v2" + path})
	}
	for _, route := range targets {
		credential := w.credentials["session"]
		if strings.HasPrefix(route.Path, "/scim/") {
			credential = w.credentials["SCIM token"]
		}
		res := w.ask(http.MethodPost, w.filled(route.Path, "", ""), form.String(), parts.FormDataContentType(), credential)
		if res.Code >= 500 && res.Code != http.StatusNotImplemented || strings.Contains(res.Body.String(), "evil();") {
			w.t.Errorf("%s: %d\n%.500s", route.Path, res.Code, res.Body)
		}
	}
	if after := kept(); len(after) > len(before) {
		w.t.Errorf("there are files %q, before %q", after, before)
	}
}

// answersEnd: what ends cannot outlive what it was allowed by.
func (w *isolated) answersEnd() {
	for _, route := range w.routes {
		if route.Method != http.MethodGet || !answersHere(route.Path) {
			continue
		}
		res := w.asOwner(http.MethodGet, w.filled(route.Path, "", ""), "", http.Header{"Accept": {"text/event-stream"}, "Connection": {"Upgrade"}, "Upgrade": {"websocket"}})
		if kind := res.Header().Get("Content-Type"); strings.HasPrefix(kind, "text/event-stream") || res.Code == http.StatusSwitchingProtocols {
			w.t.Errorf("%s: %d, %s", route.Path, res.Code, kind)
		}
	}
}
