package auth_test

import (
	"crypto/elliptic"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// samlAttack is a response that must not let anybody in. words is what the record must say of it.
type samlAttack struct {
	name   string
	change func(d *samlDoc)
	words  string
}

// evil is the signed assertion's text, told of somebody else, without the signature and under another id.
func evil(d *samlDoc, id string) string {
	other := *d
	other.id, other.unsigned = id, true
	other.attributes = strings.ReplaceAll(d.attributes, "alice", "owner")
	return other.assertion()
}

// cut takes the signature out of a signed assertion.
func cut(assertion string) (signature, rest string) {
	from, to := strings.Index(assertion, "<ds:Signature "), strings.Index(assertion, "</ds:Signature>")+len("</ds:Signature>")
	return assertion[from:to], assertion[:from] + assertion[to:]
}

func assembled(with func(d *samlDoc, good string) string) func(*samlDoc) {
	return func(d *samlDoc) { d.assembled = func(good string) string { return with(d, good) } }
}

func sentWith(old, replacement string) func(*samlDoc) {
	return func(d *samlDoc) {
		d.sent = func(document string) string {
			changed := strings.Replace(document, old, replacement, 1)
			if changed == document {
				panic("the document has no " + old)
			}
			return changed
		}
	}
}

func extensions(inner string) string { return `<samlp:Extensions>` + inner + `</samlp:Extensions>` }
func object(inner string) string     { return `<ds:Object>` + inner + `</ds:Object>` }

// inside puts text behind the start tag of an assertion's first child.
func inside(assertion, inner string) string {
	return strings.Replace(assertion, `</saml:Issuer>`, `</saml:Issuer>`+inner, 1)
}

// wrappings are the eight of "On Breaking SAML" (Somorovsky et al., 2012), and more of their kind.
func wrappings() []samlAttack {
	several := "more than one assertion"
	twice := func(d *samlDoc) string {
		return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_e" Version="2.0">`
	}
	return []samlAttack{
		{"XSW1, the signed response in the signature of an evil one", func(d *samlDoc) {
			d.responseSignature = &signature{}
			*d.responseSignature = goodSignature("_r" + d.id)
			d.sent = func(doc string) string {
				return twice(d) + d.status + evil(d, "_evil") + object(doc) + `</samlp:Response>`
			}
		}, "response within the response"},
		{"XSW2, the signed response beside evil", func(d *samlDoc) {
			d.sent = func(doc string) string { return twice(d) + doc + d.status + evil(d, "_evil") + `</samlp:Response>` }
		}, "response within the response"},
		{"XSW3, evil before the signed assertion", assembled(func(d *samlDoc, good string) string { return evil(d, "_evil") + good }), several},
		{"XSW3, evil behind the signed assertion", assembled(func(d *samlDoc, good string) string { return good + evil(d, "_evil") }), several},
		{"XSW4, the signed assertion in evil", assembled(func(d *samlDoc, good string) string { return inside(evil(d, "_evil"), good) }), several},
		{"XSW5, evil with the signature, the signed assertion behind", assembled(func(d *samlDoc, good string) string {
			signature, rest := cut(good)
			return inside(evil(d, "_evil"), signature) + rest
		}), several},
		{"XSW6, the signed assertion in evil's signature", assembled(func(d *samlDoc, good string) string {
			signature, rest := cut(good)
			return inside(evil(d, "_evil"), strings.Replace(signature, `</ds:Signature>`, rest+`</ds:Signature>`, 1))
		}), several},
		{"XSW7, evil in extensions", assembled(func(d *samlDoc, good string) string { return extensions(evil(d, "_evil")) + good }), several},
		{"XSW8, the signed assertion in an object of evil's signature", assembled(func(d *samlDoc, good string) string {
			signature, rest := cut(good)
			return inside(evil(d, "_evil"), strings.Replace(signature, `</ds:Signature>`, object(rest)+`</ds:Signature>`, 1))
		}), several},
		{"the signed assertion in extensions, and evil with its id", assembled(func(d *samlDoc, good string) string { return extensions(good) + evil(d, d.id) }), "an id twice"},
		{"evil that is spelled otherwise", assembled(func(d *samlDoc, good string) string {
			return strings.ReplaceAll(evil(d, "_evil"), "saml:Assertion", "saml:assertion") + good
		}), several},
		{"evil of no namespace", assembled(func(d *samlDoc, good string) string {
			return strings.ReplaceAll(evil(d, "_evil"), "saml:", "") + good
		}), several},
		{"the one assertion in extensions", assembled(func(_ *samlDoc, good string) string { return extensions(good) }), "not at its place"},
		{"an id in another case", sentWith(`Version="2.0"><saml:Issuer>`, `Version="2.0"><saml:Issuer Id="x" ID="x">`), "an id twice"},
		{"a second signature of the assertion", assembled(func(_ *samlDoc, good string) string {
			signature, _ := cut(good)
			return strings.Replace(good, signature, signature+signature, 1)
		}), "where none belongs"},
		{"a signature elsewhere", assembled(func(_ *samlDoc, good string) string {
			signature, rest := cut(good)
			return extensions(signature) + rest
		}), "where none belongs"},
	}
}

// signatures are those that are not good, or not good enough.
func signatures() []samlAttack {
	signed := func(change func(s *signature)) func(*samlDoc) { return func(d *samlDoc) { change(&d.signature) } }
	return []samlAttack{
		{"not signed", func(d *samlDoc) { d.unsigned = true }, "not signed"},
		{"only the response signed", func(d *samlDoc) {
			d.unsigned = true
			s := goodSignature("_r" + d.id)
			d.responseSignature = &s
		}, "not signed"},
		{"the response signed by somebody else", func(d *samlDoc) {
			s := goodSignature("_r" + d.id)
			s.signer = evilSigner()
			d.responseSignature = &s
		}, "by none of"},
		{"signed by somebody else", signed(func(s *signature) { s.signer = evilSigner() }), "by none of"},
		{"signed by somebody else with the provider's certificate", signed(func(s *signature) { s.signer = samlSigner{evilSigner().key, goodSigner().der} }), "by none of"},
		{"changed after it was signed", sentWith(`alice@contoso.com`, `owner@contoso.com`), "was changed"},
		{"SHA-1 signature", signed(func(s *signature) { s.method = sha1RSA }), "signature method"},
		{"SHA-1 digest", signed(func(s *signature) { s.digest = sha1Sum }), "digest method"},
		{"ECDSA by somebody else", signed(func(s *signature) {
			s.signer, s.method = newSigner(newECKey(elliptic.P256()), storetest.Start, storetest.Start.Add(time.Hour)), sha256EC
		}), "by none of"},
		{"RSA said to be ECDSA", sentWith(sha256RSA, sha256EC), "by none of"},
		{"HMAC", sentWith(sha256RSA, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), "signature method"},
		{"no method", sentWith(sha256RSA, ""), "signature method"},
		{"canonical form with comments", signed(func(s *signature) { s.canonical = c14n + "WithComments" }), "transforms"},
		{"another transform", signed(func(s *signature) {
			s.transforms = []string{enveloped, "http://www.w3.org/TR/1999/REC-xslt-19991116"}
		}), "transforms"},
		{"no transform", signed(func(s *signature) { s.transforms = nil }), "transforms"},
		{"three transforms", signed(func(s *signature) { s.transforms = []string{enveloped, c14n, c14n} }), "transforms"},
		{"over nothing in particular", signed(func(s *signature) { s.uri = "" }), "something else"},
		{"over the response", func(d *samlDoc) { d.signature.uri = "#_r" + d.id }, "something else"},
		{"over a file", signed(func(s *signature) { s.uri = "file:///etc/passwd" }), "something else"},
		{"two references", func(d *samlDoc) {
			d.signature.moreReferences = `<ds:Reference URI="#_other"><ds:DigestMethod Algorithm="` + sha256Sum + `"></ds:DigestMethod><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>`
		}, "exactly one reference"},
		{"an object in the signature", signed(func(s *signature) { s.inside = object("x") }), "form that is allowed"},
	}
}

// documents are those that parsers could take for something else, or choke on.
func documents() []samlAttack {
	prefix := func(text string) func(*samlDoc) {
		return func(d *samlDoc) { d.sent = func(doc string) string { return text + doc } }
	}
	const nameEnd = `contoso.com</saml:AttributeValue>`
	return []samlAttack{
		{"a comment in a value", sentWith(nameEnd, `contoso.com<!-- -->.evil.example</saml:AttributeValue>`), "comment"},
		{"a processing instruction in a value", sentWith(nameEnd, `contoso.com<?x y?></saml:AttributeValue>`), "processing instruction"},
		{"a document type", prefix(`<!DOCTYPE x [<!ENTITY e "owner">]>`), "document type"},
		{"an external entity", prefix(`<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x">`), "document type"},
		{"a style sheet", prefix(`<?xml-stylesheet href="x"?>`), "processing instruction"},
		{"a name that changes when it is written again", sentWith(`<samlp:Status>`, `<samlp:Status ::attr="x">`), "XML"},
		{"a directive in disguise", sentWith(`<samlp:Status>`, `<x::y/><samlp:Status>`), "XML"},
		{"an attribute without a prefix", sentWith(`<samlp:Status>`, `<samlp:Status :attr="x">`), "not all parsers read alike"},
		{"an element without a prefix", sentWith(`<samlp:Status>`, `<:x/><samlp:Status>`), "not all parsers read alike"},
		{"an attribute twice", sentWith(`<samlp:Status>`, `<samlp:Status x="y" x="z">`), "an attribute twice"},
		{"a namespace twice", sentWith(`<samlp:Status>`, `<samlp:Status xmlns:x="y" xmlns:x="z">`), "an attribute twice"},
		{"a prefix of nothing", sentWith(`<samlp:Status>`, `<samlp:Status xmlns:x="">`), "not all parsers read alike"},
		{"no XML", func(d *samlDoc) { d.sent = func(string) string { return "SAML" } }, "response"},
		{"nothing", func(d *samlDoc) { d.sent = func(string) string { return " " } }, ""},
		{"half of it", func(d *samlDoc) { d.sent = func(doc string) string { return doc[:len(doc)/2] } }, "XML"},
		{"a second document behind it", func(d *samlDoc) { d.sent = func(doc string) string { return doc + doc } }, "around its one element"},
		{"evil before it", func(d *samlDoc) { d.sent = func(doc string) string { return evil(d, "_evil") + doc } }, "around its one element"},
		{"text behind it", func(d *samlDoc) { d.sent = func(doc string) string { return doc + "x" } }, "around its one element"},
		{"another document", func(d *samlDoc) { d.sent = func(string) string { return metadataOf("x", "y")[3:] } }, "no SAML 2.0 response"},
		{"another version", sentWith(`Version="2.0"`, `Version="1.1"`), "2.0"},
		{"depth", func(d *samlDoc) { d.sent = func(string) string { return strings.Repeat("<a>", 30_000) } }, "nested"},
		{"attributes", func(d *samlDoc) {
			d.sent = func(string) string { return "<a" + strings.Repeat(` b="c"`, 30_000) + "/>" }
		}, "spread out"},
		{"namespaces", func(d *samlDoc) {
			d.sent = func(string) string { return strings.Repeat(`<a xmlns:b="c" xmlns:d="e">`, 6_000) }
		}, "nested"},
		{"elements", func(d *samlDoc) {
			d.sent = func(string) string { return "<a>" + strings.Repeat("<b/>", 40_000) + "</a>" }
		}, "spread out"},
	}
}

// statements are properly signed, and say what must not be taken.
func statements(w *world) []samlAttack {
	now := w.clock.Now()
	past, future := instant(now.Add(-10*time.Minute)), instant(now.Add(10*time.Minute))
	soon := instant(now.Add(5 * time.Minute))
	shortly, later := instant(now.Add(time.Minute)), instant(now.Add(2*time.Minute)) // both within the skew
	conditions := func(text string) func(*samlDoc) { return func(d *samlDoc) { d.conditions = text } }
	restricted := func(with func(d *samlDoc) string) func(*samlDoc) {
		return func(d *samlDoc) { d.conditions = conditionsOf(instant(now), soon, with(d)) }
	}
	confirmed := func(data func(d *samlDoc) string) func(*samlDoc) {
		return func(d *samlDoc) { d.subject = subjectOf(persistentNameID("x"), bearerMethod, data(d)) }
	}
	attributes := func(text string) func(*samlDoc) { return func(d *samlDoc) { d.attributes = text } }
	oid, tid := attribute(objectIDClaim, w.alice.ObjectID), attribute(tenantIDClaim, tenantID)
	return []samlAttack{
		{"no conditions", conditions(""), "conditions"},
		{"conditions without an end", conditions(`<saml:Conditions></saml:Conditions>`), "hold until"},
		{"conditions of the past", func(d *samlDoc) { d.conditions = conditionsOf(past, past, audience(d.entityID)) }, "hold until"},
		{"conditions of the future", func(d *samlDoc) { d.conditions = conditionsOf(future, future, audience(d.entityID)) }, "hold from"},
		{"conditions that end before they begin", func(d *samlDoc) { d.conditions = conditionsOf(later, shortly, audience(d.entityID)) }, "and only until"},
		{"no audience", restricted(func(*samlDoc) string { return "" }), "no audience"},
		{"an empty audience", restricted(func(*samlDoc) string { return audience() }), "another audience"},
		{"another audience", restricted(func(d *samlDoc) string { return audience(d.entityID + "x") }), "another audience"},
		{"one of two audiences another", restricted(func(d *samlDoc) string { return audience(d.entityID) + audience("https://other.example") }), "another audience"},
		{"an unknown condition", restricted(func(d *samlDoc) string { return audience(d.entityID) + `<saml:Condition></saml:Condition>` }), "unknown here"},
		{"no subject", func(d *samlDoc) { d.subject = "" }, "confirmation"},
		{"no confirmation", func(d *samlDoc) { d.subject = `<saml:Subject>` + persistentNameID("x") + `</saml:Subject>` }, "confirmation"},
		{"two confirmations", func(d *samlDoc) {
			d.subject = strings.Replace(d.subject, `</saml:Subject>`, `<saml:SubjectConfirmation Method="`+bearerMethod+`"></saml:SubjectConfirmation></saml:Subject>`, 1)
		}, "exactly one confirmation"},
		{"a confirmation by key", func(d *samlDoc) {
			d.subject = strings.Replace(d.subject, bearerMethod, "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key", 1)
		}, "by bearer"},
		{"no confirmation data", confirmed(func(*samlDoc) string { return "" }), "no data"},
		{"another recipient", confirmed(func(d *samlDoc) string { return confirmation(d.requestID, soon, "https://other.example/acs") }), "recipient"},
		{"no recipient", confirmed(func(d *samlDoc) string { return confirmation(d.requestID, soon, "") }), "recipient"},
		{"the assertion answers another request", confirmed(func(d *samlDoc) string { return confirmation("id-other", soon, d.acs) }), "InResponseTo"},
		{"the assertion answers nothing", confirmed(func(d *samlDoc) string { return confirmation("", soon, d.acs) }), "InResponseTo"},
		{"a delivery that is over", confirmed(func(d *samlDoc) string { return confirmation(d.requestID, past, d.acs) }), "delivered until"},
		{"a delivery without an end", confirmed(func(d *samlDoc) string {
			return `<saml:SubjectConfirmationData InResponseTo="` + d.requestID + `" Recipient="` + d.acs + `"></saml:SubjectConfirmationData>`
		}), "delivered until"},
		{"a delivery of the future", confirmed(func(d *samlDoc) string {
			return strings.Replace(confirmation(d.requestID, future, d.acs), "NotOnOrAfter", `NotBefore="`+future+`" NotOnOrAfter`, 1)
		}), "delivered from"},
		{"a delivery that ends before it begins", confirmed(func(d *samlDoc) string {
			return strings.Replace(confirmation(d.requestID, shortly, d.acs), "NotOnOrAfter", `NotBefore="`+later+`" NotOnOrAfter`, 1)
		}), "and only until"},
		{"issued long ago", func(d *samlDoc) { d.now = now.Add(-11 * time.Minute) }, "issued at"},
		{"issued in the future", func(d *samlDoc) { d.now = now.Add(4 * time.Minute) }, "issued at"},
		{"no authentication", func(d *samlDoc) { d.statement = "" }, "nothing of an authentication"},
		{"an authentication of the future", func(d *samlDoc) { d.statement = d.authnStatement(now.Add(10*time.Minute), "") }, "the authentication was at"},
		{"a session that is over", func(d *samlDoc) { d.statement = d.authnStatement(now, ` SessionNotOnOrAfter="`+past+`"`) }, "session ended"},
		{"an assertion of another issuer", func(d *samlDoc) { d.issuer = "https://sts.windows.net/" + otherTenant + "/" }, "issued by"},
		{"a response of another issuer", func(d *samlDoc) { d.responseIssuer = "https://sts.windows.net/" + otherTenant + "/" }, "issued by"},
		{"another destination", func(d *samlDoc) { d.destination = "https://other.example/acs" }, "meant for"},
		{"no destination", func(d *samlDoc) { d.destination = "" }, "meant for"},
		{"another request", func(d *samlDoc) { d.requestID = "id-other" }, "InResponseTo"},
		{"no request", func(d *samlDoc) { d.requestID = "" }, "InResponseTo"},
		{"no status", func(d *samlDoc) { d.status = "" }, "no status"},
		{"no assertion", assembled(func(*samlDoc, string) string { return "" }), "no assertion"},
		{"no tenant", attributes(oid), "tenant id"},
		{"two tenants", attributes(oid + attribute(tenantIDClaim, tenantID, otherTenant)), "tenant id"},
		{"the tenant twice", attributes(oid + tid + tid), "tenant id"},
		{"no object id", attributes(tid), "object id"},
		{"two object ids", attributes(tid + oid + attribute(objectIDClaim, otherTenant)), "object id"},
		{"an object id that is none", attributes(tid + attribute(objectIDClaim, "alice@contoso.com")), "object id"},
		{"an object id that goes on in an element", attributes(tid + attribute(objectIDClaim, w.alice.ObjectID+`<x>.evil</x>`)), "mixed"},
		{"a name that begins with an element", attributes(tid + oid + attribute(nameClaim, `<x>evil.</x>alice@contoso.com`)), "mixed"},
		{"an object id by its friendly name", attributes(tid + strings.Replace(attribute("x", w.alice.ObjectID), "<saml:Attribute ", `<saml:Attribute FriendlyName="`+objectIDClaim+`" `, 1)), "object id"},
	}
}

func TestSAML_EachAttackIsRefused(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	w.browser().wantSAML(nil)
	evilSigner() // making its key is not what is timed
	attacks := append(append(append(wrappings(), signatures()...), documents()...), statements(w)...)
	for _, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			b, before := w.browser(), w.decisions()[0].ID
			began := time.Now()
			res := b.samlSignIn(attack.change)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
			if res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != "bad_response" || b.sessionCookie() != "" {
				t.Fatalf("got %d %q to %q", res.StatusCode, res.Header.Get("X-Doorlist-Reason"), res.Header.Get("Location"))
			}
			list := w.decisions()
			if list[0].ID == before || list[1].ID != before {
				t.Fatal("not one new decision")
			}
			if !strings.Contains(list[0].Detail, attack.words) {
				t.Errorf("the record says %q, not %q", list[0].Detail, attack.words)
			}
		})
	}
	w.browser().wantSAML(nil)
}

