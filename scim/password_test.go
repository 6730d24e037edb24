package scim

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"
)

const aPassword = "correct horse battery"

// TestPassword_LeavesNothingBehind sends a password in every way and looks for it in every answer, event, document and log.
func TestPassword_LeavesNothingBehind(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	d := newDoor(t, s)
	d.letPasswords(true)
	var log bytes.Buffer
	failing, err := New(Config{Store: s, Logger: slog.New(slog.NewTextHandler(&log, nil)), HashPassword: func(context.Context, string, string) (string, error) {
		return "", fmt.Errorf("out of memory")
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.must(201, "POST", "/Users", `{"userName":"u","password":"`+aPassword+`"}`)
	working := d.server.Config.Handler
	var answers strings.Builder
	for _, handler := range []http.Handler{working, failing} {
		d.server.Config.Handler = handler
		path := "/Users/" + d.must(200, "GET", "/Users", "").json["Resources"].([]any)[0].(map[string]any)["id"].(string)
		for _, r := range []reply{
			d.do("POST", "/Users?attributes=password", `{"userName":"v`+fmt.Sprint(handler == failing)+`","password":"`+aPassword+`"}`),
			d.do("PUT", path, `{"userName":"u","`+userSchema+`":{"PassWord":"`+aPassword+`"}}`),
			d.patch(path, `[{"op":"add","value":{"password":"`+aPassword+`"}}]`),
			d.patch(path, `[{"op":"add","path":"password","value":"`+aPassword+strings.Repeat("x", 2000)+`"}]`),
			d.patch(path, `[{"op":"add","path":"password","value":{"`+aPassword+`":"`+aPassword+`"}}]`),
			d.patch(path, `[{"op":"add","path":"password.value","value":"`+aPassword+`"}]`),
			d.patch(path, `[{"op":"add","path":"password[value eq \"x\"]","value":"`+aPassword+`"}]`),
			d.do("POST", "/.search", `{"attributes":["password"],"filter":"password eq \"`+aPassword+`\""}`),
			d.do("GET", path+"?attributes=password,userName", ""),
		} {
			answers.WriteString(r.text)
		}
	}
	d.server.Config.Handler = working
	events, err := s.Organization(d.connection.OrganizationID).Events(t.Context(), store.EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		answers.WriteString(e.Detail)
	}
	users, err := s.Directory(d.connection.Directory()).Users(t.Context(), store.Query{Limit: 10})
	if err != nil || len(users.Users) != 2 {
		t.Fatalf("users %v, %v", users.Users, err)
	}
	for _, u := range users.Users {
		answers.WriteString(u.Document + u.Keys)
	}
	hash, _ := d.hash(t.Context(), "x", aPassword)
	for _, secret := range []string{aPassword, hash} {
		if strings.Contains(answers.String()+log.String(), secret) {
			t.Errorf("%q is left in answers, events, documents or the log", secret)
		}
	}
	if !strings.Contains(log.String(), "out of memory") {
		t.Error("the fault of the hash is not in the log")
	}
}

func TestPassword_DiscoveryTellsOfIt(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	for _, on := range []bool{false, true, false} {
		d.letPasswords(on)
		schema := d.must(200, "GET", "/Schemas/"+userSchema, "")
		var found map[string]any
		for _, row := range schema.json["attributes"].([]any) {
			if a := row.(map[string]any); a["name"] == "password" {
				found = a
			}
		}
		if (found != nil) != on || on && (found["mutability"] != "writeOnly" || found["returned"] != "never") {
			t.Errorf("on %v: /Schemas has %v", on, found)
		}
		if got := at(d.must(200, "GET", "/ServiceProviderConfig", "").json, "changePassword", "supported"); got != on {
			t.Errorf("on %v: changePassword is %v", on, got)
		}
	}
}

// TestPassword_IsHashedOnceARequest lets changes overtake each other, so that all but the first are tried again.
func TestPassword_IsHashedOnceARequest(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	d.letPasswords(true)
	path := "/Users/" + d.create("/Users", `{"userName":"u"}`)
	const clients = 12
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			if r := d.patch(path, fmt.Sprintf(`[{"op":"replace","value":{"password":"%s %d","nickName":"n%d"}}]`, aPassword, i, i)); r.status != 200 {
				t.Errorf("status %d: %s", r.status, r.text)
			}
		})
	}
	all.Wait()
	if got := d.hashed.Load(); got != clients {
		t.Errorf("%d passwords were hashed, want %d", got, clients)
	}
	if got := d.must(200, "GET", path, "").header.Get("ETag"); got != entityTag(clients+1) {
		t.Errorf("version %s, want %d", got, clients+1)
	}
}

// TestPassword_InACircle creates managers of each other with passwords; a bad one fails the circle.
func TestPassword_InACircle(t *testing.T) {
	t.Parallel()
	d := newDoor(t, storetest.New(t))
	d.letPasswords(true)
	circle := func(a, b, password string) reply {
		user := `{"method":"POST","path":"/Users","bulkId":"%[1]s","data":{"userName":"%[1]s","password":"%[3]s","manager":{"value":"bulkId:%[2]s"}}}`
		return d.must(200, "POST", "/Bulk", `{"Operations":[`+fmt.Sprintf(user, a, b, password)+`,`+fmt.Sprintf(user, b, a, aPassword)+`]}`)
	}
	r := circle("ann", "bob", aPassword)
	for n := range 2 {
		location, _ := at(r.json, "Operations", n, "location").(string)
		if got := d.events(location[strings.LastIndexByte(location, '/')+1:]); !slices.Contains(got, "user.password_set") {
			t.Errorf("operation %d: events %v: %s", n, got, r.text)
		}
	}
	if r := circle("eve", "fay", "short"); at(r.json, "Operations", 0, "status") != "400" || d.total("/Users", `userName eq "fay"`) != 0 {
		t.Errorf("a bad password: %s", r.text)
	}
}
