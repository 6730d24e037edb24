package scim

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorlist/store"
)

// aGUID is a value such as Entra's test of a connection asks for.
const aGUID = "7d420df3-9a30-4b11-8c3e-2f1f5a1b9c77"

// describe writes a condition in one line: paths with slashes, "some" for the elements of a list.
func describe(where store.Where) string {
	switch w := where.(type) {
	case store.And:
		return describeAll(w, " & ", "always")
	case store.Or:
		return describeAll(w, " | ", "never")
	case store.Not:
		return "!" + describe(w.Where)
	case store.Present:
		return "present " + strings.Join(w.Path, "/")
	case store.Element:
		return "some " + strings.Join(w.Path, "/") + " " + describe(w.Where)
	case store.Compare:
		value := fmt.Sprintf("%#v", w.Value)
		if at, isTime := w.Value.(time.Time); isTime {
			value = at.Format(time.RFC3339Nano)
		}
		return strings.Join(w.Path, "/") + " " + string(w.Op) + " " + value
	}
	return fmt.Sprintf("unknown %T", where)
}

func describeAll(list []store.Where, operator, empty string) string {
	if len(list) == 0 {
		return empty
	}
	parts := make([]string, len(list))
	for i, each := range list {
		parts[i] = describe(each)
	}
	return "(" + strings.Join(parts, operator) + ")"
}

func compileText(rt *resourceType, text string) (store.Where, error) {
	e, err := parseFilter(text)
	if err != nil {
		return nil, err
	}
	return compileFilter(rt, e)
}