func TestSAML_AnotherTenantIsNamed(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	res := w.browser().samlSignIn(func(d *samlDoc) {
		d.attributes = attribute(tenantIDClaim, otherTenant) + attribute(objectIDClaim, w.alice.ObjectID)
	})
	w.wantRefused(res, "wrong_tenant", otherTenant)
}

func TestSAML_GoodResponsesOfAllKinds(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	next := newSigner(newRSAKey(), storetest.Start, storetest.Start.Add(time.Hour))
	ended := newSigner(newRSAKey(), storetest.Start.Add(-2*time.Hour), storetest.Start.Add(-time.Hour))
	p256, p521 := newSigner(newECKey(elliptic.P256()), storetest.Start, storetest.Start.Add(time.Hour)), newSigner(newECKey(elliptic.P521()), storetest.Start, storetest.Start.Add(time.Hour))
	w.giveMetadata(metadataOf(samlEntity, samlSignOn, ended, goodSigner(), next, p256, p521))
	for name, change := range map[string]func(*samlDoc){
		"as it is":                          nil,
		"both signed":                       func(d *samlDoc) { s := goodSignature("_r" + d.id); d.responseSignature = &s },
		"no KeyInfo":                        func(d *samlDoc) { d.signature.withoutKeyInfo = true },
		"the next certificate":              func(d *samlDoc) { d.signature.signer = next },
		"a certificate that has ended":      func(d *samlDoc) { d.signature.signer = ended },
		"ECDSA, P-256":                      func(d *samlDoc) { d.signature.signer, d.signature.method = p256, sha256EC },
		"ECDSA, P-521":                      func(d *samlDoc) { d.signature.signer, d.signature.method = p521, sha256EC },
		"no issuer of the response":         func(d *samlDoc) { d.responseIssuer = "" },
		"a clock that is two minutes ahead": func(d *samlDoc) { d.now = d.now.Add(2 * time.Minute) },
		"several audiences in a restriction": func(d *samlDoc) {
			d.conditions = conditionsOf(instant(d.now), instant(d.now.Add(time.Hour)), audience("https://x.example", d.entityID))
		},
		"150 groups": func(d *samlDoc) {
			d.attributes += attribute("http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", strings.Fields(strings.Repeat(tenantID+" ", 150))...)
		},
		"a declaration of XML and line breaks": func(d *samlDoc) {
			d.sent = func(doc string) string { return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + doc + "\n" }
		},
	} {
		t.Run(name, func(*testing.T) { w.browser().wantSAML(change) })
	}
}

