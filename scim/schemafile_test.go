package scim

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"doorlist/store"
)

// schemaOf is a schema file with the attributes.
func schemaOf(attributes string) string {
	return `{"id":"urn:x:Acme:2.0:User","name":"Acme","attributes":[` + attributes + `]}`
}

func TestReadSchemas(t *testing.T) {
	t.Parallel()
	plain := schemaOf(`{"name":"tag"}`)
	for name, test := range map[string]struct {
		text string
		urns string
	}{
		"one":                       {plain, "urn:x:Acme:2.0:User"},
		"names in another case":     {`{"ID":"urn:x:a:Group","Attributes":[{"Name":"tag","Type":"string"}],"schemas":[],"meta":{}}`, "urn:x:a:Group"},
		"the URN that Entra wants":  {strings.Replace(plain, "urn:x:", "urn:ietf:params:scim:schemas:extension:", 1), "urn:ietf:params:scim:schemas:extension:Acme:2.0:User"},
		"a list":                    {`{"Resources":[` + plain + `,` + strings.ReplaceAll(plain, "Acme", "Blue") + `]}`, "urn:x:Acme:2.0:User urn:x:Blue:2.0:User"},
		"what says nothing":         {schemaOf(`{"name":"a","canonicalValues":[],"referenceTypes":[],"subAttributes":[],"uniqueness":"none","description":null}`), "urn:x:Acme:2.0:User"},
		"a reference with parts":    {schemaOf(`{"name":"a","type":"complex","subAttributes":[{"name":"$ref","type":"reference"}]}`), "urn:x:Acme:2.0:User"},
		"as many attributes as may": {schemaOf(definitions(maxSchemaAttributes)), "urn:x:Acme:2.0:User"},
	} {
		read, err := ReadSchemas([]byte(test.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var urns []string
		for _, s := range read {
			again, err := ReadSchemas([]byte(s.Document))
			if err != nil || len(again) != 1 || again[0].URN != s.URN {
				t.Errorf("%s: what is kept reads as %v, %v", name, again, err)
			}
			urns = append(urns, s.URN)
		}
		if got := strings.Join(urns, " "); got != test.urns {
			t.Errorf("%s: got %s, want %s", name, got, test.urns)
		}
	}
}

func definitions(count int) string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf(`{"name":"a%d"}`, i)
	}
	return strings.Join(list, ",")
}

