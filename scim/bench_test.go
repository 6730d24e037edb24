package scim

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"doorlist/store"
)

func BenchmarkNewUser(b *testing.B) {
	body := decoded(b, fullUser)
	for b.Loop() {
		if _, err := newUser(userType, body, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPatchUser decodes a stored user, disables it as Entra does, and encodes it again.
func BenchmarkPatchUser(b *testing.B) {
	document := userFrom(b, fullUser).Document
	body := decoded(b, `{"Operations":[{"op":"Replace","path":"active","value":"False"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x"}]}`)
	for b.Loop() {
		doc, err := decodeDocument(userType, document)
		if err != nil {
			b.Fatal(err)
		}
		operations, err := parsePatch(body)
		if err != nil {
			b.Fatal(err)
		}
		e := editor{rt: userType, doc: doc}
		if err := e.apply(operations); err != nil {
			b.Fatal(err)
		}
		if _, err := userRecord(userType, e.doc); err != nil {
			b.Fatal(err)
		}
	}
}

// discard is an answer that nobody reads.
type discard struct{ io.Writer }

func (discard) Header() http.Header { return http.Header{} }
func (discard) WriteHeader(int)     {}

// BenchmarkAnswerUser writes a stored user as an answer has it.
func BenchmarkAnswerUser(b *testing.B) {
	user := builtIn.storedUser(store.User{ID: "019a7d42-0df3-7a30-8b11-8c3e2f1f5a1b", Version: 7, UserRecord: userFrom(b, fullUser), Groups: []store.UserGroup{}})
	c := &call{root: "https://door.example.com/scim/v2"}
	b.ReportAllocs()
	for b.Loop() {
		e := c.encoder(discard{io.Discard}, newProjection(userType, nil))
		if err := e.resource(user); err != nil {
			b.Fatal(err)
		}
		if err := e.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRecorded makes what the log keeps of a look-up and of a create.
func BenchmarkRecorded(b *testing.B) {
	s := &server{Config: Config{Address: func(*http.Request) string { return "192.0.2.1" }}}
	for name, x := range map[string]*exchange{
		"look-up": {rest: []string{"Users"}, query: url.Values{"filter": {`userName eq "alice@contoso.com"`}}},
		"create":  {rest: []string{"Users"}, body: []byte(fullUser), subjectID: "019a7d42-0df3-7a30-8b11-8c3e2f1f5a1b", subjectName: "alice@contoso.com"},
	} {
		method, target := http.MethodGet, "/scim/v2/Users?filter=userName+eq+%22alice%40contoso.com%22"
		if x.body != nil {
			method, target = http.MethodPost, "/scim/v2/Users"
		}
		r := httptest.NewRequest(method, target, nil)
		r.Header = http.Header{"Content-Type": {"application/scim+json"}, "User-Agent": {"Azure AD Provisioning Service"}, "Client-Request-Id": {"019a7d42-0df3-7a30-8b11-8c3e2f1f5a1b"}}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.recorded(x, r, "BROKZUNTWMJZ3FDEFOF26DKVBB")
			}
		})
	}
}
