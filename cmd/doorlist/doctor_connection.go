package main

import (
	"context"
	"fmt"
	"time"

	"doorlist/auth"
	"doorlist/store"
)

// endsSoon is when the end of a credential or token should be seen to.
const endsSoon = 30 * 24 * time.Hour

// pushOverdue is how long a provider may be silent: Entra comes every 40 minutes.
const pushOverdue = 3 * time.Hour

func (d *doctor) organizations(ctx context.Context, s *store.Store) {
	all, err := organizations(ctx, s)
	if err != nil {
		d.say(isFault, "organizations", sentence(err), "")
		return
	}
	if len(all) == 0 {
		d.say(isWarning, "organizations", "there is none", "run `doorlist org add NAME`")
	}
	for _, o := range all {
		if err := d.organization(ctx, s, o); err != nil {
			d.say(isFault, "organization "+o.Slug, sentence(err), "")
		}
	}
}

func (d *doctor) organization(ctx context.Context, s *store.Store, o store.Organization) error {
	scope := s.Organization(o.ID)
	connections, err := scope.Connections(ctx)
	if err != nil {
		return err
	}
	progress, err := scope.Progress(ctx, d.now())
	if err != nil {
		return err
	}
	credentials, err := scope.ProviderCredentials(ctx)
	if err != nil {
		return err
	}
	ways, err := scope.SCIMWays(ctx, d.now())
	if err != nil {
		return err
	}
	resyncs, err := scope.Resyncs(ctx)
	if err != nil {
		return err
	}
	for _, c := range connections {
		about := "connection " + c.Slug
		if !c.Enabled {
			d.say(isWarning, about, "it is switched off", "`doorlist connection set "+c.Slug+" --enabled` switches it on")
			continue
		}
		if err := d.provider(ctx, s, c, about); err != nil {
			return err
		}
		if c.Kind != store.SAMLConnection {
			d.credentials(c, about, credentials)
		}
		d.scimAccess(c, about, ways)
		d.resync(about, c, resyncs)
		for _, p := range progress {
			if p.ConnectionID == c.ID {
				d.push(about, p)
			}
		}
	}
	return nil
}

func (d *doctor) provider(ctx context.Context, s *store.Store, c store.Connection, about string) error {
	if c.Kind == store.SAMLConnection {
		return d.saml(ctx, s, c, about)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*probeTimeout)
	defer cancel()
	redirect := d.program.config.publicURL() + "/login/callback"
	found, err := auth.CheckProvider(ctx, nil, d.now, c, redirect)
	if err != nil {
		d.say(isFault, about, err.Error(), "check the tenant or issuer, and that this machine reaches it")
		return nil
	}
	if found.Keys == 0 {
		d.say(isFault, about, "the provider publishes no key that tokens can be signed with", "ask the provider; nobody can sign in")
	} else {
		d.say(isOK, about, fmt.Sprintf("the provider answers, with %d keys", found.Keys), "")
	}
	d.clock(about, found.Skew)
	if found.Redirect != nil {
		d.say(isFault, about, found.Redirect.Error(), "register "+redirect+" as a redirect URI of the kind Web at the provider")
	} else {
		d.say(isOK, about, "the provider sends people back to "+redirect, "")
	}
	return nil
}

func (d *doctor) saml(ctx context.Context, s *store.Store, c store.Connection, about string) error {
	settings, err := s.Organization(c.OrganizationID).SAML(ctx, c.ID)
	switch {
	case err != nil:
		return err
	case settings.Provider.EntityID == "":
		d.say(isFault, about, "the provider's metadata is missing: nobody can sign in", "`doorlist connection set "+c.Slug+" --metadata URL-or-FILE`")
	case settings.Fault != "":
		d.say(isWarning, about, "the provider's metadata could not be read again: "+settings.Fault, "the last good one of "+settings.FetchedAt.UTC().Format(time.DateOnly)+" is used on; check its address")
	default:
		d.say(isOK, about, "the provider's metadata is there, as of "+settings.FetchedAt.UTC().Format(time.DateOnly), "")
	}
	return nil
}

func (d *doctor) credentials(c store.Connection, about string, all []store.ProviderCredential) {
	best, any := time.Duration(0), false
	for _, k := range all {
		if k.ConnectionID != c.ID {
			continue
		}
		any = true
		if k.ExpiresAt.IsZero() {
			d.say(isOK, about, "it has a credential for the provider", "")
			return
		}
		best = max(best, k.ExpiresAt.Sub(d.now()))
	}
	fix := "make another at the provider, and `doorlist connection credential add " + c.Slug + "`"
	switch {
	case !any && d.program.config.shared().Serves(c):
		d.say(isOK, about, "it uses the server's own application", "")
	case !any:
		d.say(isFault, about, "it has no credential for the provider: nobody can sign in", fix)
	case best <= 0:
		d.say(isFault, about, "its credential for the provider has expired: nobody can sign in", fix)
	case best <= endsSoon:
		d.say(isWarning, about, "its credential for the provider ends in "+inDays(best), fix)
	default:
		d.say(isOK, about, "its credential for the provider is good for "+inDays(best), "")
	}
}

// scimAccess judges the way by which the provider comes.
func (d *doctor) scimAccess(c store.Connection, about string, all []store.SCIMWay) {
	fix := "`doorlist token create --connection " + c.Slug + "`, and enter it at the provider"
	way, err := store.SCIMWayInUse(all, c.ID)
	if err != nil {
		d.say(isWarning, about, "it has no SCIM token that is good, and no OAuth client either: the provider cannot push", fix)
		return
	}
	name := wayNames[way.Kind]
	if way.Kind == store.ClientCredential {
		fix = "`doorlist client add-secret " + way.ID + "`, and enter it at the provider"
	}
	left := way.ExpiresAt.Sub(d.now())
	switch {
	case way.ExpiresAt.IsZero():
		d.say(isOK, about, "it has "+name.one, "")
	case left <= endsSoon:
		d.say(isWarning, about, "its "+name.its+" ends in "+inDays(left), fix)
	default:
		d.say(isOK, about, "its "+name.its+" is good for "+inDays(left), "")
	}
}

// wayNames are what the ways to SCIM are called.
var wayNames = map[store.CredentialKind]struct{ one, its string }{
	store.TokenCredential:  {"a SCIM token", "SCIM token"},
	store.ClientCredential: {"an OAuth client", "OAuth client's secret"},
	store.EntraCredential:  {"a provider that signs its own tokens", ""},
}

func (d *doctor) push(about string, p store.Progress) {
	silent := d.now().Sub(p.LastPush)
	switch {
	case p.LastPush.IsZero():
		d.say(isWarning, about, "the provider has never pushed anything", "start provisioning there: `doorlist connection guide` has every value")
	case silent > pushOverdue:
		d.say(isWarning, about, "the provider was last here "+silent.Round(time.Minute).String()+" ago", "look whether provisioning is stopped or in quarantine there: leavers are not switched off meanwhile")
	default:
		d.say(isOK, about, "the provider was last here "+silent.Round(time.Second).String()+" ago", "")
	}
	if p.Users && !p.Mappings {
		d.say(isWarning, about, "no group or app role gives a role: people are on the list but may do nothing", "`doorlist mapping add`")
	}
}

func inDays(d time.Duration) string {
	if days := int(d / (24 * time.Hour)); days != 1 {
		return fmt.Sprintf("%d days", days)
	}
	return "one day"
}
