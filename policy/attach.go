package policy

// Attachment is what an organization says of a connection that is its own or belongs to one above it.
type Attachment string

// What an organization can say. Anything else keeps the connection out.
const (
	AsAbove Attachment = ""    // nothing: what holds for the organization above holds for it
	Attach  Attachment = "on"  // its people sign in through the connection, and those of the organizations below
	OptOut  Attachment = "off" // it does without, though the one above has it
)

// Attached says whether people may sign in to an organization through a connection. line is what is said from that
// organization up to the one that owns the connection; it is empty where the owner is not above. The nearest that says
// something decides, and where nobody has said anything nothing applies. Its specification is testdata/attachments.txt.
func Attached(line []Attachment) bool {
	for _, said := range line {
		if said != AsAbove {
			return said == Attach
		}
	}
	return false
}

// Say is what the first organization of a line has to say so that the connection is attached there, or is not. It says no
// more than it must: what follows the organization above keeps following it.
func Say(attached bool, line []Attachment) Attachment {
	switch {
	case len(line) > 0 && Attached(line[1:]) == attached:
		return AsAbove
	case attached:
		return Attach
	}
	return OptOut
}

// Destination is an organization that a sign-in through a connection may be for.
type Destination struct {
	Line   []Attachment
	Owner  bool // of the connection
	Asked  bool // the person has named it
	Hosted bool // the person is on the way to an application of it
}

// Choose finds which of the destinations a sign-in is for: none, one, or several for the person to choose from. What the
// person has named is the only one that counts; else those with the application come first, and of these the owner.
func Choose(all []Destination, asked bool) []int {
	var open, hosted []int
	for i, d := range all {
		if !Attached(d.Line) || asked && !d.Asked {
			continue
		}
		open = append(open, i)
		if d.Hosted {
			hosted = append(hosted, i)
		}
	}
	if len(hosted) > 0 {
		open = hosted
	}
	for _, i := range open {
		if all[i].Owner {
			return []int{i}
		}
	}
	return open
}
