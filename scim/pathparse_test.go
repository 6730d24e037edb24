package scim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/scim2/filter-parser/v2"
)

func TestParsePath_Accepts(t *testing.T) {
	t.Parallel()
	work := compare("type", "eq", "work")
	tests := map[string]filter.Path{
		`userName`:                                                 {AttributePath: attr("userName")},
		`name.familyName`:                                          {AttributePath: attr("name.familyName")},
		`emails[type eq "work"]`:                                   {AttributePath: attr("emails"), ValueExpression: work},
		`emails[type eq "work"].Value`:                             {AttributePath: attr("emails"), ValueExpression: work, SubAttribute: new("Value")},
		` emails [type eq work].value `:                            {AttributePath: attr("emails"), ValueExpression: work, SubAttribute: new("value")},
		`contacts[primary eq true].value`:                          {AttributePath: attr("contacts"), ValueExpression: compare("primary", "eq", true), SubAttribute: new("value")},
		`roles[primary eq "True"].value`:                           {AttributePath: attr("roles"), ValueExpression: compare("primary", "eq", "True"), SubAttribute: new("value")},
		`members[value eq "x" or value eq "y"]`:                    {AttributePath: attr("members"), ValueExpression: either(compare("value", "eq", "x"), compare("value", "eq", "y"))},
		enterpriseSchema:                                           {AttributePath: filter.AttributePath{URIPrefix: new(enterpriseSchema)}},
		enterpriseSchema + ":employeeNumber":                       {AttributePath: attrIn(enterpriseSchema, "employeeNumber")},
		enterpriseSchema + ".manager":                              {AttributePath: attrIn(enterpriseSchema, "manager")},
		enterpriseSchema + ":manager.value":                        {AttributePath: attrIn(enterpriseSchema, "manager.value")},
		userSchema + `:emails[type eq "work"].value`:               {AttributePath: attrIn(userSchema, "emails"), ValueExpression: work, SubAttribute: new("value")},
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:tag`: {AttributePath: attrIn("urn:ietf:params:scim:schemas:extension:Acme:2.0:User", "tag")},
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User`:     {AttributePath: attrIn("urn:ietf:params:scim:schemas:extension:Acme:2.0", "User")},
	}
	for text, want := range tests {
		got, err := parsePath(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", text, diff)
		}
	}
}

func TestParsePath_Refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		position int
		message  string
	}{
		``:                           {0, "expected an attribute name"},
		`   `:                        {3, "expected an attribute name"},
		`.userName`:                  {0, "is no attribute name"},
		`name.`:                      {0, "is no attribute name"},
		`name..familyName`:           {0, "is no attribute name"},
		`name.familyName.x`:          {0, "is no attribute name"},
		`user name`:                  {5, "expected the end of the path"},
		`userName eq "x"`:            {9, "expected the end of the path"},
		`emails[type eq "work"`:      {21, "closes the '['"},
		`emails[type eq "work"]]`:    {22, "expected the end of the path"},
		`emails[type eq "work"].`:    {23, "expected a sub-attribute name"},
		`emails[type eq "work"].a.b`: {23, "expected a sub-attribute name"},
		`emails[0]`:                  {7, "is no attribute name"},
		`emails[type]`:               {11, "expected an operator"},
		`/emails/0`:                  {0, "is no attribute name"},
		`[type eq "work"]`:           {0, "expected an attribute name"},
		`(userName)`:                 {0, "expected an attribute name"},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			_, err := parsePath(text)
			checkFilterError(t, err, test.position, test.message)
		})
	}
}

func BenchmarkParsePath(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parsePath(`emails[type eq "work"].value`); err != nil {
			b.Fatal(err)
		}
	}
}
