package auth

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"doorlist/store"
)

func TestHeaderValue(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"":                      "",
		"alice@contoso.com":     "alice@contoso.com",
		"O'Neil, Ann":           "O'Neil, Ann",
		"100%":                  "100%25",
		" padded ":              "%20padded%20",
		"a\r\nX-Role: owner":    "a%0D%0AX-Role: owner",
		"tab\there":             "tab%09here",
		"é":                     "%C3%A9",
		"日本":                    "%E6%97%A5%E6%9C%AC",
		"\x00\x7f":              "%00%7F",
		"broken \xff":           "broken %FF",
		"\u2028":                "%E2%80%A8",
		"already%20encoded %C3": "already%2520encoded %25C3",
	}
	for in, want := range cases {
		got := headerValue(in)
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if back, err := url.PathUnescape(got); err != nil || back != in {
			t.Errorf("%q decodes to %q, %v; want %q", got, back, err, in)
		}
	}
}

func TestReadFault(t *testing.T) {
	t.Parallel()
	const correlation = "AADSTS50105: x. Trace ID: 0b5f Correlation ID: 3F2504E0-4F89-41D3-9A0C-0305E82C3301 Timestamp: 2026-01-02"
	cases := []struct{ code, description, want string }{
		{"access_denied", correlation, "access_denied AADSTS50105, correlation id 3f2504e0-4f89-41d3-9a0c-0305e82c3301"},
		{"server_error", "", "server_error"},
		{"<script>", "AADSTS1", "unreadable_error"},
		{"a\r\nb", "", "unreadable_error"},
		{strings.Repeat("x", 65), "", "unreadable_error"},
		{"invalid_request", strings.Repeat("x", 1<<20) + "AADSTS50011", "invalid_request"},
		{"invalid_grant", "AADSTS99999999999999: no", "invalid_grant"},
	}
	for _, c := range cases {
		if got := readFault(c.code, c.description).String(); got != c.want {
			t.Errorf("%.40q: got %q, want %q", c.code, got, c.want)
		}
	}
}

func TestFaultHints_EveryNumberOnceAndInWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range faultHints {
		for number := range strings.FieldsSeq(row.numbers + " " + row.codes) {
			if seen[number] {
				t.Errorf("%s stands in two rows", number)
			}
			seen[number] = true
		}
		if row.hint.person == "" || row.hint.fix == "" {
			t.Errorf("the row of %s lacks words", row.numbers)
		}
	}
	if got := (providerFault{code: "access_denied", number: "50105"}).hint(faultHints); !strings.Contains(got.person, "assign you") {
		t.Errorf("the number must win over the code: got %q", got.person)
	}
	if got := (providerFault{code: "access_denied", number: "12345"}).hint(faultHints); !strings.Contains(got.person, "canceled") {
		t.Errorf("the code decides where the number says nothing: got %q", got.person)
	}
	if got := (providerFault{code: "brand_new"}).hint(faultHints); got != (hint{}) {
		t.Errorf("an unknown error: got %+v, want the reason's own words", got)
	}
}

func TestParseOrigin(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://door.example.com", "https://door.example.com:8443/", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:80"} {
		if _, err := parseOrigin(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "door.example.com", "http://door.example.com", "http://10.0.0.1", "https://a@b.c", "https://a.b/path", "https://a.b?x", "ftp://a.b", "http://localhost.evil.com"} {
		if o, err := parseOrigin(bad); err == nil {
			t.Errorf("%q: got %v, want an error", bad, o)
		}
	}
	secure, _ := parseOrigin("https://door.example.com")
	if got := secure.cookieName("doorlist"); got != "__Host-doorlist" {
		t.Errorf("got the cookie name %q", got)
	}
}

func TestCheckToken_Boundaries(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for offset, good := range map[time.Duration]bool{
		0: true, -10 * time.Minute: true, -10*time.Minute - time.Second: false, 5 * time.Minute: true, 5*time.Minute + time.Second: false, 48 * time.Hour: false,
	} {
		token := &oidc.IDToken{Audience: []string{"us"}, Nonce: "n", Subject: "s", IssuedAt: now.Add(offset)}
		if err := checkToken(token, claims{}, "us", "n", now); (err == nil) != good {
			t.Errorf("issued %v from now: got %v, want good=%v", offset, err, good)
		}
	}
	token := &oidc.IDToken{Audience: []string{"us"}, Subject: "s", IssuedAt: now}
	if checkToken(token, claims{}, "us", "", now) == nil {
		t.Error("an empty nonce on both sides must not agree")
	}
}

