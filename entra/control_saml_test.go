package entra_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"doorlist/entra"
)

// TestControl_SAML registers an application as a program does that knows the simulator only by HTTP.
func TestControl_SAML(t *testing.T) {
	t.Parallel()
	s := newSite(t, entra.Application{})
	api := "/control/" + s.tenant.ID + "/saml"
	status, body := s.post(api, url.Values{"identifiers": {"urn:later"}, "reply_urls": {"https://a.example/acs https://b.example/acs"}})
	id, _ := body["id"].(string)
	if status != http.StatusOK || id == "" {
		t.Fatalf("added: %d %v", status, body)
	}
	settings := func() entra.SAML {
		for _, a := range s.tenant.Applications() {
			if a.ClientID == id {
				return *a.SAML
			}
		}
		return entra.SAML{}
	}
	if got := settings().ReplyURLs; len(got) != 2 || got[1] != "https://b.example/acs" {
		t.Errorf("reply URLs %q", got)
	}
	metadata := func() string {
		_, page, err := s.visit(s.url + "/" + s.tenant.ID + "/FederationMetadata/2007-06/FederationMetadata.xml?appid=" + id)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	for _, step := range []struct {
		action string
		form   url.Values
		held   func() bool
	}{
		{"update", url.Values{"sign": {"both"}, "sign_on_url": {"https://a.example/"}}, func() bool {
			return settings().Sign == entra.SignBoth && settings().Identifiers[0] == "urn:later"
		}},
		{"certificate-add", nil, func() bool { return strings.Count(metadata(), "<X509Certificate>") == 2 }},
		{"certificate-activate", nil, func() bool { return strings.Count(metadata(), "<X509Certificate>") == 2 }},
		{"certificate-withdraw", nil, func() bool { return strings.Count(metadata(), "<X509Certificate>") == 1 }},
	} {
		status, body := s.post(api+"/"+id+"/"+step.action, step.form)
		if status != http.StatusOK || !step.held() {
			t.Errorf("%s: status %d %v, or without effect", step.action, status, body)
		}
	}
	if _, page, err := s.visit(s.url + "/"); err != nil || !strings.Contains(page, "appid="+id) {
		t.Errorf("the control page does not show where the metadata is: %v", err)
	}
}
