package admin

import (
	"encoding/json"
	"errors"
	"net/http"

	"doorlist/auth"
	"doorlist/store"
)

// findRule finds out whether the request takes two persons.
func (r *request) findRule() (err error) {
	if r.page.dangerous() && r.org.ID != "" {
		r.ruled, err = r.Store.Organization(r.org.ID).TwoPersons(r.Request().Context())
	}
	return err
}

// errRehearsed takes back a change that was tried alone.
var errRehearsed = errors.New("a rehearsal")

// rehearse tries a change, so that nobody is asked to agree to what cannot be done.
func (r *request) rehearse(fn func(tx *store.Tx) error) error {
	err := r.Store.Write(r.Request().Context(), r.who.Actor(), func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		r.rehearsed = true
		return nil
	}
	return err
}

// propose tries what was filled in and puts it up for another owner. What changes nothing, such as a verification, goes on.
func (r *request) propose(f form, apply func(values) (string, error)) (next string, err error) {
	r.rehearsing = true
	next, err = apply(f.values())
	r.rehearsing = false
	if err != nil || !r.rehearsed {
		return next, err
	}
	return r.putUp(f, "")
}

// putUp puts what was filled in up for another owner. seen is the digest of what was shown to come of it; "" where nothing is.
func (r *request) putUp(f form, seen string) (next string, err error) {
	answers := f.values()
	if seen != "" {
		answers["seen"] = seen
	}
	text, err := json.Marshal(answers)
	if err != nil {
		return "", err
	}
	wanted := store.Proposal{Title: f.Heading, Address: r.Request().URL.RequestURI(), Form: string(text), HomeID: r.who.OrganizationID}
	err = r.Store.Write(r.Request().Context(), r.who.Actor(), func(tx *store.Tx) error {
		_, err := tx.Organization(r.org.ID).Propose(wanted)
		return err
	})
	return r.orgPath("proposals") + "?done=proposed", err
}

// approval is how another owner looks at a proposal.
type approval struct {
	store.Proposal
	approves bool
	seen     string       // the digest of what was shown to whoever approves
	now      []field      // the page's own answers, before those that were filled in
	foreseen *foreseen    // whom it concerns; nil where that is not told
	undo     *undoContent // what it undoes; nil for anything else
	fault    string       // why an approval before came to nothing
	settled  bool
}

// actor makes an approved change in the names of the proposer and of whoever approves it.
func (r *request) actor() store.Actor {
	actor := r.who.Actor()
	if a := r.approval; a != nil {
		actor.ID, actor.Name = a.ProposerID, a.ProposerName+", approved by "+r.who.UserName
	}
	return actor
}

// endProposal ends the proposal that is approved.
func (r *request) endProposal(tx *store.Tx) error {
	return tx.Organization(r.org.ID).SettleProposal(r.approval.Proposal, store.Approved, r.who.UserName)
}

// settle makes an approved change and ends the proposal with it.
func (r *request) settle(fn func(tx *store.Tx) error) error {
	a := r.approval
	err := r.Store.Write(r.Request().Context(), r.actor(), func(tx *store.Tx) error {
		if !a.settled {
			if err := r.endProposal(tx); err != nil {
				return err
			}
		}
		return fn(tx)
	})
	a.settled = a.settled || err == nil
	return err
}

// consider shows what a proposal would do, as the form says it, or does it.
func (r *request) consider(f form, fault error, apply func(values) (string, error)) error {
	status := http.StatusOK
	if r.approval.fault != "" {
		status = http.StatusUnprocessableEntity
	}
	if fault == nil && r.approval.approves {
		next, err := apply(f.values())
		if err == nil && next != "" {
			return r.goOn(next)
		}
		if err == nil {
			return nil
		}
		fault, status = err, http.StatusUnprocessableEntity
	}
	if fault != nil {
		faults, ok := translate(fault)
		if !ok {
			return fault
		}
		r.approval.fault = "It cannot be done as it was proposed."
		for _, sentence := range faults {
			r.approval.fault += " " + sentence
		}
	}
	return r.showProposal(status, f)
}

// considerPlan is consider for what is shown beforehand. Whoever approves agrees to what was shown to them: if that is not so any more, it is
// shown once more.
func (r *request) considerPlan(f form, p plan, seen auth.Foresight, fault error) error {
	a := r.approval
	if fault == nil {
		var err error
		if a.foreseen, err = r.foreseen(f, seen); err != nil {
			return err
		}
	}
	if fault == nil && a.approves && a.seen != a.foreseen.Digest {
		a.approves, a.fault = false, "Nothing was done yet. Something else has changed meanwhile, so that this now concerns other people. Please look once more."
	}
	return r.consider(f, fault, func(values) (string, error) { return p.next, r.write(p.change) })
}

// setTwoPersons switches the two-person rule of the organization on or off; off is under the rule itself.
func setTwoPersons(r *request) error {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	own, err := scope.OwnTwoPersons(ctx)
	if err != nil {
		return err
	}
	f := form{
		Heading: "Two-person rule: " + r.org.Name, Submit: "Save", Back: r.orgPath("settings"),
		Lead:    "With it, whatever needs the right to own, and every change of who has which role, is proposed by one owner and done when another one approves it, within seven days. It holds for the organizations below too.",
		Warning: "It does not cover whoever runs the server, who can change anything at its terminal and switch the rule off there, nor break-glass sign-ins. One person with two owners' accounts is two persons to it.",
		Fields:  []field{{Name: "on", Label: "It takes two owners", Type: "flag", Value: flagOf(own)}},
	}
	return r.ask(f, func(v values) (string, error) {
		return r.orgPath("settings") + "?done=saved", r.write(func(tx *store.Tx) error {
			return tx.Organization(r.org.ID).SetTwoPersons(v["on"] == flagOn)
		})
	})
}
