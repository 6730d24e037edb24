package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"doorlist/store"
)

const (
	patchSchema = `"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]`
	bulkSchema  = `"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]`
)

// headerSlack is what net/http reads beyond MaxHeaderBytes (initialReadLimitSize).
const headerSlack = 4096

// probes know how to ask for n of what each row of docs/limits.md is about.
var probes = map[string]probe{
	"bytes of a body": {within: http.StatusCreated, ask: func(l *limited, n int) answered {
		body := l.personOf("")
		return l.scim(http.MethodPost, "/Users", body+strings.Repeat(" ", n-len(body)))
	}},
	"levels of JSON, the outermost object included": {within: http.StatusCreated, ask: func(l *limited, n int) answered {
		return l.person(`,"urn:x:Acme:2.0:User":` + strings.Repeat(`{"a":`, n-1) + `1` + strings.Repeat(`}`, n-1))
	}},
	"members of one JSON object": {within: http.StatusCreated, ask: func(l *limited, n int) answered {
		return l.person(`,"urn:x:Acme:2.0:User":{` + many(n, `"a%d":1`, ",") + `}`)
	}},
	"operations of a PATCH": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		return l.patch("/Users/"+l.entra.userID, many(n, `{"op":"replace","path":"title","value":"%d"}`, ","))
	}},
	"operations of a bulk request": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		return l.scim(http.MethodPost, "/Bulk", `{`+bulkSchema+`,"Operations":[`+many(n, `{"method":"DELETE","path":"/Users/nobody%d"}`, ",")+`]}`)
	}},
	"members that it names; a group may have any number": {within: http.StatusNoContent, ask: func(l *limited, n int) answered {
		return l.patch("/Groups/"+l.entra.groupID, `{"op":"remove","path":"members","value":[`+many(n, `{"value":"00000000-0000-7000-8000-%012d"}`, ",")+`]}`)
	}},
	"values of any other attribute": {within: http.StatusCreated, ask: func(l *limited, n int) answered {
		return l.person(`,"emails":[` + many(n, `{"value":"%d@example.com"}`, ",") + `]`)
	}},
	"bytes of a resource, without `id`, `meta`, `members` and `groups`": {within: http.StatusCreated, ask: func(l *limited, n int) answered {
		return l.scim(http.MethodPost, "/Users", l.large(n))
	}},
	"bytes of a `userName`": {within: http.StatusCreated, ask: func(l *limited, n int) answered {
		l.made++
		return l.scim(http.MethodPost, "/Users", `{"userName":"`+padded(fmt.Sprint(l.made), n)+`"}`)
	}},
	"bytes of a `displayName`": text("displayName"),
	"bytes of a certificate in `x509Certificates`": {within: http.StatusCreated, ask: func(l *limited, n int) answered {
		return l.person(`,"x509Certificates":[{"value":"` + padded("", n) + `"}]`)
	}},
	"bytes of any other string": text("title"),
	"bytes of a filter, also in a search by POST": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		return l.found(padded(`userName eq "`, n-1) + `"`)
	}},
	"levels of parentheses and brackets in a filter": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		return l.found(strings.Repeat("(", n) + "title pr" + strings.Repeat(")", n))
	}},
	"comparisons in a filter": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		return l.found(many(n, `title eq "%d"`, " or "))
	}},
	"bytes of the path of an operation": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		const before, behind = `emails[value eq \"`, `\"].type`
		path := padded(before, n+2-len(behind)) + behind // the two backslashes are JSON's
		return l.patch("/Users/"+l.entra.userID, `{"op":"remove","path":"`+path+`"}`)
	}},
	"resources on a page; without a cursor fewer come": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		return l.scim(http.MethodGet, fmt.Sprintf("/Users?cursor&count=%d", n), "")
	}},

	"bytes of all its headers, of SCIM too": {within: http.StatusOK, slack: headerSlack, ask: func(l *limited, n int) answered {
		return l.headed(n)
	}},
	"bytes of a form": {within: http.StatusForbidden, ask: func(l *limited, n int) answered {
		return l.send(http.MethodPost, "/password", formType, "", padded("user_name=nobody&password=wrong&more=", n))
	}},
	"bytes of a form for `/oauth/token`": {within: http.StatusBadRequest, ask: func(l *limited, n int) answered {
		return l.send(http.MethodPost, "/oauth/token", formType, "", padded("grant_type=none&more=", n))
	}},
	"bytes of a form with a SAML response": {within: http.StatusForbidden, ask: func(l *limited, n int) answered {
		a := l.send(http.MethodPost, "/saml/contoso-code/acs", formType, "", padded("SAMLResponse=", n))
		return answered{a.status, l.lastDetail()}
	}},
	"bytes of what somebody types to say who they are": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		return l.send(http.MethodPost, "/login", formType, "", padded("identifier=", n+len("identifier=")))
	}},

	"bytes of a form in the console": {within: http.StatusUnprocessableEntity, ask: func(l *limited, n int) answered {
		return l.send(http.MethodPost, "/admin/organizations/contoso/roles/add", formType, "session", padded("more=", n))
	}},
	"bytes of an answer in a form": {within: http.StatusUnprocessableEntity, ask: func(l *limited, n int) answered {
		return l.filledIn("organizations/contoso/roles/add", "name", n)
	}},
	"bytes of an answer of several lines": {within: http.StatusUnprocessableEntity, ask: func(l *limited, n int) answered {
		return l.filledIn("connections/contoso-entra/scim-access", "scim-allow", n)
	}},
	"bytes of a document in a form": {within: http.StatusUnprocessableEntity, ask: func(l *limited, n int) answered {
		return l.filledIn("organizations/contoso/schemas/add", "document", n)
	}},
	"bytes of a command that is sent to a server": {within: http.StatusOK, ask: func(l *limited, n int) answered {
		const before, behind = `{"args":["org","list"],"stdin":"`, `"}`
		return l.send(http.MethodPost, "/admin/api/commands", "application/json", "program", padded(before, n-len(behind))+behind)
	}},
}

