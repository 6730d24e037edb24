package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// cvePlace is a connection to the hostile provider, with a token for SCIM and a group that makes readers.
type cvePlace struct {
	w                       *cveWorld
	org, slug, token, group string
}

func (w *cveWorld) place(org, slug string, flags ...string) *cvePlace {
	w.t.Helper()
	p := &cvePlace{w: w, org: org, slug: slug}
	w.terminal.do(append([]string{"connection", "add", slug, "--org", org, "--client-id", "client-" + slug, "--client-secret", "the client secret of " + slug}, flags...)...)
	var token newTokenView
	w.terminal.read(&token, "token", "create", "--connection", slug)
	p.token = token.Token
	p.group = p.create("/Groups", `{"displayName":"Everybody of `+slug+`"}`)
	w.terminal.do("mapping", "add", "--org", org, "--connection", slug, "--group", p.group, "--role", "reader")
	return p
}

// scim asks the first node as the provider does.
func (p *cvePlace) scim(method, path, body string) exchange {
	p.w.t.Helper()
	return p.w.send(stay, method, p.w.nodes[0].url+"/scim/v2"+path, body, "Authorization", "Bearer "+p.token, "Content-Type", "application/scim+json")
}

// want demands a status of a request of the provider.
func (p *cvePlace) want(status int, method, path, body string) exchange {
	p.w.t.Helper()
	res := p.scim(method, path, body)
	if res.StatusCode != status {
		p.w.t.Errorf("%s %.200s %.300s: %s %.500s, want %d", method, path, body, res.Status, res.body, status)
	}
	return res
}

// patch sends operations, each an object in JSON.
func (p *cvePlace) patch(status int, path string, operations ...string) exchange {
	p.w.t.Helper()
	return p.want(status, http.MethodPatch, path, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+strings.Join(operations, ",")+`]}`)
}

func (p *cvePlace) create(path, body string) (id string) {
	p.w.t.Helper()
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(p.want(http.StatusCreated, http.MethodPost, path, body).body), &made); err != nil || made.ID == "" {
		p.w.t.Fatalf("POST %s %s: no id (%v)", path, body, err)
	}
	return made.ID
}

// add provisions somebody who is a reader.
func (p *cvePlace) add(userName, externalID string) (id string) {
	p.w.t.Helper()
	id = p.create("/Users", `{"userName":`+quoted(userName)+`,"externalId":`+quoted(externalID)+`,"active":true}`)
	p.patch(http.StatusNoContent, "/Groups/"+p.group, `{"op":"add","path":"members","value":[{"value":"`+id+`"}]}`)
	return id
}

// active is what the server says of a person.
func (p *cvePlace) active(id string) bool {
	p.w.t.Helper()
	var user struct{ Active *bool }
	if err := json.Unmarshal([]byte(p.want(http.StatusOK, http.MethodGet, "/Users/"+id, "").body), &user); err != nil || user.Active == nil {
		p.w.t.Fatalf("%s: %v", id, err)
	}
	return *user.Active
}

// found is how many a filter finds at a path.
func (p *cvePlace) found(path, filter string) (total int) {
	p.w.t.Helper()
	var list struct{ TotalResults int }
	if err := json.Unmarshal([]byte(p.want(http.StatusOK, http.MethodGet, path+"?filter="+url.QueryEscape(filter), "").body), &list); err != nil {
		p.w.t.Fatal(err)
	}
	return list.TotalResults
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// callback goes to the provider and back, and returns the address that it leads to at the door.
func (p *cvePlace) callback(browser *http.Client) string {
	p.w.t.Helper()
	there := p.w.send(browser, http.MethodGet, p.w.nodes[0].url+"/login/"+p.slug+"?return_to=/wiki", "").Header.Get("Location")
	if !strings.HasPrefix(there, p.w.provider.URL) {
		p.w.t.Fatalf("the sign-in at %s leads to %q", p.slug, there)
	}
	return p.w.send(browser, http.MethodGet, there, "").Header.Get("Location")
}

// enter signs in as whomever the provider claims, and returns the browser and the reason of a refusal.
func (p *cvePlace) enter(c claims) (browser *http.Client, reason string) {
	p.w.t.Helper()
	p.w.provider.say(c)
	browser = p.w.stranger()
	res := p.w.send(browser, http.MethodGet, p.callback(browser), "")
	return browser, p.w.outcome(browser, res)
}

// refused demands that the provider's claims let nobody in, for one of the reasons.
func (p *cvePlace) refused(what string, c claims, reasons ...string) {
	p.w.t.Helper()
	if _, reason := p.enter(c); !slices.Contains(reasons, reason) {
		p.w.t.Errorf("%s: refused as %q, want one of %q", what, reason, reasons)
	}
}
