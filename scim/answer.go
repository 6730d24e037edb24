package scim

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"doorlist/store"

	"github.com/go-json-experiment/json/jsontext"
)

// stored is a resource as an answer needs it, whatever its type.
type stored struct {
	rt                *resourceType
	id, document      string
	version           int64
	created, modified time.Time
	members           *memberPages      // nil without
	groups            *userGroups       // nil without
	fewGroups         []store.UserGroup // nil if they did not come with the user
}

func (t *types) storedUser(u store.User) stored {
	return stored{rt: t.user, id: u.ID, document: u.Document, version: u.Version, created: u.CreatedAt, modified: u.ModifiedAt, fewGroups: u.Groups}
}

func (t *types) storedGroup(g store.Group, members *memberPages) stored {
	return stored{rt: t.group, id: g.ID, document: g.Document, version: g.Version, created: g.CreatedAt, modified: g.ModifiedAt, members: members}
}

func (r stored) location(c *call) string { return c.root + r.rt.endpoint + "/" + r.id }

// encoder writes answers with resources. Errors of writing are kept by the bufio.Writer until Flush.
type encoder struct {
	*bufio.Writer
	call       *call
	projection projection
	scratch    []byte
}

// encoders are those that have ended. Their buffers were most of what a look-up allocated.
var encoders = sync.Pool{New: func() any { return &encoder{Writer: bufio.NewWriterSize(nil, 32<<10)} }}

func (c *call) encoder(w http.ResponseWriter, p projection) *encoder {
	e := encoders.Get().(*encoder)
	e.Reset(w)
	e.call, e.projection = c, p
	return e
}

// end sends the rest of the answer. The encoder is another answer's from then on.
func (e *encoder) end() error {
	err := e.Flush()
	e.Reset(nil)
	e.call, e.projection = nil, projection{}
	if cap(e.scratch) > 4<<10 { // of one very long value
		e.scratch = nil
	}
	encoders.Put(e)
	return connectionLost(err)
}

func (e *encoder) quoted(s string) {
	e.scratch, _ = jsontext.AppendQuote(e.scratch[:0], s) // stored text is valid UTF-8
	e.Write(e.scratch)
}

// resource writes a resource: the stored document with id, members, groups and meta spliced in.
func (e *encoder) resource(r stored) error {
	document := r.document
	if e.projection.selects(r.rt) {
		var err error
		if document, err = e.projection.document(r); err != nil {
			return err
		}
	}
	head, rest := cutSchemas(document)
	e.WriteString(head)
	e.WriteString(`,"id":`)
	e.quoted(r.id)
	e.WriteString(rest)
	if r.members != nil {
		if err := e.members(r.members); err != nil {
			return err
		}
	}
	if err := e.groups(r); err != nil {
		return err
	}
	if e.projection.wants(metaAttribute) {
		e.meta(r)
	}
	e.WriteByte('}')
	return nil
}

// cutSchemas cuts a stored document behind "schemas", which stands first; no URN has a bracket in it. The closing brace
// is left off.
func cutSchemas(document string) (head, rest string) {
	i := strings.IndexByte(document, ']') + 1
	return document[:i], document[i : len(document)-1]
}

func (e *encoder) meta(r stored) {
	inner := e.projection.within(metaAttribute.key, metaAttribute.returned)
	e.part(`,"meta":`, metaAttribute, inner, r.rt.name, timestamp(r.created), timestamp(r.modified), r.location(e.call), entityTag(r.version))
}

// part writes an object that the server makes, behind before: the values of the attribute's sub-attributes, in the order of
// the table, as far as there are any and they are wanted. If none is, it writes nothing and returns false.
func (e *encoder) part(before string, a *attribute, inner projection, values ...string) bool {
	written := false
	for i, sub := range a.sub {
		if values[i] == "" || !inner.wants(sub) {
			continue
		}
		if !written {
			e.WriteString(before)
			e.WriteByte('{')
		} else {
			e.WriteByte(',')
		}
		written = true
		e.quoted(sub.name)
		e.WriteByte(':')
		e.quoted(values[i])
	}
	if written {
		e.WriteByte('}')
	}
	return written
}

// listed is a list that is written element by element; one without elements is not there.
type listed struct {
	*encoder
	attribute *attribute
	inner     projection
	some      bool
}

func (e *encoder) list(a *attribute) *listed {
	return &listed{encoder: e, attribute: a, inner: e.projection.within(a.key, a.returned)}
}

// element writes an element with the values of its sub-attributes, in the order of the table.
func (l *listed) element(values ...string) {
	before := ","
	if !l.some {
		before = `,"` + l.attribute.name + `":[`
	}
	l.some = l.part(before, l.attribute, l.inner, values...) || l.some
}

func (l *listed) end() {
	if l.some {
		l.WriteByte(']')
	}
}

func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// writeResource answers with one resource.
func (c *call) writeResource(w http.ResponseWriter, status int, r stored, p projection) error {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("ETag", entityTag(r.version))
	h.Set("Content-Location", r.location(c)) // equal to meta.location (RFC 7643 section 3.1)
	if status == http.StatusCreated {
		h.Set("Location", r.location(c))
	}
	if c.unchanged(r.version) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if status != http.StatusCreated { // a new user is in no group yet
		resources := []stored{r}
		if err := c.readGroups(resources, p); err != nil {
			return err
		}
		r = resources[0]
	}
	if err := r.members.fill(); err != nil {
		return err
	}
	w.WriteHeader(status)
	e := c.encoder(w, p)
	if err := e.resource(r); err != nil {
		return &brokenError{err}
	}
	return e.end()
}

// listPage is one page of a query.
type listPage struct {
	total          int
	startIndex     int    // 0 with cursors: RFC 9865 has none in the answer
	previous, next string // cursors; "" for none
	resources      []stored
}

// projections is the projection of each type in a list.
type projections map[*resourceType]projection

// writeList answers with a ListResponse (RFC 7644 section 3.4.2). Resources is there even if it is empty.
func (c *call) writeList(w http.ResponseWriter, page listPage, p projections) error {
	if err := c.readGroups(page.resources, p[c.types.user]); err != nil {
		return err
	}
	w.Header().Set("Content-Type", contentType)
	e := c.encoder(w, projection{})
	e.WriteString(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":` + strconv.Itoa(page.total))
	if page.startIndex > 0 {
		e.WriteString(`,"startIndex":` + strconv.Itoa(page.startIndex))
	}
	e.WriteString(`,"itemsPerPage":` + strconv.Itoa(len(page.resources)))
	e.cursor("previousCursor", page.previous)
	e.cursor("nextCursor", page.next)
	e.WriteString(`,"Resources":[`)
	for i, r := range page.resources {
		if i > 0 {
			e.WriteByte(',')
		}
		e.projection = p[r.rt]
		if err := e.resource(r); err != nil {
			return &brokenError{err}
		}
	}
	e.WriteString("]}")
	return e.end()
}

// cursor writes a cursor, if there is one.
func (e *encoder) cursor(name, value string) {
	if value != "" {
		e.WriteString(`,"` + name + `":"` + value + `"`)
	}
}
