package policy

// Next is what somebody who has typed an identifier is shown.
type Next string

// The next steps.
const (
	ToProvider Next = "provider" // straight on to the one connection's provider
	AskBoth    Next = "both"     // the provider and a password field, with the same weight
	AskWhich   Next = "which"    // the connections to choose from
	AskSecret  Next = "password" // a password field
)

// Lead is a connection to which an identifier leads, by its domain or because the connection claims no domain. It says
// what holds for everybody of the connection: a fact about one person here would tell strangers who has an account.
type Lead struct {
	On         bool
	Mode       Mode
	Exceptions bool // somebody keeps a password in the mode that is for all
	Outage     bool // somebody may use a password for now
	Armed      bool
}

// Discover decides what comes after the identifier, and which of the leads count for it. A connection that is switched
// off counts only where it is all there is: its page then says so. The specification is testdata/discovery.txt.
func Discover(leads []Lead) (Next, []int) {
	counting := indexes(leads, func(l Lead) bool { return l.On })
	if len(counting) == 0 {
		counting = indexes(leads, func(Lead) bool { return true })
	}
	switch {
	case len(counting) == 0:
		return AskSecret, nil
	case len(counting) > 1:
		return AskWhich, counting
	case leads[counting[0]].providerOnly():
		return ToProvider, counting
	}
	return AskBoth, counting
}

// providerOnly says that no password is good for anybody of the connection.
func (l Lead) providerOnly() bool {
	return l.Mode != ModeOff && l.Mode != ModePerUser && !l.Exceptions && !l.Outage && l.Armed
}

func indexes(leads []Lead, counts func(Lead) bool) []int {
	var list []int
	for i, l := range leads {
		if counts(l) {
			list = append(list, i)
		}
	}
	return list
}
