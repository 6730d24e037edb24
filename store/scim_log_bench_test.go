package store_test

import (
	"fmt"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

// BenchmarkRequestLog keeps the requests of a first synchronization, of which every other is a look-up, 250 at a time.
func BenchmarkRequestLog(b *testing.B) {
	storetest.EachBench(b, func(b *testing.B, s *store.Store) {
		w, n := newWorld(b, s), 0
		for _, kind := range []string{"look-up", "create"} {
			b.Run(kind, func(b *testing.B) {
				l := store.NewRequestLog(s)
				b.ReportAllocs()
				for b.Loop() {
					if n++; n%250 == 0 {
						if err := l.Flush(b.Context()); err != nil {
							b.Fatal(err)
						}
					}
					l.Record(benchRequest(w.entra, w.Now().Add(time.Duration(n)*time.Millisecond), kind, n))
				}
			})
		}
	})
}

func benchRequest(c store.Connection, at time.Time, kind string, n int) store.SCIMRequest {
	return scimRequest(c, at, func(r *store.SCIMRequest) {
		name := fmt.Sprintf("person-%d@contoso.com", n)
		r.SubjectKind, r.CredentialID, r.RequestID = "user", c.DirectoryID, "DDCQMMIAV5JSNJ2CO4TTLSPJI3"
		r.Headers = "Content-Type: application/scim+json\nUser-Agent: Microsoft.Identity.Health.CPP"
		if r.Target = `/Users?filter=userName eq "` + name + `"`; kind == "look-up" {
			return
		}
		r.Method, r.Target, r.Operation, r.Status = "POST", "/Users", "Create user", 201
		r.SubjectID, r.SubjectName = fmt.Sprintf("01a20155-6193-7c24-9444-%012x", n), name
		r.Noted = store.Noted{Tally: store.Tally{UsersCreated: 1}, First: r.SubjectID, Last: r.SubjectID}
		r.Body = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"` + name + `","active":true,"name":{"givenName":"Someone",` +
			`"familyName":"Else"},"emails":[{"primary":true,"type":"work","value":"` + name + `"}],"title":"Engineer","preferredLanguage":"en-US"}`
		r.BodyBytes = int64(len(r.Body))
	})
}
