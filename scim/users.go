package scim

import (
	"net/http"
	"net/url"

	"doorlist/store"
)

func (s *server) createUser(w http.ResponseWriter, c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	body, err := c.body(w)
	if err != nil {
		return err
	}
	user, err := s.addUser(c, body)
	if err != nil {
		return err
	}
	return c.writeResource(w, http.StatusCreated, c.types.storedUser(user), newProjection(c.types.user, q))
}

func (s *server) addUser(c *call, body map[string]any) (user store.User, err error) {
	p := &passwordEdit{}
	record, err := newUser(c.types.user, body, nil, p)
	if err == nil {
		err = s.keepPassword(c.Context(), p, &record)
	}
	if err != nil {
		return store.User{}, err
	}
	err = s.change(c, func(d *store.DirectoryTx) (err error) {
		user, err = d.CreateUser(record)
		return err
	})
	if err != nil {
		return store.User{}, err
	}
	c.seen.about(user.ID, user.UserName)
	return user, nil
}

func (s *server) readUser(w http.ResponseWriter, c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	p, find := newProjection(c.types.user, q), c.directory.User
	if p.wants(groupsAttribute) {
		find = c.directory.UserWithGroups
	}
	user, err := find(c.Context(), c.resourceID())
	if err != nil {
		return err
	}
	c.seen.about(user.ID, user.UserName)
	if err := c.precondition(user.Version); err != nil {
		return err
	}
	return c.writeResource(w, http.StatusOK, c.types.storedUser(user), p)
}

func (s *server) listUsers(w http.ResponseWriter, c *call, q url.Values) error {
	l, err := c.listQuery(q, c.types.user)
	if err != nil {
		return err
	}
	l.Groups = l.projection.wants(groupsAttribute)
	found, err := c.directory.Users(c.Context(), l.Query)
	if err != nil {
		return err
	}
	page, err := l.page(c, found.Extent)
	if err != nil {
		return err
	}
	for _, user := range found.Users {
		page.resources = append(page.resources, c.types.storedUser(user))
	}
	return c.writeList(w, page, projections{c.types.user: l.projection})
}

func (s *server) replaceUser(w http.ResponseWriter, c *call) error {
	return s.answerChange(w, c, s.putUser)
}

func (s *server) patchUser(w http.ResponseWriter, c *call) error {
	return s.answerChange(w, c, s.editUser)
}

// answerChange answers with the changed user: Entra compares it with what it sent.
func (s *server) answerChange(w http.ResponseWriter, c *call, change func(c *call, body map[string]any) (store.User, error)) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	body, err := c.body(w)
	if err != nil {
		return err
	}
	user, err := change(c, body)
	if err != nil {
		return err
	}
	return c.writeResource(w, http.StatusOK, c.types.storedUser(user), newProjection(c.types.user, q))
}

// putUser replaces a user by the body of a PUT.
func (s *server) putUser(c *call, body map[string]any) (store.User, error) {
	return s.updateUser(c, func(doc map[string]any, p *passwordEdit) (store.UserRecord, error) {
		return newUser(c.types.user, body, doc, p)
	})
}

// editUser applies the body of a PATCH to a user.
func (s *server) editUser(c *call, body map[string]any) (store.User, error) {
	operations, err := parsePatch(body)
	c.seen.patch = operations
	if err != nil {
		return store.User{}, err
	}
	return s.updateUser(c, func(doc map[string]any, p *passwordEdit) (store.UserRecord, error) {
		e := editor{rt: c.types.user, doc: doc, password: p}
		if err := e.apply(operations); err != nil {
			return store.UserRecord{}, err
		}
		return userRecord(e.rt, e.doc)
	})
}

// updateUser reads a user, lets edit make the new record from its document, and writes it if it differs.
func (s *server) updateUser(c *call, edit func(doc map[string]any, p *passwordEdit) (store.UserRecord, error)) (user store.User, err error) {
	p := &passwordEdit{}
	err = c.retry(func() error {
		// The groups are for the answer: asked for afterwards, they would be a statement more.
		if user, err = c.directory.UserWithGroups(c.Context(), c.resourceID()); err != nil {
			return err
		}
		if err := c.precondition(user.Version); err != nil {
			return err
		}
		doc, err := decodeDocument(c.types.user, user.Document)
		if err != nil {
			return err
		}
		newcomer := user.Origin == store.FromSignIn
		if newcomer { // its roles were the token's, which count until provisioning speaks for the person
			delete(doc, rolesAttribute.name)
		}
		p.again()
		record, err := edit(doc, p)
		if err == nil {
			err = s.keepPassword(c.Context(), p, &record)
		}
		if err != nil || record.Document == user.Document && record.PasswordHash == nil && !newcomer {
			return err
		}
		before := user // the change may run more than once
		err = s.change(c, func(d *store.DirectoryTx) (err error) {
			user, err = d.UpdateUser(before, record)
			return err
		})
		if err != nil {
			user = before
		}
		return err
	})
	c.seen.about(user.ID, user.UserName)
	return user, err
}

func (s *server) deleteUser(w http.ResponseWriter, c *call) error { return noContent(w, s.dropUser(c)) }

func (s *server) dropUser(c *call) error {
	return s.remove(c, (*store.DirectoryTx).DeleteUser, func() (int64, error) {
		user, err := c.directory.User(c.Context(), c.resourceID())
		return user.Version, err
	})
}

// resourceID is the id in the path.
func (c *call) resourceID() string { return c.rest[1] }
