package entra

import (
	"bytes"
	"slices"
	"strings"
)

// samlDocumentMisbehaviors change a signed answer as text, as somebody does who has no key.
var samlDocumentMisbehaviors = []Misbehavior{
	{Name: "saml-replay", Does: "The previous answer for this application is sent again, where there was one.", Answer: onDocument(func(a *SAMLAnswer) {
		a.server.mu.Lock()
		defer a.server.mu.Unlock()
		if previous, ok := a.server.answers[a.request.app.ClientID]; ok {
			a.Text = []byte(previous)
		}
	})},
	{Name: "saml-comment-name", Does: "A comment splits the NameID, which canonicalization drops: read the whole text, or refuse.", Harmless: true, Answer: onDocument(func(a *SAMLAnswer) {
		a.splitText("<NameID", "<!---->")
	})},
	{Name: "saml-comment-object-id", Does: "A comment splits the objectidentifier: read the whole text, or refuse.", Harmless: true, Answer: onDocument(func(a *SAMLAnswer) {
		a.splitText(claimObjectID, "<!---->")
	})},
	{Name: "saml-instruction-name", Does: "A processing instruction splits the NameID.", Answer: onDocument(func(a *SAMLAnswer) { a.splitText("<NameID", "<?x y?>") })},
	{Name: "saml-doctype", Does: "The document has a DOCTYPE.", Answer: onDocument(func(a *SAMLAnswer) { a.precede("<!DOCTYPE Response>") })},
	{Name: "saml-entity-file", Does: "An entity of the DOCTYPE names a file of the reader.", Answer: onDocument(func(a *SAMLAnswer) {
		a.precede(`<!DOCTYPE Response [<!ENTITY x SYSTEM "file:///etc/passwd">]>`)
		a.splitText("<NameID", "&x;")
	})},
	{Name: "saml-entity-bomb", Does: "The entities of the DOCTYPE grow to a billion.", Answer: onDocument(func(a *SAMLAnswer) {
		a.precede(entityBomb())
		a.splitText("<NameID", "&e9;")
	})},
	{Name: "saml-huge", Does: "The document is 5 MB long.", Answer: onDocument(func(a *SAMLAnswer) { a.precede("<!--" + strings.Repeat("x", 5<<20) + "-->") })},
	{Name: "saml-deep", Does: "The response holds 100,000 elements within each other.", Answer: onDocument(func(a *SAMLAnswer) {
		const depth = 100_000
		a.append(strings.Repeat("<a>", depth) + strings.Repeat("</a>", depth))
	})},
	{Name: "saml-broken", Does: "The document ends in the middle.", Answer: onDocument(func(a *SAMLAnswer) { a.Text = a.Text[:len(a.Text)/2] })},
	{Name: "saml-not-xml", Does: "The answer is not XML.", Answer: onDocument(func(a *SAMLAnswer) { a.Text = []byte("Our services aren't available right now") })},
}

// onDocument makes a change wait until the answer is signed and written.
func onDocument(change func(*SAMLAnswer)) func(*SAMLAnswer) {
	return func(a *SAMLAnswer) { a.changes = append(a.changes, change) }
}

// attackMisbehaviors are the attacks, each on an answer for the person who signs in and about the first other one.
func attackMisbehaviors() []Misbehavior {
	var out []Misbehavior
	for _, k := range SAMLAttacks() {
		out = append(out, Misbehavior{Name: "saml-" + k.Name, Does: k.Does, Answer: func(a *SAMLAnswer) {
			a.signResponse = a.signResponse || k.signed == signedResponse
			a.signAssertion = a.signAssertion || k.signed == signedAssertion
			a.changes = append(a.changes, func(a *SAMLAnswer) { a.forge(k) })
		}})
	}
	return out
}

func (a *SAMLAnswer) forge(k SAMLAttack) {
	forged, err := k.Forge(a.Text, a.victim())
	if err != nil {
		forged = []byte(unsuitable)
	}
	a.Text = forged
}

// unsuitable is sent where a change cannot be made, as to an encrypted assertion: nothing may pass for harmless.
const unsuitable = "<unsuitable/>"

// splitText writes text into the middle of the first value behind the mark.
func (a *SAMLAnswer) splitText(mark, text string) {
	_, rest, found := bytes.Cut(a.Text, []byte(mark))
	if !found {
		a.Text = []byte(unsuitable)
		return
	}
	value := rest[:bytes.Index(rest, []byte("</"))]
	value = value[bytes.LastIndexByte(value, '>')+1:]
	at := len(a.Text) - len(rest) + bytes.Index(rest, value) + len(value)/2
	a.Text = slices.Insert(a.Text, at, []byte(text)...)
}

func (a *SAMLAnswer) precede(text string) { a.Text = append([]byte(text), a.Text...) }

// append writes text before the end of the response.
func (a *SAMLAnswer) append(text string) {
	at := bytes.LastIndex(a.Text, []byte("</"))
	a.Text = slices.Insert(a.Text, at, []byte(text)...)
}

func entityBomb() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE Response [<!ENTITY e0 "x">`)
	for i := range 9 {
		name := string(rune('0' + i))
		b.WriteString("<!ENTITY e" + string(rune('1'+i)) + ` "` + strings.Repeat("&e"+name+";", 10) + `">`)
	}
	b.WriteString("]>")
	return b.String()
}
