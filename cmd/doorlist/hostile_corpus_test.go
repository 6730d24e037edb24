package main

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

const (
	jsonType = "application/json"
	scimType = "application/scim+json"
	cutType  = "multipart/form-data; boundary=cut"
)

// hostileBody is a body that has broken servers, with the type that makes a server read it.
type hostileBody struct {
	name, kind, text string
	coding           string // Content-Encoding
}

// hostileBodies are sent to every route that takes a body.
func hostileBodies(t *testing.T) []hostileBody {
	t.Helper()
	const user = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"mallory@example.com"`
	patch := func(operations string) string { return `{` + patchSchema + `,"Operations":[` + operations + `]}` }
	mebibyte := strings.Repeat("x", 1<<20)
	return append([]hostileBody{
		{name: "nothing", kind: jsonType},
		{name: "arrays in arrays", kind: scimType, text: `{"userName":` + strings.Repeat("[", 500_000)},
		{name: "objects in objects", kind: jsonType, text: strings.Repeat(`{"a":`, 200_000)},
		{name: "one name twice", kind: scimType, text: `{` + user + `,"active":true,"ACTIVE":false}`},
		{name: "a name with a long s", kind: scimType, text: `{"u` + "\u017f" + `erName":"x","userName":"y"}`},
		{name: "no UTF-8", kind: scimType, text: `{` + user + `,"displayName":"` + "\xff\xfe\xc0\x80" + `"}`},
		{name: "half a surrogate", kind: scimType, text: `{` + user + `,"displayName":"\ud800"}`},
		{name: "U+0000", kind: scimType, text: `{` + user + `,"title":"a\u0000b"}`},
		{name: "a byte order mark", kind: scimType, text: "\ufeff{" + user + "}"},
		{name: "something behind", kind: scimType, text: `{` + user + `}{"a":1}`},
		{name: "another type of JSON", kind: jsonType, text: `[null,true,-0,1e400,"x"]`},
		{name: "extraordinary numbers", kind: scimType, text: `{` + user + `,"urn:x:Acme:2.0:User":{"a":1e999999999,"b":-1e-999999999,"c":` + strings.Repeat("9", 100_000) + `}}`},
		{name: "many names", kind: scimType, text: `{` + many(80_000, `"a%d":1`, ",") + `}`},
		{name: "a long text", kind: scimType, text: `{"userName":"` + mebibyte[:1<<20-100] + `"}`},
		{name: "more than a body", kind: scimType, text: `{"userName":"` + mebibyte + `"}`},
		{name: "text where objects are due", kind: scimType, text: `{` + user + `,"emails":"x","name":[1],"active":{},"meta":7,"schemas":{}}`},
		{name: "too many operations", kind: scimType, text: patch(many(10_001, `{"op":"add","path":"title","value":"%d"}`, ","))},
		{name: "paths in paths", kind: scimType, text: patch(`{"op":"replace","path":"emails[` + strings.Repeat("(", 1000) + `type pr","value":1},{"op":"add","path":"a[b[c[d]]]","value":{}}`)},
		{name: "operations on everything", kind: scimType, text: patch(`{"op":"remove","path":"userName"},{"op":"replace","path":"id","value":"x"},{"op":"add","value":null},{"op":7}`)},
		{name: "a filter of parentheses", kind: scimType, text: `{"filter":"` + strings.Repeat("(", 400_000) + `"}`},
		{name: "bulk in a circle", kind: scimType, text: `{` + bulkSchema + `,"Operations":[{"method":"POST","path":"/Groups","bulkId":"a","data":{"displayName":"x","members":[{"value":"bulkId:a"}]}}]}`},
		{name: "bulk in bulk", kind: scimType, text: `{` + bulkSchema + `,"Operations":[{"method":"POST","path":"/Bulk","data":{}},{"method":"TRACE","path":"//"},{"method":"PUT","path":"/Users/%00"}]}`},
		{name: "a command of nothing", kind: jsonType, text: `{"args":["","--org","\u202e","serve"],"stdin":"` + mebibyte[:1000] + `"}`},
		{name: "a billion laughs", kind: "application/xml", text: laughs},
		{name: "broken escapes", kind: formType, text: "user_name=%zz&password=%&name=%00&identifier=%ff&org=%c0%80&grant_type=%0d%0a"},
		{name: "many answers", kind: formType, text: many(3000, "a%d=", "&")},
		{name: "one answer often", kind: formType, text: strings.Repeat("name=a&", 2000)},
		{name: "answers that are markup", kind: formType, text: url.Values{
			"name": {`"><script>alert(1)</script>`}, "user_name": {"' OR 1=1 --"}, "rank": {"9223372036854775808"}, "document": {"{{7*7}}"}, "return_to": {"//evil.example"},
		}.Encode()},
		{name: "parts without an end", kind: cutType, text: "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nuserPrincipalName\n\"" + mebibyte[:50_000]},
		{name: "many parts", kind: cutType, text: strings.Repeat("--cut\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n", 2000) + "--cut--\r\n"},
		{name: "parts of headers", kind: cutType, text: "--cut\r\n" + strings.Repeat("X: y\r\n", 5000) + "\r\n\r\n--cut--\r\n"},
		{name: "parts without a boundary", kind: "multipart/form-data", text: "--cut\r\n\r\n"},
		{name: "a zip bomb", kind: scimType, text: packed(t, 50<<20), coding: "gzip"},
		{name: "a type that is none", kind: ";;;==\t", text: `{` + user + `}`},
		{name: "another charset", kind: scimType + "; charset=utf-7", text: `{` + user + `}`},
		{name: "anything", kind: "application/octet-stream", text: strings.Repeat("\x00\xff\x80\r\n", 10_000)},
	}, samlBodies(t)...)
}

