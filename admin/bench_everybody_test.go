package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// BenchmarkConsole_OfEverybody asks for what is about each person of a large organization: previews, reports, downloads, undoing. mean-ms is
// the time of one answer; peak-MB the largest heap meanwhile, of the server and of whoever asks together.
func BenchmarkConsole_OfEverybody(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, s *store.Store) {
		w := newWorld(b, s)
		p, people := w.places["contoso-test"], peopleOfBench(b)
		w.fill(p, people)
		hybrid := p.conn
		hybrid.Roles = "hybrid"
		w.write(func(tx *store.Tx) error { _, err := tx.Organization(p.org.ID).UpdateConnection(hybrid); return err })
		first, last := w.cycle(p)
		owner := w.signIn("contoso-test", "owner", w.clock.Now())
		org, conn := "/admin/organizations/contoso-test", "/admin/connections/contoso-test-entra"
		undo := conn + "/undo?" + url.Values{"first": {first}, "last": {last}}.Encode()
		for _, each := range []struct {
			name string
			ask  func() answer
		}{
			{"preview-raise", func() answer { return owner.get(p.at(org + "/roles/:role/raise")) }},
			{"preview-unmap", func() answer { return owner.get(p.at(conn + "/mappings/:mapping/remove")) }},
			{"preview-mode", func() answer { return owner.post(org+"/settings/sso_mode", "value", "all") }},
			{"preview-default-role", func() answer { return owner.post(org+"/settings/default_role", "value", p.roles["reader"].Name) }},
			{"preview-removal", func() answer { return owner.post(conn+"/remove", "confirm", p.conn.Slug) }},
			{"roles-counted", func() answer { return owner.get(org + "/roles?count=all") }},
			{"users-csv", func() answer { return owner.get(org + "/users/export?format=csv") }},
			{"history-csv", func() answer { return owner.get(org + "/history?on=2026-01-02&format=csv") }},
			{"access-review", func() answer { return owner.get(org + "/access-review?on=") }},
			{"access-review-csv", func() answer { return owner.get(org + "/access-review?on=&format=csv") }},
			{"drift", func() answer { return owner.sendFile(org+"/drift", export(people), "connection", p.conn.Slug) }},
			{"undo-preview", func() answer { return owner.get(undo) }},
			{"undo", func() answer { return owner.undoAll(undo) }},
		} {
			b.Run(each.name, func(b *testing.B) {
				peak := heapPeak(b)
				for b.Loop() {
					if a := each.ask(); a.StatusCode != http.StatusOK {
						b.Fatalf("got %d: %s", a.StatusCode, a.body)
					}
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(inMillis(b.Elapsed())/float64(b.N), "mean-ms")
				b.ReportMetric(float64(peak()>>20), "peak-MB")
			})
		}
	})
}

// cycle has the provider switch everybody off, or on; it returns the ids of the first event and the last.
func (w *world) cycle(p *place) (first, last string) {
	w.t.Helper()
	ctx, after := context.Background(), ""
	for {
		page, err := w.store.Directory(p.conn.Directory()).Roster(ctx, "", after, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		w.clock.Advance(time.Millisecond)
		err = w.store.Write(ctx, store.Actor{Kind: store.Provisioner, ID: "t", RequestID: "cycle"}, func(tx *store.Tx) error {
			d := tx.Directory(p.conn.Directory())
			for _, l := range page {
				u, err := w.store.Directory(p.conn.Directory()).User(ctx, l.ID)
				if err != nil {
					return err
				}
				now := u.UserRecord
				now.Active, now.Document = !u.Active, fmt.Sprintf(`{"userName":%q,"externalId":%q,"displayName":%q,"active":%t}`, u.UserName, u.ExternalID, u.DisplayName, !u.Active)
				if _, err := d.UpdateUser(u, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
		after = page[len(page)-1].ID
	}
	events, err := w.store.Organization(p.org.ID).Events(ctx, store.EventQuery{SubjectID: after})
	if err != nil || len(events) == 0 {
		w.t.Fatalf("the events are %+v, %v", events, err)
	}
	return p.event, events[len(events)-1].ID
}

// export is what Entra would export of people whom fill has made.
func export(people int) string {
	var file strings.Builder
	file.WriteString(exported)
	for i := range people {
		name := fmt.Sprintf("person%06d@contoso-test.example", i)
		fmt.Fprintf(&file, "%s,%s,Person %06d,%t\n", newGUID(name), name, i, i%20 > 0)
	}
	return file.String()
}

var goesOn = regexp.MustCompile(`name="from" value="([1-9][0-9]*)"`)

// undoAll undoes round by round, as long as something is left.
func (b *browser) undoAll(path string) answer {
	b.w.t.Helper()
	a := b.post(path, "from", "0")
	for next := goesOn.FindStringSubmatch(a.body); next != nil; next = goesOn.FindStringSubmatch(a.body) {
		a = b.post(path, "from", next[1])
	}
	return a
}

// heapPeak watches the heap until the function that it returns is called, which tells how large it was at most.
func heapPeak(b *testing.B) (peak func() uint64) {
	b.Helper()
	runtime.GC()
	most, stop, done := uint64(0), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); <-done; return most }
}
