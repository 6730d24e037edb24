package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doorlist/scim"
	"doorlist/store"
	"doorlist/store/storetest"
)

var updateAccess = flag.Bool("update-access", false, "write testdata/access.txt anew; read every line that changes")

const accessFile = "testdata/access.txt"

// accessors are who asks, in the order of the columns of accessFile. All but the last two ask of contoso.
var accessors = []string{"nobody", "forged", "inactive", "reader", "owner", "program", "token", "their owner", "their token"}

// TestAccess_EveryRouteAgainstEveryCredential demands of every route that is mounted what accessFile says: a route that is
// not in it fails the test until somebody has decided who may do what there.
func TestAccess_EveryRouteAgainstEveryCredential(t *testing.T) {
	t.Parallel()
	want := readAccess(t)
	got := map[string]string{}
	w := newIsolated(t, storetest.New(t))
	w.addAccessors()
	var changing []string
	for _, route := range w.everyRoute() {
		if method, path, _ := strings.Cut(route, " "); method == http.MethodPost && !strings.HasPrefix(path, "/scim/") {
			changing = append(changing, route)
			continue
		}
		got[route] = w.accessTo(route)
	}
	for _, route := range changing { // each may end what the next one needs
		w := newIsolated(t, storetest.New(t))
		w.addAccessors()
		got[route] = w.accessTo(route)
	}
	if *updateAccess {
		writeAccess(t, got)
		return
	}
	for route, outcomes := range got {
		if want[route] != outcomes {
			t.Errorf("%s\n%s\n%s; %s says\n%s", strings.Join(accessors, " | "), route, outcomes, accessFile, want[route])
		}
	}
	for route := range want {
		if got[route] == "" {
			t.Errorf("%s is in %s, and is no route", route, accessFile)
		}
	}
}

// answersHere is false for style sheets, which are everybody's, and for where a provider elsewhere would be asked first.
func answersHere(path string) bool {
	return !strings.Contains(path, "/assets/") && path != "/login/:connection"
}

// everyRoute is what the routers have: that of the pages, that of provisioning, and the process's own.
func (w *isolated) everyRoute() (list []string) {
	w.t.Helper()
	for _, r := range w.routes {
		if !answersHere(r.Path) {
			continue
		}
		method := r.Method
		if strings.HasPrefix(r.Path, "/auth/verify") {
			method = http.MethodGet // it takes any, for a proxy passes the request's own on
		}
		list = append(list, method+" "+r.Path)
	}
	for _, route := range scim.Routes() {
		method, path, _ := strings.Cut(route, " ")
		list = append(list, method+" /scim/v2"+path)
	}
	source, err := os.ReadFile("handler.go")
	if err != nil {
		w.t.Fatal(err)
	}
	own := regexp.MustCompile(`case path == "([^"]+)"`).FindAllSubmatch(source, -1)
	if len(own) < 3 {
		w.t.Fatalf("the process's own addresses are %q", own)
	}
	for _, path := range own {
		list = append(list, "GET "+string(path[1]))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// addAccessors adds to the credentials of the world those that accessors names.
func (w *isolated) addAccessors() {
	w.t.Helper()
	var reader store.Role
	roles, err := w.store.Organization(w.entra.org.ID).Roles(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range roles {
		if r.Name == "reader" {
			reader = r
		}
	}
	var token string
	w.write(func(tx *store.Tx) (err error) {
		_, token, err = tx.Organization(w.entra.org.ID).CreateToken(w.entra.conn.ID, "another", time.Time{})
		return err
	})
	ids := map[string]string{}
	for _, name := range []string{"reader", "inactive"} {
		ids[name] = w.provision(w.entra, "Users", `"userName":"`+name+`@example.com","active":true`)
		w.write(func(tx *store.Tx) error {
			return tx.Organization(w.entra.org.ID).AssignRole(w.entra.conn.DirectoryID, ids[name], reader.ID)
		})
		sum := sha256.Sum256([]byte(name))
		w.write(func(tx *store.Tx) error {
			_, err := tx.Directory(w.entra.conn.Directory()).StartSession(store.NewSession{
				UserID: ids[name], ConnectionID: w.entra.conn.ID, SecretHash: sum[:], Method: "oidc", AuthTime: w.store.Now(), IdleFor: time.Hour, LastsFor: time.Hour,
			})
			return err
		})
	}
	res := w.ask(http.MethodPatch, "/scim/v2/Users/"+ids["inactive"], `{"Operations":[{"op":"replace","path":"active","value":false}]}`, "application/scim+json", w.credentials["SCIM token"])
	if res.Code != http.StatusOK {
		w.t.Fatalf("switching somebody off: %d %s", res.Code, res.Body)
	}
	cookie := func(secret string) http.Header { return http.Header{"Cookie": {"__Host-doorlist=" + secret}} }
	maps.Copy(w.credentials, map[string]http.Header{
		"nobody": {}, "forged": cookie("forged"), "inactive": cookie("inactive"), "reader": cookie("reader"), "owner": w.credentials["session"],
		"token": {"Authorization": {"Bearer " + token}}, "their owner": cookie("somebody else's"), "their token": {"Authorization": {"Bearer " + w.other.secret}},
	})
}

// accessTo asks for a route as each accessor. Who may least asks first.
func (w *isolated) accessTo(route string) string {
	w.t.Helper()
	outcomes := make([]string, len(accessors))
	method, path, _ := strings.Cut(route, " ")
	contentType := "application/x-www-form-urlencoded"
	target := w.filled(path, "", "")
	if strings.HasPrefix(path, "/scim/") {
		target, contentType = strings.ReplaceAll(path, ":id", "x"), "application/scim+json"
	}
	for _, i := range []int{0, 1, 2, 7, 8, 3, 6, 5, 4} {
		res := w.ask(method, target, "", contentType, w.credentials[accessors[i]])
		outcomes[i] = fmt.Sprint(res.Code)
		for _, page := range []string{"login", "reauth"} {
			if strings.Contains(res.Header().Get("Location"), "/"+page) {
				outcomes[i] = page
			}
		}
	}
	return strings.Join(outcomes, " ")
}

func readAccess(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(accessFile)
	if err != nil && !*updateAccess {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) != 2+len(accessors) {
			t.Fatalf("%s: %q has %d fields", accessFile, line, len(fields))
		}
		rows[fields[0]+" "+fields[1]] = strings.Join(fields[2:], " ")
	}
	return rows
}

func writeAccess(t *testing.T, rows map[string]string) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What each route answers to whom; login and reauth are redirects there. An address that names something names contoso's.\n")
	line := func(route string, outcomes []string) {
		fmt.Fprintf(&b, "%-84s", route)
		for _, o := range outcomes {
			fmt.Fprintf(&b, " %-9s", o)
		}
		b.Truncate(len(bytes.TrimRight(b.Bytes(), " ")))
		b.WriteString("\n")
	}
	heads := slices.Clone(accessors)
	for i := range heads {
		heads[i] = strings.ReplaceAll(heads[i], " ", "-")
	}
	line("# route", heads)
	for _, route := range slices.Sorted(maps.Keys(rows)) {
		line(route, strings.Fields(rows[route]))
	}
	if err := os.WriteFile(accessFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
