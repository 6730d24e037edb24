package scim

import (
	"maps"

	"doorlist/store"
)

// createTogether creates resources that refer to each other in a circle (RFC 7644 section 3.7.1), groups that are
// members of each other for one: first without those references, then the references. It is one transaction, because a
// resource of the circle whose references cannot be resolved must not stay behind: if one fails, all do.
func (j *bulkJob) createTogether(circle []*bulkOperation) {
	var failing *bulkOperation
	var made []written
	bulkIDs := map[string]bool{}
	for _, o := range circle {
		bulkIDs[o.bulkID] = true
	}
	passwords := j.hashPasswords(circle, bulkIDs)
	err := j.server.change(j.call, func(d *store.DirectoryTx) (err error) {
		d.Stepwise() // whoever sent the circle is told which one failed
		failing, made, err = j.createCircle(d, circle, bulkIDs, passwords)
		return err
	})
	for i, o := range circle {
		switch {
		case err == nil:
			j.finish(o, made[i], nil)
		case failing == nil || failing == o || isUnavailable(err):
			j.finish(o, written{}, err)
		default:
			j.finish(o, written{}, &referenceError{failing.bulkID})
		}
	}
}

// createCircle creates the resources of a circle, or tells which one failed.
func (j *bulkJob) createCircle(d *store.DirectoryTx, circle []*bulkOperation, bulkIDs map[string]bool,
	passwords []circlePassword) (failing *bulkOperation, made []written, err error) {
	ids := maps.Clone(j.created)
	drafts := make([]draft, len(circle))
	for i, o := range circle {
		first := bulkOperation{data: withoutReferences(o.data, bulkIDs)}
		_, data, err := first.resolve(ids)
		if err == nil {
			drafts[i], err = newDraft(d, o.rt, data, passwords[i])
		}
		if err != nil {
			return o, nil, err
		}
		ids[o.bulkID] = drafts[i].id
	}
	for i, o := range circle {
		_, data, err := o.resolve(ids)
		if err != nil {
			return o, nil, err
		}
		version, err := drafts[i].complete(data)
		if err != nil {
			return o, nil, err
		}
		made = append(made, written{drafts[i].id, version})
	}
	return nil, made, nil
}

// circlePassword is the hash of the password that an operation of a circle sets, nil for none, or why there is none.
type circlePassword struct {
	hash  *string
	fault error
}

// hashPasswords hashes the passwords of a circle before its transaction begins.
func (j *bulkJob) hashPasswords(circle []*bulkOperation, bulkIDs map[string]bool) []circlePassword {
	passwords := make([]circlePassword, len(circle))
	for i, o := range circle {
		if !o.rt.isUser() || !j.call.types.passwords {
			continue
		}
		p := &passwordEdit{}
		record, err := newUser(o.rt, withoutReferences(o.data, bulkIDs), nil, p)
		if err == nil {
			err = j.server.keepPassword(j.call.Context(), p, &record)
		}
		passwords[i] = circlePassword{record.PasswordHash, err}
	}
	return passwords
}

// draft is a resource that was created without some of its references, in a transaction that is under way.
type draft struct {
	id string
	// complete brings in what the whole body says besides, and returns the version.
	complete func(body map[string]any) (int64, error)
}

func newDraft(d *store.DirectoryTx, rt *resourceType, body map[string]any, p circlePassword) (draft, error) {
	if rt.isUser() {
		return newUserDraft(d, rt, body, p)
	}
	return newGroupDraft(d, rt, body)
}

func newUserDraft(d *store.DirectoryTx, rt *resourceType, body map[string]any, p circlePassword) (draft, error) {
	record, err := newUser(rt, body, nil, &passwordEdit{})
	if err == nil {
		record.PasswordHash, err = p.hash, p.fault
	}
	if err != nil {
		return draft{}, err
	}
	user, err := d.CreateUser(record)
	return draft{user.ID, func(body map[string]any) (int64, error) {
		record, err := newUser(rt, body, nil, &passwordEdit{})
		if err != nil || record.Document == user.Document {
			return user.Version, err
		}
		user, err := d.UpdateUser(user, record)
		return user.Version, err
	}}, err
}

func newGroupDraft(d *store.DirectoryTx, rt *resourceType, body map[string]any) (draft, error) {
	m := newMemberEdit(noMembers)
	record, err := newGroup(rt, body, nil, m)
	if err != nil {
		return draft{}, err
	}
	group, err := d.CreateGroup(record, m.change().Add)
	return draft{group.ID, func(body map[string]any) (int64, error) {
		m := newMemberEdit(noMembers)
		record, err := newGroup(rt, body, nil, m)
		if err != nil {
			return 0, err
		}
		after := &record
		if record.Document == group.Document {
			after = nil
		}
		group, err := d.UpdateGroup(group, after, store.MemberChange{Add: m.change().Add})
		return group.Version, err
	}}, err
}
