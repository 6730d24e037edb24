package admin

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"doorlist/store"
)

var (
	provisioningTemplate = parsePage("provisioning")
	cyclesTemplate       = parsePage("cycles")
)

// requestsAPage is how many requests a page shows.
const requestsAPage = 50

// followEvery is after how many seconds a page that follows looks again.
const followEvery = 3

type provisioningContent struct {
	Filters     filters
	Pager       pager
	Requests    []requestLine
	Cycle       *cycleLine // whose requests they are; nil for no particular one
	Several     bool       // connections
	Following   bool
	Turn        string // address of the same list, followed or no longer
	Cycles, All string // addresses
	Setup       string // address of where to connect a provider; "" while there is a connection
}

// requestLine is a request in a list.
type requestLine struct {
	store.SCIMRequest
	Address, Connection string
}

// statusClasses are the ways in which a request can end.
var statusClasses = []option{{"2", "done"}, {"4", "refused"}, {"5", "failed here"}}

// showProvisioning lists the requests of the organization's providers, the newest first.
func showProvisioning(r *request) error {
	content, query, connections, err := r.requestsAsked()
	switch {
	case err != nil:
		return err
	case content.Filters.Fault != "":
		return r.show(422, provisioningTemplate, "Provisioning", content)
	case len(connections) == 0:
		content.Setup = r.orgPath("add-connection")
		return r.ok(provisioningTemplate, "Provisioning", content)
	}
	if err := r.listRequests(query, connections, &content); err != nil {
		return err
	}
	return r.ok(provisioningTemplate, "Provisioning", content)
}

// requestsAsked reads which requests are asked for. The filters have a fault where that cannot be meant.
func (r *request) requestsAsked() (content provisioningContent, query store.SCIMRequestQuery, connections []store.Connection, err error) {
	if connections, err = r.Store.Organization(r.org.ID).Connections(r.Request().Context()); err != nil {
		return content, query, nil, err
	}
	content = provisioningContent{
		Filters: r.requestFilters(connections), Several: len(connections) > 1, Cycles: r.orgPath("provisioning", "cycles"), All: r.orgPath("provisioning"),
	}
	answers, good := r.filtered(&content.Filters)
	query, fault := requestQuery(answers, connections)
	if fault != "" {
		content.Filters.accuse("to", fault)
	}
	if id := r.QueryParam("cycle"); id != "" && good && fault == "" {
		err = r.ofCycle(connections, id, &query, &content)
	}
	return content, query, connections, err
}

func (r *request) requestFilters(connections []store.Connection) filters {
	fields := []field{
		{Name: "operation", Label: "Operation", Type: "choice", Options: optionsOf(r.Operations)},
		{Name: "status", Label: "Answer", Type: "choice", Options: statusClasses},
		{Name: "subject", Label: "User or group: whole name, or id", Type: "search"},
		{Name: "text", Label: "Part of the address or filter", Type: "search"},
		{Name: "from", Label: "From (days in UTC)", Type: "date"},
		{Name: "to", Label: "To, that day included", Type: "date"},
	}
	if len(connections) > 1 {
		choices := make([]option, len(connections))
		for i, c := range connections {
			choices[i] = option{c.Slug, c.Name}
		}
		fields = slices.Insert(fields, 0, field{Name: "connection", Label: "Connection", Type: "choice", Options: choices})
	}
	return filters{Results: "requests", Fields: fields}
}

func optionsOf(words []string) []option {
	options := make([]option, len(words))
	for i, word := range words {
		options[i] = option{word, word}
	}
	return options
}

// requestQuery is what the answers ask for, or what is wrong with them together.
func requestQuery(v values, connections []store.Connection) (q store.SCIMRequestQuery, fault string) {
	q = store.SCIMRequestQuery{Operation: v["operation"], Subject: v["subject"], Target: v["text"], Limit: requestsAPage}
	q.Status, _ = strconv.Atoi(v["status"]) // one of the classes, or none
	for _, c := range connections {
		if c.Slug == v["connection"] {
			q.ConnectionID = c.ID
		}
	}
	q.From, _ = time.Parse(time.DateOnly, v["from"]) // days, or none
	if q.To, _ = time.Parse(time.DateOnly, v["to"]); !q.To.IsZero() {
		q.To = q.To.AddDate(0, 0, 1)
	}
	if !q.To.IsZero() && !q.From.Before(q.To) {
		return q, "This day is before the one that the list begins with."
	}
	return q, ""
}