func TestSAML_TheFormIsReadStrictly(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	for name, change := range map[string]func(v url.Values){
		"two responses":     func(v url.Values) { v.Add("SAMLResponse", v.Get("SAMLResponse")) },
		"no response":       func(v url.Values) { v.Del("SAMLResponse") },
		"two relay states":  func(v url.Values) { v.Add("RelayState", "x") },
		"an artifact":       func(v url.Values) { v.Set("SAMLart", "AAQAA") },
		"no base64":         func(v url.Values) { v.Set("SAMLResponse", "<samlp:Response>") },
		"no relay state":    func(v url.Values) { v.Del("RelayState") },
		"a foreign state":   func(v url.Values) { v.Set("RelayState", "javascript:alert(1)") },
		"far too large":     func(v url.Values) { v.Set("SAMLResponse", strings.Repeat("A", 300<<10)) },
		"a large other one": func(v url.Values) { v.Set("padding", strings.Repeat("A", 300<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			r := b.request("/login/code")
			form := samlForm(newSAMLDoc(w, w.alice.ObjectID, r.ID).document(), r.relay)
			change(form)
			if res := b.postSAML(form); res.StatusCode != http.StatusForbidden || res.Header.Get("X-Doorlist-Reason") != "bad_response" || strings.Contains(res.body, "javascript:") {
				t.Errorf("got %d %q", res.StatusCode, res.Header.Get("X-Doorlist-Reason"))
			}
		})
	}
	if res := w.browser().get("/saml/code/acs?SAMLResponse=x"); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d", res.StatusCode)
	}
}

