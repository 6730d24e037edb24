package rig

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// request is a kind of request that changes something.
type request struct {
	name      string
	now, then string // what look says before and after
	again     int    // the status of a repetition that finds it done; 0 where it is answered like the first
	prepare   func(ctx context.Context, l *lane) error
	send      func(ctx context.Context, l *lane) reply
	look      func(ctx context.Context, l *lane) (string, error)
}

// done says that an answer tells of the request, or of one before it, that it happened.
func (q request) done(r reply) bool { return r.outcome() == OK || q.again != 0 && r.status == q.again }

// requests are all kinds of requests that a sweep cuts.
var requests = []request{
	{"create a user", "", "then on", http.StatusConflict, nothing, sendUser(http.MethodPost), lookAtUser},
	{"replace a user", "now on", "then on", 0, prepareUser, sendUser(http.MethodPut), lookAtUser},
	{"patch a user", "now on", "then on", 0, prepareUser, patchUser(`{"op":"Replace","path":"displayName","value":"then"},{"op":"Add","path":"emails[type eq \"home\"].value","value":"x@y.example"}`), lookAtUser},
	{"deactivate a user", "now on", "now off", 0, prepareUser, patchUser(`{"op":"Replace","path":"active","value":"False"}`), lookAtUser},
	{"delete a user", "now on", "", http.StatusNotFound, prepareUser, remove("Users"), lookAtUser},
	{"create a group", "", "[0 1]", http.StatusConflict, nothing, sendGroup(http.MethodPost, 0, 1), lookAtGroup},
	{"replace a group", "[0]", "[1 2]", 0, prepareGroup, sendGroup(http.MethodPut, 1, 2), lookAtGroup},
	{"patch a group", "[0]", "[1 2]", 0, prepareGroup, patchGroup(true), lookAtGroup},
	{"add a member", "[0]", "[0 2]", 0, prepareGroup, patchGroup(false), lookAtGroup},
	{"delete a group", "[0]", "", http.StatusNotFound, prepareGroup, remove("Groups"), lookAtGroup},
	{"sign in", "out", "in", 0, signedOut, func(ctx context.Context, l *lane) reply { return l.signIn(ctx) }, lookAtSession},
	{"sign out", "in", "out", 0, signedIn, signOut, lookAtSession},
	{"get a token", "out", "in", 0, signedOut, getToken, lookAtToken},
}

func nothing(context.Context, *lane) error { return nil }

func prepareUser(ctx context.Context, l *lane) (err error) {
	l.id, err = l.create(ctx, "Users", userBody(l.name, "", "now", true))
	return err
}

func prepareGroup(ctx context.Context, l *lane) (err error) {
	l.id, err = l.create(ctx, "Groups", membersBody(l.name, "", l.members[0]))
	return err
}

// resourceURL is where the subject is, or where it is created.
func (l *lane) resourceURL(collection string) string {
	if l.id == "" {
		return "/" + collection
	}
	return "/" + collection + "/" + l.id
}

// sendUser creates or replaces the subject. A repetition of a POST is one, too, whoever has come to be meanwhile.
func sendUser(method string) func(context.Context, *lane) reply {
	return func(ctx context.Context, l *lane) reply {
		path := l.resourceURL("Users")
		if method == http.MethodPost {
			path = "/Users"
		}
		return l.push(ctx, method, path, userBody(l.name, "", "then", true))
	}
}

func patchUser(operations string) func(context.Context, *lane) reply {
	return func(ctx context.Context, l *lane) reply {
		return l.push(ctx, http.MethodPatch, l.resourceURL("Users"), patchBody(operations))
	}
}

func sendGroup(method string, members ...int) func(context.Context, *lane) reply {
	return func(ctx context.Context, l *lane) reply {
		path := l.resourceURL("Groups")
		if method == http.MethodPost {
			path = "/Groups"
		}
		return l.push(ctx, method, path, membersBody(l.name, "", l.members[members[0]], l.members[members[1]]))
	}
}

// patchGroup lets the last member in; swapped lets another in, too, and the first out, all in one request.
func patchGroup(swapped bool) func(context.Context, *lane) reply {
	return func(ctx context.Context, l *lane) reply {
		operations := []string{`{"op":"Add","path":"members","value":` + valuesOf(l.members[2]) + `}`}
		if swapped {
			operations = append(operations, `{"op":"Add","path":"members","value":`+valuesOf(l.members[1])+`}`,
				fmt.Sprintf(`{"op":"Remove","path":"members[value eq \"%s\"]"}`, l.members[0]))
		}
		return l.push(ctx, http.MethodPatch, l.resourceURL("Groups"), patchBody(operations...))
	}
}

func remove(collection string) func(context.Context, *lane) reply {
	return func(ctx context.Context, l *lane) reply {
		return l.push(ctx, http.MethodDelete, l.resourceURL(collection), "")
	}
}

func signedOut(_ context.Context, l *lane) error {
	l.cookie, l.token = nil, ""
	return nil
}

func signedIn(ctx context.Context, l *lane) error {
	var r reply
	for range manyTries {
		if r = l.signIn(ctx); l.cookie != nil {
			return nil
		}
	}
	return fmt.Errorf("the visitor cannot sign in: status %d, %w", r.status, r.err)
}

func signOut(ctx context.Context, l *lane) reply {
	return l.form(ctx, "/logout", l.cookie.Clone(), url.Values{})
}

func getToken(ctx context.Context, l *lane) reply {
	r := l.form(ctx, "/oauth/token", http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(l.program.String()))}},
		url.Values{"grant_type": {"client_credentials"}})
	var got struct {
		Token string `json:"access_token"`
	}
	if r.outcome() == OK && json.Unmarshal(r.body, &got) == nil {
		l.token = got.Token
	}
	return r
}
