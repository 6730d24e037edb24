package main

// limit is what the machine can do without any rules: one request for a fixed answer, or one statement.
type limit string

// The limits. Those of SQL are one round trip each, on tables with no more than the indexes that uniqueness and look-ups need.
const (
	httpAnswer   limit = "fixed HTTP answer"
	selectHit    limit = "raw select, found"
	selectMiss   limit = "raw select, nobody"
	insertUser   limit = "raw insert of user and e-mail"
	updateUser   limit = "raw compare-and-swap"
	insertMember limit = "raw insert of a member"
)

var limits = []limit{httpAnswer, selectHit, selectMiss, insertUser, updateUser, insertMember}

// parts says how much of each limit an operation needs at least.
type parts map[limit]float64

// composed is how many operations a second there would be if each took no longer than its parts do alone.
func composed(of parts, rates map[limit]float64) float64 {
	seconds := 0.0
	for l, times := range of {
		seconds += times / rates[l]
	}
	return 1 / seconds
}

// raw is a database's limits.
type raw interface {
	// load is what to do for a limit of SQL.
	load(l limit) load
	close() error
}

// rawUser is the user that the limits write: the same rows, of the same size, as a POST to the server.
type rawUser struct {
	id, userName, externalID, displayName, document string
	at                                              int64
}
