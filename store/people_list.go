package store

import (
	"context"
	"slices"
)

// peopleList reads a page of people from several directories, each by an index of its own.
type peopleList struct {
	o       *OrganizationScope
	q       PeopleQuery
	key     peopleKey
	shown   string // the search, folded
	after   *Place
	streams []*peopleStream
	page    PeoplePage
	looked  int // rows that were passed over, and people whom Keep was asked about
}

// foundPerson is a row of a directory that meets what columns tell.
type foundPerson struct {
	Place
	in *peopleStream
}

// How many people are read before Enough is asked: rows that are passed over, and people about whom all is read for Keep.
const (
	scannedAtOnce = 1000
	judgedAtOnce  = 100
)

// fill reads rounds of people until the page is full, or that is enough.
func (l *peopleList) fill(ctx context.Context) (PeoplePage, error) {
	for {
		want := l.q.Limit + 1 - len(l.page.People)
		if l.q.Keep != nil {
			want = max(want, judgedAtOnce)
		}
		found, end, err := l.round(ctx, want)
		if err != nil {
			return PeoplePage{}, err
		}
		full, err := l.take(ctx, found)
		if err != nil || full {
			return l.page, err
		}
		if l.after = end; end == nil {
			return l.page, nil
		}
		l.page.Last = *end
		if l.q.Enough != nil && l.q.Enough(l.looked) {
			l.page.More, l.page.Looked = true, l.looked
			return l.page, nil
		}
	}
}

// round reads up to n of the next people of all directories. end is the place up to which all are known; nil if there are no
// more.
func (l *peopleList) round(ctx context.Context, n int) (found []foundPerson, end *Place, err error) {
	for _, s := range l.streams {
		rows, until, passed, err := s.next(ctx, l.after, n)
		if err != nil {
			return nil, nil, err
		}
		l.looked += passed
		found = append(found, rows...)
		if until != nil && (end == nil || l.compare(*until, *end) < 0) {
			end = until
		}
	}
	slices.SortFunc(found, func(a, b foundPerson) int { return l.compare(a.Place, b.Place) })
	if end != nil {
		found = slices.DeleteFunc(found, func(p foundPerson) bool { return l.compare(p.Place, *end) > 0 })
	}
	if len(found) > n {
		found, end = found[:n], &found[n-1].Place
	}
	return found, end, nil
}

// take puts people on the page whom Keep keeps. full says that there is one more than fits.
func (l *peopleList) take(ctx context.Context, found []foundPerson) (full bool, err error) {
	if l.q.Keep != nil {
		l.looked += len(found)
	} else {
		room := l.q.Limit - len(l.page.People)
		if full = len(found) > room; full {
			found = found[:room]
		}
	}
	people, err := l.complete(ctx, found)
	if err != nil {
		return false, err
	}
	for i, p := range people {
		if p.User.ID == "" || l.q.Keep != nil && !l.q.Keep(p) {
			continue
		}
		if len(l.page.People) == l.q.Limit {
			full = true
			break
		}
		l.page.People, l.page.Last = append(l.page.People, p), found[i].Place
	}
	l.page.More = full
	return full, nil
}

// complete reads all about the people who were found, in their order. Who is gone meanwhile has no id.
func (l *peopleList) complete(ctx context.Context, found []foundPerson) ([]ListedPerson, error) {
	byStream := map[*peopleStream][]string{}
	for _, f := range found {
		byStream[f.in] = append(byStream[f.in], f.ID)
	}
	byID := make(map[string]ListedPerson, len(found))
	for s, ids := range byStream {
		if err := l.o.listed(ctx, s.in, ids, byID); err != nil {
			return nil, err
		}
	}
	people := make([]ListedPerson, len(found))
	for i, f := range found {
		people[i] = byID[f.ID]
	}
	return people, nil
}

// listed reads people of a directory with all that decides about a sign-in, by one statement. It relies on primary keys,
// users_external_key, members_member and decisions_user.
func (o *OrganizationScope) listed(ctx context.Context, in PersonRecord, ids []string, into map[string]ListedPerson) error {
	if len(ids) == 0 {
		return nil
	}
	return o.rows(ctx, o.d.listedQuery(), []any{o.d.idParam(ids), in.Directory.DirectoryID, o.id},
		func(scan scanner) error {
			p := ListedPerson{PersonRecord: in}
			var ways waysInRow
			var grants string
			var same int
			var until int64
			more := append([]any{&p.SignIn.Subject, &p.SignIn.ClientID, &same, &p.Email, &until, &p.LastReason}, ways.fields()...)
			var err error
			if p.User, err = scanUser(scan, append(more, &grants)...); err != nil {
				return err
			}
			p.Ambiguous, p.HeldUntil, p.WaysIn = same > 1, fromMicros(until), ways.waysIn()
			p.Grants, err = readGrants(grants)
			into[p.User.ID] = p
			return err
		})
}

// userWithoutDocuments is userColumns with nothing in the place of the documents, which are most of a row.
const userWithoutDocuments = "u.id, u.user_name, u.external_id, u.display_name, u.active, u.origin, u.quarantined, '', '', " +
	"u.version, u.created_at, u.modified_at, u.held, u.parted <> '', u.last_sign_in_at"

func (d *dialect) listedQuery() string {
	return "SELECT " + userWithoutDocuments + `, u.subject, u.subject_client,
		` + namesakes + ", " + firstEmail + ", " + heldUntil + `,
		coalesce((SELECT x.reason FROM decisions x WHERE x.organization_id = d.organization_id AND x.user_id = CAST(u.id AS text) ORDER BY x.id DESC LIMIT 1), ''),
		` + waysInColumns + ", " + d.grantsOf("g", "d.organization_id", "d.connection_id") + " FROM " + d.idList +
		d.lookUp("users", "u", "*", "u.directory_id = ? AND u.id = ids.id") +
		" JOIN directories d ON d.organization_id = ? AND d.id = u.directory_id JOIN organizations g ON g.id = d.organization_id"
}
