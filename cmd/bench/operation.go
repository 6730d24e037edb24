package main

// operation is something that a client wants of the server, with what it needs at least and the share of that limit which is the target.
type operation struct {
	name    string
	needs   parts
	floor   float64
	aim     float64
	load    func(d *door) load
	prepare func(d *door) error // nil: nothing
}

// operations are measured in this order and, every other round, backwards.
var operations = []operation{
	{name: "look-up by userName", needs: parts{httpAnswer: 1, selectHit: 0.5, selectMiss: 0.5}, floor: 0.45, aim: 0.60, load: (*door).lookUps},
	{name: "get by id", needs: parts{httpAnswer: 1, selectHit: 1}, floor: 0.45, aim: 0.60, load: (*door).gets},
	{name: "POST user, of the raw insert", needs: parts{insertUser: 1}, floor: 0.50, aim: 0.65, load: (*door).posts},
	{name: "create: look-up and POST", needs: parts{httpAnswer: 2, selectMiss: 1, insertUser: 1}, floor: 0.50, aim: 0.65, load: (*door).creates},
	{name: "PATCH user", needs: parts{httpAnswer: 1, selectHit: 1, updateUser: 1}, floor: 0.40, aim: 0.55, load: (*door).patches},
	{name: "add a member", needs: parts{httpAnswer: 1, insertMember: 1}, floor: 0.50, aim: 0.65, load: (*door).additions, prepare: (*door).addGroups},
	{name: "forward-auth check", needs: parts{httpAnswer: 1, selectHit: 1}, floor: 0.50, aim: 0.65, load: (*door).checks},
}
