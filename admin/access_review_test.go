package admin_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/store"
	"doorlist/store/storetest"
)

func TestAccessReview_SaysWhoHasAccessAndWhatChanged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		first := w.clock.Now()
		w.writerFor(w.places["contoso"], "alice@contoso.example")
		auditor := w.signIn("contoso", "auditor", w.clock.Now())
		at := "/admin/organizations/contoso/access-review"

		auditor.lacks(auditor.get(at), "What to look at first")
		auditor.want(auditor.get(at+"?on=&since=&dormant="), http.StatusOK, "What to look at first", "Made by", "Joined", "Local accounts", "Mapped by", "Signature")
		auditor.want(auditor.get(at+"?on="+first.Format(time.DateOnly)), http.StatusOK, "the group <bdi>Writers of alice@contoso.example</bdi>", "&lt;b&gt;alice")
		early := auditor.want(auditor.get(at+"?on=2001-01-01&since=&dormant="), http.StatusOK, "There was no such organization yet: it was made <time", "Choose that day, or a later one", "Start over")
		auditor.lacks(early, "What to look at first")
		auditor.lacks(early, "Show all")
		auditor.want(auditor.get(at+"?on=&dormant=none"), http.StatusUnprocessableEntity, "from 1 to 3650", "Nothing is shown")
		auditor.want(auditor.get(at+"?on=2025-01-01&since=2025-02-01"), http.StatusUnprocessableEntity, "must begin before")

		row := reviewOf(t, auditor.get(at+"?on="+w.clock.Now().Format(time.DateOnly)+"&since="+w.clock.Now().Format(time.DateOnly)+"&format=csv"), "alice@contoso.example")
		if row["role"] != "" || row["role_before"] != "writer" || row["change"] != "changed" || row["reason"] != "no_role" {
			t.Errorf("the change is told as %v", row)
		}
		row = reviewOf(t, auditor.get(at+"?on="+first.Format(time.DateOnly)+"&format=csv"), "alice@contoso.example")
		if row["role"] != "writer" || row["change"] != "joined" || !strings.HasPrefix(row["since"], first.UTC().Format("2006-01-02T15:04:05")) || row["through"] != "Writers of alice@contoso.example" {
			t.Errorf("alice is told as %v", row)
		}
	})
}

// reviewOf is the row of a person in a download.
func reviewOf(t *testing.T, got answer, userName string) map[string]string {
	t.Helper()
	rows, err := readCSV(got.body)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if slices.Contains(row, userName) {
			named := map[string]string{}
			for i, cell := range row {
				named[rows[0][i]] = cell
			}
			return named
		}
	}
	t.Fatalf("%s is not in %v", userName, rows)
	return nil
}
