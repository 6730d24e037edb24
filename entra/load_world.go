package entra

import (
	"slices"
	"sync"
)

// world is what the server has to have after everything that it acknowledged.
type world struct {
	people []*loadPerson // neither list grows while workers run
	groups []*loadGroup
	number map[int]*loadPerson

	mu        sync.Mutex
	newPeople []*loadPerson
	newGroups []*loadGroup
	persons   int // numbers of people that are taken
	named     int // numbers of groups that are taken
}

// loadPerson is one person at the server. Only the worker that it belongs to changes it.
type loadPerson struct {
	number  int
	id      string      // SCIM id
	changed []attribute // acknowledged since the creation
	unsure  bool        // a change was not acknowledged, and may have happened or not
	touched bool        // to be read back
}

// set notes an acknowledged change.
func (p *loadPerson) set(path string, value any) {
	for i := range p.changed {
		if p.changed[i].path == path {
			p.changed[i].value = value
			return
		}
	}
	p.changed = append(p.changed, attribute{path, value})
}

// wanted is what a person has to look like.
func (l *Load) wanted(p *loadPerson) []attribute {
	out := l.population.attributes(p.number)
	for _, c := range p.changed {
		i := slices.IndexFunc(out, func(a attribute) bool { return a.path == c.path })
		if i < 0 {
			out = append(out, c)
			continue
		}
		out[i] = c
	}
	return out
}

// active says whether the person is enabled.
func (p *loadPerson) active() bool {
	for _, a := range p.changed {
		if a.path == "active" {
			return a.value == true
		}
	}
	return true
}

// loadGroup is one group at the server. Members are numbers in world.people.
type loadGroup struct {
	number int
	id     string

	mu      sync.Mutex
	members map[int]bool
	unsure  map[int]bool // a change was not acknowledged
	touched bool
}

func newLoadGroup(number int, id string) *loadGroup {
	return &loadGroup{number: number, id: id, members: map[int]bool{}, unsure: map[int]bool{}}
}

func (g *loadGroup) has(person int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.members[person]
}

// note writes down that people joined or left, or, with an error, that nobody knows.
func (g *loadGroup) note(people []int, present bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.touched = true
	for _, p := range people {
		switch {
		case err != nil:
			g.unsure[p] = true
		case present:
			g.members[p] = true
		default:
			delete(g.members, p)
		}
	}
}

func (w *world) addPerson(number int, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.newPeople = append(w.newPeople, &loadPerson{number: number, id: id, touched: true})
}

func (w *world) addGroup(number int, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.newGroups = append(w.newGroups, newLoadGroup(number, id))
}

// settle takes in what was created since the last time.
func (w *world) settle() {
	if w.number == nil {
		w.number = map[int]*loadPerson{}
	}
	for _, p := range w.newPeople {
		w.number[p.number] = p
	}
	w.people, w.newPeople = append(w.people, w.newPeople...), nil
	w.groups, w.newGroups = append(w.groups, w.newGroups...), nil
}

// reserve takes the number of a new person.
func (w *world) reserve() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.persons++
	return w.persons - 1
}

// reserveGroup takes the number of a new group.
func (w *world) reserveGroup() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.named++
	return w.named - 1
}
