package scim

import (
	"errors"
	"net/http"
	"net/url"

	"doorlist/store"
)

func (s *server) createGroup(w http.ResponseWriter, c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	body, err := c.body(w)
	if err != nil {
		return err
	}
	group, err := s.addGroup(c, body)
	if err != nil {
		return err
	}
	return c.writeGroup(w, http.StatusCreated, group, newProjection(c.types.group, q))
}

func (s *server) addGroup(c *call, body map[string]any) (group store.Group, err error) {
	m := newMemberEdit(noMembers)
	record, err := newGroup(c.types.group, body, nil, m)
	if err != nil {
		return store.Group{}, err
	}
	err = s.change(c, func(d *store.DirectoryTx) (err error) {
		group, err = d.CreateGroup(record, m.change().Add)
		return err
	})
	if err != nil {
		return store.Group{}, err
	}
	c.seen.about(group.ID, group.DisplayName)
	return group, nil
}

func noMembers(func(store.Member) error) error { return nil }

func (s *server) readGroup(w http.ResponseWriter, c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	group, err := c.directory.Group(c.Context(), c.resourceID())
	if err != nil {
		return err
	}
	c.seen.about(group.ID, group.DisplayName)
	if err := c.precondition(group.Version); err != nil {
		return err
	}
	return c.writeGroup(w, http.StatusOK, group, newProjection(c.types.group, q))
}

func (s *server) listGroups(w http.ResponseWriter, c *call, q url.Values) error {
	l, err := c.listQuery(q, c.types.group)
	if err != nil {
		return err
	}
	found, err := c.directory.Groups(c.Context(), l.Query)
	if err != nil {
		return err
	}
	page, err := l.page(c, found.Extent)
	if err != nil {
		return err
	}
	for _, group := range found.Groups {
		page.resources = append(page.resources, c.storedGroup(group, l.projection))
	}
	return c.writeList(w, page, projections{c.types.group: l.projection})
}

// storedGroup adds the members to a group, unless they are not wanted: then they are not read either.
func (c *call) storedGroup(g store.Group, p projection) stored {
	if !p.wants(membersAttribute) {
		return c.types.storedGroup(g, nil)
	}
	return c.types.storedGroup(g, c.memberPages(g.ID))
}

func (c *call) writeGroup(w http.ResponseWriter, status int, g store.Group, p projection) error {
	return c.writeResource(w, status, c.storedGroup(g, p), p)
}

func (s *server) replaceGroup(w http.ResponseWriter, c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	body, err := c.body(w)
	if err != nil {
		return err
	}
	group, err := s.putGroup(c, body)
	if err != nil {
		return err
	}
	return c.writeGroup(w, http.StatusOK, group, newProjection(c.types.group, q))
}

// putGroup replaces a group by the body of a PUT.
func (s *server) putGroup(c *call, body map[string]any) (store.Group, error) {
	return s.updateGroup(c, func(previous map[string]any, m *memberEdit) (store.GroupRecord, error) {
		return newGroup(c.types.group, body, previous, m)
	})
}

// patchGroup answers 204: Entra sends one PATCH a member, and a group read back each time costs the square of its size
// (grokability/snipe-it#19115). Who names "attributes" gets them with 200 (RFC 7644 section 3.5.2).
func (s *server) patchGroup(w http.ResponseWriter, c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	body, err := c.body(w)
	if err != nil {
		return err
	}
	group, err := s.editGroup(c, body)
	if err != nil {
		return err
	}
	if p := newProjection(c.types.group, q); p.only != nil {
		return c.writeGroup(w, http.StatusOK, group, p)
	}
	w.Header().Set("ETag", entityTag(group.Version))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// editGroup applies the body of a PATCH to a group.
func (s *server) editGroup(c *call, body map[string]any) (store.Group, error) {
	operations, err := parsePatch(body)
	c.seen.patch = operations
	if err != nil {
		return store.Group{}, err
	}
	if m := c.onlyMembers(operations); m != nil {
		return s.changeMembers(c, m.change())
	}
	return s.updateGroup(c, func(doc map[string]any, m *memberEdit) (store.GroupRecord, error) {
		e := editor{rt: c.types.group, doc: doc, members: m}
		if err := e.apply(operations); err != nil {
			return store.GroupRecord{}, err
		}
		return groupRecord(e.rt, e.doc)
	})
}

// onlyMembers is what a PATCH does to members, for which the group need not be read first; nil for a PATCH that does anything else, that is for certain
// versions only, or with which something is wrong.
func (c *call) onlyMembers(operations []operation) *memberEdit {
	if c.conditional() || c.header("If-None-Match") != "" {
		return nil
	}
	m := newMemberEdit(func(func(store.Member) error) error { return errNeedsMembers })
	e := editor{rt: c.types.group, doc: map[string]any{}, members: m}
	for _, o := range operations {
		if t, err := e.resolve(o.path); err != nil || t.attr != membersAttribute || e.applyOne(o) != nil {
			return nil
		}
	}
	if !m.sent {
		return nil
	}
	return m
}

// errNeedsMembers says that a filter asks for more than ids.
var errNeedsMembers = errors.New("the members of the group decide")

// changeMembers changes the members of a group as it is by then.
func (s *server) changeMembers(c *call, change store.MemberChange) (group store.Group, err error) {
	err = s.change(c, func(d *store.DirectoryTx) (err error) {
		group, err = d.UpdateGroup(store.Group{ID: c.resourceID()}, nil, change)
		return err
	})
	c.seen.about(group.ID, group.DisplayName)
	return group, err
}

// updateGroup reads a group, lets edit make the new record and the change of members, and writes what differs.
func (s *server) updateGroup(c *call, edit func(doc map[string]any, m *memberEdit) (store.GroupRecord, error)) (group store.Group, err error) {
	err = c.retry(func() error {
		if group, err = c.directory.Group(c.Context(), c.resourceID()); err != nil {
			return err
		}
		if err := c.precondition(group.Version); err != nil {
			return err
		}
		doc, err := decodeDocument(c.types.group, group.Document)
		if err != nil {
			return err
		}
		m := newMemberEdit(c.memberPages(group.ID).each)
		record, err := edit(doc, m)
		if err != nil {
			return err
		}
		return s.writeGroupChange(c, &group, record, m)
	})
	c.seen.about(group.ID, group.DisplayName)
	return group, err
}

func (s *server) writeGroupChange(c *call, group *store.Group, record store.GroupRecord, m *memberEdit) error {
	after := &record
	// Members are a set: changes of them need no particular version, unless the client named one.
	if record.Document == group.Document && !(m.sent && c.conditional()) {
		after = nil
	}
	if after == nil && !m.sent {
		return nil
	}
	before := *group // the change may run more than once
	err := s.change(c, func(d *store.DirectoryTx) (err error) {
		*group, err = d.UpdateGroup(before, after, m.change())
		return err
	})
	if err != nil {
		*group = before
	}
	return err
}

func (s *server) deleteGroup(w http.ResponseWriter, c *call) error {
	return noContent(w, s.dropGroup(c))
}

func (s *server) dropGroup(c *call) error {
	return s.remove(c, (*store.DirectoryTx).DeleteGroup, func() (int64, error) {
		group, err := c.directory.Group(c.Context(), c.resourceID())
		return group.Version, err
	})
}
