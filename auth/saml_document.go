package auth

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/beevik/etree"
	xrv "github.com/mattermost/xml-roundtrip-validator"
)

// Bounds of a response. The largest that Entra sends has some 300 elements, of which 150 are groups.
const (
	maxSAMLForm     = 256 << 10 // bytes of the posted form
	maxSAMLDocument = 256 << 10 // bytes
)

var responseBounds = xmlBounds{elements: 1000, depth: 30, attributes: 30}

// parseSAML reads a document of a provider. What no signer writes and what makes two parsers disagree is refused before
// any of them builds a tree: document types, processing instructions, comments (CVE-2017-11427 and its kin), names that do not survive being
// written and read again (CVE-2020-29509 and its kin), and shapes that cost more than they say.
func parseSAML(raw []byte) (*etree.Element, error) {
	if len(raw) > maxSAMLDocument {
		return nil, badResponse("the response is larger than %d bytes", maxSAMLDocument)
	}
	if err := scanXML(raw, responseBounds); err != nil {
		return nil, badResponse("the response %v", err)
	}
	if err := xrv.Validate(bytes.NewReader(raw)); err != nil {
		return nil, badResponse("the response is no XML that all parsers read alike: %v", err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(raw); err != nil {
		return nil, badResponse("the response is not well-formed XML: %v", err)
	}
	if doc.Root() == nil {
		return nil, badResponse("the response is empty")
	}
	return doc.Root(), nil
}

// xmlBounds is what a document may have.
type xmlBounds struct {
	elements, depth, attributes int // attributes of one element, declarations of namespaces among them
	comments                    bool
}

// errAround: encoding/xml reads the first element of a document, and other parsers the last or none.
var errAround = errors.New("has something around its one element")

// errNames: encoding/xml takes names that no parser with namespaces takes (Namespaces in XML 1.0 sections 4 and 5).
var errNames = errors.New("has a name that not all parsers read alike")

func misnamed(el xml.StartElement) bool {
	return strings.Contains(el.Name.Local, ":") || slices.ContainsFunc(el.Attr, func(a xml.Attr) bool {
		return strings.Contains(a.Name.Local, ":") || a.Name.Space == "xmlns" && a.Value == ""
	})
}

// errTwice: encoding/xml keeps both, and other parsers refuse the document (XML 1.0 section 3.1, Unique Att Spec).
var errTwice = errors.New("has an attribute twice")

func repeats(el xml.StartElement) bool {
	for i, a := range el.Attr {
		if slices.ContainsFunc(el.Attr[:i], func(b xml.Attr) bool { return a.Name == b.Name }) {
			return true
		}
	}
	return false
}

// scanXML looks at a document piece by piece, without keeping any.
func scanXML(raw []byte, most xmlBounds) error {
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	depth, elements := 0, 0
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("is not well-formed XML: %w", err)
		}
		switch t := token.(type) {
		case xml.Directive:
			return errors.New("has a document type declaration")
		case xml.Comment:
			if !most.comments {
				return errors.New("has a comment")
			}
		case xml.ProcInst:
			if t.Target != "xml" || elements > 0 {
				return errors.New("has a processing instruction")
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return errAround
			}
		case xml.StartElement:
			if depth == 0 && elements > 0 {
				return errAround
			}
			if misnamed(t) {
				return errNames
			}
			depth, elements = depth+1, elements+1
			if depth > most.depth || elements > most.elements || len(t.Attr) > most.attributes {
				return errors.New("is nested or spread out more than any that a provider sends")
			}
			if repeats(t) {
				return errTwice
			}
		}
	}
}

// samlShape is where the parts of a response are that count.
type samlShape struct {
	response  *etree.Element
	assertion *etree.Element // the one there is, an Assertion or an EncryptedAssertion
}

// shapeOf finds the parts and refuses every document in which there could be doubt which they are: signature wrapping
// needs a second assertion, a second element of the same id, or a signature at another place.
func shapeOf(response *etree.Element) (samlShape, error) {
	s := samlShape{response: response}
	if response.Tag != "Response" || response.NamespaceURI() != protocolNS {
		return s, badResponse("the document is no SAML 2.0 response")
	}
	ids := map[string]bool{}
	err := walk(response, func(el *etree.Element) error {
		if err := uniqueID(el, ids); err != nil {
			return err
		}
		switch {
		case el != response && strings.EqualFold(el.Tag, "Response"):
			return badResponse("the document has a response within the response")
		case strings.EqualFold(el.Tag, "Assertion"), strings.EqualFold(el.Tag, "EncryptedAssertion"):
			if s.assertion != nil {
				return badResponse("the response has more than one assertion")
			}
			s.assertion = el
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	return s, s.placed()
}

// placed demands that the assertion and the signatures stand where the standard puts them.
func (s samlShape) placed() error {
	if a := s.assertion; a != nil && (a.Parent() != s.response || a.NamespaceURI() != assertionNS) {
		return badResponse("the assertion is not at its place in the response")
	}
	signed := map[*etree.Element]bool{}
	return walk(s.response, func(el *etree.Element) error {
		if !strings.EqualFold(el.Tag, "Signature") {
			return nil
		}
		over := el.Parent()
		if el.NamespaceURI() != signatureNS || over != s.response && over != s.assertion || signed[over] {
			return badResponse("the response has a signature at a place where none belongs")
		}
		signed[over] = true
		return nil
	})
}

// uniqueID refuses a second element with an id, however the attribute's name is spelled.
func uniqueID(el *etree.Element, seen map[string]bool) error {
	own := 0
	for _, a := range el.Attr {
		if !strings.EqualFold(a.Key, "ID") {
			continue
		}
		own++
		if own > 1 || seen[a.Value] {
			return badResponse("the response uses an id twice")
		}
		seen[a.Value] = true
	}
	return nil
}

// walk visits an element and all in it. Their depth is bounded by scanXML.
func walk(el *etree.Element, visit func(*etree.Element) error) error {
	if err := visit(el); err != nil {
		return err
	}
	for _, child := range el.ChildElements() {
		if err := walk(child, visit); err != nil {
			return err
		}
	}
	return nil
}

// only returns the one child of a name; nil where there is none or several.
func only(el *etree.Element, namespace, tag string) *etree.Element {
	var found *etree.Element
	for _, child := range el.ChildElements() {
		if child.Tag != tag || child.NamespaceURI() != namespace {
			continue
		}
		if found != nil {
			return nil
		}
		found = child
	}
	return found
}
