package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// DecisionFilter selects decisions; an empty field does not restrict.
type DecisionFilter struct {
	UserIDs      []string // at most 20
	Claimed      string   // or those about nobody who is known, made under this name or identity
	ConnectionID string
	Method       string
	Reason       string
	Refused      bool // those that turned somebody away
	Address      string
	Since, Until time.Time // Until itself is not among them
}

// DecisionKey is a place in a list of decisions; the zero key is before the newest.
type DecisionKey struct {
	At time.Time
	ID string
}

// DecisionPage is a part of a list of decisions, newest first.
type DecisionPage struct {
	Decisions []Decision
	// Next is where to go on, zero at the end. If there are fewer decisions than were asked for, it is how far was looked:
	// a request looks at a bounded number.
	Next DecisionKey
}

// looked bounds how many decisions are looked at for one page. strangersLooked does so for those about nobody, whose names
// are compared here and not in the database, which folds case in another way.
const (
	looked          = 10_000
	strangersLooked = 2_000
)

// DecisionPage lists at most n decisions behind a place.
func (o *OrganizationScope) DecisionPage(ctx context.Context, f DecisionFilter, after DecisionKey, n int) (DecisionPage, error) {
	if !o.valid() || !f.storable() || after.ID != "" && !validID(after.ID) {
		return DecisionPage{}, nil
	}
	var page DecisionPage
	for _, s := range f.streams() {
		part, err := o.stream(ctx, s, after, n)
		if err != nil {
			return DecisionPage{}, err
		}
		page.add(part)
	}
	return page.cut(n), nil
}

func (f DecisionFilter) storable() bool {
	return !slices.ContainsFunc(append([]string{f.Claimed, f.ConnectionID, f.Method, f.Reason, f.Address}, f.UserIDs...),
		func(s string) bool { return !isStorable(s) })
}

// stream is what the database reads in the order of the list by one index.
type stream struct {
	DecisionFilter
	about    *string // the id of the user; "" for nobody who is known, nil for everybody
	lookedAt int
}

// streams takes a filter apart: by index the database reads the decisions about one user, or those of all, by time.
func (f DecisionFilter) streams() []stream {
	var list []stream
	for _, id := range f.UserIDs[:min(len(f.UserIDs), 20)] {
		list = append(list, stream{f, &id, looked})
	}
	if f.Claimed != "" {
		list = append(list, stream{f, new(string), strangersLooked})
	}
	if list == nil {
		list = []stream{{f, nil, looked}}
	}
	return list
}

// stream reads at most n decisions. Its Next is zero where nothing is behind them.
func (o *OrganizationScope) stream(ctx context.Context, s stream, after DecisionKey, n int) (DecisionPage, error) {
	by, args := s.index(o.id, after)
	const order = " ORDER BY at DESC, id DESC LIMIT ?"
	also, more := s.rest()
	wanted := n + 1
	if s.strangers() {
		wanted = s.lookedAt
	}
	var page DecisionPage
	sql := "SELECT " + decisionColumns + " FROM (SELECT " + decisionColumns + " FROM decisions WHERE " + by + order + ") AS d" + also + order
	err := o.rows(ctx, sql, slices.Concat(args, []any{s.lookedAt}, more, []any{wanted}), func(scan scanner) error {
		d, err := scanDecision(scan)
		if err == nil && (!s.strangers() || d.claims(s.Claimed)) {
			page.Decisions = append(page.Decisions, d)
		}
		return err
	})
	if err != nil {
		return page, err
	}
	if len(page.Decisions) > n {
		page.Decisions = page.Decisions[:n]
		page.Next = page.Decisions[n-1].key()
		return page, nil
	}
	// A fixed number of entries of the index are passed over, however far back the list is.
	err = o.rows(ctx, "SELECT at, id FROM decisions WHERE "+by+order+" OFFSET ?", append(args, 1, s.lookedAt-1), func(scan scanner) error {
		var at int64
		err := scan(&at, &page.Next.ID)
		page.Next.At = fromMicros(at)
		return err
	})
	return page, err
}

func (s stream) strangers() bool { return s.about != nil && *s.about == "" }

// index is the part of the condition that an index answers: decisions_at, decisions_user_at or decisions_refused.
func (s stream) index(organizationID string, after DecisionKey) (string, []any) {
	sql, args := "organization_id = ?", []any{organizationID}
	and := func(condition string, values ...any) { sql, args = sql+" AND "+condition, append(args, values...) }
	if s.about != nil {
		and("user_id = ?", *s.about)
	}
	if s.about == nil && s.refusedFor() {
		and("NOT admitted AND reason = ?", s.Reason)
	}
	if !s.Since.IsZero() {
		and("at >= ?", micros(s.Since))
	}
	if !s.Until.IsZero() {
		and("at < ?", micros(s.Until))
	}
	if after.ID != "" {
		and("(at, id) < (?, ?)", micros(after.At), after.ID)
	}
	return sql, args
}

