package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// injections are texts that become a part of a statement where one is put together.
var injections = []string{
	"'", "''", "' OR '1'='1", "' OR 1=1--", "'; DROP TABLE users;--", "') OR ('1'='1", "1;SELECT pg_sleep(9)", "' UNION SELECT secret_hash FROM tokens--", "\\'", "\\", "%", "_", "%_%", "$1", "?", ":name", "@p1",
	"1 OR 1=1", "userName; DELETE FROM users", "id DESC, (SELECT 1)", "(CASE WHEN 1=1 THEN id ELSE user_name END)", "id--", "id/*", "*/1/*", "\"id\"", "`id`", "[id]", "id,1", "RANDOM()", "pg_sleep(9)", "1e309",
	"{{.}}", "${1}", "\u02bc OR 1=1", "＇ OR 1=1", "x' || (SELECT 1) || '", "0x27", "char(39)", "null", "true", "-1", "99999999999999999999", "' AND sleep(9)#", "a\x00b", "a\xffb",
}

// databaseCVEs are about statements, and about rows of somebody else.
var databaseCVEs = []vulnerability{
	{"CVE-2022-24124", "no text of a request is ever a part of a statement", func(w *cveWorld) {
		w.fabrikam.create("/Users", `{"userName":"hidden@fabrikam.com","displayName":"hidden-from-okta"}`)
		users, theirs := w.okta.found("/Users", "userName pr"), w.fabrikam.found("/Users", "userName pr")
		browser := w.owner()
		for _, text := range injections {
			escaped := url.QueryEscape(text)
			for _, query := range []string{
				"sortBy=" + escaped, "sortBy=userName&sortOrder=" + escaped, "filter=" + escaped, "filter=" + url.QueryEscape(text+` eq "x"`), "filter=" + url.QueryEscape("userName eq "+quoted(text)),
				"filter=" + url.QueryEscape("userName co "+quoted(text)), "filter=" + url.QueryEscape("emails["+text+` eq "x"]`), "cursor=" + escaped, "startIndex=" + escaped, "count=" + escaped, "attributes=" + escaped, "excludedAttributes=" + escaped,
			} {
				res := w.okta.scim(http.MethodGet, "/Users?"+query, "")
				if strings.Contains(res.body, "hidden-from-okta") || strings.Contains(res.body, "SQLSTATE") || strings.Contains(res.body, "syntax error at") {
					w.t.Errorf("%s: %s %.300s", query, res.Status, res.body)
				}
			}
			w.okta.scim(http.MethodGet, "/Users/"+url.PathEscape(text), "")
			for _, page := range []string{
				"/admin/organizations/contoso/users?q=", "/admin/organizations/contoso/users?sort=", "/admin/organizations/contoso/users?after=", "/admin/organizations/contoso/audit?action=",
				"/admin/organizations/contoso/audit?after=", "/admin/organizations/contoso/groups?q=", "/admin/organizations/contoso/sign-ins?reason=", "/admin/organizations/contoso/provisioning?operation=",
			} {
				if res := w.send(browser, http.MethodGet, w.nodes[0].url+page+escaped, ""); strings.Contains(res.body, "hidden-from-okta") || strings.Contains(res.body, "SQLSTATE") {
					w.t.Errorf("%s%q: %s", page, text, res.Status)
				}
			}
		}
		if now, then := w.okta.found("/Users", "userName pr"), w.fabrikam.found("/Users", "userName pr"); now != users || then != theirs {
			w.t.Errorf("there were %d and %d users, and are %d and %d", users, theirs, now, then)
		}
	}},
	{"CVE-2025-47907", "who goes away in the middle of an answer gives nobody another's rows", func(w *cveWorld) {
		for i := range 40 {
			w.okta.create("/Users", fmt.Sprintf(`{"userName":"okta-row %d"}`, i))
			w.fabrikam.create("/Users", fmt.Sprintf(`{"userName":"fabrikam-row %d"}`, i))
		}
		var whole, cut atomic.Int32
		w.together(8, func(i int) {
			p, others := w.okta, "fabrikam-row"
			if i%2 == 1 {
				p, others = w.fabrikam, "okta-row"
			}
			for round := range 100 {
				patience := time.Duration(round%20) * 200 * time.Microsecond
				text, err := p.hasty(patience+time.Duration(round%5/4)*time.Second, "/Users?filter=userName+co+%22-row%22")
				if strings.Contains(text, others) {
					w.t.Errorf("%s reads %s", p.slug, others)
				}
				if errors.Is(err, context.DeadlineExceeded) {
					cut.Add(1)
				} else if err == nil && strings.Contains(text, `"totalResults":40`) {
					whole.Add(1)
				}
			}
		})
		if whole.Load() == 0 || cut.Load() == 0 {
			w.t.Errorf("%d answers were whole and %d cut off; want some of both", whole.Load(), cut.Load())
		}
	}},
}

// hasty asks with little patience, and returns what came in that time.
func (p *cvePlace) hasty(patience time.Duration, path string) (text string, err error) {
	ctx, cancel := context.WithTimeout(p.w.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.w.nodes[0].url+"/scim/v2"+path, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	return string(all), err
}

// owner is the browser of an owner of contoso, who has just signed in.
func (w *cveWorld) owner() *http.Client {
	w.t.Helper()
	v := w.visitor("olivia.owner")
	if reason := v.signIn(w.nodes[0]); reason != "" {
		w.t.Fatalf("the owner was refused: %s", reason)
	}
	return &http.Client{Jar: v.client.Jar, CheckRedirect: stay.CheckRedirect}
}
