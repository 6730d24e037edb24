package admin_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

// sendFile posts a form with a file, as browsers do.
func (b *browser) sendFile(path, content string, namesAndValues ...string) answer {
	b.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		if err := form.WriteField(namesAndValues[i], namesAndValues[i+1]); err != nil {
			b.w.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", "exportUsers_2026-1-2.csv")
	if err != nil {
		b.w.t.Fatal(err)
	}
	if _, err := part.Write([]byte(content)); err != nil {
		b.w.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		b.w.t.Fatal(err)
	}
	return b.sendBody(http.MethodPost, path, &body, "Content-Type", form.FormDataContentType(), "Sec-Fetch-Site", "same-origin")
}

const exported = "id,userPrincipalName,displayName,accountEnabled\n"

func TestDrift_ShowsWhoDiffers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		reader, path, connection := w.signIn("contoso", "auditor", w.clock.Now()), "/admin/organizations/contoso/drift", w.places["contoso"].conn.Slug
		reader.want(reader.get(path), http.StatusOK, "Send a file that Entra exported", "Entra of contoso", `type="file"`)
		before := w.events("contoso")
		file := exported + newGUID("nobody") + ",nobody@contoso.example,<script>alert(1)</script>,True\n"
		page := reader.want(reader.sendFile(path, file, "connection", connection, "group", ""), http.StatusOK,
			"At Entra, and not on the list: 1", "nobody@contoso.example", "&lt;script&gt;", "On the list, and not in the export: 2", "What to do:",
			"/admin/organizations/contoso/users/"+w.places["contoso"].waiting)
		reader.lacks(page, "<script>alert")
		res := reader.want(reader.sendFile(path, file, "connection", connection, "as", "csv"), http.StatusOK)
		rows, err := readCSV(res.body)
		if err != nil || len(rows) != 4 || rows[1][0] != "missing" || !strings.Contains(res.Header.Get("Content-Disposition"), "drift-contoso-") {
			t.Errorf("%v: %q", err, rows)
		}
		if after := w.events("contoso"); after != before {
			t.Errorf("comparing noted %d events", after-before)
		}
	})
}

func TestDrift_ComparesAGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	reader, path, p := w.signIn("contoso", "auditor", w.clock.Now()), "/admin/organizations/contoso/drift", w.places["contoso"]
	file := "id,userPrincipalName,displayName,objectType\n" + newGUID("after waiting@contoso.example") + ",waiting@contoso.example,W,User\n"
	reader.want(reader.sendFile(path, file, "connection", p.conn.Slug, "group", "READERS of contoso"), http.StatusOK,
		"In the group at Entra, and not here: 1", "The group gives the role reader.", "Readers of contoso")
	reader.want(reader.sendFile(path, file, "connection", p.conn.Slug), http.StatusUnprocessableEntity, "Say of which group")
	reader.want(reader.sendFile(path, file, "connection", p.conn.Slug, "group", "No such group"), http.StatusUnprocessableEntity, "no such group")
	reader.want(reader.sendFile(path, exported+newGUID("x")+",x,X,True\n", "connection", p.conn.Slug, "group", "Readers"), http.StatusUnprocessableEntity, "Leave this empty")
}

func TestDrift_SaysWhatIsWrongWithAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	reader, path, connection := w.signIn("contoso", "auditor", w.clock.Now()), "/admin/organizations/contoso/drift", w.places["contoso"].conn.Slug
	for content, says := range map[string]string{
		"":                              "empty, or none was chosen",
		"what is this?":                 "no heading of an export",
		exported + "x,ann,Ann,True\n":   "<strong>Line 2:</strong>",
		strings.Repeat("x", 50<<20+1):   "larger than 50 MB",
		strings.Repeat("x", 50<<20+1e6): "larger than 50 MB",
	} {
		reader.want(reader.sendFile(path, content, "connection", connection), http.StatusUnprocessableEntity, says)
	}
	for _, foreign := range []string{"fabrikam-entra", "contoso-test-entra", "nowhere", ""} {
		reader.want(reader.sendFile(path, exported+newGUID("x")+",x,X,True\n", "connection", foreign), http.StatusUnprocessableEntity, "Choose one of those")
	}
	reader.want(reader.post(path, "connection", connection), http.StatusUnprocessableEntity, "has no file")
	nobody := w.signIn("contoso", "reader", w.clock.Now())
	nobody.want(nobody.sendFile(path, exported, "connection", connection), http.StatusForbidden)
}

// events counts what the trail of an organization tells.
func (w *world) events(organization string) int {
	w.t.Helper()
	list, err := w.store.Organization(w.places[organization].org.ID).Events(w.t.Context(), store.EventQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}
