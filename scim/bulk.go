package scim

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
)

// Bulk requests (RFC 7644 section 3.7): many changes in one request, each of which happens or fails by itself as if it
// had been sent alone. Operations refer to what others create by "bulkId:" and a name (see bulkreference.go).

// maxBulkOperations bounds one bulk request; maxBody bounds its size.
const maxBulkOperations = 1000

// bulkOperation is one operation of a bulk request.
type bulkOperation struct {
	method, bulkID, version string
	path                    string
	data                    map[string]any // nil for DELETE

	rt    *resourceType
	id    string // of the resource that the path names, or a reference to it; "" for POST
	fault error  // what is wrong with the operation itself

	result *bulkResult // nil until it is processed
}

// bulkResult tells what became of an operation (RFC 7644 section 3.7.3). The body of a success is left out: at the
// location there is more, and a group has no room here.
type bulkResult struct {
	Location string                `json:"location,omitempty"`
	Method   string                `json:"method"`
	BulkID   string                `json:"bulkId,omitempty"`
	Version  string                `json:"version,omitempty"`
	Status   string                `json:"status"`
	Response *scimerrors.ScimError `json:"response,omitempty"`
}

func (s *server) bulk(w http.ResponseWriter, c *call) error {
	body, err := c.body(w)
	if err != nil {
		return err
	}
	operations, failOnErrors, err := parseBulk(c.types, body)
	if err != nil {
		return err
	}
	c.permitOperations(operations)
	job := bulkJob{server: s, call: c, created: map[string]string{}, failOnErrors: failOnErrors}
	job.run(operations)
	results := []*bulkResult{}
	for _, o := range operations {
		if o.result != nil {
			results = append(results, o.result)
		}
	}
	return writeJSON(w, http.StatusOK, jsonObject{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:BulkResponse"}, "Operations": results,
	})
}

// parseBulk reads a BulkRequest message. What is wrong with one operation is kept as its fault: the others are carried
// out. failOnErrors is after how many failures the rest is left.
func parseBulk(t *types, body map[string]any) (operations []*bulkOperation, failOnErrors int, err error) {
	sent, ok := member(body, "Operations").([]any)
	if !ok {
		return nil, 0, &protocolError{`The body has no "Operations". Send a BulkRequest message with a list of operations.`}
	}
	if len(sent) > maxBulkOperations {
		return nil, 0, &statusError{http.StatusRequestEntityTooLarge, fmt.Sprintf(
			"The request has %d operations, more than maxOperations (%d). Send them in several requests.", len(sent), maxBulkOperations)}
	}
	names := map[string]bool{}
	for i, item := range sent {
		o := parseBulkOperation(t, item)
		if o.bulkID != "" && names[o.bulkID] {
			return nil, 0, &operationError{i, &valueError{"bulkId", "is used twice. Give each operation a name of its own."}}
		}
		names[o.bulkID] = true
		operations = append(operations, o)
	}
	failOnErrors, err = parseFailOnErrors(member(body, "failOnErrors"))
	return operations, failOnErrors, err
}

// parseFailOnErrors reads the number of failures at which to stop. Accepting none is to stop at the first.
func parseFailOnErrors(v any) (int, error) {
	if v == nil {
		return math.MaxInt, nil
	}
	number, _ := v.(json.Number)
	n, err := strconv.Atoi(number.String())
	if err != nil || n < 0 {
		return 0, &valueError{"failOnErrors", "is not a whole number. Send the number of failures at which to stop, or leave it out."}
	}
	return n, nil
}

func parseBulkOperation(t *types, item any) *bulkOperation {
	o := &bulkOperation{}
	object, ok := item.(map[string]any)
	if !ok {
		o.fault = &protocolError{`An operation must be an object with "method", "path" and "data".`}
		return o
	}
	o.method = strings.ToUpper(o.text(object, "method"))
	o.bulkID, o.version, o.path = o.text(object, "bulkId"), o.text(object, "version"), o.text(object, "path")
	o.data, _ = member(object, "data").(map[string]any)
	if o.fault == nil {
		o.fault = o.check()
	}
	if o.fault == nil {
		o.fault = o.locate(t)
	}
	return o
}

func (o *bulkOperation) text(object map[string]any, name string) string {
	v := member(object, name)
	text, ok := v.(string)
	if !ok && v != nil {
		o.fault = &valueError{name, "has the wrong type. Send a string."}
	}
	return text
}

func (o *bulkOperation) check() error {
	switch o.method {
	case http.MethodPost:
		if o.bulkID == "" {
			return &valueError{"bulkId", "is required to create a resource. Send a name that no other operation of the request has."}
		}
	case http.MethodPut, http.MethodPatch:
	case http.MethodDelete:
		o.data = nil
		return nil
	default:
		return &valueError{"method", `must be "POST", "PUT", "PATCH" or "DELETE".`}
	}
	if o.data == nil {
		return &valueError{"data", "is missing or no object. Send what the body of the " + o.method + " would be."}
	}
	return nil
}

// locate finds out what the path names. It is relative to the SCIM root.
func (o *bulkOperation) locate(t *types) error {
	rt, rest := bulkTarget(t, o.path)
	switch {
	case rt == nil && len(rest) > 0:
		return &statusError{http.StatusNotFound, "The path " + quote(o.path) + " names no endpoint of bulk operations. Use /Users or /Groups."}
	case o.method == http.MethodPost && len(rest) != 1:
		return &valueError{"path", "must be /Users or /Groups to create a resource."}
	case o.method != http.MethodPost && len(rest) != 2:
		return &valueError{"path", "must name one resource to change, such as /Users/ID."}
	}
	o.rt = rt
	if len(rest) == 2 {
		o.id = rest[1]
	}
	return nil
}

func bulkTarget(t *types, path string) (*resourceType, []string) {
	rest := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	for _, rt := range t.all() {
		if len(rest) > 0 && strings.EqualFold("/"+rest[0], rt.endpoint) {
			return rt, rest
		}
	}
	return nil, rest
}