func (s stream) refusedFor() bool { return s.Reason != "" && s.Reason != admittedReason }

// admittedReason is the reason of whoever came in.
const admittedReason = "admitted"

// rest is the part of the condition for which what the index gives is looked at.
func (s stream) rest() (string, []any) {
	var parts []string
	var args []any
	for _, part := range []struct{ sql, value string }{
		{"connection_id = ?", s.ConnectionID}, {"method = ?", s.Method}, {"reason = ?", s.Reason}, {"address = ?", s.Address},
	} {
		if part.value != "" {
			parts, args = append(parts, part.sql), append(args, part.value)
		}
	}
	if s.Refused {
		parts = append(parts, "NOT admitted")
	}
	if parts == nil {
		return "", nil
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}

func (d Decision) key() DecisionKey { return DecisionKey{d.At, d.ID} }

// claims says that an attempt about nobody who is known was made under a name or identity.
func (d Decision) claims(name string) bool {
	name = Fold(name)
	return Fold(d.UserName) == name || Fold(d.Subject) == name
}

// before says whether a place is nearer to the newest.
func (k DecisionKey) before(other DecisionKey) bool {
	return k.At.After(other.At) || k.At.Equal(other.At) && k.ID > other.ID
}

// add puts another stream into the page. Next is the nearest place behind which one of them was not looked at.
func (p *DecisionPage) add(part DecisionPage) {
	p.Decisions = append(p.Decisions, part.Decisions...)
	if p.Next.ID == "" || part.Next.ID != "" && part.Next.before(p.Next) {
		p.Next = part.Next
	}
}

// cut puts what the streams gave in order, and leaves out what lies behind the place to go on from.
func (p DecisionPage) cut(n int) DecisionPage {
	slices.SortFunc(p.Decisions, func(a, b Decision) int {
		if a.key().before(b.key()) {
			return -1
		}
		return 1
	})
	if p.Next.ID != "" {
		p.Decisions = slices.DeleteFunc(p.Decisions, func(d Decision) bool { return p.Next.before(d.key()) })
	}
	if len(p.Decisions) > n {
		p.Decisions = p.Decisions[:n]
		p.Next = p.Decisions[n-1].key()
	}
	return p
}

// FindDecision finds a decision by its id.
func (o *OrganizationScope) FindDecision(ctx context.Context, id string) (Decision, error) {
	if !o.valid() || !validID(id) {
		return Decision{}, ErrNotFound
	}
	var d Decision
	found := ErrNotFound
	err := o.rows(ctx, "SELECT "+decisionColumns+" FROM decisions WHERE organization_id = ? AND id = ?", []any{o.id, id}, func(scan scanner) (err error) {
		d, err = scanDecision(scan)
		found = nil
		return err
	})
	if err != nil {
		return d, err
	}
	return d, found
}

// LastDecision finds the latest decision about a user or, among the latest 2,000 about nobody who is known, one made under one of the
// names. ErrNotFound when there is none. It relies on decisions_user.
func (o *OrganizationScope) LastDecision(ctx context.Context, userID string, names ...string) (Decision, error) {
	if !o.valid() || !isStorable(userID) {
		return Decision{}, ErrNotFound
	}
	last := noID
	if userID != "" {
		own, err := o.texts(ctx, "SELECT id FROM decisions WHERE organization_id = ? AND user_id = ? ORDER BY id DESC LIMIT 1", o.id, userID)
		if err != nil {
			return Decision{}, err
		}
		if len(own) > 0 {
			last = own[0]
		}
	}
	claimed := ""
	err := o.rows(ctx, "SELECT id, user_name, subject FROM decisions WHERE organization_id = ? AND user_id = '' AND id > ? ORDER BY id DESC"+limited,
		[]any{o.id, last, strangersLooked}, func(scan scanner) error {
			var d Decision
			err := scan(&d.ID, &d.UserName, &d.Subject)
			if claimed == "" && slices.ContainsFunc(names, func(name string) bool { return name != "" && d.claims(name) }) {
				claimed = d.ID
			}
			return err
		})
	if err != nil {
		return Decision{}, err
	}
	return o.FindDecision(ctx, cmp.Or(claimed, last))
}
