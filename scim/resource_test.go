package scim

import (
	"strings"
	"testing"

	"doorlist/store"

	"github.com/google/go-cmp/cmp"
)

func TestNewUser(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, want string }{
		{"names in any case", `{"USERNAME":"u","NAME":{"GIVENNAME":"g"},"Emails":[{"Value":"v","Type":"Work"}]}`, `{"userName":"u","active":true,"name":{"givenName":"g"},"emails":[{"value":"v","type":"Work"}]}`},
		{"the server's own attributes are passed over", `{"userName":"u","id":"x","meta":{"created":"2001-01-01T00:00:00Z"},"groups":[{"value":"admins"}],"schemas":["x"]}`, `{"userName":"u","active":true}`},
		{"unknown attributes are passed over", `{"userName":"u","password":"p","adreses":[{}],"isAdmin":true,"tenant":"x","name":{"nick":"n"}}`, `{"userName":"u","active":true}`},
		{"nulls and empty values are no values", `{"userName":"u","title":null,"nickName":"","emails":[],"addresses":[{"locality":null}],"name":{},"manager":null}`, `{"userName":"u","active":true}`},
		{"active in words", `{"userName":"u","active":"FALSE"}`, `{"userName":"u","active":false}`},
		{"active missing", `{"userName":"u","active":null}`, `{"userName":"u","active":true}`},
		{"bare enterprise names", `{"userName":"u","Department":"d","Manager":{"Value":"m"}}`, `{"userName":"u","active":true,` + enterprise + `":{"department":"d","manager":{"value":"m"}}}`},
		{"manager as text", `{"userName":"u",` + enterprise + `":{"manager":"m"}}`, `{"userName":"u","active":true,` + enterprise + `":{"manager":{"value":"m"}}}`},
		{"the manager's name is the server's", `{"userName":"u","manager":{"value":"m","displayName":"boss"}}`, `{"userName":"u","active":true,` + enterprise + `":{"manager":{"value":"m"}}}`},
		{"flat keys", `{"userName":"u","name.givenName":"g",` + enterprise + `:department":"d","emails[type eq \"work\"].value":"v"}`, `{"userName":"u","active":true,"name":{"givenName":"g"},"emails":[{"type":"work","value":"v"}],` + enterprise + `":{"department":"d"}}`},
		{"an empty enterprise extension", `{"userName":"u",` + enterprise + `":{}}`, `{"userName":"u","active":true}`},
		{"a custom extension", `{"userName":"u","urn:ietf:params:scim:schemas:extension:Acme:2.0:User":{"tag":"1","n":1.50,"on":false,"list":["a",null],"o":{"x":"y"},"none":null}}`,
			`{"userName":"u","active":true,"urn:ietf:params:scim:schemas:extension:Acme:2.0:User":{"tag":"1","n":1.50,"on":false,"list":["a"],"o":{"x":"y"}}}`},
		{"a mistyped URN", `{"userName":"u","urn:ietf:params:scim:schemas:extension:enterprise:2.0User":{"department":"d"}}`, `{"userName":"u","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0User":{"department":"d"}}`},
		{"one object for a list", `{"userName":"u","emails":{"value":"v"}}`, `{"userName":"u","active":true,"emails":[{"value":"v"}]}`},
		{"several primaries", `{"userName":"u","emails":[{"value":"a","primary":true},{"value":"b","primary":"True"}]}`, `{"userName":"u","active":true,"emails":[{"value":"a","primary":false},{"value":"b","primary":true}]}`},
		{"two addresses of one type", `{"userName":"u","emails":[{"value":"a","type":"work"},{"value":"b","type":"work"}]}`, `{"userName":"u","active":true,"emails":[{"value":"a","type":"work"},{"value":"b","type":"work"}]}`},
		{"the core schema as an object", `{"urn:ietf:params:scim:schemas:core:2.0:User":{"userName":"u"}}`, `{"userName":"u","active":true}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(content(t, test.want), content(t, userFrom(t, test.body).Document)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestNewUser_ValuesAreKeptByteForByte sends what other servers normalize, trim, escape or refuse.
func TestNewUser_ValuesAreKeptByteForByte(t *testing.T) {
	t.Parallel()
	for _, value := range []string{" a ", "+1 (555) 0100", "<b>&amp;</b>", "é", "e\u0301", "Straße", "İ", "a\u2028", "a\tb", "'; DROP TABLE users; --", "upd-1a2b3c4d", "𝔘"} {
		record := userFrom(t, `{"userName":`+quoteJSON(value)+`,"externalId":`+quoteJSON(value)+`,"title":`+quoteJSON(value)+`}`)
		doc := content(t, record.Document)
		if doc["userName"] != value || doc["externalId"] != value || doc["title"] != value || record.UserName != value || record.ExternalID != value {
			t.Errorf("%q became %v and %+v", value, doc, record)
		}
	}
}

func quoteJSON(s string) string {
	w := writer{}
	w.string(s)
	return string(w.text)
}

func TestNewUser_Record(t *testing.T) {
	t.Parallel()
	got := userFrom(t, `{"userName":"Ann@X","externalId":"E1","displayName":"Ann","active":false,"title":"Chief & Owner",
		"emails":[{"value":"Ann@X","type":"Work","primary":true},{"type":"home"}],"roles":[{"value":"Admin"},{"display":"none"}],
		"x509Certificates":[{"value":"QUJD"}],"profileUrl":"http://X/","department":"R&D","urn:x:Acme:2.0:User":{"Tag":"Blue","n":10}}`)
	want := store.UserRecord{
		UserName: "Ann@X", ExternalID: "E1", DisplayName: "Ann", Active: false,
		Emails:   []store.Email{{Value: "Ann@X", Type: "Work", Primary: true}},
		AppRoles: []string{"Admin"},
		Document: `{"schemas":["` + userSchema + `","` + enterpriseSchema + `","urn:x:Acme:2.0:User"],"externalId":"E1","userName":"Ann@X","displayName":"Ann",` +
			`"profileUrl":"http://X/","title":"Chief & Owner","active":false,"emails":[{"value":"Ann@X","type":"Work","primary":true},{"type":"home"}],` +
			`"roles":[{"value":"Admin"},{"display":"none"}],"x509Certificates":[{"value":"QUJD"}],` + enterprise + `":{"department":"R&D"},"urn:x:Acme:2.0:User":{"Tag":"Blue","n":10}}`,
		Keys: strings.ToLower(`{"schemas":[`) + `"` + userSchema + `","` + enterpriseSchema + `","urn:x:Acme:2.0:User"],"externalid":"E1","username":"ann@x","displayname":"ann",` +
			`"profileurl":"http://X/","title":"chief & owner","active":false,"emails":[{"value":"ann@x","type":"work","primary":true},{"type":"home"}],` +
			`"roles":[{"value":"admin"},{"display":"none"}],"x509certificates":[{"value":"QUJD"}],` + strings.ToLower(enterprise) + `":{"department":"r&d"},"urn:x:acme:2.0:user":{"tag":"blue","tag=":"Blue","n":10}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewUser_PutKeepsActive(t *testing.T) {
	t.Parallel()
	for _, was := range []bool{true, false} {
		got, err := newUser(userType, map[string]any{"userName": "u"}, map[string]any{"active": was}, nil)
		if err != nil || got.Active != was {
			t.Errorf("active %v, %v; want %v", got.Active, err, was)
		}
	}
}

// TestNewUser_IsStable makes sure that a stored resource, sent back as it was read, changes nothing.
func TestNewUser_IsStable(t *testing.T) {
	t.Parallel()
	first := userFrom(t, fullUser)
	if diff := cmp.Diff(first, userFrom(t, first.Document)); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

// TestNewUser_RefusesExtraordinaryNumbers: one such number in the comparison document would make PostgreSQL fail every
// filter that reads it.
func TestNewUser_RefusesExtraordinaryNumbers(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"1e200000", "-1e400", "1e-200000", "0." + strings.Repeat("0", 400) + "1"} {
		body, err := decodeObject([]byte(`{"userName":"u","urn:x:Acme:2.0:User":{"list":[{"n":` + number + `}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newUser(userType, body, nil, nil); err == nil || !strings.Contains(err.Error(), "extraordinary") {
			t.Errorf("%.20s: got %v, want it refused", number, err)
		}
	}
	userFrom(t, `{"userName":"u","urn:x:Acme:2.0:User":{"a":0,"b":-12.5,"c":1e300,"d":0.0e0}}`)
}
