package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"doorlist/store"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits of a JSON body. They bound the work before anything is known of its content.
const (
	maxJSONDepth   = 32   // levels, the outermost object included
	maxJSONMembers = 1000 // in one object
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// SyntaxError refuses a body that is not one well-formed JSON object, or not an unambiguous one.
type SyntaxError struct {
	Offset  int    // in bytes from the start of the body
	Message string // says what is wrong and where
	Value   bool   // the JSON is well formed; a value in it cannot be kept
}

func (e *SyntaxError) Error() string { return e.Message }

// decodeObject reads a body that must be exactly one JSON object: valid UTF-8, no name twice in an object (names that
// differ in case alone are the same: RFC 7643 section 2.1), at most maxJSONDepth levels, nothing after it. Numbers
// are json.Number, as written. Its errors are of type *SyntaxError.
func decodeObject(body []byte) (map[string]any, error) {
	if bytes.HasPrefix(body, byteOrderMark) {
		return nil, &SyntaxError{Message: "the body begins with a byte order mark; send plain UTF-8"}
	}
	d := objectDecoder{jsontext.NewDecoder(bytes.NewBuffer(body))}
	if d.PeekKind() != '{' {
		return nil, d.notAnObject(body)
	}
	object, err := d.value()
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return nil, d.errorf("the body goes on after its JSON object; send one object")
	}
	return object.(map[string]any), nil
}

type objectDecoder struct{ *jsontext.Decoder }

func (d objectDecoder) value() (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, d.malformed(err)
	}
	switch token.Kind() {
	case '{':
		return d.object()
	case '[':
		return d.array()
	case '"':
		return d.text(token)
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	default:
		return nil, nil // null: the decoder yields no closing bracket where a value is due
	}
}

func (d objectDecoder) object() (any, error) {
	if err := d.checkDepth(); err != nil {
		return nil, err
	}
	object := map[string]any{}
	seen := map[string]bool{} // by folded name
	for d.PeekKind() != '}' {
		name, err := d.name(seen)
		if err != nil {
			return nil, err
		}
		if len(object) == maxJSONMembers {
			return nil, d.errorf("the object at %s has more than %d members", d.parent(), maxJSONMembers)
		}
		if object[name], err = d.value(); err != nil {
			return nil, err
		}
	}
	return object, d.close()
}

// name reads the next member's name. Two names that differ in case alone would leave open which one counts, and for
// "active" that is the question of who may enter.
func (d objectDecoder) name(seen map[string]bool) (string, error) {
	token, err := d.ReadToken()
	if err != nil {
		return "", d.malformed(err)
	}
	name, err := d.text(token)
	if err != nil {
		return "", err
	}
	folded := store.Fold(name)
	if seen[folded] {
		return "", d.duplicate(name, d.parent())
	}
	seen[folded] = true
	return name, nil
}

func (d objectDecoder) array() (any, error) {
	if err := d.checkDepth(); err != nil {
		return nil, err
	}
	list := []any{}
	for d.PeekKind() != ']' {
		element, err := d.value()
		if err != nil {
			return nil, err
		}
		list = append(list, element)
	}
	return list, d.close()
}

// close reads the bracket that was peeked.
func (d objectDecoder) close() error {
	if _, err := d.ReadToken(); err != nil {
		return d.malformed(err)
	}
	return nil
}

// text refuses U+0000, which PostgreSQL cannot keep.
func (d objectDecoder) text(token jsontext.Token) (string, error) {
	s := token.String()
	if strings.IndexByte(s, 0) >= 0 {
		return "", &SyntaxError{
			Offset: int(d.InputOffset()), Value: true,
			Message: "the text at " + printable(d.StackPointer()) + " contains the character U+0000; leave it out",
		}
	}
	return s, nil
}

func (d objectDecoder) checkDepth() error {
	if d.StackDepth() > maxJSONDepth {
		return d.errorf("the body is nested deeper than %d levels", maxJSONDepth)
	}
	return nil
}

func (d objectDecoder) notAnObject(body []byte) error {
	if len(bytes.TrimLeft(body, " \t\r\n")) == 0 {
		return &SyntaxError{Message: "the body is empty; send a JSON object"}
	}
	if _, err := d.ReadToken(); err != nil {
		return d.malformed(err)
	}
	return &SyntaxError{Message: "the body is not a JSON object; it must begin with {"}
}

// malformed words an error of the tokenizer for the client's developer.
func (d objectDecoder) malformed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return d.errorf("the JSON ends too early, inside %s", printable(d.StackPointer()))
	}
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return d.errorf("the body cannot be read as JSON")
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return d.duplicate(syntax.JSONPointer.LastToken(), printable(syntax.JSONPointer.Parent()))
	}
	where := int(syntax.ByteOffset)
	return &SyntaxError{Offset: where, Message: fmt.Sprintf("malformed JSON at byte %d, in %s: %v", where, printable(syntax.JSONPointer), syntax.Err)}
}

func (d objectDecoder) duplicate(name, pointer string) error {
	return d.errorf("duplicate attribute %q at %s; send it once", shorten(name), pointer)
}

func (d objectDecoder) errorf(format string, arguments ...any) error {
	return &SyntaxError{Offset: int(d.InputOffset()), Message: fmt.Sprintf(format, arguments...)}
}

// parent points to the object or array that holds the token read last.
func (d objectDecoder) parent() string { return printable(d.StackPointer().Parent()) }

func printable(p jsontext.Pointer) string {
	if p == "" {
		return "the top level"
	}
	return shorten(string(p))
}

// shorten keeps the client's own text from filling an error message.
func shorten(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}