// TestSAML_ReplaysAreRefused: the same form twice, on this node and on another, and the assertion under another sign-in.
func TestSAML_ReplaysAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newSAMLWorld(t, s)
		other := w.open(storetest.Second(t, s))
		b := w.browser()
		r := b.request("/login/code")
		document := newSAMLDoc(w, w.alice.ObjectID, r.ID).document()
		if res := b.deliver(document, r.relay); res.Header.Get("Location") != "/" {
			t.Fatalf("the first time: got %d", res.StatusCode)
		}
		w.wantRefused(b.deliver(document, r.relay), "bad_response", "used before")
		there := &browser{w: w, base: other.URL, client: b.client}
		w.wantRefused(there.deliver(document, r.relay), "bad_response", "used before")
		again := b.request("/login/code")
		w.wantRefused(b.deliver(document, again.relay), "bad_response", "InResponseTo")
	})
}

// TestSAML_AConnectionTakesItsOwnResponsesAlone: two connections of one provider, and a response for the one at the other.
func TestSAML_AConnectionTakesItsOwnResponsesAlone(t *testing.T) {
	t.Parallel()
	w := newSAMLWorld(t, storetest.New(t))
	b := w.browser()
	r := b.request("/login/code")
	document := newSAMLDoc(w, w.alice.ObjectID, r.ID).document()
	w.useSAML("second", store.SAMLSettings{IDPInitiated: true}, metadataOf(samlEntity, samlSignOn, goodSigner()))
	w.wantRefused(b.deliver(document, r.relay), "bad_response", "another connection")
	w.wantRefused(b.deliver(document, ""), "bad_response", "InResponseTo")
	unasked := newSAMLDoc(w, w.alice.ObjectID, "")
	unasked.entityID, unasked.acs, unasked.destination = r.Issuer, r.Issuer+"/acs", r.Issuer+"/acs"
	w.wantRefused(b.deliver(unasked.document(), ""), "bad_response", "meant for")
	if res := b.get("/login/callback?state=" + b.request("/login/second").relay + "&code=x"); res.Header.Get("X-Doorlist-Reason") != "bad_response" {
		t.Errorf("the state of a SAML sign-in at the callback of OpenID Connect: got %d", res.StatusCode)
	}
}

