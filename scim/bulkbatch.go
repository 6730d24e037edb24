package scim

import (
	"net/http"

	"doorlist/store"
)

// bulkBatch bounds how many users of a bulk request are created in one transaction: alone, each of them would wait for the disk.
const bulkBatch = 100

// createUsers carries out the POSTs of users with which the steps begin, if there are several, and tells how many. They are one transaction; when
// that fails, each is carried out alone, so that it happens or fails by itself.
func (j *bulkJob) createUsers(steps []bulkStep) int {
	records := j.newUsers(steps[:min(bulkBatch, len(steps))])
	if len(records) < 2 {
		return 0
	}
	var users []store.User
	err := j.server.change(j.call, func(d *store.DirectoryTx) error {
		users = users[:0] // the change may run more than once
		for _, record := range records {
			user, err := d.CreateUser(record)
			if err != nil {
				return err
			}
			users = append(users, user)
		}
		return nil
	})
	for i := range records {
		switch o := steps[i].operations[0]; {
		case err == nil:
			j.finish(o, written{users[i].ID, users[i].Version}, nil)
		case !j.stopped():
			j.perform(o)
		}
	}
	return len(records)
}

// newUsers are the records of the users whom the steps create, up to the first step that does anything else or cannot be carried out.
func (j *bulkJob) newUsers(steps []bulkStep) (records []store.UserRecord) {
	for _, step := range steps {
		o := step.operations[0]
		if step.circular || o.fault != nil || o.method != http.MethodPost || !o.rt.isUser() {
			return records
		}
		_, data, err := o.resolve(j.created)
		if err != nil {
			return records
		}
		p := &passwordEdit{}
		record, err := newUser(j.call.types.user, data, nil, p)
		if err != nil || p.sent { // a password takes longer than a transaction may
			return records
		}
		records = append(records, record)
	}
	return records
}
