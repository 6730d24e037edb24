package auth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// explained is what Explain says of everybody at every organization, by slug and id.
func (w *ruled) explained() map[string]auth.Outcome {
	all := map[string]auth.Outcome{}
	for _, known := range w.orgs {
		o, err := w.store.FindOrganization(context.Background(), known.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, person := range w.people {
			e, err := auth.Explain(context.Background(), w.store, o, person.id)
			if err != nil {
				w.t.Fatal(err)
			}
			if e.Person != nil {
				all[o.Slug+" "+person.id] = auth.Outcome{Admitted: e.Admitted, Reason: e.Reason, Method: e.Method, Role: e.Role}
			}
		}
	}
	return all
}

// foretold has, of what was foretold, what Explain tells too.
func foretold(f auth.Foresight) map[string][2]auth.Outcome {
	all := map[string][2]auth.Outcome{}
	for _, c := range f.Changes() {
		c.Before.Console, c.After.Console = "", ""
		if c.Before != c.After {
			all[c.Organization+" "+c.ID] = [2]auth.Outcome{c.Before, c.After}
		}
	}
	return all
}

func TestForesee_ExactlyWhatExplainSaysAfterwards(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		newRuled(t, s, 1).compareForesights(60)
	})
}

// compareForesights makes random changes and demands of each that it was foretold. At least half of them must have been possible.
func (w *ruled) compareForesights(steps int) {
	made, people, before := 0, 0, w.explained()
	for step := range steps {
		name, o, change := w.change()
		f, err := auth.Foresee(w.t.Context(), w.store, o.ID, admin, nil, change)
		saved := w.store.Write(w.t.Context(), admin, change)
		if fmt.Sprint(err) != fmt.Sprint(saved) {
			w.t.Fatalf("step %d, %s: foreseeing it ended with %v, and making it with %v", step, name, err, saved)
		}
		if err != nil {
			continue
		}
		before = w.compare(fmt.Sprintf("step %d, %s at %s", step, name, o.Slug), f, before)
		made, people = made+1, people+f.People
		again, err := auth.Foresee(w.t.Context(), w.store, o.ID, admin, nil, func(*store.Tx) error { return nil })
		if err != nil || again.People > 0 {
			w.t.Fatalf("no change is foretold to mean %+v, %v", again, err)
		}
	}
	if made < steps/2 || people < steps {
		w.t.Errorf("of %d changes %d were made, for %d people: that says too little", steps, made, people)
	}
}

// compare demands that what happened to everybody is what was foretold, and returns how everybody is now.
func (w *ruled) compare(what string, f auth.Foresight, before map[string]auth.Outcome) (after map[string]auth.Outcome) {
	w.t.Helper()
	want := map[string][2]auth.Outcome{}
	after = w.explained()
	for key := range joinKeys(before, after) {
		if before[key] != after[key] {
			want[key] = [2]auth.Outcome{before[key], after[key]}
		}
	}
	if diff := cmp.Diff(want, foretold(f)); diff != "" {
		w.t.Fatalf("%s: what happened (-) and what was foretold (+):\n%s", what, diff)
	}
	return after
}

func joinKeys(a, b map[string]auth.Outcome) map[string]bool {
	keys := map[string]bool{}
	for _, m := range []map[string]auth.Outcome{a, b} {
		for key := range m {
			keys[key] = true
		}
	}
	return keys
}

func TestForesee_ARemovedConnection(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newRuled(t, s, 3)
		for range 15 {
			if _, _, change := w.change(); s.Write(t.Context(), admin, change) != nil {
				continue
			}
		}
		prospect, err := auth.TryRemoval(t.Context(), s, w.connections[0])
		if err != nil {
			t.Fatal(err)
		}
		f, err := prospect.Foresee(t.Context(), nil, auth.Asked{})
		if err != nil {
			t.Fatal(err)
		}
		before := w.explained()
		w.must(func(tx *store.Tx) error { return tx.Organization(w.orgs[0].ID).RemoveConnection(w.connections[0].ID) })
		w.compare("removing a connection", f, before)
		if f.People == 0 {
			t.Error("nobody is concerned")
		}
	})
}

func TestForesee_AnswersTheErrorOfTheChange(t *testing.T) {
	t.Parallel()
	w := newRuled(t, storetest.New(t), 4)
	wrong := errors.New("wrong")
	if _, err := auth.Foresee(t.Context(), w.store, w.orgs[0].ID, admin, nil, func(*store.Tx) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
}

// Each change of the rules has a digest of its own, which is the same when it is looked at again, whoever is named.
func TestForesight_DigestTellsChangesApart(t *testing.T) {
	t.Parallel()
	w := newRuled(t, storetest.New(t), 5)
	o, of := w.orgs[0], map[string]string{}
	ladder, err := w.store.Organization(o.ID).Roles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range ladder[:3] {
		to, change := role.Name, func(tx *store.Tx) error { return tx.Organization(o.ID).SetDefaultRole(role.ID) }
		all, err := auth.Foresee(t.Context(), w.store, o.ID, admin, nil, change)
		if err != nil || all.People == 0 {
			t.Fatalf("%s: %+v, %v", to, all, err)
		}
		prospect, err := auth.Try(t.Context(), w.store, o.ID, admin, change)
		if err != nil {
			t.Fatal(err)
		}
		some, err := prospect.Foresee(t.Context(), nil, auth.Asked{Named: 1})
		if err != nil || some.Digest != all.Digest || some.Summary() != all.Summary() {
			t.Errorf("%s: at first %q, then %q, %v", to, all.Summary(), some.Summary(), err)
		}
		for i, k := range some.Kinds {
			if diff := cmp.Diff(all.Kinds[i].Changes[:1], k.Changes); diff != "" {
				t.Errorf("%s: who is named first differs:\n%s", k.Words, diff)
			}
		}
		if other := of[all.Digest]; other != "" {
			t.Errorf("%s and %s have the same digest", to, other)
		}
		of[all.Digest] = to
	}
}

func TestChange_WordsTellBeforeFromAfter(t *testing.T) {
	t.Parallel()
	out := auth.Outcome{Reason: "inactive", Method: "sso", Role: "writer", Console: "none"}
	for name, change := range map[string]func(*auth.Outcome){
		"reason": func(o *auth.Outcome) { o.Reason = "connection_off" },
		"method": func(o *auth.Outcome) { o.Method = "password" },
		"role":   func(o *auth.Outcome) { o.Role = "reader" },
		"right":  func(o *auth.Outcome) { o.Console = "read" },
	} {
		after := out
		change(&after)
		if words := (auth.Change{Before: out, After: after}).Words(); words[0] == words[1] {
			t.Errorf("another %s: %q both times", name, words[0])
		}
	}
}