func TestReadIdentity_Guests(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		`{}`: false, `{"acct":0}`: false, `{"acct":1}`: true, `{"acct":"1"}`: true, `{"idp":"https://sts.windows.net/x/"}`: true,
		`{"idp":"live.com"}`: true, `{"acct":null}`: false, `{"acct":[1]}`: false, `{"idp":7}`: false,

		// Microsoft: idp is identical to the issuer unless the account is of another tenant.
		`{"iss":"https://login/t/v2.0","idp":"https://login/t/v2.0"}`: false, `{"iss":"https://login/t/v2.0","idp":"https://login/u/v2.0"}`: true,
		`{"tid":"t","idp":"https://sts.windows.net/t/"}`: false, `{"tid":"t","idp":"https://STS.windows.net/T/"}`: false,
		`{"tid":"t","idp":"https://sts.windows.net/u/"}`: true, `{"tid":"t","idp":"https://sts.windows.net/t/x"}`: true,
		// Where the tenant sends acct, it is the one that counts.
		`{"acct":0,"tid":"t","idp":"https://sts.windows.net/u/"}`: false, `{"acct":1,"tid":"t","idp":"https://sts.windows.net/t/"}`: true,
		`{"acct":"1","iss":"i","idp":"i"}`: true,
	}
	for text, want := range cases {
		if got := isGuest(parseClaims(t, text)); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestReadIdentity_SecondFactor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`"amr":["pwd","mfa"]`: true, `"amr":["mfa"]`: true, `"amr":[7,"mfa"]`: true, `"amr":"mfa"`: true,
		`"amr":["pwd"]`: false, `"amr":["pwd","otp"]`: false, `"amr":["MFA"]`: false, `"amr":{"mfa":1}`: false, `"amr":null`: false,
		`"acr":"mfa"`: false, `"acr":"1"`: false, `"acrs":["c1","mfa"]`: false,
	} {
		id, err := readIdentity(store.Connection{Kind: store.OIDCConnection}, "s", parseClaims(t, `{"sub":"s",`+text+`}`))
		if err != nil || id.SecondFactor != want {
			t.Errorf("%s: got %v, %v, want %v", text, id.SecondFactor, err, want)
		}
	}
}

func TestReadIdentity_ObjectIDs(t *testing.T) {
	t.Parallel()
	conn := store.Connection{Kind: store.EntraConnection, TenantID: "11111111-2222-4333-8444-555555555555"}
	const tid = `"tid":"11111111-2222-4333-8444-555555555555"`
	id, err := readIdentity(conn, "s", parseClaims(t, `{`+tid+`,"oid":"AAAAAAAA-2222-4333-8444-555555555555","groups":"g","amr":7}`))
	if err != nil || id.Key != "aaaaaaaa-2222-4333-8444-555555555555" {
		t.Errorf("got %+v, %v", id, err)
	}
	for _, oid := range []string{`""`, `null`, `7`, `["x"]`, `"alice"`, `"00000000-0000-0000-0000-000000000000"`, `"{aaaaaaaa-2222-4333-8444-555555555555}"`,
		`"urn:uuid:aaaaaaaa-2222-4333-8444-555555555555"`, `"aaaaaaaa222243338444555555555555"`, `" aaaaaaaa-2222-4333-8444-55555555555"`} {
		if id, err := readIdentity(conn, "s", parseClaims(t, `{`+tid+`,"oid":`+oid+`}`)); err == nil {
			t.Errorf("oid %s: got %+v, want an error", oid, id)
		}
	}
	other := store.Connection{Kind: store.OIDCConnection, SubjectClaim: "sub"}
	for _, sub := range []string{`""`, `" "`, `null`, `1`, `"a\u0000b"`, `"` + strings.Repeat("x", 257) + `"`} {
		if id, err := readIdentity(other, "s", parseClaims(t, `{"sub":`+sub+`}`)); err == nil {
			t.Errorf("sub %s: got %+v, want an error", sub, id)
		}
	}
}

func parseClaims(t *testing.T, text string) claims {
	t.Helper()
	var c claims
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c
}
