package scim

import (
	"net/url"
	"strconv"
	"strings"

	"doorlist/store"
)

// query reads the query of a request. One that cannot be read in full is refused, because a list whose filter got lost
// would match the wrong person.
func (c *call) query() (url.Values, error) {
	q, err := url.ParseQuery(c.URL.RawQuery)
	if err != nil {
		return nil, &FilterError{Position: -1, Message: "the query of the address is malformed; percent-encode the values, the filter above all"}
	}
	c.seen.query = q
	filters := 0
	for key, values := range q {
		if strings.EqualFold(key, "filter") {
			filters += len(values)
		}
	}
	if filters > 1 {
		return nil, &FilterError{Position: -1, Message: "the address has several filters; send one, joined with and"}
	}
	return q, nil
}

// parameter reads a parameter by its name in any case; clients write startindex too. Unknown parameters, such as Entra's
// feature flag aadOptscim062020 at the end of a tenant URL, are never looked at.
func parameter(q url.Values, name string) (value string, sent bool) {
	for key, values := range q {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0], true
		}
	}
	return "", false
}

// listQuery is what a list request asks for.
type listQuery struct {
	store.Query
	rt         *resourceType
	startIndex int    // 0 with a cursor
	binding    []byte // of the cursors; nil without
	projection projection
}

// listQuery reads what a list request asks of the resources of one type. beside are the other types of the query.
func (c *call) listQuery(q url.Values, rt *resourceType, beside ...*resourceType) (l listQuery, err error) {
	l = listQuery{rt: rt, projection: newProjection(rt, q)}
	if text, sent := parameter(q, "filter"); sent {
		if l.Where, err = where(rt, beside, text); err != nil {
			return listQuery{}, err
		}
	}
	if len(beside) > 0 {
		return l, l.readSimplePaging(q)
	}
	if l.Sort, err = sortOf(rt, q); err != nil {
		return listQuery{}, err
	}
	return l, l.readPaging(c, q)
}

// readSimplePaging is for a list of several types, which has no order and no places beyond that of its types.
func (l *listQuery) readSimplePaging(q url.Values) error {
	for _, name := range []string{"sortBy", "cursor"} {
		if text, sent := parameter(q, name); sent && (text != "" || name == "cursor") {
			return &valueError{name, "cannot be used in a query over several types. Query /Users or /Groups, or page by startIndex."}
		}
	}
	return l.readIndex(q)
}

func where(rt *resourceType, beside []*resourceType, text string) (store.Where, error) {
	expression, err := parseFilter(text)
	if err != nil {
		return nil, err
	}
	return compileFilter(rt, expression, beside...)
}

func number(q url.Values, name string, missing int) (int, error) {
	text, _ := parameter(q, name)
	if text == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, &valueError{name, "is not a whole number. Send one, or leave it out."}
	}
	return n, nil
}