func TestSAML_UnaskedOnlyWhereAllowed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newSAMLWorld(t, s)
		w.wantRefused(w.browser().deliver(newSAMLDoc(w, w.alice.ObjectID, "").document(), ""), "bad_response", "no sign-in that was started here")
		w.changeSAML(func(s *store.SAMLSettings) { s.IDPInitiated = true })
		for relay, want := range map[string]string{
			"": "/", "/wiki/page": "/wiki/page", "https://evil.example/": "/", "//evil.example": "/", "javascript:alert(1)": "/", "/login/code": "/",
		} {
			b, d := w.browser(), newSAMLDoc(w, w.alice.ObjectID, "")
			res := b.deliver(d.document(), relay)
			told := "/switched?" + url.Values{"return_to": {want}, "unasked": {"1"}}.Encode()
			if there := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || there != told {
				t.Errorf("the relay state %q: got %d to %q", relay, res.StatusCode, there)
			}
			if page := b.get(res.Header.Get("Location")); !strings.Contains(page.body, "Alice") || !strings.Contains(page.body, "sign out") {
				t.Errorf("the page does not say who that is now:\n%s", page.body)
			}
			w.wantRefused(b.deliver(d.document(), relay), "bad_response", "used before")
		}
		asked := newSAMLDoc(w, w.alice.ObjectID, "id-somebody-elses")
		w.wantRefused(w.browser().deliver(asked.document(), ""), "bad_response", "InResponseTo")
		mixed := newSAMLDoc(w, w.alice.ObjectID, "")
		mixed.subject = subjectOf(persistentNameID("x"), bearerMethod, confirmation("id-other", instant(mixed.now.Add(time.Minute)), mixed.acs))
		w.wantRefused(w.browser().deliver(mixed.document(), ""), "bad_response", "InResponseTo")
		b := w.browser()
		b.wantSAML(nil) // what was asked for still must answer
		w.wantRefused(b.samlSignIn(func(d *samlDoc) { d.requestID = "" }), "bad_response", "InResponseTo")
	})
}
