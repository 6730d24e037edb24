package scim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	drawnPaths = []string{
		"userName", "active", "title", "externalId", "name", "name.givenName", "emails", "emails.value", "emails.primary", "emails.type",
		`emails[type eq "work"]`, `emails[type eq "home"].value`, `emails[primary eq "True"].value`, `emails[primary eq true].primary`, `emails[value eq "w"].type`,
		`emails[type eq "work" and value eq "w"].display`, `emails[value ne "w"]`, `emails[not (type eq "work")].value`,
		"roles", `roles[primary eq "True"].type`, `roles[value eq "Admin"].display`, "addresses", `addresses[type eq "work"].locality`,
		"manager", "department", enterpriseSchema, enterpriseSchema + ":manager", enterpriseSchema + ":manager.value", enterpriseSchema + ":costCenter",
		"urn:x:Acme:2.0:User", "urn:x:Acme:2.0:User:tag", "urn:x:acme:2.0:user:TAG", "urn:x:Acme:2.0:User:o.p", "urn:x:other", "urn:x:other:a",
		"id", "meta", "schemas", "groups", "shoeSize", "name.shoeSize", "userName.x", "[", "",
	}
	drawnValues = []string{
		`null`, `""`, `"w"`, `"True"`, `false`, `1`, `[]`, `{}`, `["w"]`, `[{}]`, `{"value":"w"}`, `{"value":"w","type":"work","primary":true}`,
		`[{"value":"a","primary":true},{"value":"b","primary":"true"}]`, `[{"value":"{\"value\":\"Admin\",\"displayName\":\"A\"}"}]`, `[{"value":null}]`,
		`{"givenName":"g","familyName":null}`, `{"department":"d","manager":"m"}`, `{"tag":"x","o":{"p":1}}`, `{"locality":"l","type":"work"}`,
		`{"active":"False","name.givenName":"g","emails[type eq \"work\"].value":"v","urn:x:Acme:2.0:User:tag":"t"}`,
		`{"urn:x:new":{"a":{"b":[null,{"c":""}]}},"emails":[{"type":"work"}],"displayName":""}`,
	}
)

func drawOperation(t *rapid.T) map[string]any {
	operation := map[string]any{"op": rapid.SampledFrom([]string{"add", "Add", "replace", "Replace", "remove"}).Draw(t, "op")}
	if path := rapid.SampledFrom(drawnPaths).Draw(t, "path"); path != "" {
		operation["path"] = path
	}
	if rapid.IntRange(0, 9).Draw(t, "valueless") > 0 {
		operation["value"] = json.RawMessage(rapid.SampledFrom(drawnValues).Draw(t, "value"))
	}
	return operation
}

// run applies operations to a document and returns the new one; refused says that the request was at fault.
func run(t *testing.T, document string, operations ...any) (got string, refused bool) {
	text, err := json.Marshal(map[string]any{"Operations": operations})
	if err != nil {
		t.Fatal(err)
	}
	list, err := parsePatch(decoded(t, string(text)))
	if err == nil {
		e := editor{rt: userType}
		if e.doc, err = decodeDocument(userType, document); err != nil {
			t.Fatal(err)
		}
		if err = e.apply(list); err == nil {
			record, recordErr := userRecord(userType, e.doc)
			got, err = record.Document, recordErr
		}
	}
	if err != nil {
		checkRefusal(t, err)
	}
	return got, err != nil
}

// TestPatch_AnyOperation makes sure, for operations of every shape, that the result is a resource that can be sent back
// unchanged, and that repeating a request changes nothing: clients repeat what was lost on the way.
func TestPatch_AnyOperation(t *testing.T) {
	t.Parallel()
	start := userFrom(t, fullUser).Document
	rapid.Check(t, func(r *rapid.T) {
		document := start
		for range rapid.IntRange(1, 6).Draw(r, "steps") {
			operation := drawOperation(r)
			once, refused := run(t, document, operation)
			if refused {
				continue
			}
			if twice, _ := run(t, once, operation); once != twice {
				r.Fatalf("once:  %s\ntwice: %s", once, twice)
			}
			if diff := cmp.Diff(once, userFrom(t, once).Document); diff != "" {
				r.Fatalf("sent back it is another resource (-got +back):\n%s", diff)
			}
			document = once
		}
	})
}

// TestPatch_AllOrNothing makes sure that an operation that fails takes the others with it.
func TestPatch_AllOrNothing(t *testing.T) {
	t.Parallel()
	start := userFrom(t, fullUser).Document
	rapid.Check(t, func(r *rapid.T) {
		bad := map[string]any{"op": "replace", "path": "shoeSize", "value": 1}
		if got, refused := run(t, start, drawOperation(r), bad); !refused {
			r.Fatalf("accepted: %s", got)
		}
	})
}
