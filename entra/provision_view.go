package entra

// view is the directory as one cycle sees it.
type view struct {
	people map[string]Person
	groups map[string]Group
	order  []string        // ids of people, then of groups
	scope  map[string]bool // ids in scope, whether enabled or not
}

func newView(t *Tenant, scope Scope) view {
	people, groups := t.People(), t.Groups()
	v := view{people: map[string]Person{}, groups: map[string]Group{}, scope: map[string]bool{}}
	for _, p := range people {
		v.people[p.ObjectID] = p
		v.order = append(v.order, p.ObjectID)
		v.scope[p.ObjectID] = scope == ScopeAll || p.Assigned
	}
	for _, g := range groups {
		v.groups[g.ObjectID] = g
		v.order = append(v.order, g.ObjectID)
		v.scope[g.ObjectID] = scope == ScopeAll || g.Assigned
	}
	for _, g := range groups {
		if !g.Assigned {
			continue
		}
		for _, id := range g.Members {
			// Nesting is not followed: a group inside an assigned group is in scope only if assigned itself.
			if _, person := v.people[id]; person {
				v.scope[id] = true
			}
		}
	}
	return v
}

func (v view) exists(id string) bool {
	_, person := v.people[id]
	_, group := v.groups[id]
	return person || group
}

// name is what a person who reads a report knows the object by.
func (v view) name(id string) string {
	if p, ok := v.people[id]; ok {
		return p.UserPrincipalName
	}
	return v.groups[id].DisplayName
}

// provisionable says whether an object that is not at the server yet would be created: Entra does not create people
// who are disabled or deleted.
func (v view) provisionable(id string) bool {
	if p, ok := v.people[id]; ok {
		return v.scope[id] && p.CanSignIn()
	}
	return v.scope[id]
}

// doomed says whether an object that is at the server has to be deleted there. People who merely leave the scope or
// go to the recycle bin are disabled; groups have no active, so leaving the scope deletes them.
func (v view) doomed(id string, l link) bool {
	if _, group := v.groups[id]; group {
		return !v.scope[id]
	}
	return !v.exists(id) && !l.unassigned
}
