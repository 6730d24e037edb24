package auth

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"
	"strconv"

	"doorlist/policy"
	"doorlist/store"
)

// Foresight sums up for whom a change would change anything.
type Foresight struct {
	People   int    // who change
	Stranded int    // who had a way in and would have none, for want of a password
	Kinds    []Kind // the gravest first
	Self     Change // of the user who was asked about, if admitted now; zero for none
	Digest   string // the same for the same changes of the same people alone
	owners   map[string]*owners
}

// Asked says what a foresight tells of single people.
type Asked struct {
	Named  int    // so many of each kind; 0 for all
	UserID string // who is Self; "" for nobody
}

// owners are those of an organization whom a change is about.
type owners struct {
	stay bool            // somebody is an owner then
	lose map[string]bool // by id, as long as nobody stays
}

// Elsewhere says whether another organization than that of a slug is concerned.
func (f Foresight) Elsewhere(slug string) bool {
	_, here := f.owners[slug]
	return len(f.owners) > 1 || len(f.owners) == 1 && !here
}

// Changes are those that are named, by organization and user name.
func (f Foresight) Changes() []Change {
	var all []keyedChange
	for _, k := range f.Kinds {
		for _, c := range k.Changes {
			all = append(all, keyed(c))
		}
	}
	return inOrder(all)
}

// summing gathers a foresight, change by change. Of most changes it keeps nothing.
type summing struct {
	Foresight
	asked  Asked
	digest hash.Hash
	text   []byte
	kinds  map[[2]Outcome]*gathered
	byName map[string]*gathered
}

// gathered is a kind under way.
type gathered struct {
	kind  Kind
	names firstChanges
}

func newSumming(asked Asked) *summing {
	return &summing{Foresight{owners: map[string]*owners{}}, asked, sha256.New(), nil, map[[2]Outcome]*gathered{}, map[string]*gathered{}}
}

func (s *summing) add(c Change) error {
	s.People++
	if c.Before.Admitted && c.After.Reason == string(policy.PasswordRequired) {
		s.Stranded++
	}
	if c.ID == s.asked.UserID && c.Before.Admitted {
		s.Self = c
	}
	at := s.owners[c.Organization]
	if at == nil {
		at = &owners{lose: map[string]bool{}}
		s.owners[c.Organization] = at
	}
	at.add(c)
	g := s.gathered(c)
	g.kind.People++
	g.names.add(c)
	s.text = c.appendTo(s.text[:0])
	_, err := s.digest.Write(s.text)
	return err
}

func (s *summing) gathered(c Change) *gathered {
	outcomes := [2]Outcome{c.Before, c.After}
	g := s.kinds[outcomes]
	if g != nil {
		return g
	}
	k := c.kind()
	if g = s.byName[k.many]; g == nil {
		g = &gathered{kind: k, names: firstChanges{most: s.asked.Named}}
		s.byName[k.many] = g
	}
	s.kinds[outcomes] = g
	return g
}

func (s *summing) sum() Foresight {
	for _, g := range s.byName {
		k := g.kind
		k.Changes = inOrder(g.names.list)
		if s.asked.Named > 0 {
			k.Changes = k.Changes[:min(s.asked.Named, len(k.Changes))]
		}
		k.Words = fmt.Sprintf("%d %s", k.People, k.many)
		if k.People == 1 {
			k.Words = "1 " + k.one
		}
		s.Kinds = append(s.Kinds, k)
	}
	slices.SortFunc(s.Kinds, func(a, b Kind) int { return cmp.Or(cmp.Compare(a.weight, b.weight), cmp.Compare(a.Words, b.Words)) })
	s.Digest = base64.RawURLEncoding.EncodeToString(s.digest.Sum(nil))
	return s.Foresight
}

func (o *owners) add(c Change) {
	switch {
	case o.stay:
	case c.After.owns():
		o.stay, o.lose = true, nil
	case c.Before.owns():
		o.lose[c.ID] = true
	}
}

// appendTo appends what tells the change from others.
func (c Change) appendTo(b []byte) []byte {
	b = appendText(appendText(b, c.Organization), c.ID)
	for _, o := range []Outcome{c.Before, c.After} {
		b = strconv.AppendBool(b, o.Admitted)
		for _, text := range []string{o.Reason, o.Method, o.Role, o.Console} {
			b = appendText(b, text)
		}
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// firstChanges keeps the first of many changes by organization and user name, and some more.
type firstChanges struct {
	most int // 0 for all
	list []keyedChange
	last *keyedChange // none behind it is among the first; nil while there are few
}

// keyedChange is a change with the folded name by which it is put in order.
type keyedChange struct {
	name string
	Change
}

func keyed(c Change) keyedChange { return keyedChange{store.Fold(c.UserName), c} }

func (a keyedChange) compare(b keyedChange) int {
	return cmp.Or(cmp.Compare(a.Organization, b.Organization), cmp.Compare(a.name, b.name), cmp.Compare(a.ID, b.ID))
}

func (f *firstChanges) add(c Change) {
	k := keyed(c)
	if f.last != nil && k.compare(*f.last) > 0 {
		return
	}
	f.list = append(f.list, k)
	if f.most == 0 || len(f.list) < 2*f.most {
		return
	}
	slices.SortFunc(f.list, keyedChange.compare)
	f.list = f.list[:f.most]
	last := f.list[f.most-1]
	f.last = &last
}

func inOrder(list []keyedChange) []Change {
	slices.SortFunc(list, keyedChange.compare)
	changes := make([]Change, len(list))
	for i, k := range list {
		changes[i] = k.Change
	}
	return changes
}