// text asks for a string attribute of n bytes.
func text(attribute string) probe {
	return probe{within: http.StatusCreated, ask: func(l *limited, n int) answered {
		return l.person(`,"` + attribute + `":"` + padded("", n) + `"`)
	}}
}

func (l *limited) patch(path, operations string) answered {
	return l.scim(http.MethodPatch, path, `{`+patchSchema+`,"Operations":[`+operations+`]}`)
}

func (l *limited) found(filter string) answered {
	return l.scim(http.MethodGet, "/Users?filter="+url.QueryEscape(filter), "")
}

// large is a user whose resource has n bytes, in the order in which the server keeps it.
func (l *limited) large(n int) string {
	const urn, longest, each = `"urn:x:Acme:2.0:User"`, 4000, len(`"a00":"",`)
	size := len(l.personOf("")) + 2*len(urn) + len(`,,:{}`) - 1 // the last value has no comma
	var b strings.Builder
	for i := 0; size < n; i++ {
		part := min(longest, n-size-each)
		if rest := n - size - each - part; rest > 0 && rest <= each { // too few bytes for a value of their own
			part -= each
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"a%02d":"%s"`, i, padded("", part))
		size += each + part
	}
	l.made-- // the size is that of this very user
	return strings.Replace(l.personOf(`,`+urn+`:{`+b.String()+`}`), `User"]`, `User",`+urn+`]`, 1)
}

// headed sends a request whose headers have n bytes in all, from the method to the empty line.
func (l *limited) headed(n int) answered {
	head := "GET /healthz HTTP/1.1\r\nHost: " + proxyHost + "\r\nUser-Agent: test\r\nAccept-Encoding: gzip\r\nSec-Fetch-Site: same-origin\r\nX-More: \r\n\r\n"
	l.client.CloseIdleConnections() // net/http does not count the byte that it reads ahead on those
	return l.send(http.MethodGet, "/healthz", "", "", "", "User-Agent", "test", "X-More", padded("", n-len(head)))
}

// filledIn sends a form of the console with one answer of n bytes.
func (l *limited) filledIn(path, field string, n int) answered {
	return l.send(http.MethodPost, "/admin/"+path, formType, "session", field+"="+padded("", n))
}

// lastDetail is what an administrator reads of the last attempt to enter.
func (l *limited) lastDetail() string {
	l.t.Helper()
	decisions, err := l.store.Organization(l.entra.org.ID).Decisions(l.t.Context(), store.DecisionQuery{Limit: 1})
	if err != nil || len(decisions) != 1 {
		l.t.Fatalf("the attempts are %+v, %v", decisions, err)
	}
	return decisions[0].Detail
}