// laughs is a document that is small until its entities are put in.
const laughs = `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e SYSTEM "file:///etc/passwd">]><r>&d;&e;</r>`

// samlBodies are responses of a provider that is none.
func samlBodies(t *testing.T) (bodies []hostileBody) {
	t.Helper()
	for name, document := range map[string]string{
		"a response of laughs": laughs, "a response of nothing": "", "a deflated response": deflated(t, 20<<20),
		"a response without an end": strings.Repeat("<a>", 40_000), "a response of one long name": "<" + strings.Repeat("a", 150_000) + "/>",
		"a response of attributes": "<a " + many(10_000, `b%d="c"`, " ") + "/>",
	} {
		form := url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte(document))}, "RelayState": {"x"}}
		bodies = append(bodies, hostileBody{name: name, kind: formType, text: form.Encode()})
	}
	return bodies
}

// packed is n bytes of nothing, as gzip.
func packed(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// deflated is n bytes of nothing, as the Redirect binding of SAML packs a message.
func deflated(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// hostileValues take the place of ids in paths, and of everything that a query can say. They are escaped as they stand here.
var hostileValues = []string{
	"%00", "%ff%fe", "%c0%80", "%ed%a0%80", "..%2f..%2fetc%2fpasswd", "%252e%252e", ".", "%2e%2e", "'%20OR%201=1--", "%25%5f%5c", "%e2%80%ae", "-1", "0", "1e400",
	"9223372036854775808", "99999999999999999999", "true", "{}", "%3Cscript%3E", "00000000-0000-0000-0000-000000000000", "%zz", "%", strings.Repeat("a", 10_000),
	strings.Repeat("(", 5000), "userName%20eq%20%22%5cud800%22", "a%5Bb%5Bc%5D%5D", "0000-00-00", "99999-12-31", "2026-02-30", "9999999h",
}

// queried are the names that some route looks for in a query.
var queried = []string{
	"filter", "count", "startIndex", "cursor", "sortBy", "sortOrder", "attributes", "excludedAttributes", "q", "user", "who", "from", "to", "since", "until", "after",
	"before", "at", "day", "days", "page", "format", "list", "connection", "group", "role", "reason", "method", "outcome", "address", "state", "code", "error", "iss", "sid",
	"return_to", "login_hint", "prompt", "org", "test", "notice", "step", "urn", "done", "dormant", "SAMLResponse", "user_code", "active",
}

// hostileHeaders are said beside a request.
var hostileHeaders = [][2]string{
	{"Authorization", "Bearer"}, {"Authorization", "Bearer \x7f"}, {"Authorization", "Basic ====" + strings.Repeat("A", 5000)}, {"Authorization", "Bearer " + strings.Repeat("a.", 2) + "a"},
	{"Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJ0aWQiOiIxIn0."}, {"Cookie", strings.Repeat("__Host-doorlist=x; ", 2000)}, {"Cookie", "__Host-doorlist=\x80\xff"},
	{"If-Match", strings.Repeat(`"`, 5000)}, {"If-None-Match", "*, W/\"" + strings.Repeat("9", 100) + `"`}, {"X-Forwarded-For", strings.Repeat("1.2.3.4,", 5000)},
	{"X-Forwarded-Host", "door.example.com, evil.example"}, {"X-Forwarded-Uri", "/%zz//..\\"}, {"X-Forwarded-Proto", "javascript"}, {"X-Original-URL", "https://[::1"},
	{"Forwarded", "for=\"[::1\";host=;;;"}, {"Accept", strings.Repeat("*/*;q=0.1,", 3000)}, {"Accept-Language", strings.Repeat("de-", 5000)}, {"Origin", "null"},
	{"Content-Length", "0"}, {"Range", "bytes=0-0,-1," + strings.Repeat("1-2,", 1000)}, {"X-HTTP-Method-Override", "DELETE"}, {"X-Request-Id", "a\tb"}, {"User-Agent", strings.Repeat("\xc3\x28", 2000)},
}
