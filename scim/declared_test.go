package scim

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

const acmeSchema = "urn:x:Acme:2.0:User"

// declaredBy is a door whose organization declares the attributes.
func declaredBy(t *testing.T, attributes string) *door {
	t.Helper()
	d := newDoor(t, storetest.New(t))
	d.declare("User", schemaOf(attributes))
	return d
}

func TestDeclared_WhatDoesNotFit(t *testing.T) {
	t.Parallel()
	d := declaredBy(t, `{"name":"text"},{"name":"flag","type":"boolean"},{"name":"whole","type":"integer"},{"name":"part","type":"decimal"},
		{"name":"when","type":"dateTime"},{"name":"bytes","type":"binary"},{"name":"link","type":"reference"},{"name":"list","type":"integer","multiValued":true},
		{"name":"object","type":"complex","subAttributes":[{"name":"n","type":"integer"},{"name":"must","required":true}]},
		{"name":"objects","type":"complex","multiValued":true,"subAttributes":[{"name":"n","type":"integer"}]}`)
	for value, want := range map[string]string{
		`"text":7`: `text" has the wrong type. Send a string`, `"flag":"yes"`: `flag" has the wrong type. Send true or false`, `"whole":1.5`: `whole" has the wrong type. Send a whole number`,
		`"whole":"1"`: "a whole number", `"whole":9223372036854775808`: "a whole number", `"part":"1.5"`: `part" has the wrong type. Send a number`, `"part":1e999`: "a number",
		`"part":1e-999`: "a number", `"when":"tomorrow"`: `when" has the wrong type. Send a date and time`, `"bytes":[1]`: "a string", `"link":{}`: "a string",
		`"list":["x"]`: `list" has the wrong type`, `"list":{"value":1}`: `list" has the wrong type`, `"text":["a"]`: `text" has the wrong type`,
		`"object":"x"`: `object" has the wrong type. Send an object`, `"object":{"n":"x","must":"m"}`: `object.n" has the wrong type`, `"object":{"n":1}`: `object.must" is required`,
		`"objects":["x"]`: `objects" has the wrong type`, `"objects":[{"n":"x"}]`: `objects.n" has the wrong type`, `"objects":[{"n":1,"a b":1}]`: `objects" has a member "a b"`,
		`"a:b":1`: `has a member "a:b"`, `"text":"` + strings.Repeat("x", maxString+1) + `"`: `text" is 4097 bytes long`,
	} {
		r := d.do("POST", "/Users", `{"userName":"u","`+acmeSchema+`":{`+value+`}}`)
		detail, _ := r.json["detail"].(string)
		if r.status != 400 || r.json["scimType"] != "invalidValue" || !strings.Contains(detail, acmeSchema) || !strings.Contains(detail, want) {
			t.Errorf("%.60s: %s, want %s", value, r.text, want)
		}
	}
	if got := d.total("/Users", "userName pr"); got != 0 {
		t.Errorf("%d users were made", got)
	}
}

// TestDeclared_RequiredDoesNotBlockADeactivation: what was stored before the declaration lacks what it demands.
func TestDeclared_RequiredDoesNotBlockADeactivation(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	path := "/Users/" + d.create("/Users", `{"userName":"u","`+acmeSchema+`":{"level":"high"}}`)
	if unfit := d.declare("User", schemaOf(`{"name":"tag","required":true},{"name":"level","type":"integer"}`)); unfit != 1 {
		t.Errorf("%d users do not fit, want 1", unfit)
	}
	for _, step := range []struct {
		operations string
		status     int
		detail     string
	}{
		{`[{"op":"Replace","path":"active","value":"False"}]`, 200, ""},
		{`[{"op":"Replace","path":"` + acmeSchema + `:level","value":1}]`, 400, `"urn:x:Acme:2.0:User:tag" is required`},
		{`[{"op":"Add","value":{"` + acmeSchema + `:level":1,"` + acmeSchema + `:tag":"x"}}]`, 200, ""},
		{`[{"op":"Remove","path":"` + acmeSchema + `:tag"}]`, 400, `"urn:x:Acme:2.0:User:tag" is required and cannot be removed`},
		{`[{"op":"Replace","path":"` + acmeSchema + `:tag","value":""}]`, 400, `"urn:x:Acme:2.0:User:tag" is required`},
		{`[{"op":"Remove","path":"` + acmeSchema + `"}]`, 200, ""},
	} {
		if r := d.patch(path, step.operations); r.status != step.status || !strings.Contains(fmt.Sprint(r.json["detail"]), step.detail) && step.detail != "" {
			t.Errorf("%s: %d %s", step.operations, r.status, r.text)
		}
	}
}

