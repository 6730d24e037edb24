package scim

import (
	"strings"
	"testing"
)

func TestRevokes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		method, body string
		want         bool
	}{
		{"DELETE", ``, true},
		{"PATCH", `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, true},
		{"PATCH", `{"Operations":[{"op":"replace","path":"active","value":false}]}`, true},
		{"PATCH", `{"Operations":[{"value": false , "path" : "Active","op":"replace"}]}`, true},
		{"PATCH", `{"Operations":[{"op":"replace","value":{"active" : false}}]}`, true},
		{"PATCH", `{"Operations":[{"op":"replace","value":{"urn:ietf:params:scim:schemas:core:2.0:User:active":"false"}}]}`, true},
		{"PATCH", `{"Operations":[{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:active","value":false}]}`, true},
		{"PATCH", `{"Operations":[{"op":"Remove","path":"members","value":[{"value":"x"}]}]}`, true},
		{"PUT", `{"userName":"x","active":false}`, true},
		{"PATCH", `{"Operations":[{"op":"Replace","path":"active","value":"True"}]}`, false},
		{"PATCH", `{"Operations":[{"op":"replace","value":{"active":true}}]}`, false},
		{"PATCH", `{"Operations":[{"op":"Replace","path":"displayName","value":"false"}]}`, false},
		{"PATCH", `{"Operations":[{"op":"Add","path":"members","value":[{"value":"x"}]}]}`, false},
		{"PATCH", `{"Operations":[{"op":"Replace","path":"title","value":"not active"}]}`, false},
		{"PATCH", `{"active"`, false},
		{"PATCH", `{"active":fal`, false},
		{"PATCH", strings.Repeat(" ", maxRevoking) + `{"Operations":[{"op":"Remove"}]}`, false},
		{"PUT", `{"userName":"x","active":true,"emails":[{"value":"y","primary":false}]}`, false},
		{"POST", `{"userName":"x","active":false}`, false},
		{"GET", ``, false},
	} {
		if got := revokes(tc.method, []byte(tc.body)); got != tc.want {
			t.Errorf("%s %.100s: %t, want %t", tc.method, tc.body, got, tc.want)
		}
	}
}

// BenchmarkRevokes is what a request pays for the look at its body: a rename as Entra sends one.
func BenchmarkRevokes(b *testing.B) {
	body := []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"displayName","value":"Alice Anderson"},` +
		`{"op":"Replace","path":"title","value":"Engineer"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		if revokes("PATCH", body) {
			b.Fatal("nobody loses anything")
		}
	}
}
