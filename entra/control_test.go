package entra_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"doorlist/entra"
)

// post sends a form to the control API and returns the status and the answer.
func (s *site) post(path string, form url.Values, header ...string) (status int, body map[string]any) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := s.browser.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(text, &body); err != nil {
			s.t.Fatal(err)
		}
	}
	return answer.StatusCode, body
}

func TestControl_ChangesTheDirectory(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	api := "/control/" + s.tenant.ID
	ritaNow := func() entra.Person {
		p, _ := s.tenant.Person(person(t, demoTenant(t), "rita.reader").ObjectID)
		return p
	}
	in := func(group string) bool {
		g, ok := s.tenant.FindGroup(group)
		return ok && g.Has(ritaNow().ObjectID)
	}
	path := api + "/people/" + ritaNow().ObjectID
	for _, step := range []struct {
		path string
		form url.Values
		held func() bool
	}{
		{api + "/people/RITA.reader@contoso.com/disable", nil, func() bool { return !ritaNow().AccountEnabled }},
		{path + "/enable", nil, func() bool { return ritaNow().AccountEnabled }},
		{path + "/assign", nil, func() bool { return ritaNow().Assigned }},
		{path + "/unassign", nil, func() bool { return !ritaNow().Assigned }},
		{path + "/leave", url.Values{"group": {"Doorlist Readers"}}, func() bool { return !in("Doorlist Readers") }},
		{path + "/join", url.Values{"group": {"doorlist writers"}}, func() bool { return in("Doorlist Writers") }},
		{path + "/rename", url.Values{"userPrincipalName": {"r@contoso.com"}, "displayName": {"R"}}, func() bool {
			return ritaNow().UserPrincipalName == "r@contoso.com" && ritaNow().Mail == "r@contoso.com" && ritaNow().DisplayName == "R"
		}},
		{path + "/update", url.Values{"department": {"Legal"}, "employeeId": {""}}, func() bool {
			return ritaNow().Department == "Legal" && ritaNow().JobTitle == "Analyst"
		}},
		{path + "/soft-delete", nil, func() bool { return ritaNow().SoftDeleted() }},
		{path + "/restore", nil, func() bool { return !ritaNow().SoftDeleted() }},
		{path + "/hard-delete", nil, func() bool { return ritaNow().ObjectID == "" }},
		{api + "/groups", url.Values{"displayName": {"On-call (24/7)"}}, func() bool { _, ok := s.tenant.FindGroup("On-call (24/7)"); return ok }},
		{api + "/groups/On-call%20%2824%2F7%29/rename", url.Values{"displayName": {"On-call"}}, func() bool { _, ok := s.tenant.FindGroup("On-call"); return ok }},
		{api + "/groups/On-call/unassign", nil, func() bool { g, _ := s.tenant.FindGroup("On-call"); return !g.Assigned }},
		{api + "/groups/On-call/assign", nil, func() bool { g, _ := s.tenant.FindGroup("On-call"); return g.Assigned }},
		{api + "/groups/On-call/delete", nil, func() bool { _, ok := s.tenant.FindGroup("On-call"); return !ok }},
		{api + "/people", url.Values{"userPrincipalName": {"new@contoso.com"}, "assigned": {"true"}}, func() bool {
			p, ok := s.tenant.FindPerson("new@contoso.com")
			return ok && p.Assigned && p.AccountEnabled && p.DisplayName == "new"
		}},
	} {
		status, body := s.post(step.path, step.form)
		if status != http.StatusOK || body["ok"] != true || !step.held() {
			t.Errorf("%s %v: status %d %v, or without effect", step.path, step.form, status, body)
		}
	}
}

func TestControl_RefusesWithAReason(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	api := "/control/" + s.tenant.ID
	for _, test := range []struct {
		path string
		form url.Values
		want int
	}{
		{"/control/unknown/groups", url.Values{"displayName": {"X"}}, http.StatusNotFound},
		{api + "/people/nobody/disable", nil, http.StatusNotFound},
		{api + "/people/" + rita + "/dance", nil, http.StatusNotFound},
		{api + "/people/" + rita + "/join", url.Values{"group": {"None"}}, http.StatusNotFound},
		{api + "/people", url.Values{"displayName": {"No Name"}}, http.StatusBadRequest},
		{api + "/people", url.Values{"userPrincipalName": {rita}}, http.StatusBadRequest},
		{api + "/groups", nil, http.StatusBadRequest},
		{api + "/groups/Sales/dance", nil, http.StatusNotFound},
		{api + "/saml", url.Values{"identifiers": {"urn:x"}}, http.StatusBadRequest},
		{api + "/saml/" + s.app.ClientID + "/dance", nil, http.StatusNotFound},
		{api + "/saml/unknown/update", url.Values{"identifiers": {"urn:x"}}, http.StatusNotFound},
		{api + "/saml/" + s.app.ClientID + "/certificate-add", nil, http.StatusNotFound},
		{"/control/misbehave", url.Values{"name": {"expired"}, "times": {"x"}}, http.StatusBadRequest},
		{"/control/misbehave", url.Values{"name": {"unheard-of"}}, http.StatusNotFound},
		{"/control/provision", nil, http.StatusBadRequest},
		{"/control/provision", url.Values{"cycle": {"unheard-of"}}, http.StatusBadRequest},
		{"/control/connect", url.Values{"scim": {"no url"}}, http.StatusBadRequest},
	} {
		status, body := s.post(test.path, test.form)
		if text, _ := body["error"].(string); status != test.want || text == "" {
			t.Errorf("%s %v: got %d %v, want %d with a reason", test.path, test.form, status, body, test.want)
		}
	}
}

