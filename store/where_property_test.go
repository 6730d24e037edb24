package store_test

import (
	"slices"
	"testing"

	"doorlist/store"
	"doorlist/store/storetest"

	"pgregory.net/rapid"
)

// TestWhere_AnyTextComparesByCodePoint stores random texts of all of Unicode in a column and in the document, and
// compares them with pieces of themselves and with other texts, in both databases and in Go.
func TestWhere_AnyTextComparesByCodePoint(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		texts, groups := keepRandomGroups(w, 120)
		rapid.Check(t, func(t *rapid.T) {
			for range 15 {
				where := drawTextWhere(t, texts, 2)
				var want []string
				for id, keys := range groups {
					if whereMatches(where, keys) {
						want = append(want, id)
					}
				}
				slices.Sort(want)
				page, err := w.Directory(w.entra.Directory()).Groups(w.t.Context(), store.Query{Where: where, Limit: len(groups)})
				var got []string
				for _, g := range page.Groups {
					got = append(got, g.ID)
				}
				if err != nil || !slices.Equal(got, want) || page.Total != len(want) {
					t.Fatalf("%#v\nselects %d of %d groups, want %d: %s (%v)", where, len(got), page.Total, len(want), firstDifference(got, want, groups), err)
				}
			}
		})
	})
}

// keepRandomGroups adds groups whose names, external ids and notes are random, and returns the texts and the
// comparison documents.
func keepRandomGroups(w *world, count int) (texts []string, groups map[string]map[string]any) {
	groups = map[string]map[string]any{}
	text := rapid.StringOfN(rapid.Rune().Filter(func(r rune) bool { return r != 0 }), 1, 6, -1)
	w.must(func(tx *store.Tx) error {
		for i := range count {
			// The numbers before the name keep it unique.
			name := string(rune('a'+i%26)) + string(rune('a'+i/26)) + text.Example(3*i)
			note, externalID := text.Example(3*i+1), text.Example(3*i+2)
			keys := map[string]any{"displayname": store.Fold(name), "externalid": externalID, "note": store.Fold(note), "notes": []any{store.Fold(note), store.Fold(name)}}
			g, err := tx.Directory(w.entra.Directory()).CreateGroup(store.GroupRecord{DisplayName: name, ExternalID: externalID, Document: "{}", Keys: asJSON(keys)}, nil)
			if err != nil {
				return err
			}
			groups[g.ID] = keys
			texts = append(texts, store.Fold(name), externalID, store.Fold(note))
		}
		return nil
	})
	return texts, groups
}

// drawTextWhere draws conditions whose operands are often pieces of what is there.
func drawTextWhere(t *rapid.T, texts []string, depth int) store.Where {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	switch {
	case depth > 0 && kind == 0:
		return store.Not{Where: drawTextWhere(t, texts, depth-1)}
	case depth > 0 && kind == 1:
		return store.And{drawTextWhere(t, texts, depth-1), drawTextWhere(t, texts, depth-1)}
	case depth > 0 && kind == 2:
		return store.Or{drawTextWhere(t, texts, depth-1), drawTextWhere(t, texts, depth-1)}
	}
	runes := []rune(rapid.SampledFrom(texts).Draw(t, "text"))
	from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
	to := rapid.IntRange(from+1, len(runes)).Draw(t, "to")
	op := rapid.SampledFrom([]store.Op{store.Equal, store.NotEqual, store.Contains, store.StartsWith, store.EndsWith, store.Less, store.LessEqual, store.Greater, store.GreaterEqual}).Draw(t, "operator")
	path := rapid.SampledFrom([][]string{{"displayname"}, {"externalid"}, {"note"}, nil}).Draw(t, "path")
	piece := store.Compare{Path: path, Op: op, Value: string(runes[from:to])}
	if path == nil {
		return store.Element{Path: []string{"notes"}, Where: piece}
	}
	return piece
}
