package scim

import (
	"context"
	"errors"

	"doorlist/store"
)

// PasswordError refuses a new password.
type PasswordError struct{ Message string } // what to choose instead; never the password

func (e *PasswordError) Error() string { return e.Message }

// passwordEdit collects what one request does to the password of a user. The password itself is in no document, answer,
// event or error: of what was sent nothing but a hash leaves this type.
type passwordEdit struct {
	sent  bool
	value string // "" to remove it

	hashed, hash string // of the value that was hashed, once a request however often the change is tried
}

// set handles add and replace, and remove with nil.
func (p *passwordEdit) set(v any) error {
	p.sent, p.value = true, ""
	if v == nil {
		return nil
	}
	value, err := coerceText(passwordAttribute, v)
	if err == nil {
		p.value = value.(string)
	}
	return err
}

// again forgets what an attempt at the change collected, but not the hash.
func (p *passwordEdit) again() { p.sent, p.value = false, "" }

// keepPassword puts the hash into the record. The server hashes before a transaction begins: it takes longer than one may.
func (s *server) keepPassword(ctx context.Context, p *passwordEdit, r *store.UserRecord) error {
	if !p.sent {
		return nil
	}
	if p.value == "" {
		r.PasswordHash = new("")
		return nil
	}
	if p.value != p.hashed {
		hash, err := s.HashPassword(ctx, r.UserName, p.value)
		var weak *PasswordError
		if errors.As(err, &weak) {
			return &valueError{passwordAttribute.name, "cannot be used: " + weak.Message}
		}
		if err != nil {
			return err
		}
		p.hashed, p.hash = p.value, hash
	}
	r.PasswordHash = &p.hash
	return nil
}