func TestCompileFilter_Users(t *testing.T) {
	t.Parallel()
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
	const acme = "urn:ietf:params:scim:schemas:extension:acme:2.0:user"
	for text, want := range map[string]string{
		// Names: any case, common attributes, the home of bare enterprise names.
		`userName eq "Alice@Contoso.COM"`:          `username eq "alice@contoso.com"`,
		`USERNAME EQ "x"`:                          `username eq "x"`,
		userSchema + `:userName eq "x"`:            `username eq "x"`,
		`id eq "Ab"`:                               `id eq "Ab"`,
		`externalId eq "Ab"`:                       `externalid eq "Ab"`,
		`externalId eq 12345`:                      `externalid eq "12345"`,
		`externalId eq 12345678901234567890`:       `externalid eq "12345678901234567890"`,
		`name.FamilyName eq Employee`:              `name/familyname eq "employee"`,
		enterpriseSchema + `:employeeNumber eq 1`:  enterprise + `/employeenumber eq "1"`,
		enterpriseSchema + `.manager eq "M"`:       enterprise + `/manager/value eq "m"`,
		`manager eq "M"`:                           enterprise + `/manager/value eq "m"`,
		`manager.value eq "M"`:                     enterprise + `/manager/value eq "m"`,
		`manager.displayName eq "M"`:               enterprise + `/manager/displayname eq "m"`,
		`manager[value eq "M"]`:                    `(present ` + enterprise + `/manager & ` + enterprise + `/manager/value eq "m")`,
		`department sw "R"`:                        enterprise + `/department sw "r"`,
		`schemas eq "` + userSchema + `"`:          `some schemas  eq "` + userSchema + `"`,
		`schemas[value eq "` + userSchema + `"]`:   `some schemas  eq "` + userSchema + `"`,
		`title eq "STRASSE"`:                       `title eq "strasse"`,
		`title eq "Straße"`:                        `title eq "strasse"`,
		`profileUrl eq "https://x/A"`:              `profileurl eq "https://x/A"`,
		`photos.value eq "https://x/A"`:            `some photos value eq "https://x/A"`,
		`x509Certificates eq "MIIB"`:               `some x509certificates value eq "MIIB"`,
		`title co "100%_!\\"`:                      `title co "100%_!\\"`,
		`title ew "x" or title gt "a"`:             `(title ew "x" | title gt "a")`,
		`not (title ge "a" and title le "b")`:      `!(title ge "a" & title le "b")`,
		`title lt "a" and nickName ne "b"`:         `(title lt "a" & nickname ne "b")`,
		`id eq "U" and manager eq "M"`:             `(id eq "U" & ` + enterprise + `/manager/value eq "m")`,
		`name[familyName eq "X" and givenName pr]`: `(present name & (name/familyname eq "x" & present name/givenname))`,
		// Lists.
		`emails eq "X"`:                                          `some emails value eq "x"`,
		`emails co "X"`:                                          `some emails value co "x"`,
		`emails.type eq "work"`:                                  `some emails type eq "work"`,
		`emails[type eq "work"].value eq "A@b.c"`:                `some emails (type eq "work" & value eq "a@b.c")`,
		`emails[type eq "work" and value eq "A@b.c"]`:            `some emails (type eq "work" & value eq "a@b.c")`,
		`emails[not (type eq "work" or primary eq true)]`:        `some emails !(type eq "work" | primary eq true)`,
		`emails ne "X"`:                                          `(some emails value ne "x" | !some emails present value)`,
		`emails[type ne "work"]`:                                 `some emails type ne "work"`,
		`emails pr`:                                              `present emails`,
		`addresses pr`:                                           `present addresses`,
		`addresses eq null`:                                      `!present addresses`,
		`schemas pr`:                                             `present schemas`,
		`addresses.locality pr`:                                  `some addresses present locality`,
		`addresses[type eq "work"].locality eq "Köln"`:           `some addresses (type eq "work" & locality eq "köln")`,
		userSchema + `:emails[type eq "work"].value eq "x"`:      `some emails (type eq "work" & value eq "x")`,
		`roles[primary eq "True"].value eq "Admin"`:              `some roles (primary eq true & value eq "admin")`,
		`emails.Value co example.com or emails.Value co "x.org"`: `(some emails value co "example.com" | some emails value co "x.org")`,
		`groups eq "G"`:                                          `some groups value eq "g"`,
		`groups[type eq "direct"].display sw "W"`:                `some groups (type eq "direct" & display sw "w")`,
		`groups pr`:                                              `present groups`,
		// Booleans, as JSON and as text.
		`active eq true`:             `active eq true`,
		`active eq True`:             `active eq true`,
		`active eq "True"`:           `active eq true`,
		`active eq "false"`:          `active eq false`,
		`active ne "FALSE"`:          `active ne false`,
		`active pr`:                  `present active`,
		`active eq "` + aGUID + `"`:  `never`,
		`emails[primary eq "maybe"]`: `some emails never`,
		// Without "primary" an element is not primary (RFC 7643 section 2.4).
		`emails[primary eq false]`: `some emails !primary eq true`,
		`emails.primary ne true`:   `(some emails !primary eq true | !present emails)`,
		`roles.primary ne false`:   `(some roles primary eq true | !present roles)`,
		// Times: zones, seven digits, with and without quotes.
		`meta.Created gt 2015-10-10T14:38:21.8617979-07:00`: `meta/created gt 2015-10-10T21:38:21.861797Z`,
		`meta.lastModified ge "2021-01-01T00:00:00Z"`:       `meta/lastmodified ge 2021-01-01T00:00:00Z`,
		`meta.created lt "2021-01-01t00:00:00z"`:            `meta/created lt 2021-01-01T00:00:00Z`,
		`meta.created le "2021-01-01T00:00:00"`:             `meta/created le 2021-01-01T00:00:00Z`,
		`meta.created eq "` + aGUID + `"`:                   `never`,
		`meta.created pr`:                                   `present meta/created`,
		`meta[created gt "2021-01-01T00:00:00Z"]`:           `meta/created gt 2021-01-01T00:00:00Z`,
		`meta.resourceType eq "User"`:                       `always`,
		`meta.resourceType eq "Group"`:                      `never`,
		`meta.resourceType ne "Group"`:                      `always`,
		`meta[resourceType eq "User"]`:                      `always`,
		`meta pr`:                                           `always`,
		// No value at all.
		`title eq null`:           `!present title`,
		`title ne null`:           `present title`,
		`title eq ""`:             `!present title`,
		`title ne ""`:             `present title`,
		`title co ""`:             `present title`,
		`title gt ""`:             `present title`,
		`title lt ""`:             `never`,
		`active eq null`:          `!present active`,
		`emails eq null`:          `!some emails present value`,
		`emails ne null`:          `some emails present value`,
		`emails eq ""`:            `!some emails present value`,
		`emails[display eq null]`: `some emails !present display`,
		`meta eq null`:            `never`,
		`meta[resourceType eq "Group" or created pr]`: `(never | present meta/created)`,
		`meta.created eq null`:                        `!present meta/created`,
		// Extensions that the server does not know.
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:Tag eq "X"`:            acme + `/tag eq "x"`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:Tag.Sub sw "X"`:        acme + `/tag/sub sw "x"`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:tags[a eq "X"]`:        `some ` + acme + `/tags a eq "x"`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:flag eq "True"`:        `(` + acme + `/flag eq "true" | ` + acme + `/flag eq true)`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:number eq 7.50`:        `(` + acme + `/number eq "7.50" | ` + acme + `/number eq 7.5)`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:number ne 7`:           `(` + acme + `/number ne "7" & ` + acme + `/number ne 7)`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:flag gt true`:          acme + `/flag gt "true"`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:number co 7`:           acme + `/number co "7"`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:tag pr`:                `present ` + acme + `/tag`,
		`urn:ietf:params:scim:schemas:extension:Acme:2.0:User:id eq "` + aGUID + `"`: acme + `/id eq "` + aGUID + `"`,
	} {
		where, err := compileText(userType, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := describe(where); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

func TestCompileFilter_Groups(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`displayName eq "LACreateGroup-(1A)"`:  `displayname eq "lacreategroup-(1a)"`,
		`externalId eq "` + aGUID + `"`:        `externalid eq "` + aGUID + `"`,
		`id eq "G" and members eq "U"`:         `(id eq "G" & some members value eq "u")`,
		`members eq "U" and id eq "G"`:         `(some members value eq "u" & id eq "G")`,
		`members.value eq "U"`:                 `some members value eq "u"`,
		`members[value eq "U"]`:                `some members value eq "u"`,
		`members[type eq "Group"].value eq U`:  `some members (type eq "group" & value eq "u")`,
		`members[display sw "A"]`:              `some members display sw "a"`,
		`members pr`:                           `present members`,
		groupSchema + `:displayName pr`:        `present displayname`,
		`meta.resourceType eq "Group"`:         `always`,
		`urn:acme:2.0:Group:mail eq "X@Y.com"`: `urn:acme:2.0:group/mail eq "x@y.com"`,
	} {
		where, err := compileText(groupType, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := describe(where); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// A filter that cannot be answered is an error that names the attribute, never a list of everybody
// (Metatavu/keycloak-scim-server#46).
func TestCompileFilter_Refuses(t *testing.T) {
	t.Parallel()
	for text, message := range map[string]string{
		`favColor eq "x"`:                                      `User has no attribute "favColor"`,
		`not (favColor eq "x")`:                                `User has no attribute "favColor"`,
		`userName eq "x" or favColor pr`:                       `User has no attribute "favColor"`,
		`favColor[type eq "a"]`:                                `User has no attribute "favColor"`,
		`members eq "x"`:                                       `User has no attribute "members"`,
		`name.foo eq "x"`:                                      `name has no sub-attribute "foo"`,
		`emails.foo eq "x"`:                                    `emails has no sub-attribute "foo"`,
		`emails[foo eq "x"]`:                                   `emails has no sub-attribute "foo"`,
		`emails[type eq "work"].foo eq "x"`:                    `emails has no sub-attribute "foo"`,
		`emails[type.x eq "work"]`:                             `inside brackets name a sub-attribute alone, not "type.x"`,
		`emails[` + userSchema + `:type eq "work"]`:            `inside brackets name a sub-attribute alone`,
		`emails.value[type eq "work"]`:                         `cannot stand before brackets`,
		`userName[value eq "x"]`:                               `"userName" has no sub-attributes`,
		`userName.value eq "x"`:                                `userName has no sub-attribute "value"`,
		`groups.foo eq "x"`:                                    `groups has no sub-attribute "foo"`,
		`groups.$ref eq "https://x/Groups/G"`:                  `groups.$ref is made for each answer and cannot be compared; compare groups.value with the id`,
		`groups[not ($ref pr)]`:                                `groups.$ref is made for each answer`,
		`password eq "x"`:                                      `User has no attribute "password"`,
		`meta.version eq "x"`:                                  `"meta.version" cannot be used in a filter; use meta.created`,
		`meta[version eq "x"]`:                                 `"version" cannot be used in a filter`,
		`meta.location eq "x"`:                                 `"meta.location" cannot be used in a filter`,
		`name eq "x"`:                                          `"name" is made of parts; compare one of them, such as "name.formatted"`,
		`addresses eq "x"`:                                     `"addresses" is made of parts`,
		`active gt true`:                                       `"active" is true or false; compare it with eq or ne`,
		`active co "t"`:                                        `"active" is true or false; compare it with eq or ne`,
		`active ne "maybe"`:                                    `"active" must be compared with true or false`,
		`active gt null`:                                       `"active" can be compared with null by eq and ne alone`,
		`title gt null`:                                        `"title" can be compared with null by eq and ne alone`,
		`meta.created co "2021"`:                               `"meta.created" is a time; compare it with eq,`,
		`meta.created gt "yesterday"`:                          `"meta.created" must be compared with a time such as 2026-`,
		`meta.created ge 5`:                                    `"meta.created" must be compared with a time such as`,
		`x509Certificates.value gt "x"`:                        `is binary and has no order`,
		enterpriseSchema + `:favColor eq "x"`:                  `favColor`,
		groupSchema + `:displayName eq "x"`:                    `displayName`,
		`urn:ietf:params:scim:schemas:core:2.0:Usr:title pr`:   `Usr:title`,
		`acme:title pr`:                                        `User has no attribute "acme:title"`,
		`http://schemas.example.com/2.0/User:title eq "x"`:     `User has no attribute`,
		strings.Repeat("x", 500) + ` eq "y"`:                   `User has no attribute "xxx`,
		`urn:acme:` + strings.Repeat("x", 500) + `.a.b eq "y"`: `is no attribute name`,
	} {
		_, err := compileText(userType, text)
		var wrong *FilterError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: got %v, want a FilterError", text, err)
			continue
		}
		if !strings.Contains(wrong.Message, message) || len(wrong.Message) > 300 {
			t.Errorf("%s\n got %s\nwant %s", text, wrong.Message, message)
		}
	}
}

func BenchmarkCompileFilter(b *testing.B) {
	e, err := parseFilter(`userName eq "alice@contoso.com"`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compileFilter(userType, e); err != nil {
			b.Fatal(err)
		}
	}
}
