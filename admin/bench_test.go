package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// peopleOfBench is how many people the large organization has; DOORLIST_BENCH_PEOPLE says otherwise.
func peopleOfBench(b *testing.B) int {
	b.Helper()
	text := os.Getenv("DOORLIST_BENCH_PEOPLE")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// fill gives a place people: nine of ten in its mapped group, each with a sign-in that was admitted or refused.
func (w *world) fill(p *place, people int) {
	w.t.Helper()
	const batch = 500
	for from := 0; from < people; from += batch {
		if err := w.store.FreshenStatistics(context.Background()); err != nil { // as a server does every few seconds
			w.t.Fatal(err)
		}
		var members store.MemberChange
		var decisions []store.Decision
		w.write(func(tx *store.Tx) error {
			members, decisions = store.MemberChange{}, nil
			d := tx.Directory(p.conn.Directory())
			for i := from; i < min(people, from+batch); i++ {
				name := fmt.Sprintf("person%06d@%s.example", i, p.org.Slug)
				u, err := d.CreateUser(store.UserRecord{
					UserName: name, DisplayName: fmt.Sprintf("Person %06d", i), Active: i%20 > 0, ExternalID: newGUID(name),
					Emails: []store.Email{{Value: name, Type: "work", Primary: true}}, Document: `{"userName":"` + name + `"}`, Keys: "{}",
				})
				if err != nil {
					return err
				}
				if i%10 > 0 {
					members.Add = append(members.Add, store.NewMember{ID: u.ID})
				}
				reason := "admitted"
				if i%10 == 0 {
					reason = "no_role"
				}
				decisions = append(decisions, store.Decision{UserID: u.ID, UserName: name, ConnectionID: p.conn.ID, DirectoryID: p.conn.DirectoryID, Method: "sso", Reason: reason, Admitted: i%10 > 0, Address: "192.0.2.7"})
			}
			if _, err := d.UpdateGroup(p.group, nil, members); err != nil {
				return err
			}
			for _, dec := range decisions {
				if _, err := tx.Organization(p.org.ID).RecordDecision(dec); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkConsole_OfManyPeople asks for each page of an organization of many people and, in turn, for that of a small one: half of the
// answers (p50-ms) and all but one in a hundred (p99-ms) came within so many milliseconds, and half of the large one's took so many times the
// small one's.
func BenchmarkConsole_OfManyPeople(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, s *store.Store) {
		w := newWorld(b, s)
		small, large := w.places["fabrikam"], w.places["contoso-test"]
		w.fill(small, 100)
		w.fill(large, peopleOfBench(b))
		w.logMany(large, 2000)
		small.free, large.free = small.group, large.group // whose page is asked for
		if err := s.TallyDecisions(context.Background()); err != nil {
			b.Fatal(err)
		}
		if err := s.CountPeople(context.Background()); err != nil {
			b.Fatal(err)
		}
		here, there := w.signIn("contoso-test", "owner", w.clock.Now()), w.signIn("fabrikam", "owner", w.clock.Now())
		for _, p := range w.pages() {
			if p.method != http.MethodGet {
				continue
			}
			res := here.get(large.at(p.path))
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Disposition") != "" {
				continue // what only a query or another state names, and files, which are as long as the list
			}
			if confirmed.MatchString(res.body) {
				continue // previews look at everybody: BenchmarkConsole_OfEverybody
			}
			b.Run(p.path, func(b *testing.B) {
				var mine, theirs []time.Duration
				for b.Loop() {
					mine, theirs = append(mine, here.timed(large.at(p.path))), append(theirs, there.timed(small.at(p.path)))
				}
				slices.Sort(mine)
				slices.Sort(theirs)
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(inMillis(mine[len(mine)/2]), "p50-ms")
				b.ReportMetric(inMillis(mine[len(mine)*99/100]), "p99-ms")
				b.ReportMetric(float64(mine[len(mine)/2])/float64(theirs[len(theirs)/2]), "x-small")
			})
		}
	})
}

// logMany gives a place's connection requests of its provider.
func (w *world) logMany(p *place, n int) {
	w.t.Helper()
	log := store.NewRequestLog(w.store)
	for i := range n {
		w.clock.Advance(time.Second)
		log.Record(store.SCIMRequest{
			OrganizationID: p.org.ID, ConnectionID: p.conn.ID, At: w.clock.Now(), CredentialID: p.token.ID, Method: "PATCH", Target: "/Users/x", Operation: "Update user", Status: 200,
		})
		if i%100 == 99 {
			if err := log.Flush(context.Background()); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (b *browser) timed(path string) time.Duration {
	began := time.Now()
	b.get(path)
	return time.Since(began)
}

func inMillis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
