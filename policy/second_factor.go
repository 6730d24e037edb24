package policy

// SecondFactorRule says who is asked for a second factor behind a password.
type SecondFactorRule string

// The rules. Anything else asks everybody, because that is the stricter way.
const (
	FactorOwners SecondFactorRule = "owners" // those whose role owns the console, and whoever has one
	FactorAll    SecondFactorRule = "all"
	FactorOff    SecondFactorRule = "off"
)

// FactorStep is what somebody has to do behind the right password.
type FactorStep string

// The steps.
const (
	NoFactor     FactorStep = ""
	GiveCode     FactorStep = "code"
	EnrollFactor FactorStep = "enroll" // get a second factor first, and give its code
)

// FactorFacts is everything that decides about the second factor of somebody who gave the right password and is admitted.
type FactorFacts struct {
	Rule     SecondFactorRule
	Owner    bool // the role owns the console
	Enrolled bool
	Asked    bool // the person wants to where a second factor is demanded, whatever the rule
}

// SecondFactorFor decides what somebody has to do behind the right password. It does not concern SSO: there the provider
// decides.
func SecondFactorFor(f FactorFacts) FactorStep {
	switch {
	case f.Rule == FactorOff && !f.Asked:
		return NoFactor
	case f.Enrolled:
		return GiveCode
	case f.Rule == FactorOwners && !f.Owner && !f.Asked:
		return NoFactor
	}
	return EnrollFactor
}
