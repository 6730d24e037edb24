package scim

import (
	"net/http"
	"net/url"
	"strconv"

	"doorlist/store"
)

// bulkJob carries out the operations of one bulk request.
type bulkJob struct {
	server       *server
	call         *call
	failOnErrors int
	failures     int
	created      map[string]string // ids by bulkId
	over         bool              // the rest is left
}

// written is a resource as a change left it.
type written struct {
	id      string
	version int64 // 0: it is gone
}

// bulkChange is one method on one type of resource.
type bulkChange func(s *server, c *call, body map[string]any) (written, error)

// bulkChanges are the changes by the endpoint of the type.
var bulkChanges = map[string]map[string]bulkChange{
	userType.endpoint: {
		http.MethodPost: ofUser((*server).addUser), http.MethodPut: ofUser((*server).putUser),
		http.MethodPatch: ofUser((*server).editUser), http.MethodDelete: gone((*server).dropUser),
	},
	groupType.endpoint: {
		http.MethodPost: ofGroup((*server).addGroup), http.MethodPut: ofGroup((*server).putGroup),
		http.MethodPatch: ofGroup((*server).editGroup), http.MethodDelete: gone((*server).dropGroup),
	},
}

func ofUser(change func(*server, *call, map[string]any) (store.User, error)) bulkChange {
	return func(s *server, c *call, body map[string]any) (written, error) {
		user, err := change(s, c, body)
		return written{user.ID, user.Version}, err
	}
}

func ofGroup(change func(*server, *call, map[string]any) (store.Group, error)) bulkChange {
	return func(s *server, c *call, body map[string]any) (written, error) {
		group, err := change(s, c, body)
		return written{group.ID, group.Version}, err
	}
}

func gone(change func(*server, *call) error) bulkChange {
	return func(s *server, c *call, _ map[string]any) (written, error) { return written{}, change(s, c) }
}

func (j *bulkJob) run(operations []*bulkOperation) {
	for steps := bulkOrder(operations); len(steps) > 0 && !j.stopped(); {
		if n := j.createUsers(steps); n > 0 {
			steps = steps[n:]
			continue
		}
		step := steps[0]
		steps = steps[1:]
		if step.circular {
			j.createTogether(step.operations)
			continue
		}
		j.perform(step.operations[0])
	}
}

// stopped says that what is left is left.
func (j *bulkJob) stopped() bool { return j.over || j.call.Context().Err() != nil }

// perform carries out one operation as if it had been sent alone.
func (j *bulkJob) perform(o *bulkOperation) {
	if o.fault != nil {
		j.finish(o, written{}, o.fault)
		return
	}
	id, data, err := o.resolve(j.created)
	if err != nil {
		j.finish(o, written{}, err)
		return
	}
	c := *j.call
	c.rest, c.ifMatch = []string{o.rt.name, id}, o.version
	made, err := bulkChanges[o.rt.endpoint][o.method](j.server, &c, data)
	if o.method != http.MethodPost {
		made.id = id
	}
	j.finish(o, made, err)
}

// finish takes down what became of an operation. A database that is gone ends the whole job: what is left would only
// wait for it, one by one.
func (j *bulkJob) finish(o *bulkOperation, made written, err error) {
	o.result = &bulkResult{Method: o.method, BulkID: o.bulkID, Status: strconv.Itoa(o.success())}
	if made.id != "" {
		o.result.Location = j.call.root + o.rt.endpoint + "/" + url.PathEscape(made.id)
	}
	if err == nil {
		if made.version != 0 {
			o.result.Version = entityTag(made.version)
		}
		if o.method == http.MethodPost {
			j.created[o.bulkID] = made.id
		}
		return
	}
	answer := j.server.failure(j.call.Request, j.call.id, err)
	o.result.Status, o.result.Response = strconv.Itoa(answer.Status), &answer
	j.failures++
	j.over = j.failures >= j.failOnErrors || isUnavailable(err)
}

// success is the status of an operation that did what it should, as if it had been sent alone.
func (o *bulkOperation) success() int {
	switch {
	case o.method == http.MethodPost:
		return http.StatusCreated
	case o.method == http.MethodDelete, o.method == http.MethodPatch && o.rt != nil && !o.rt.isUser():
		return http.StatusNoContent
	}
	return http.StatusOK
}
