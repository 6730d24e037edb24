package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"doorlist/store"
)

var brakeTemplate = parsePage("brake")

type brakeContent struct {
	Path  string // of the connection
	Users string // address of the people
	Brake store.Brake
	Hold  string // how long people are held; "" holds nobody
	Held  []store.Held
	Wait  int    // how many of them wait for a decision
	Fault string // of what was ticked
}

// brake reads the connection's brake, and whom it holds.
func (r *request) brake() (content brakeContent, err error) {
	ctx, d := r.Request().Context(), r.Store.Directory(r.connection.Directory())
	content.Path, content.Users = r.connectionPath(), r.orgPath("users")
	if content.Brake, err = d.BrakeOf(ctx); err != nil {
		return content, err
	}
	if content.Brake.Hold > 0 {
		content.Hold = store.Span(content.Brake.Hold)
	}
	content.Held, err = d.Held(ctx)
	for _, h := range content.Held {
		if !h.Until.IsZero() {
			content.Wait++
		}
	}
	return content, err
}

// showBrake shows when the brake holds people, and whom it holds.
func showBrake(r *request) error {
	content, err := r.brake()
	if err != nil {
		return err
	}
	return r.ok(brakeTemplate, "The brake of "+r.connection.Name, content)
}

// setBrake changes when the brake holds people, and for how long.
func setBrake(r *request) error {
	now, err := r.brake()
	if err != nil {
		return err
	}
	f := form{
		Heading: "The brake of " + r.connection.Name, Submit: "Save", Back: r.connectionPath("brake"),
		Lead: "Single people whom the provider switches off or deletes are out at once, always. This is about many within an hour.",
		Fields: []field{
			{Name: "people", Label: "So many people may leave in any case", Type: "number", Value: strconv.Itoa(now.Brake.People)},
			{Name: "percent", Label: "And so many of a hundred", Type: "number", Value: strconv.Itoa(now.Brake.Percent), Hint: "Both must be exceeded. 100 switches the brake off, with its alarm."},
			{Name: "hold", Label: "How long those beyond are held", Value: orElse(now.Hold, "0"), Hint: "Such as 4 hours or 1 day, from 1 hour to 30 days; then they are out. 0 holds nobody and gives the alarm alone."},
		},
	}
	return r.ask(f, func(v values) (string, error) {
		wanted, err := readBrake(v)
		if err != nil {
			return "", err
		}
		return r.connectionPath("brake") + "?done=saved", r.write(func(tx *store.Tx) error {
			return tx.Directory(r.connection.Directory()).SetBrake(wanted)
		})
	})
}

func readBrake(v values) (b store.Brake, err error) {
	faults := map[string]string{}
	for name, n := range map[string]*int{"people": &b.People, "percent": &b.Percent} {
		if *n, err = strconv.Atoi(v[name]); err != nil || *n < 0 {
			faults[name] = "Give a whole number."
		}
	}
	if b.Hold, err = store.ParseSpan(v["hold"]); err != nil {
		faults["hold"] = sentence(err.Error())
	}
	if len(faults) > 0 {
		return store.Brake{}, refill{faults}
	}
	return b, nil
}

// heldDecision is a decision about people whom the brake holds.
type heldDecision struct {
	form         form
	off, deleted heldWords // of those whom the provider has switched off, and of those whom it has deleted
	done         string
	decide       func(*store.DirectoryTx, string) (int, error)
}

// heldWords are what a form says where it is about people of one kind.
type heldWords struct{ verb, lead string }

// applyHeld lets the push take effect on those whom the brake holds, or on those whom ?person= names.
func applyHeld(r *request) error {
	return r.decideHeld(heldDecision{
		form:    form{Lead: "The provider meant it so.", Warning: "Their sessions end at once, and they cannot sign in any more."},
		off:     heldWords{verb: "Switch off"},
		deleted: heldWords{"Delete", "Whom the provider has deleted is deleted, with roles given by hand and passwords."},
		done:    "switched-off", decide: (*store.DirectoryTx).ApplyHeld,
	})
}

// releaseHeld keeps them.
func releaseHeld(r *request) error {
	return r.decideHeld(heldDecision{
		form:    form{Lead: "It was a mistake at the provider: they stay."},
		off:     heldWords{"Keep", "Whom it has switched off is kept without a limit of time, until it switches them on; from then on its word counts again."},
		deleted: heldWords{"Keep", "Whom it has deleted it finds again by the user name, in the groups that they were in."},
		done:    "kept", decide: (*store.DirectoryTx).ReleaseHeld,
	})
}

// maxTicked bounds the people about whom is decided by name at once: their ids stand in the address, of which many proxies take 8 KB.
const maxTicked = 100

// decideHeld asks about those whom ?person= names, once or more often, or else about all who wait for a decision, and decides.
func (r *request) decideHeld(d heldDecision) error {
	now, err := r.brake()
	if err != nil {
		return err
	}
	named := r.QueryParams()["person"]
	if now.Fault = tickFault(len(named), r.QueryParam("ticked") != ""); now.Fault != "" {
		return r.show(http.StatusUnprocessableEntity, brakeTemplate, "The brake of "+r.connection.Name, now)
	}
	held := slices.DeleteFunc(now.Held, func(h store.Held) bool {
		return len(named) == 0 && h.Until.IsZero() || len(named) > 0 && !slices.Contains(named, h.UserID)
	})
	if len(named) > 0 && len(held) == 0 {
		return store.ErrNotFound
	}
	f := d.about(held)
	f.Back = r.connectionPath("brake")
	if len(named) == 0 {
		named = []string{""} // all
	}
	return r.ask(f, func(values) (string, error) {
		return r.connectionPath("brake") + "?done=" + d.done, r.write(func(tx *store.Tx) error {
			for _, id := range named {
				if _, err := d.decide(tx.Directory(r.connection.Directory()), id); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// tickFault says what is wrong with the number of people named; "" for nothing. Without a box ticked, all must not be meant.
func tickFault(named int, ticked bool) string {
	switch {
	case named == 0 && ticked:
		return "Nobody is ticked. Tick the people whom you mean, then choose what becomes of them."
	case named > maxTicked:
		return "These are too many at once. Tick at most " + strconv.Itoa(maxTicked) + " people, decide about them, and go on with the next."
	}
	return ""
}

// about is the form about those whom it names.
func (d heldDecision) about(held []store.Held) form {
	deleted := 0
	for _, h := range held {
		if h.Deleted {
			deleted++
		}
	}
	f, verb := d.form, d.off.verb
	if deleted < len(held) {
		f.Lead = strings.TrimSpace(f.Lead + " " + d.off.lead)
	}
	if deleted > 0 {
		f.Lead += " " + d.deleted.lead
	}
	switch {
	case deleted > 0 && deleted == len(held):
		verb = d.deleted.verb
	case deleted > 0 && d.deleted.verb != verb:
		verb += " or " + strings.ToLower(d.deleted.verb)
	}
	f.Submit = verb + " " + counted(len(held), "person", "people")
	f.Heading = f.Submit
	list := namedList{Title: "Whom it is about", More: max(0, len(held)-namedPeople)}
	for _, h := range held[:len(held)-list.More] {
		list.Items = append(list.Items, h.UserName)
	}
	if len(held) > 0 {
		f.Lists = []namedList{list}
	}
	return f
}
