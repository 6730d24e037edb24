package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

const branchHost = "intranet.branch.example"

// withBranch adds an organization below the world's, with an application on a host of its own.
func (w *world) withBranch() store.Organization {
	w.t.Helper()
	branch := w.below("branch", w.org)
	roles, err := w.store.Organization(branch.ID).Roles(w.t.Context())
	w.must(err)
	w.write(func(tx *store.Tx) error {
		_, err := tx.Organization(branch.ID).CreateApplication(store.Application{Slug: "intranet", Role: roles[0], Paths: []store.ApplicationPath{{Host: branchHost}}})
		return err
	})
	return branch
}

// throughSignIn goes from a page of an application to the door, signs Alice in there and comes back.
func (p *person) throughSignIn(host, path string) {
	p.w.t.Helper()
	res := p.follow(p.open(host, path).Header.Get("Location"))
	login, err := url.Parse(p.follow(res.Header.Get("Location")).Header.Get("Location"))
	p.w.must(err)
	p.finish(p.door.get(p.door.authorize("/login/"+p.w.conn.Slug+"?"+login.RawQuery, "alice@contoso.com")))
}

// finish goes from the end of a sign-in to the application.
func (p *person) finish(res answer) {
	p.w.t.Helper()
	p.follow(p.follow(res.Header.Get("Location")).Header.Get("Location"))
}

// wantIn demands that a host's application is opened to somebody who is in an organization.
func (p *person) wantIn(host, organization string) {
	p.w.t.Helper()
	res := p.open(host, "/")
	if res.StatusCode != http.StatusOK || res.Header.Get("X-Doorlist-Organization") != organization {
		p.w.t.Errorf("%s: got %d in %q, want to be let in to %s", host, res.StatusCode, res.Header.Get("X-Doorlist-Organization"), organization)
	}
}

func TestAttach_TheApplicationsHostChooses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, withHosts)
		w.withBranch()
		p := w.person()
		p.throughSignIn(branchHost, "/page")
		p.wantIn(branchHost, "branch")

		p = w.person()
		p.throughSignIn(wiki, "/page")
		p.wantIn(wiki, "contoso")
		// The session is of one organization; the provider knows the person still.
		there := p.follow(p.follow(p.open(branchHost, "/").Header.Get("Location")).Header.Get("Location"))
		if start := there.Header.Get("Location"); !strings.HasPrefix(start, "/login/entra?return_to=") {
			t.Fatalf("from the owner to the branch: %d to %q", there.StatusCode, start)
		}
		p.finish(p.door.get(p.door.authorize(there.Header.Get("Location"), "alice@contoso.com")))
		p.wantIn(branchHost, "branch")
	})
}

func TestAttach_TheApplicationsHostOpensNothingThatIsDetached(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	w.attach(w.withBranch(), false)
	p := w.person()
	res := p.follow(p.open(branchHost, "/page").Header.Get("Location"))
	login, err := url.Parse(p.follow(res.Header.Get("Location")).Header.Get("Location"))
	w.must(err)
	res = p.door.get(p.door.authorize("/login/entra?"+login.RawQuery, "alice@contoso.com"))
	if res = p.follow(res.Header.Get("Location")); res.StatusCode != http.StatusForbidden {
		t.Errorf("at the end of the way: %d to %q, want a refusal", res.StatusCode, res.Header.Get("Location"))
	}
	if res := p.open(branchHost, "/"); res.StatusCode == http.StatusOK {
		t.Error("the branch's application opened to somebody of the owner")
	}
}

func TestAttach_APasswordFollowsTheApplicationsHostToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t), withHosts)
	w.withPasswords()
	w.withBranch()
	w.setMode(store.SSOOff)
	p := w.person()
	res := p.door.post("/password", "user_name", "alice@contoso.com", "password", alicePassword, "return_to", "https://"+branchHost+"/page")
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("got %d %s", res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
	}
	p.enter(branchHost, "/page")
	p.wantIn(branchHost, "branch")
}

func TestSAML_SignsInToAnOrganizationBelow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, withHosts)
		w.useEntraSAML()
		branch := w.withBranch()
		b := w.browser()
		if res := b.throughEntra("/login/code?org=branch&return_to=/wiki/start"); res.Header.Get("Location") != "/wiki/start" {
			t.Fatalf("by name: got %d; %+v", res.StatusCode, w.decisions())
		}
		b.wantAt("branch", "writer")
		p := w.person()
		p.finish(p.door.throughEntra("/login/code?return_to=" + url.QueryEscape("https://"+branchHost+"/page")))
		p.door.wantAt("branch", "writer")
		w.attach(branch, false)
		b.wantVerify(http.StatusForbidden, "connection_off")
		wantAnswer(t, w.browser().get("/login/code?org=branch"), http.StatusForbidden, "connection_off")
	})
}

// TestAttach_DetachingRacesWithAdmissionOnTwoNodes: whichever is first, nobody is in afterwards.
func TestAttach_DetachingRacesWithAdmissionOnTwoNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		branch := w.below("branch", w.org)
		other := w.open(storetest.Second(t, s))
		for range 8 {
			const browsers = 3
			var people [browsers]*browser
			var answers [browsers]string
			for i := range people {
				people[i] = w.browser()
				answers[i] = people[i].authorize("/login/entra?org=branch", "alice@contoso.com")
				if i%2 == 0 { // the answer arrives at the other node
					people[i].base = other.URL
					answers[i] = strings.Replace(answers[i], w.door.URL, other.URL, 1)
				}
			}
			var both sync.WaitGroup
			for i, b := range people {
				both.Go(func() { b.get(answers[i]) })
			}
			both.Go(func() { w.attach(branch, false) })
			both.Wait()
			for _, b := range people {
				for _, node := range []string{w.door.URL, other.URL} {
					b.base = node
					if res := b.get("/auth/verify"); res.StatusCode == http.StatusOK {
						t.Error("somebody is let in after the connection was detached")
					}
				}
			}
			w.attach(branch, true)
			b := w.browser()
			b.get(b.authorize("/login/entra?org=branch", "alice@contoso.com"))
			b.wantAt("branch", "writer")
		}
	})
}
