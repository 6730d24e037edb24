package auth_test

import (
	"slices"
	"testing"

	"doorlist/auth"
	"doorlist/store"
	"doorlist/store/storetest"
)

// TestAttachmentChanges_AreWhatAttachDoes foretells each change of a tree, and makes it.
func TestAttachmentChanges_AreWhatAttachDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.New(t))
	branch, beside := w.below("branch", w.org), w.below("beside", w.org)
	office := w.below("office", branch)
	open := func() []string {
		all, err := w.store.Destinations(t.Context(), w.conn, "")
		w.must(err)
		var list []string
		for _, d := range all {
			if auth.Attached(d.Line) {
				list = append(list, d.Slug)
			}
		}
		return list
	}
	for _, step := range []struct {
		at     store.Organization
		wanted bool
		change []string
	}{
		{w.org, true, nil},
		{branch, false, []string{"branch", "office"}},
		{branch, false, nil},
		{office, true, []string{"office"}},
		{w.org, false, []string{"beside", "contoso"}},
		{beside, true, []string{"beside"}},
		{w.org, true, []string{"contoso"}},
		{branch, true, []string{"branch"}},
	} {
		all, err := w.store.Destinations(t.Context(), w.conn, "")
		w.must(err)
		reach, err := w.store.Reach(t.Context(), step.at.ID)
		w.must(err)
		var foretold []string
		for _, d := range auth.AttachmentChanges(all, step.at.ID, reach, step.wanted) {
			foretold = append(foretold, d.Slug)
		}
		before := open()
		w.attach(step.at, step.wanted)
		after := open()
		var changed []string
		for _, slug := range []string{"beside", "branch", "contoso", "office"} {
			if slices.Contains(before, slug) != slices.Contains(after, slug) {
				changed = append(changed, slug)
			}
		}
		slices.Sort(foretold)
		if !slices.Equal(foretold, changed) || !slices.Equal(changed, step.change) {
			t.Errorf("%s to %v: foretold %v, changed %v, want %v", step.at.Slug, step.wanted, foretold, changed, step.change)
		}
	}
	if got := auth.AttachmentChanges(nil, w.org.ID, nil, false); got != nil {
		t.Errorf("of no destinations: %v", got)
	}
}
