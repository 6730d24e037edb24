package policy

// Method is a way to prove who one is.
type Method string

// The methods. For each person exactly one is valid at a time.
const (
	SSO      Method = "sso"      // the organization's identity provider
	Password Method = "password" // local credentials
)

// Mode says which synced people an organization sends to its identity provider.
type Mode string

// The modes. Anything else sends everybody there, because that is the stricter way.
const (
	ModeOff     Mode = "off"
	ModePerUser Mode = "per_user" // those for whom it is switched on
	ModeAll     Mode = "all"      // all but those for whom it is switched off
)

// Choice is what an administrator has set for one person.
type Choice string

// The choices. Anything else is no choice.
const (
	NoChoice  Choice = ""
	ChooseOn  Choice = "on"
	ChooseOff Choice = "off"
)

// MethodFacts is everything that decides by which method a person signs in.
type MethodFacts struct {
	Synced   bool // the provider pushes the person; people of the local directory keep their own credentials
	Mode     Mode
	Choice   Choice
	Outage   bool // an owner lets this person use a password, because the provider is down
	Armed    bool // an administrator has signed in through the connection as it is configured now
	Password bool // the person has one
}

// MethodRule names the rule that decided. The names are stable: they stand in explanations.
type MethodRule string

// The rules, in the order in which they are tried.
const (
	RuleLocal     MethodRule = "local"      // not synced: SSO cannot apply
	RuleOutage    MethodRule = "outage"     // an outage is declared, and the person is named in it
	RuleOff       MethodRule = "off"        // the organization has SSO switched off
	RuleNotChosen MethodRule = "not_chosen" // SSO is for chosen people, and the person is not
	RuleException MethodRule = "exception"  // SSO is for all but exceptions, and the person is one
	RuleNotArmed  MethodRule = "not_armed"  // nobody has proved yet that the connection works: a password stays good
	RuleSSO       MethodRule = "sso"        // SSO applies
)

// MethodFor decides by which method a person signs in, and by which rule. Its specification is testdata/method.txt.
func MethodFor(f MethodFacts) (Method, MethodRule) {
	switch {
	case !f.Synced:
		return Password, RuleLocal
	case f.Outage && f.Password:
		return Password, RuleOutage
	case f.Mode == ModeOff:
		return Password, RuleOff
	case f.Mode == ModePerUser && f.Choice != ChooseOn:
		return Password, RuleNotChosen
	case f.Mode != ModePerUser && f.Choice == ChooseOff:
		return Password, RuleException
	case !f.Armed && f.Password:
		return Password, RuleNotArmed
	}
	return SSO, RuleSSO
}

// MaySetPassword says whether a password would be of use to the person, who therefore may be invited to choose one.
func (f MethodFacts) MaySetPassword() bool {
	f.Password = true
	method, rule := MethodFor(f)
	return method == Password && rule != RuleNotArmed
}

// HasWayIn says whether the person can prove who they are at all. connectionOn says that the provider may be used.
func (f MethodFacts) HasWayIn(connectionOn bool) bool {
	if method, _ := MethodFor(f); method == Password {
		return f.Password
	}
	return connectionOn
}