// ofCycle restricts a query to the requests of a cycle.
func (r *request) ofCycle(connections []store.Connection, id string, q *store.SCIMRequestQuery, content *provisioningContent) error {
	for _, c := range connections {
		cycle, err := r.Store.Organization(r.org.ID).Cycle(r.Request().Context(), c.ID, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		q.ConnectionID, q.From, q.To = c.ID, cycle.Start, cycle.End.Add(time.Millisecond)
		content.Cycle = &cycleLine{SCIMCycle: cycle, Connection: c.Name, Summary: summary(cycle.Noted.Tally), ConnectionAddress: to("connections", c.Slug)}
		content.Filters.Fields = append(content.Filters.Fields, field{Name: "cycle", Value: id})
		return nil
	}
	return store.ErrNotFound
}

func (r *request) listRequests(q store.SCIMRequestQuery, connections []store.Connection, content *provisioningContent) error {
	if key := r.pageKey(); len(key) == 1 {
		q.After = key[0]
	}
	page, err := r.Store.Organization(r.org.ID).Requests(r.Request().Context(), q)
	if err != nil {
		return err
	}
	var next []string
	if page.Next != "" {
		next = []string{page.Next}
	}
	content.Pager = r.pagerOf(content.Filters, next)
	if page.Searched {
		content.Pager.Note = "These are from the latest requests alone; there may be more further back."
	}
	names := map[string]string{}
	for _, c := range connections {
		names[c.ID] = c.Name
	}
	for _, each := range page.Requests {
		content.Requests = append(content.Requests, requestLine{each, r.orgPath("provisioning", each.ID), names[each.ConnectionID]})
	}
	path := r.orgPath("provisioning")
	content.Turn = path + content.Filters.Answers("follow", "on")
	if content.Following = r.QueryParam("follow") == "on" && q.After == ""; content.Following {
		r.follow, content.Turn = followEvery, path+content.Filters.Answers()
	}
	return nil
}

// cycleLine is a cycle in a list.
type cycleLine struct {
	store.SCIMCycle
	Address, Connection, Summary string
	Lasted                       string
	ConnectionAddress            string
}

type cyclesContent struct {
	Filters filters
	Pager   pager
	Cycles  []cycleLine
	All     string // address of the log
}

// cyclesAPage is how many cycles a page shows: those of about a day.
const cyclesAPage = 40

// showCycles tells what a connection's provider changed, cycle by cycle.
func showCycles(r *request) error {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	connections, err := scope.Connections(ctx)
	if err != nil {
		return err
	}
	content := cyclesContent{All: r.orgPath("provisioning")}
	choices := make([]option, len(connections))
	for i, c := range connections {
		choices[i] = option{c.Slug, c.Name}
	}
	if len(connections) > 1 {
		content.Filters.Fields = []field{{Name: "connection", Label: "Connection", Type: "choice", Options: choices}}
	}
	answers, good := r.filtered(&content.Filters)
	if !good {
		return r.show(422, cyclesTemplate, "What was provisioned", content)
	}
	before := ""
	if key := r.pageKey(); len(key) == 1 {
		before = key[0]
	}
	for _, c := range connections {
		if chosen := answers["connection"]; chosen != "" && chosen != c.Slug {
			continue
		}
		cycles, err := scope.Cycles(ctx, c.ID, before, cyclesAPage+1)
		if err != nil {
			return err
		}
		for _, cycle := range cycles {
			content.Cycles = append(content.Cycles, cycleLine{
				SCIMCycle: cycle, Connection: c.Name, Summary: summary(cycle.Noted.Tally), Lasted: lasted(cycle.End.Sub(cycle.Start)),
				Address: r.orgPath("provisioning") + "?cycle=" + cycle.ID,
			})
		}
	}
	slices.SortFunc(content.Cycles, func(a, b cycleLine) int { return b.Start.Compare(a.Start) })
	var next []string
	if len(content.Cycles) > cyclesAPage {
		content.Cycles = content.Cycles[:cyclesAPage]
		next = []string{content.Cycles[cyclesAPage-1].ID}
	}
	content.Pager = r.pagerOf(content.Filters, next)
	return r.ok(cyclesTemplate, "What was provisioned", content)
}
