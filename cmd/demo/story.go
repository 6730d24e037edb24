package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
)

// story walks through the demonstration and judges each step.
type story struct {
	*house
	ctx      context.Context
	out      io.Writer
	tenant0  *tenantState
	browsers map[string]*browser
	steps    int
	failed   int
}

// errFailed says that something did not happen as it should.
var errFailed = errors.New("some steps did not go as expected")

// tell runs the story: one line a step, with what was expected and what happened.
func tell(ctx context.Context, h *house, out io.Writer) error {
	state, err := h.tenant.state(ctx)
	if err != nil {
		return err
	}
	s := &story{house: h, ctx: ctx, out: out, tenant0: state, browsers: map[string]*browser{}}
	for _, chapter := range []func(){s.arrive, s.loseGroup, s.leaveScope, s.beDisabled} {
		chapter()
	}
	fmt.Fprintf(out, "%d steps, %d not as expected\n", s.steps, s.failed)
	if s.failed > 0 {
		return errFailed
	}
	return nil
}

func (s *story) arrive() {
	s.step("Entra pushes its people and groups", s.expectedDirectory(), s.countDirectory)
	s.step("Olivia signs in; she is in the group of owners", "let in as owner", s.signsIn("olivia.owner"))
	s.step("Wendy signs in; she is in the groups of writers and readers", "let in as writer", s.signsIn("wendy.writer"))
	s.step("Rita signs in; she is in the group of readers", "let in as reader", s.signsIn("rita.reader"))
	s.step("Uma signs in; Entra knows her, but she is not on the list", "refused: not_provisioned", s.signsIn("uma.unassigned"))
	s.step("Nora signs in; none of her groups gives a role", "refused: no_role", s.signsIn("nora.norole"))
	s.step("Somebody asks for a page without signing in", "refused: not signed in", s.asksAgain("nobody"))
}

func (s *story) loseGroup() {
	s.step("Wendy leaves the group of writers; her next request", "let in as reader",
		s.after("wendy.writer", "leave", url.Values{"group": {"Doorlist Writers"}}, s.asksAgain("wendy.writer")))
}

func (s *story) leaveScope() {
	s.step("Rita leaves the group of readers; her next request", "refused: no_role",
		s.after("rita.reader", "leave", url.Values{"group": {"Doorlist Readers"}}, s.asksAgain("rita.reader")))
	s.step("Rita leaves her last group, so Entra takes her off the list", "refused: inactive",
		s.after("rita.reader", "leave", url.Values{"group": {"Everyone"}}, s.asksAgain("rita.reader")))
	s.step("Rita signs in again; Entra lets her, the door does not", "refused: inactive", s.signsIn("rita.reader"))
	s.step("doorlist explain says why Rita cannot sign in", "inactive", s.explained("rita.reader"))
}

func (s *story) beDisabled() {
	s.step("Wendy is disabled in Entra; her next request", "refused: inactive",
		s.after("wendy.writer", "disable", nil, s.asksAgain("wendy.writer")))
	s.step("Wendy tries to come back", "turned away by Entra", s.signsIn("wendy.writer"))
	s.step("Wendy is enabled again; her old session stays dead", "refused: session_revoked",
		s.after("wendy.writer", "enable", nil, s.asksAgain("wendy.writer")))
	s.step("Wendy signs in again", "let in as reader", s.signsIn("wendy.writer"))
}

// action does something and says what came of it.
type action func() (string, error)

// step does something and compares what came of it with what should.
func (s *story) step(what, expected string, do action) {
	s.steps++
	got, err := do()
	if err != nil {
		got = "error: " + err.Error()
	}
	verdict := "ok"
	if got != expected {
		verdict = "NOT AS EXPECTED"
		s.failed++
	}
	fmt.Fprintf(s.out, "%2d. %s: expected %q, got %q: %s\n", s.steps, what, expected, got, verdict)
}

// browser is the browser of a person, with the cookies that it has collected; "nobody" has none.
func (s *story) browser(alias string) (*browser, error) {
	if b := s.browsers[alias]; b != nil {
		return b, nil
	}
	var who person
	if alias != "nobody" {
		var err error
		if who, err = s.tenant0.person(alias); err != nil {
			return nil, err
		}
	}
	b, err := newBrowser(s.doorURL, who)
	s.browsers[alias] = b
	return b, err
}

func (s *story) signsIn(alias string) action {
	return func() (string, error) {
		b, err := s.browser(alias)
		if err != nil {
			return "", err
		}
		page, err := b.signIn(s.ctx)
		if err != nil {
			return "", err
		}
		if page.host != hostOf(s.doorURL) {
			return "turned away by Entra", nil
		}
		if page.reason != "" {
			return page.outcome(), nil
		}
		return s.asksAgain(alias)()
	}
}

// asksAgain is a request to something behind the door.
func (s *story) asksAgain(alias string) action {
	return func() (string, error) {
		b, err := s.browser(alias)
		if err != nil {
			return "", err
		}
		answer, err := b.verify(s.ctx)
		return answer.outcome(), err
	}
}

// after changes a person in Entra, waits until that is pushed, and goes on.
func (s *story) after(alias, change string, fields url.Values, next action) action {
	return func() (string, error) {
		who, err := s.tenant0.person(alias)
		if err != nil {
			return "", err
		}
		if err := s.tenant.change(s.ctx, who, change, fields); err != nil {
			return "", err
		}
		return next()
	}
}

func (s *story) explained(alias string) action {
	return func() (string, error) {
		who, err := s.tenant0.person(alias)
		if err != nil {
			return "", err
		}
		out, err := s.doorlist(s.ctx, "explain", who.UPN, "--org", "contoso", "--json")
		if err != nil {
			return "", err
		}
		var explanation struct{ Reason string }
		err = json.Unmarshal(out, &explanation)
		return explanation.Reason, err
	}
}

// expectedDirectory counts who should be on the list: the members of groups, except those that were disabled in Entra
// before they were ever pushed.
func (s *story) expectedDirectory() string {
	people := 0
	groups := s.tenant0.Tenants[0].Groups
	for _, p := range s.tenant0.Tenants[0].People {
		inScope := slices.ContainsFunc(groups, func(g tenantGroup) bool { return slices.Contains(g.Members, p.ID) })
		if inScope && p.AccountEnabled {
			people++
		}
	}
	return fmt.Sprintf("%d people, %d groups", people, len(groups))
}

func (s *story) countDirectory() (string, error) {
	people, err := s.total("Users")
	if err != nil {
		return "", err
	}
	groups, err := s.total("Groups")
	return fmt.Sprintf("%d people, %d groups", people, groups), err
}

// total asks the door's SCIM endpoint how many resources there are.
func (s *story) total(kind string) (int, error) {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.doorURL+"/scim/v2/"+kind+"?count=0", nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var list struct{ TotalResults int }
	err = json.NewDecoder(resp.Body).Decode(&list)
	return list.TotalResults, err
}
