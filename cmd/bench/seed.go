package main

import (
	"sync"
	"sync/atomic"
)

// seedBatch is how many members one request adds to a group that is being filled.
const seedBatch = 1000

// seed pushes users until there are so many, several at a time.
func (d *door) seed(users, connections int) error {
	from := len(d.users)
	d.users = append(d.users, make([]string, users-from)...)
	var next atomic.Int64
	next.Store(int64(from))
	ready, done, err := d.scim(func(c *caller) error {
		i := next.Add(1) - 1
		if i >= int64(users) {
			return nil
		}
		var err error
		d.users[i], err = d.post(c, userName(int(i)), i)
		return err
	})(connections)
	if err != nil {
		return err
	}
	defer done()
	errs := make(chan error, connections)
	var all sync.WaitGroup
	for _, work := range ready {
		all.Go(func() {
			for next.Load() < int64(users) {
				if err := work(); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}

// fill makes a group of the first so many users.
func (d *door) fill(members int) (group string, err error) {
	c, err := dial(d.address, "Authorization: Bearer "+d.token)
	if err != nil {
		return "", err
	}
	defer c.conn.Close()
	if group, err = d.addGroup(c); err != nil {
		return "", err
	}
	for from := 0; from < members && err == nil; from += seedBatch {
		err = d.add(c, group, d.users[from:min(from+seedBatch, members)]...)
	}
	return group, err
}
