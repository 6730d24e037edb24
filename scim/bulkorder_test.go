package scim

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestBulkOrder writes an operation as its bulkId and what it refers to: "a<bc" is a POST that refers to b and c, "<b" a
// PATCH. The order is written the same way, with circles in parentheses.
func TestBulkOrder(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"":                        "",
		"a b c":                   "a b c",
		"a<b b c":                 "b a c",
		"a<c b<a c":               "c a b",
		"a<bcd b<d c<d d":         "d b c a",
		"<a <b b a":               "a < b <",
		"a<b b<a":                 "(a b)",
		"a<a b":                   "(a) b",
		"a<b b<c c<a d":           "(a b c) d",
		"a<b b<ac c<d d<c e<a":    "(c d) (a b) e",
		"a<z b<az":                "a b",
		"<ab a<b b<a <a":          "(a b) < <",
		"a<b b<c c<bd d<ae e f<f": "e (a b c d) (f)",
	} {
		var operations []*bulkOperation
		for _, text := range strings.Fields(sent) {
			operations = append(operations, orderedOperation(text))
		}
		var got []string
		for _, step := range bulkOrder(operations) {
			var names []string
			for _, o := range step.operations {
				name := o.bulkID
				if name == "" {
					name = "<"
				}
				names = append(names, name)
			}
			text := strings.Join(names, " ")
			if step.circular {
				text = "(" + text + ")"
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", sent, got, want)
		}
	}
}

func orderedOperation(text string) *bulkOperation {
	name, others, _ := strings.Cut(text, "<")
	var references []any
	for _, other := range others {
		references = append(references, bulkPrefix+string(other))
	}
	o := &bulkOperation{method: "PATCH", bulkID: name, data: map[string]any{"list": references}}
	if name != "" {
		o.method = "POST"
	}
	return o
}

// FuzzBulk reads any body: every operation comes in the order once, behind what it refers to; resolved it refers to
// nothing any more; and every refusal is one that the client reads as its own fault.
func FuzzBulk(f *testing.F) {
	conversation, err := os.ReadFile("../testdata/scim/bulk.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, part := range strings.Split(string(conversation), "\n-- ") {
		if _, body, ok := strings.Cut(part, " --\n"); ok && strings.HasPrefix(part, "POST /Bulk") {
			f.Add([]byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		body, err := decodeObject(text)
		if err != nil {
			return
		}
		operations, _, err := parseBulk(builtIn, body)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		ids, creates, placed := map[string]string{}, map[string]bool{}, map[*bulkOperation]bool{}
		for _, o := range operations {
			creates[o.bulkID] = o.method == "POST" && o.bulkID != ""
		}
		for _, step := range bulkOrder(operations) {
			for _, o := range step.operations {
				if placed[o] {
					t.Errorf("%+v comes twice", o)
				}
				placed[o] = true
				if creates[o.bulkID] {
					ids[o.bulkID] = "id"
				}
			}
			for _, o := range step.operations {
				checkBulkOperation(t, o, ids, creates)
			}
		}
		if len(placed) != len(operations) {
			t.Errorf("%d operations became %d", len(operations), len(placed))
		}
	})
}

func checkBulkOperation(t *testing.T, o *bulkOperation, ids map[string]string, creates map[string]bool) {
	t.Helper()
	if o.fault != nil {
		checkRefusal(t, o.fault)
		return
	}
	before := o.references()
	created := func(bulkID string) bool { return creates[bulkID] }
	dangling := slices.ContainsFunc(before, func(bulkID string) bool { return !creates[bulkID] })
	for _, bulkID := range before {
		if creates[bulkID] && ids[bulkID] == "" {
			t.Errorf("%+v comes before %q", o, bulkID)
		}
	}
	id, data, err := o.resolve(ids)
	if (err != nil) != dangling {
		t.Errorf("%+v with %v resolves with %v", o, ids, err)
	}
	if err != nil {
		checkRefusal(t, err)
		return
	}
	resolved := &bulkOperation{id: id, data: data}
	if left := resolved.references(); left != nil || !slices.Equal(before, o.references()) {
		t.Errorf("%+v still refers to %v", resolved, left)
	}
	pruned := &bulkOperation{data: withoutReferences(o.data, creates)}
	if left := pruned.references(); slices.ContainsFunc(left, created) {
		t.Errorf("%+v still refers to %v", pruned.data, left)
	}
	_, userErr := newUser(userType, data, nil, nil)
	_, groupErr := newGroup(groupType, data, nil, newMemberEdit(noMembers))
	_, patchErr := parsePatch(data)
	for _, err := range []error{userErr, groupErr, patchErr} {
		if err != nil {
			checkRefusal(t, err)
		}
	}
}