// TestDeclared_SimpleLists changes lists of plain values, each step on the outcome of the one before.
func TestDeclared_SimpleLists(t *testing.T) {
	t.Parallel()
	d := declaredBy(t, `{"name":"skills","multiValued":true},{"name":"levels","type":"integer","multiValued":true},{"name":"exact","multiValued":true,"caseExact":true}`)
	path := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	for _, step := range []struct{ operation, want string }{
		{`{"op":"Add","path":"U:skills","value":"Go"}`, `skills:[Go]`},
		{`{"op":"Add","path":"U:skills","value":["go","SQL","",null]}`, `skills:[Go SQL]`},
		{`{"op":"Replace","path":"U:skills[value eq \"sql\"]","value":"Rust"}`, `skills:[Go Rust]`},
		{`{"op":"Replace","path":"U:skills[value eq \"sql\"]","value":"rust"}`, `skills:[Go Rust]`},
		{`{"op":"Add","path":"U:skills[value eq \"C\"].value","value":"C"}`, `skills:[Go Rust C]`},
		{`{"op":"Replace","path":"U:skills[value sw \"r\"]","value":"Go"}`, `skills:[Go C]`},
		{`{"op":"Remove","path":"U:skills[value eq \"go\"]"}`, `skills:[C]`},
		{`{"op":"Remove","path":"U:skills","value":["c","D"]}`, ``},
		{`{"op":"Add","path":"U:levels","value":[1,2.0e0,3]}`, `400`},
		{`{"op":"Add","path":"U:levels","value":[1,2,3]}`, `levels:[1 2 3]`},
		{`{"op":"Remove","path":"U:levels[value gt 1 and value lt 3]"}`, `levels:[1 3]`},
		{`{"op":"Remove","path":"U:levels","value":3}`, `levels:[1]`},
		{`{"op":"Replace","path":"U:levels[value eq 1]","value":null}`, ``},
		{`{"op":"Add","value":{"U":{"exact":["a","A"]}}}`, `exact:[a A]`},
		{`{"op":"Add","path":"U:exact","value":["A","b"]}`, `exact:[a A b]`},
		{`{"op":"Remove","path":"U:exact[value eq \"a\"]"}`, `exact:[A b]`},
		{`{"op":"Replace","path":"U:exact[value sw \"z\"]","value":"y"}`, `400`},
		{`{"op":"Replace","path":"U:exact[kind eq \"z\"]","value":"y"}`, `400`},
		{`{"op":"Replace","path":"U:exact.kind","value":"y"}`, `400`},
		{`{"op":"Replace","path":"U:exact","value":["z"]}`, `exact:[z]`},
		{`{"op":"Remove","path":"U:exact"}`, ``},
		{`{"op":"Add","path":"U.skills","value":["x","y"]}`, `skills:[x y]`},
		{`{"op":"Remove","path":"U.Skills[value eq \"x\"]"}`, `skills:[y]`},
	} {
		r := d.patch(path, `[`+strings.ReplaceAll(step.operation, `"U`, `"`+acmeSchema)+`]`)
		got := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(r.json[acmeSchema]), "map["), "]")
		if r.status != 200 {
			got = fmt.Sprint(r.status)
		} else if r.json[acmeSchema] == nil {
			got = ""
		}
		if got != step.want {
			t.Fatalf("%s: got %s, want %s: %s", step.operation, got, step.want, r.text)
		}
	}
}