// TestReadSchemas_SaysWhereAndWhat demands the place and the reason of each refusal.
func TestReadSchemas_SaysWhereAndWhat(t *testing.T) {
	t.Parallel()
	const urn = "urn:x:Acme:2.0:User"
	complexOf := func(subs string) string {
		return schemaOf(`{"name":"c","type":"complex","subAttributes":[` + subs + `]}`)
	}
	for text, want := range map[string]string{
		``:                                   "the file: cannot be read: the body is empty",
		`[]`:                                 "the file: cannot be read",
		`{"id":"urn:x:a:b"} x`:               "the file: cannot be read",
		strings.Repeat(" ", maxSchemaFile+1): "the file: is larger than 262144 bytes",
		`{"Resources":[]}`:                   "Resources: must be a list",
		`{"Resources":[7]}`:                  "Resources[0]: must be a schema",
		`{"attributes":[]}`:                  `the schema: needs an "id" that is a URN`,
		`{"id":7}`:                           `the schema: needs a text as "id"`,
		`{"id":"Acme","attributes":[{"name":"a"}]}`:                                           `needs an "id" that is a URN`,
		`{"id":"urn:a b:c","attributes":[{"name":"a"}]}`:                                      `needs an "id" that is a URN`,
		`{"id":"urn:a:b:","attributes":[{"name":"a"}]}`:                                       `needs an "id" that is a URN`,
		`{"id":"` + userSchema + `"}`:                                                         "which the server defines itself",
		`{"id":"` + strings.ToUpper(enterpriseSchema) + `"}`:                                  "which the server defines itself",
		`{"id":"urn:ietf:params:scim:api:messages:2.0:PatchOp"}`:                              "of a message",
		`{"id":"urn:x:a:b","atributes":[]}`:                                                   `has a member "atributes"`,
		`{"id":"urn:x:a:b","attributes":[]}`:                                                  `urn:x:a:b: needs a list of definitions as "attributes"`,
		schemaOf(`7`):                                                                         urn + ` attributes[0]: must be a definition`,
		schemaOf(`{"name":"a"},{"type":"string"}`):                                            urn + ` attributes[1]: needs a "name"`,
		schemaOf(`{"name":"1a"}`):                                                             `got "1a"`,
		schemaOf(`{"name":"$ref"}`):                                                           `got "$ref"`,
		schemaOf(`{"name":"a.b"}`):                                                            `got "a.b"`,
		schemaOf(`{"name":"a"},{"name":"A"}`):                                                 urn + ":A: is defined twice",
		schemaOf(`{"name":"a","uniquenes":"none"}`):                                           urn + `:a: has a member "uniquenes"`,
		schemaOf(`{"name":"a","type":"text"}`):                                                urn + `:a: has type "text"; it must be one of string, boolean`,
		schemaOf(`{"name":"a","type":7}`):                                                     urn + `:a: needs a text as "type"`,
		schemaOf(`{"name":"a","multiValued":"true"}`):                                         urn + `:a: needs true or false as "multiValued"`,
		schemaOf(`{"name":"a","mutability":"ReadOnly"}`):                                      urn + `:a: has mutability "ReadOnly"`,
		schemaOf(`{"name":"a","returned":"sometimes"}`):                                       urn + `:a: has returned "sometimes"`,
		schemaOf(`{"name":"a","uniqueness":"server"}`):                                        "does not keep the values of declared attributes unique",
		schemaOf(`{"name":"a","uniqueness":"galaxy"}`):                                        `has uniqueness "galaxy"`,
		schemaOf(`{"name":"a","canonicalValues":"x"}`):                                        `needs a list of texts as "canonicalValues"`,
		schemaOf(`{"name":"a","canonicalValues":[7]}`):                                        `needs a list of texts as "canonicalValues"`,
		schemaOf(`{"name":"a","type":"integer","canonicalValues":["1"]}`):                     "is no string",
		schemaOf(`{"name":"a","referenceTypes":["User"]}`):                                    "is no reference",
		schemaOf(`{"name":"a","mutability":"writeOnly","returned":"always"}`):                 "is writeOnly",
		schemaOf(`{"name":"a","mutability":"readOnly","required":true}`):                      "is readOnly and required",
		schemaOf(`{"name":"a","type":"complex"}`):                                             `needs a list of definitions as "subAttributes"`,
		schemaOf(`{"name":"a","subAttributes":[{"name":"b"}]}`):                               "is not complex",
		complexOf(`{"name":"d","type":"complex","subAttributes":[{"name":"e"}]}`):             urn + ":c.d: is complex",
		complexOf(`{"name":"d","multiValued":true}`):                                          urn + ":c.d: has many values",
		complexOf(`{"name":"$ref"}`):                                                          urn + `:c.$ref: must be of type "reference"`,
		complexOf(`{"name":"d"},{"name":"D"}`):                                                urn + ":c.D: is defined twice",
		schemaOf(definitions(maxSchemaAttributes + 1)):                                        "one attribute more than the 200",
		`{"Resources":[` + schemaOf(`{"name":"a"}`) + `,` + schemaOf(`{"name":"a b"}`) + `]}`: `got "a b"`,
	} {
		_, err := ReadSchemas([]byte(text))
		if !errors.As(err, new(*store.InvalidError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.120s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// FuzzReadSchemas demands of every file that it is refused with a reason or can be shown, kept and read again.
func FuzzReadSchemas(f *testing.F) {
	for _, seed := range []string{
		schemaOf(`{"name":"a","type":"complex","multiValued":true,"subAttributes":[{"name":"value"},{"name":"$ref","type":"reference"}]}`),
		schemaOf(`{"name":"a","type":"dateTime","required":true,"mutability":"immutable","returned":"request"}`), `{"Resources":[{}]}`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := ReadSchemas(text)
		if err != nil && (!errors.As(err, new(*store.InvalidError)) || read != nil) {
			t.Fatalf("%q: %v, %v", text, read, err)
		}
		for _, s := range read {
			if _, err := ReadSchemas([]byte(s.Document)); err != nil {
				t.Fatalf("%q is kept as %s: %v", text, s.Document, err)
			}
			if document := define(s.table); document["id"] != s.URN {
				t.Fatalf("%q is shown as %v", text, document)
			}
		}
	})
}
