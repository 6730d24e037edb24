package store

// Where is a condition on the users or groups of a directory. Package scim compiles a filter to it; this file and
// dialect.go turn it into SQL. It is a closed set: And, Or, Not, Compare, Present and Element.
type Where interface{ where() }

// And holds when all of its conditions hold; an empty And always holds.
type And []Where

// Or holds when one of its conditions holds; an empty Or never holds.
type Or []Where

// Not holds when its condition does not. There is no third truth value: an absent attribute compares as unequal.
type Not struct{ Where Where }

// Compare compares one attribute with a value.
//
// Path names the attribute in the comparison document (see UserRecord.Keys): lower-case attribute names, one per
// level, e.g. {"name","familyname"}, {"meta","created"}, {"urn:...:user","employeenumber"}. Inside an Element the
// path is relative to the list's elements.
//
// Value is a string (already folded by Fold unless the attribute is case-exact), a bool, a float64, or a time.Time.
type Compare struct {
	Path  []string
	Op    Op
	Value any
}

// Present holds when the attribute has a value that is not empty.
type Present struct{ Path []string }

// Element holds when some element of the list at Path satisfies Where (all of it, on the same element).
type Element struct {
	Path  []string
	Where Where
}

// Op is a comparison. Text is compared by code point, times and numbers by value; a bool knows only Equal and NotEqual.
type Op string

// The operators of RFC 7644 section 3.4.2.2, except pr, which is Present. An absent attribute is NotEqual to every
// value and satisfies no other operator.
const (
	Equal        Op = "eq"
	NotEqual     Op = "ne"
	Contains     Op = "co"
	StartsWith   Op = "sw"
	EndsWith     Op = "ew"
	Greater      Op = "gt"
	GreaterEqual Op = "ge"
	Less         Op = "lt"
	LessEqual    Op = "le"
)

func (And) where()     {}
func (Or) where()      {}
func (Not) where()     {}
func (Compare) where() {}
func (Present) where() {}
func (Element) where() {}
