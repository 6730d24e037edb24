package entra

import "maps"

// link is what the job remembers of an object that exists at the server.
type link struct {
	kind    kind
	id      string // SCIM id
	adopted bool   // found by the matching query, so it may hold what this job never wrote
	// unassigned: it was disabled because it left the scope. Such an object is never deleted, even if the directory
	// deletes it later.
	unassigned bool
	sent       map[string]string // acknowledged values, by path
	name       string            // when it was linked, for reports
	manager    string            // SCIM id, as last acknowledged or read
	members    map[string]bool   // acknowledged members, by object id
}

// path is where the object is at the server.
func (l link) path() string { return l.kind.path + "/" + l.id }

// linked returns a copy of the link of an object, without its members.
func (p *Provisioner) linked(objectID string) (link, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.links[objectID]
	if !ok {
		return link{}, false
	}
	out := *l
	out.sent, out.members = maps.Clone(l.sent), nil
	return out, true
}

// members returns a copy of the acknowledged members of a group.
func (p *Provisioner) members(groupID string) map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.links[groupID]
	if !ok {
		return nil
	}
	return maps.Clone(l.members)
}

// holder says which object is at a path of the server.
func (p *Provisioner) holder(path string) (objectID string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	objectID, ok = p.holders[path]
	return objectID, ok
}

func (p *Provisioner) addLink(o subject, id string, adopted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &link{kind: o.kind, id: id, name: o.name, adopted: adopted, sent: map[string]string{}, members: map[string]bool{}}
	p.holders[l.path()] = o.id
	p.links[o.id] = l
}

// updateLink changes a link if the object still has one.
func (p *Provisioner) updateLink(objectID string, change func(*link)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l, ok := p.links[objectID]; ok {
		change(l)
	}
}

// unlink forgets an object that is gone from the server, and every membership of it.
func (p *Provisioner) unlink(objectID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l, ok := p.links[objectID]; ok {
		delete(p.holders, l.path())
	}
	delete(p.links, objectID)
	for _, l := range p.links {
		delete(l.members, objectID)
	}
}

// doubt forgets what was acknowledged for attributes that are about to change: until the answer is read, nobody knows
// what the server has.
func (p *Provisioner) doubt(objectID string, attributes []attribute) {
	p.updateLink(objectID, func(l *link) {
		for _, a := range attributes {
			delete(l.sent, a.path)
		}
	})
}

// acknowledge remembers values that the server has taken.
func (p *Provisioner) acknowledge(objectID string, attributes []attribute) {
	p.updateLink(objectID, func(l *link) { maps.Copy(l.sent, texts(attributes)) })
}

// undisputed is what the server had acknowledged before a read and was not asked to change while it went on.
func (p *Provisioner) undisputed(objectID string, before link) map[string]string {
	now, _ := p.linked(objectID)
	maps.DeleteFunc(now.sent, func(path, value string) bool { return before.sent[path] != value })
	if _, there := p.holder(userKind.path + "/" + now.sent[managerPath]); !there {
		delete(now.sent, managerPath) // the manager was deleted meanwhile; the server may have noticed
	}
	return now.sent
}

// texts gives the values of simple attributes as they are compared, by path.
func texts(attributes []attribute) map[string]string {
	out := map[string]string{}
	for _, a := range attributes {
		if _, roles := a.value.([]appRole); !roles {
			out[a.path] = asText(a.value)
		}
	}
	return out
}

// noteDeleted remembers what has to stay away from the server.
func (p *Provisioner) noteDeleted(l link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deleted[l.path()] = l.name
}
