package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// provisioningCVEs are those of other SCIM servers.
var provisioningCVEs = []vulnerability{
	{"CVE-2025-41115", "an externalId that is a number, or somebody's id, is nobody else's", func(w *cveWorld) {
		victim := w.okta.add("admin@fabrikam.com", "the admin")
		before := w.okta.want(http.StatusOK, http.MethodGet, "/Users/"+victim, "").body
		for i, externalID := range []string{"1", "0", "-1", victim, w.idOf("olivia.owner"), "the admin@fabrikam.com"} {
			id := w.okta.add(fmt.Sprintf("numbered %d", i), externalID)
			browser, reason := w.okta.enter(claims{"sub": externalID})
			if reason != "" || id == victim {
				w.t.Errorf("%q: refused as %q", externalID, reason)
			}
			w.whose(browser, id)
		}
		if after := w.okta.want(http.StatusOK, http.MethodGet, "/Users/"+victim, "").body; after != before {
			w.t.Errorf("the victim was %s, and is %s", before, after)
		}
	}},
	{"CVE-2026-46689", "a filter within filters is refused at its 21st level", func(w *cveWorld) {
		for _, depth := range []int{21, 40, 1000, 1_000_000} {
			for _, open := range []string{"(", "not("} {
				filter := strings.Repeat(open, depth/len(open)+20) + "active pr"
				body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"` + filter + `"}`
				if len(body) > 1<<20 {
					body = body[:1<<20-2] + `"}`
				}
				if res := w.okta.want(http.StatusBadRequest, http.MethodPost, "/Users/.search", body); !strings.Contains(res.body, `"invalidFilter"`) || len(res.body) > 2000 {
					w.t.Errorf("%d levels of %q: %.300s", depth, open, res.body)
				}
			}
		}
	}},
	{"GHSA-9m7q-6qg6-888h", "a credential sees nobody but its own connection's, and no name makes a group privileged", func(w *cveWorld) {
		var owner ownerView
		w.terminal.read(&owner, "owner", "create", "--org", "contoso", "--email", "break.glass@contoso.com")
		for _, id := range []string{owner.ID, w.idOf("olivia.owner"), w.northwind.add("nadia@northwind.com", groupID)} {
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
				w.okta.want(http.StatusNotFound, method, "/Users/"+id, `{"userName":"x"}`)
			}
			w.okta.patch(http.StatusNotFound, "/Users/"+id, `{"op":"replace","path":"active","value":false}`)
		}
		for _, name := range []string{"break.glass@contoso.com", "olivia.owner@contoso.com", "nadia@northwind.com"} {
			if n := w.okta.found("/Users", `userName eq "`+name+`" or displayName eq "`+name+`"`); n != 0 {
				w.t.Errorf("the filter for %s finds %d", name, n)
			}
		}
		id := w.okta.add("climber@contoso.com", "climber")
		for _, name := range []string{"Owner", "Doorlist Owners", "Ｄｏｏｒｌｉｓｔ_Owners", "authentik Admins", "admin"} {
			w.okta.create("/Groups", `{"displayName":`+quoted(name)+`,"members":[{"value":"`+id+`"}]}`)
		}
		browser, _ := w.okta.enter(claims{"sub": "climber"})
		if role := w.verify(w.nodes[0], browser).Header.Get("X-Doorlist-Role"); role != "reader" {
			w.t.Errorf("the role is %q", role)
		}
	}},
	{"better-auth/better-auth#10242", "a create about somebody who is there changes nothing", func(w *cveWorld) {
		id := w.okta.add("linked@contoso.com", "linked")
		browser, _ := w.okta.enter(claims{"sub": "linked"})
		before := w.okta.want(http.StatusOK, http.MethodGet, "/Users/"+id, "").body
		for _, body := range []string{
			`{"userName":"linked@contoso.com","externalId":"linked","active":false}`, `{"userName":"LINKED@contoso.com","externalId":"another","active":false}`,
			`{"userName":"linked@contoso.com","id":"` + id + `","active":false,"displayName":"Somebody else"}`,
		} {
			w.okta.want(http.StatusConflict, http.MethodPost, "/Users", body)
		}
		if after := w.okta.want(http.StatusOK, http.MethodGet, "/Users/"+id, "").body; after != before {
			w.t.Errorf("it was %s, and is %s", before, after)
		}
		w.whose(browser, id)
	}},
	{"tale-project/tale#2036", "one name in two organizations is two people", func(w *cveWorld) {
		const body = `{"userName":"alice@example.com","displayName":"Alice","emails":[{"value":"alice@example.com","primary":true}]}`
		mine, theirs := w.okta.create("/Users", body), w.fabrikam.create("/Users", body)
		before := w.fabrikam.want(http.StatusOK, http.MethodGet, "/Users/"+theirs, "").body
		w.okta.patch(http.StatusOK, "/Users/"+mine, `{"op":"replace","value":{"displayName":"Mallory","userName":"mallory@example.com","active":false}}`)
		w.okta.want(http.StatusNoContent, http.MethodDelete, "/Users/"+mine, "")
		if after := w.fabrikam.want(http.StatusOK, http.MethodGet, "/Users/"+theirs, "").body; mine == theirs || after != before {
			w.t.Errorf("%s and %s: it was %s, and is %s", mine, theirs, before, after)
		}
	}},
	{"scimmyjs/scimmy#79", "of 64 members who are added at once all arrive", func(w *cveWorld) {
		group, ids := w.okta.create("/Groups", `{"displayName":"Crowd"}`), make([]string, 64)
		for i := range ids {
			ids[i] = w.okta.create("/Users", fmt.Sprintf(`{"userName":"crowd %d"}`, i))
		}
		w.together(len(ids), func(i int) {
			w.okta.patch(http.StatusNoContent, "/Groups/"+group, `{"op":"add","path":"members","value":[{"value":"`+ids[i]+`"}]}`)
		})
		if n := w.okta.members(group); n != len(ids) {
			w.t.Errorf("%d members, want %d", n, len(ids))
		}
	}},
	{"wso2-extensions/identity-inbound-provisioning-scim2#552", "a member who is added again, even at once, is a member", func(w *cveWorld) {
		id := w.okta.create("/Users", `{"userName":"again@contoso.com"}`)
		group := w.okta.create("/Groups", `{"displayName":"Again"}`)
		add := `{"op":"add","path":"members","value":[{"value":"` + id + `"},{"value":"` + id + `"}]}`
		w.together(16, func(int) { w.okta.patch(http.StatusNoContent, "/Groups/"+group, add) })
		w.okta.patch(http.StatusNoContent, "/Groups/"+group, add, add)
		if n := w.okta.members(group); n != 1 {
			w.t.Errorf("%d members, want 1", n)
		}
	}},
	{"valon-technologies/gestalt#3132", "a create that is repeated is a conflict, and the filter finds the first", func(w *cveWorld) {
		var made []string
		var mu sync.Mutex
		w.together(8, func(int) {
			res := w.okta.scim(http.MethodPost, "/Users", `{"userName":"retried@contoso.com"}`)
			if res.StatusCode == http.StatusConflict && strings.Contains(res.body, `"uniqueness"`) {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			made = append(made, fmt.Sprint(res.StatusCode, " ", res.Header.Get("Location")))
		})
		if len(made) != 1 || !strings.HasPrefix(made[0], "201 ") {
			w.t.Fatalf("the answers that are no conflict: %q", made)
		}
		list := w.okta.want(http.StatusOK, http.MethodGet, "/Users?filter=userName+eq+%22retried@contoso.com%22", "").body
		_, id, _ := strings.Cut(made[0], "/Users/")
		if !strings.Contains(list, `"totalResults":1`) || !strings.Contains(list, id) {
			w.t.Errorf("the filter finds %s, want %s", list, id)
		}
	}},
	{"NorthlandPositronics/Cogtrix#122", "every spelling of active:false shuts out at once, and no misspelling is a success", func(w *cveWorld) {
		const urn = "urn:ietf:params:scim:schemas:core:2.0:User"
		spellings := []string{
			`{"op":"Replace","path":"active","value":false}`, `{"op":"replace","path":"active","value":"False"}`, `{"op":"Replace","path":"active","value":"false"}`,
			`{"op":"add","path":"active","value":false}`, `{"op":"replace","path":"ACTIVE","value":false}`, `{"op":"replace","path":"` + urn + `:active","value":false}`,
			`{"op":"replace","value":{"active":false}}`, `{"op":"Replace","value":{"active":"False"}}`, `{"op":"add","value":{"active":false}}`,
			`{"op":"replace","value":{"` + urn + `:active":false}}`,
		}
		for i, operation := range spellings {
			w.okta.shutOut(fmt.Sprint("spelled ", i), operation, func(id string) { w.okta.patch(http.StatusOK, "/Users/"+id, operation) })
		}
		w.okta.shutOut("spelled by PUT", "PUT", func(id string) {
			w.okta.want(http.StatusOK, http.MethodPut, "/Users/"+id, `{"userName":"spelled by PUT","externalId":"spelled by PUT","active":false}`)
		})
		id := w.okta.add("misspelled", "misspelled")
		for _, path := range []string{"activ", "status", "active.value", `active[value eq "true"]`, "disabled"} {
			w.okta.patch(http.StatusBadRequest, "/Users/"+id, `{"op":"replace","path":`+quoted(path)+`,"value":false}`)
		}
		for _, value := range []string{`"no"`, `0`, `"0"`, `null`, `[false]`, `{}`} {
			if res := w.okta.scim(http.MethodPatch, "/Users/"+id, `{"Operations":[{"op":"replace","path":"active","value":`+value+`}]}`); res.StatusCode == http.StatusOK && w.okta.active(id) {
				w.t.Errorf("active:%s was a success, and changed nothing", value)
			}
		}
	}},
	{"langfuse/langfuse#13245", "who was switched off can still be read", func(w *cveWorld) {
		id := w.okta.add("read@contoso.com", "read")
		w.okta.patch(http.StatusOK, "/Users/"+id, `{"op":"replace","path":"active","value":false}`)
		if w.okta.active(id) || w.okta.found("/Users", `userName eq "read@contoso.com" and active eq false`) != 1 {
			w.t.Error("it cannot be found as what it is")
		}
	}},
	{"FusionAuth/fusionauth-issues#3311", "somebody can be switched off and on again a hundred times", func(w *cveWorld) {
		id := w.okta.add("returning@contoso.com", "returning")
		for i := range 100 {
			on := i%2 == 1
			w.okta.patch(http.StatusOK, "/Users/"+id, fmt.Sprintf(`{"op":"Replace","path":"active","value":"%t"}`, on))
			if w.okta.active(id) != on {
				w.t.Fatalf("change %d: active is not %t", i, on)
			}
		}
		browser, _ := w.okta.enter(claims{"sub": "returning"})
		w.whose(browser, id)
	}},
	{"windmill-labs/windmill#8484", "a create does not switch on who was switched off", func(w *cveWorld) {
		id := w.okta.add("off@contoso.com", "off")
		w.okta.patch(http.StatusOK, "/Users/"+id, `{"op":"replace","path":"active","value":false}`)
		w.okta.want(http.StatusConflict, http.MethodPost, "/Users", `{"userName":"off@contoso.com","externalId":"off","active":true}`)
		if w.okta.active(id) {
			w.t.Error("it is active")
		}
		w.okta.refused("the person", claims{"sub": "off"}, "inactive")
	}},
	{"CVE-2021-21479", "an attribute's name is looked up and never evaluated", func(w *cveWorld) {
		id := w.okta.add("evaluated@contoso.com", "evaluated")
		for _, name := range []string{"${7*7}", "{{7*7}}", "#{7*7}", "'||'", "userName'--", "__proto__", "constructor.prototype", "T(java.lang.Runtime)", "$where"} {
			w.okta.patch(http.StatusBadRequest, "/Users/"+id, `{"op":"replace","path":`+quoted(name)+`,"value":"x"}`)
			if res := w.okta.want(http.StatusBadRequest, http.MethodPost, "/Users/.search", `{"filter":`+quoted(name+` eq "x"`)+`}`); strings.Contains(res.body, "49") {
				w.t.Errorf("%s: %s", name, res.body)
			}
			w.okta.want(http.StatusBadRequest, http.MethodPost, "/Users/.search", `{"sortBy":`+quoted(name)+`}`)
		}
	}},
	{"VAULT-46623", "people without an externalId, or with somebody's, are kept apart and let nobody in", func(w *cveWorld) {
		const twice = "8c1f7c0d-0b7e-4a52-9d8c-5a1f7c0de0aa"
		first := w.tailspin.add("first@tailspin.com", twice)
		browser, _ := w.tailspin.enter(claims{"tid": tenantID, "oid": twice})
		w.whose(browser, first)
		for _, name := range []string{"without@tailspin.com", "too@tailspin.com"} {
			w.tailspin.create("/Users", `{"userName":"`+name+`","active":true}`)
		}
		w.tailspin.refused("nobody's id", claims{"tid": tenantID, "oid": ""}, "bad_response")
		w.tailspin.add("second@tailspin.com", strings.ToUpper(twice))
		w.tailspin.refused("the id of two", claims{"tid": tenantID, "oid": twice}, "mapping_unsafe")
	}},
}

// together runs something so many times at once.
func (w *cveWorld) together(times int, do func(i int)) {
	w.t.Helper()
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// members is how many a group has.
func (p *cvePlace) members(group string) int {
	p.w.t.Helper()
	var got struct{ Members []struct{ Value string } }
	if err := json.Unmarshal([]byte(p.want(http.StatusOK, http.MethodGet, "/Groups/"+group, "").body), &got); err != nil {
		p.w.t.Fatal(err)
	}
	return len(got.Members)
}

// shutOut demands that a change ends the session of somebody of a name, and that they do not come in again.
func (p *cvePlace) shutOut(name, what string, change func(id string)) {
	p.w.t.Helper()
	id := p.add(name, name)
	browser, reason := p.enter(claims{"sub": name})
	if reason != "" {
		p.w.t.Fatalf("%s: refused as %q before", what, reason)
	}
	p.w.whose(browser, id)
	change(id)
	p.w.whose(browser, "")
	if _, reason := p.enter(claims{"sub": name}); reason == "" {
		p.w.t.Errorf("%s: they came in again", what)
	}
}
