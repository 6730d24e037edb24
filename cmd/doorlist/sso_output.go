package main

import (
	"context"
	"fmt"

	"doorlist/auth"
	"doorlist/store"
)

type ssoView struct {
	Organization string     `json:"organization"`
	Mode         string     `json:"mode"`
	SSO          int        `json:"sso"`
	Password     int        `json:"password"`
	NewPeople    string     `json:"new_people"` // sso or password
	ToSSO        []ssoUser  `json:"to_sso"`
	ToPassword   []ssoUser  `json:"to_password"`
	NoWayIn      []ssoUser  `json:"no_way_in"`
	Connections  []ssoArmed `json:"connections"`
	Changed      bool       `json:"changed"`
}

// ssoRehearsal is an ssoView with whom the change would concern.
type ssoRehearsal struct {
	ssoView
	foresightView
}

type ssoUser struct {
	ID       string `json:"id"`
	UserName string `json:"user_name"`
}

type ssoArmed struct {
	Slug    string `json:"slug"`
	Armed   bool   `json:"armed"`
	ArmedBy string `json:"armed_by"`
}

// viewSSO is a preview that changes nothing.
func viewSSO(ctx context.Context, s *store.Store, o store.Organization, mode store.SSOMode, preview auth.Preview) (ssoView, error) {
	v := ssoView{
		Organization: o.Slug, Mode: string(mode), SSO: preview.SSO, Password: preview.Password, NewPeople: "password",
		ToSSO: ssoUsers(preview.ToSSO), ToPassword: ssoUsers(preview.ToPassword), NoWayIn: ssoUsers(preview.NoWayIn),
		Connections: []ssoArmed{},
	}
	if preview.NewToSSO {
		v.NewPeople = "sso"
	}
	connections, err := s.Organization(o.ID).Connections(ctx)
	for _, c := range connections {
		v.Connections = append(v.Connections, ssoArmed{c.Slug, !c.ArmedAt.IsZero(), c.ArmedBy})
	}
	return v, err
}

func (p *program) printSSO(v ssoView) error {
	if p.json {
		return p.print(v, "")
	}
	return p.describeSSO(v)
}

// rehearseSSO tells what a change of the mode, or of somebody's choice, would come to, with everybody whom it concerns.
func (p *program) rehearseSSO(ctx context.Context, s *store.Store, o store.Organization, v ssoView, change func(tx *store.Tx) error) error {
	seen, err := p.foresee(ctx, s, o, change)
	if err != nil {
		return err
	}
	if p.json {
		return p.print(ssoRehearsal{v, viewForesight(seen)}, "")
	}
	if err := p.describeSSO(v); err != nil {
		return err
	}
	return p.describeForesight(seen)
}

func ssoUsers(people []store.SyncedPerson) []ssoUser {
	list := make([]ssoUser, len(people))
	for i, person := range people {
		list[i] = ssoUser{person.User.ID, person.User.UserName}
	}
	return list
}

// describeSSO puts a preview into sentences.
func (p *program) describeSSO(v ssoView) error {
	would := ""
	if !v.Changed {
		would = "would "
	}
	lines := []string{
		fmt.Sprintf("Mode %s: %d people %ssign in through the provider, %d with a password; people who are pushed from now on use %s.",
			v.Mode, v.SSO, would, v.Password, map[string]string{"sso": "the provider", "password": "a password"}[v.NewPeople]),
	}
	lines = append(lines, named("Changes to the provider", v.ToSSO)...)
	lines = append(lines, named("Changes to a password", v.ToPassword)...)
	lines = append(lines, named("No way in until they have a password", v.NoWayIn)...)
	if len(v.NoWayIn) > 0 {
		lines = append(lines, "`doorlist user invite WHO` makes a link to choose one; `sso set … --invite` mails one to each of them.")
	}
	for _, c := range v.Connections {
		if !c.Armed && v.SSO > 0 {
			lines = append(lines, fmt.Sprintf("SSO is not enforced for %s yet: passwords stay good until an administrator has tested it, at /login/%s?test=1.", c.Slug, c.Slug))
		}
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(p.stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// fewNames is how many people a sentence names.
const fewNames = 20

func named(what string, people []ssoUser) []string {
	if len(people) == 0 {
		return nil
	}
	lines := []string{fmt.Sprintf("%s (%d):", what, len(people))}
	for i, u := range people {
		if i == fewNames {
			return append(lines, fmt.Sprintf("  and %d more; --json lists all", len(people)-fewNames))
		}
		lines = append(lines, "  "+u.UserName)
	}
	return lines
}