// TestDeclared_OtherShapesFromBefore changes values that do not have the declared shape.
func TestDeclared_OtherShapesFromBefore(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	path := "/Users/" + d.create("/Users", `{"userName":"u","`+acmeSchema+`":{"skills":"go","plain":[{"value":"a"},{"x":1},"b"],"devices":["p",{"value":"q"}],"home":"Basel","tag":["x"]}}`)
	if unfit := d.declare("User", schemaOf(`{"name":"skills","multiValued":true},{"name":"plain","multiValued":true},{"name":"tag"},
		{"name":"devices","type":"complex","multiValued":true,"subAttributes":[{"name":"value"},{"name":"type"}]},{"name":"home","type":"complex","subAttributes":[{"name":"city"}]}`)); unfit != 1 {
		t.Errorf("%d users do not fit, want 1", unfit)
	}
	operations := strings.ReplaceAll(`[{"op":"Add","path":"U:skills","value":"sql"},{"op":"Remove","path":"U:plain[value eq \"A\"]"},
		{"op":"Replace","path":"U:devices[value eq \"p\"].type","value":"phone"},{"op":"Add","path":"U:home.city","value":"Bern"},{"op":"Replace","path":"U:tag","value":"y"}]`, `"U:`, `"`+acmeSchema+":")
	got := fmt.Sprint(d.patch(path, operations).json[acmeSchema])
	if want := "map[devices:[map[type:phone value:p] map[value:q]] home:map[city:Bern] plain:[b] skills:[go sql] tag:y]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestDeclared_IsOneOrganizationsOwn: another organization sends the same names and means nothing by them.
func TestDeclared_IsOneOrganizationsOwn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		d.declare("User", schemaOf(`{"name":"level","type":"integer","required":true},{"name":"secret","returned":"never"}`))
		other := *d
		err := s.Write(context.Background(), store.Actor{Kind: store.Administrator}, func(tx *store.Tx) error {
			o, err := tx.CreateOrganization("fabrikam", "Fabrikam", "")
			if err != nil {
				return err
			}
			other.connection, other.tokenID, other.token, err = addConnection(tx, o.ID, "other")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		body := `{"userName":"u","` + acmeSchema + `":{"level":"high","secret":"s"}}`
		if r := other.must(201, "POST", "/Users", body); fmt.Sprint(r.json[acmeSchema]) != "map[level:high secret:s]" {
			t.Errorf("another organization got %s", r.text)
		}
		d.must(400, "POST", "/Users", body)
		other.must(404, "GET", "/Schemas/"+acmeSchema, "")
		if other.total("/Users", acmeSchema+`:secret eq "S"`) != 1 {
			t.Error("another organization cannot filter on its own value")
		}
	})
}

// TestDeclared_IsInForceWithTheNextRequest declares and removes while a server has the types in its cache.
func TestDeclared_IsInForceWithTheNextRequest(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for i := range 3 {
		d.declare("Group", strings.Replace(schemaOf(`{"name":"level","type":"integer"}`), ":User", ":Group", 1))
		name := fmt.Sprintf(`{"displayName":"g%d","urn:x:Acme:2.0:Group":{"level":"high"}}`, i)
		d.must(400, "POST", "/Groups", name)
		d.undeclare("urn:x:Acme:2.0:Group")
		d.must(201, "POST", "/Groups", name)
	}
	d.declare("Group", strings.Replace(schemaOf(`{"name":"level","type":"integer"}`), ":User", ":Group", 1))
	group := "/Groups/" + d.create("/Groups", `{"displayName":"h","urn:x:Acme:2.0:Group":{"level":7}}`)
	if d.total("/Groups", "urn:x:Acme:2.0:Group:level gt 6") != 1 || d.patch(group, `[{"op":"replace","path":"urn:x:Acme:2.0:Group:level","value":"x"}]`).status != 400 {
		t.Error("a group is not held to its schema")
	}
}

// TestDeclared_WhileOthersWrite declares and removes a schema while its values change. Whoever comes last, what is stored is
// found.
func TestDeclared_WhileOthersWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDoor(t, s)
		var paths []string
		for i := range 4 {
			paths = append(paths, "/Users/"+d.create("/Users", fmt.Sprintf(`{"userName":"u%d","%s":{"TAG":"T"}}`, i, acmeSchema)))
		}
		var all sync.WaitGroup
		for _, path := range paths {
			all.Go(func() {
				for i := range 15 {
					if r := d.patch(path, fmt.Sprintf(`[{"op":"replace","path":"%s:tag","value":"T%d"}]`, acmeSchema, i)); r.status != 200 {
						t.Errorf("status %d: %s", r.status, r.text)
					}
				}
			})
		}
		for range 5 {
			d.declare("User", schemaOf(`{"name":"tag","caseExact":true}`))
			d.undeclare(acmeSchema)
		}
		d.declare("User", schemaOf(`{"name":"tag","caseExact":true}`))
		all.Wait()
		if got := d.total("/Users", acmeSchema+`:tag eq "T14"`); got != len(paths) {
			t.Errorf("%d users are found, want %d", got, len(paths))
		}
	})
}
