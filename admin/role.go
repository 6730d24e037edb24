package admin

import (
	"context"
	"slices"

	"doorlist/auth"
	"doorlist/store"
)

var rolesTemplate = parsePage("roles")

// shownRole is a step of the ladder.
type shownRole struct {
	store.Role
	People   auth.RoleCount
	Opens    []string // slugs of the applications that it opens
	MayShape bool
	Highest  bool // for whoever looks: it cannot be moved up
	Lowest   bool // or down
}

// mappedRole is a mapping of any connection, in words.
type mappedRole struct {
	shownMapping
	Connection store.Connection
	Edit       string // the address of its mappings; "" where whoever looks may not go
	Ceiling    string // what it counts as; "" for the role itself
}

type rolesContent struct {
	Path, Groups, Settings string
	Roles                  []shownRole // the highest first
	Counted                bool        // People are known
	None                   auth.RoleCount
	Mappings               []mappedRole
	Default                string // what becomes of whom nothing gives a role
	Ambiguous              string // and of whose groups give several
}

// countedAtOnce is how many people are counted for a page without being asked to.
const countedAtOnce = 1000

// showRoles shows the ladder, how many people have which role, what each opens, and what gives them.
func showRoles(r *request) error {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	ladder, err := scope.Roles(ctx)
	if err != nil {
		return err
	}
	limit := countedAtOnce
	if r.QueryParam("count") != "" {
		limit = 0
	}
	content := rolesContent{Path: r.orgPath("roles"), Groups: r.orgPath("groups"), Settings: r.orgPath("settings")}
	counts, counted, err := auth.CountRoles(ctx, r.Store, r.org.ID, limit, r.expect("Roles of "+r.org.Name, "people looked at"))
	if err != nil {
		return err
	}
	applications, err := scope.Applications(ctx)
	if err != nil {
		return err
	}
	content.Counted, content.None = counted, counts[""]
	for i, role := range slices.Backward(ladder) {
		content.Roles = append(content.Roles, shownRole{
			Role: role, People: counts[role.ID], Opens: opened(role, applications), MayShape: r.who.MayShape(r.org.ID, role) == nil,
			Highest: i == len(ladder)-1 || r.who.MayShape(r.org.ID, ladder[i+1]) != nil,
			Lowest:  i == 0 || r.who.MayShape(r.org.ID, ladder[i-1]) != nil,
		})
	}
	if content.Mappings, err = r.allMappings(ctx, ladder); err != nil {
		return err
	}
	content.Default, content.Ambiguous, err = r.roleRules()
	if err != nil {
		return err
	}
	return r.ok(rolesTemplate, "Roles of "+r.org.Name, content)
}

// opened are the applications that a role comes into.
func opened(role store.Role, all []store.Application) (slugs []string) {
	for _, a := range all {
		if auth.Opens(role, a.Role) {
			slugs = append(slugs, a.Slug)
		}
	}
	return slugs
}

// roleRules say what becomes of people without a role and with several.
func (r *request) roleRules() (standard, ambiguous string, err error) {
	for _, s := range settingPages {
		if !slices.Contains([]store.Setting{store.DefaultRoleSetting, store.AmbiguousRolesSetting}, s.Setting) {
			continue
		}
		options, err := r.choices(s)
		if err != nil {
			return "", "", err
		}
		words := s.words(options, s.value(r.org))
		if s.Setting == store.DefaultRoleSetting {
			standard = words
		} else {
			ambiguous = words
		}
	}
	return standard, ambiguous, nil
}

// allMappings are those of all connections that people come by, the highest role first.
func (r *request) allMappings(ctx context.Context, ladder []store.Role) ([]mappedRole, error) {
	reach, err := r.Store.Organization(r.org.ID).ReachableConnections(ctx)
	if err != nil {
		return nil, err
	}
	var list []mappedRole
	for _, at := range reach {
		of := *r
		of.connection = at.Connection
		mappings, err := of.mappings(ctx)
		if err != nil {
			return nil, err
		}
		ceilings, err := r.Store.Organization(at.Connection.OrganizationID).Ceilings(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range mappings {
			shown := mappedRole{shownMapping: m, Connection: at.Connection}
			if at.Connection.OrganizationID == r.org.ID {
				shown.Edit = of.connectionPath("mappings")
			}
			if ceiling, limited := ceilings[at.Connection.ID]; limited && m.Role.Exceeds(ceiling) {
				shown.Ceiling = ceiling.Name
			}
			list = append(list, shown)
		}
	}
	slices.SortStableFunc(list, func(a, b mappedRole) int { return b.Role.Rank - a.Role.Rank })
	return list, nil
}
