package auth_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"doorlist/store/storetest"
)

// TestVerify_ManyGroupsFitIntoAProxysBuffer: nginx makes an internal error of headers larger than its buffer, and the
// person is locked out until somebody renames the groups.
func TestVerify_ManyGroupsFitIntoAProxysBuffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	for i := range 40 {
		w.addGroup(fmt.Sprintf("営業部の閲覧者, グループ %d", i), "reader", w.user.ID)
	}
	w.addGroup("編集者", "writer", w.user.ID)
	b := w.browser()
	b.mustSignIn()
	res := b.wantVerify(http.StatusOK, "")
	header := res.Header.Get("X-Doorlist-Groups")
	if len(header) > 1024 || len(header) < 512 {
		t.Errorf("the header has %d bytes, want as many names as fit into 1,024", len(header))
	}
	var named []string
	for encoded := range strings.SplitSeq(header, ",") {
		name, err := url.PathUnescape(encoded)
		w.must(err)
		named = append(named, name)
	}
	if named[0] != "編集者" {
		t.Errorf("the first group is %q, want the one that gives the role", named[0])
	}
	all := b.sessionGroups()
	if len(all) != 42 {
		t.Errorf("/auth/session names %d groups, want all 42", len(all))
	}
	if len(named) > len(all) || !slices.Equal(named, all[:len(named)]) {
		t.Errorf("the header names %q, want the first ones of %q", named, all)
	}
	if got := b.assertedGroups(res.Header.Get("X-Doorlist-Assertion")); !slices.Equal(got, named) {
		t.Errorf("the assertion names %q, want those of the header, %q", got, named)
	}
}

// sessionGroups are the names of the groups that /auth/session tells.
func (b *browser) sessionGroups() []string {
	b.w.t.Helper()
	var session struct {
		Grants []struct{ Source, Name string }
	}
	b.w.must(json.Unmarshal([]byte(b.get("/auth/session").body), &session))
	var names []string
	for _, g := range session.Grants {
		if g.Source == "group" {
			names = append(names, g.Name)
		}
	}
	return names
}

// assertedGroups are the names of the groups in an assertion that a published key verifies.
func (b *browser) assertedGroups(raw string) []string {
	b.w.t.Helper()
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
	b.w.must(err)
	var set jose.JSONWebKeySet
	b.w.must(json.Unmarshal([]byte(b.get("/.well-known/jwks.json").body), &set))
	var own struct {
		Groups []string `json:"groups"`
	}
	b.w.must(token.Claims(set, &own))
	return own.Groups
}
