package main

import (
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// newerWords are what a newer version could have written where this one knows a few words, beside it or before it was put back.
var newerWords = []string{
	"UPDATE events SET action = 'newer.action', actor_kind = 'newer_actor', subject_kind = 'newer_subject', detail = '{\"newer\":[{\"detail\":null}]}' WHERE action NOT LIKE 'organization.%'",
	"UPDATE decisions SET reason = 'newer_reason', method = 'newer_method', grants = '[{\"source\":\"newer_source\"}]'",
	"UPDATE sessions SET method = 'newer_method', revoked_reason = 'newer_reason'",
	"UPDATE roles SET console = 'newer_right' WHERE console = 'none'",
	"UPDATE connections SET kind = 'newer_kind', admit = 'newer_rule', matching = 'newer_match' WHERE slug LIKE '%okta'",
	"UPDATE provider_credentials SET kind = 'newer_kind', method = 'newer_method'",
	"UPDATE scim_requests SET operation = 'Newer operation', subject_kind = 'newer_subject', method = 'NEWER'",
	"UPDATE scim_tokens SET scopes = scopes || ' newer_scope'",
	"UPDATE scim_clients SET scopes = scopes || ' newer_scope'",
	"UPDATE members SET kind = 'Newer'",
	"INSERT INTO own_settings (organization_id, setting) SELECT id, 'newer_setting' FROM organizations",
}

// TestNewerWords_AreShownAndBreakNothing asks for every page and every address of SCIM while the words of a newer version are in the database.
func TestNewerWords_AreShownAndBreakNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newIsolated(t, s)
		for _, statement := range newerWords {
			storetest.TamperWith(t, s, statement)
		}
		asked := 0
		for _, route := range w.routes {
			if route.Method != http.MethodGet || !answersHere(route.Path) {
				continue
			}
			for _, r := range []*room{w.entra, w.okta} {
				path := w.filled(strings.ReplaceAll(route.Path, ":connection", r.conn.Slug), "", "")
				asked++
				if res := w.asOwner(http.MethodGet, path, "", nil); res.Code >= http.StatusInternalServerError {
					t.Errorf("%s: %d\n%.300s", path, res.Code, res.Body)
				}
			}
		}
		for _, path := range provisioningPaths {
			if res := w.ask(http.MethodGet, "/scim/v2"+path, "", "", w.credentials["SCIM token"]); res.Code >= http.StatusInternalServerError && res.Code != http.StatusNotImplemented {
				t.Errorf("%s: %d %s", path, res.Code, res.Body)
			}
		}
		if asked < 100 {
			t.Errorf("only %d pages were asked for", asked)
		}
		trail := "/admin/organizations/contoso/audit"
		for path, want := range map[string]string{trail: "newer.action", trail + "/export?format=jsonl": "newer.action", "/admin/organizations/contoso/sign-ins": "newer_reason"} {
			if res := w.asOwner(http.MethodGet, path, "", nil); res.Code != http.StatusOK || !strings.Contains(res.Body.String(), want) {
				t.Errorf("%s does not show %s: %d\n%.2000s", path, want, res.Code, res.Body)
			}
		}
	})
}