func TestControl_IsOutOfReachOfOtherSites(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	if status, _ := s.post("/control/keys/rotate", nil, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("a form of another site: status %d, want 403", status)
	}
	if status, _ := s.post("/control/keys/rotate", nil, "Origin", "https://evil.example"); status != http.StatusForbidden {
		t.Errorf("a script of another site: status %d, want 403", status)
	}
	request, err := http.NewRequest(http.MethodGet, s.url+"/control/state", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "rebound.example"
	answer, err := s.browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a name that was rebound to loopback: status %d, want 421", answer.StatusCode)
	}
}

func TestControl_MisbehaviorAndState(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	s.post("/control/misbehave", url.Values{"name": {"expired"}, "times": {"-1"}})
	s.post("/control/misbehave", url.Values{"name": {"alg-none"}})
	answer, err := s.browser.Post(s.url+"/control/misbehave", "application/json; charset=utf-8", strings.NewReader(`{"name":"keys-down","times":2}`))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	_, text, err := s.visit(s.url + "/control/state")
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Tenants []struct {
			ID, Issuer string
			People     []entra.Person
			Groups     []entra.Group
		}
		Misbehavior struct {
			Active map[string]int
			Known  []struct{ Name string }
		}
		Provisioning struct{ Connected bool }
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		t.Fatal(err)
	}
	if len(state.Tenants) != 2 || state.Tenants[0].Issuer != s.issuer() || len(state.Tenants[0].People) != entra.DemoPeople {
		t.Errorf("the state does not show the tenants: %.300s", text)
	}
	if state.Misbehavior.Active["expired"] != -1 || state.Misbehavior.Active["alg-none"] != 1 || state.Misbehavior.Active["keys-down"] != 2 || len(state.Misbehavior.Known) != len(entra.Misbehaviors())+len(entra.SAMLMisbehaviors()) {
		t.Errorf("the state shows misbehavior %v", state.Misbehavior.Active)
	}
	s.post("/control/behave", nil)
	s.mustSignIn(rita)
}

func TestControl_PageForABrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	form := url.Values{"displayName": {`<img src=x onerror="alert(1)">`}, "back": {"tenant=" + s.tenant.ID + "&search=rita"}, "at": {"groups"}}
	request, err := http.NewRequest(http.MethodPost, s.url+"/control/"+s.tenant.ID+"/groups", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	answer, err := s.browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if want := "/?search=rita&tenant=" + s.tenant.ID + "#groups"; answer.Header.Get("Location") != want {
		t.Fatalf("the form leads to %q, want %q", answer.Header.Get("Location"), want)
	}
	_, page, err := s.visit(s.url + answer.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page, "<img") || !strings.Contains(page, "&lt;img") {
		t.Error("the name of a group is not escaped")
	}
	if got := strings.Count(page, `<article class="person"`); got != 1 {
		t.Errorf("the search for rita shows %d people, want 1", got)
	}
	if _, other, _ := s.visit(s.url + "/?tenant=fabrikam.com"); !strings.Contains(other, "<h1>Fabrikam</h1>") || strings.Contains(other, `id="provisioning"`) {
		t.Error("the second tenant's page is not shown, or offers to push it")
	}
}

func TestControl_ProvisioningIsConnectedRunAndReported(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no", http.StatusUnauthorized)
	}))
	defer refusing.Close()
	status, body := s.post("/control/connect", url.Values{"scim": {refusing.URL + "/scim"}, "token": {"secret"}, "auto": {"true"}})
	if status != http.StatusOK {
		t.Fatalf("connect: %d %v", status, body)
	}
	_, body = s.post("/control/"+s.tenant.ID+"/people/"+rita+"/disable", nil)
	cycle, _ := body["cycle"].(map[string]any)
	if cycle == nil {
		t.Fatalf("with the switch on, a change is not provisioned at once: %v", body)
	}
	if _, page, _ := s.visit(s.url + "/"); !strings.Contains(page, "401") {
		t.Error("the page does not say that the server answered 401")
	}
	s.post("/control/auto", url.Values{"on": {"false"}})
	if _, body = s.post("/control/"+s.tenant.ID+"/people/"+rita+"/enable", nil); body["cycle"] != nil {
		t.Error("with the switch off, a change is provisioned at once")
	}
	if _, body = s.post("/control/provision", url.Values{"cycle": {"test"}}); body["cycle"] == nil {
		t.Errorf("Test Connection reports nothing: %v", body)
	}
	if _, page, _ := s.visit(s.url + "/"); !strings.Contains(page, "test-connection") || !strings.Contains(page, `action="/control/connect"`) {
		t.Error("the page shows no outcome of Test Connection, or no way to enter another token")
	}
	if _, body = s.post("/control/provision", url.Values{"person": {rita}}); body["cycle"] == nil {
		t.Errorf("provisioning on demand reports nothing: %v", body)
	}
}
