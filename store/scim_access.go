package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// SCIMAccess is what a connection demands of its provider beside a credential. The zero value demands nothing.
type SCIMAccess struct {
	Networks     string // from where SCIM may come, such as "192.0.2.0/24 2001:db8::/32"; "" for everywhere
	Certificates string // SHA-256 fingerprints of client certificates, one of which must be shown; "" for none
	EntraTokens  bool   // takes tokens that Entra signs itself, for a job without a secret token
	EntraApp     string // the application that such tokens must name; "" for any of the tenant
}

// The most networks and certificates that a connection may name.
const (
	maxNetworks     = 200
	maxCertificates = 10
)

// AllowsAddress says whether SCIM may come from an address. What is no address is nowhere.
func (a SCIMAccess) AllowsAddress(address string) bool {
	if a.Networks == "" {
		return true
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(strings.Fields(a.Networks), func(text string) bool {
		network, err := netip.ParsePrefix(text)
		return err == nil && network.Contains(ip)
	})
}

// AllowsCertificate says whether a client certificate is one of those demanded, by its fingerprint; "" for none.
func (a SCIMAccess) AllowsCertificate(fingerprint string) bool {
	return a.Certificates == "" || slices.Contains(strings.Fields(a.Certificates), fingerprint)
}

const accessColumns = "coalesce(a.networks, ''), coalesce(a.certificates, ''), coalesce(a.entra_tokens, false), coalesce(a.entra_app, '')"

func (a *SCIMAccess) fields() []any {
	return []any{&a.Networks, &a.Certificates, &a.EntraTokens, &a.EntraApp}
}

func (c conn) scimAccess(ctx context.Context, organizationID, connectionID, lock string) (SCIMAccess, error) {
	var a SCIMAccess
	err := c.rows(ctx, "SELECT "+accessColumns+" FROM scim_access a WHERE a.organization_id = ? AND a.connection_id = ?"+lock,
		[]any{organizationID, connectionID}, func(scan scanner) error { return scan(a.fields()...) })
	return a, err
}

// SCIMAccess reads what a connection demands of its provider; nothing for a connection that is not there.
func (o *OrganizationScope) SCIMAccess(ctx context.Context, connectionID string) (SCIMAccess, error) {
	if !o.valid() || !validID(connectionID) {
		return SCIMAccess{}, nil
	}
	return o.scimAccess(ctx, o.id, connectionID, "")
}

// ChangeSCIMAccess changes what a connection demands of its provider, from the next request on.
func (o *OrganizationTx) ChangeSCIMAccess(connectionID string, change func(a *SCIMAccess)) error {
	c, err := o.connection(connectionID)
	if err != nil {
		return err
	}
	was, err := o.tx.scimAccess(o.tx.ctx, o.id, c.ID, o.tx.d.forUpdate)
	if err != nil {
		return err
	}
	a := was
	change(&a)
	if err := a.complete(c.Kind); err != nil || a == was {
		return err
	}
	_, err = o.tx.do(`INSERT INTO scim_access (organization_id, connection_id, networks, certificates, entra_tokens, entra_app) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (organization_id, connection_id) DO UPDATE SET networks = excluded.networks, certificates = excluded.certificates,
		entra_tokens = excluded.entra_tokens, entra_app = excluded.entra_app`, o.id, c.ID, a.Networks, a.Certificates, a.EntraTokens, a.EntraApp)
	if err == nil {
		o.note("connection.scim_access_changed", c.ID, detail{"before": was.settings(), "after": a.settings()})
	}
	return err
}

func (a SCIMAccess) settings() detail {
	return detail{"networks": strings.Fields(a.Networks), "certificates": strings.Fields(a.Certificates), "entra_tokens": a.EntraTokens, "entra_app": a.EntraApp}
}

// complete refuses what cannot be meant and spells the rest in one way.
func (a *SCIMAccess) complete(kind ConnectionKind) error {
	networks, err := listOf(a.Networks, maxNetworks, canonicalNetwork)
	if err != nil {
		return err
	}
	certificates, err := listOf(a.Certificates, maxCertificates, canonicalFingerprint)
	if err != nil {
		return err
	}
	a.Networks, a.Certificates, a.EntraApp = networks, certificates, strings.ToLower(a.EntraApp)
	if a.EntraTokens && kind != EntraConnection {
		return &InvalidError{"scim-entra-token", "is for connections of the kind entra: only Entra signs such tokens"}
	}
	if a.EntraApp != "" && !isGUID(a.EntraApp) {
		return &InvalidError{"scim-entra-app", "must be an application ID, a GUID such as 00000014-0000-0000-c000-000000000000"}
	}
	return nil
}

// listOf spells each text of a list in one way, and sorts them.
func listOf(text string, most int, canonical func(string) (string, error)) (string, error) {
	var list []string
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		item, err := canonical(item)
		if err != nil {
			return "", err
		}
		list = append(list, item)
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > most {
		return "", &InvalidError{"list", fmt.Sprintf("can have %d entries at most; it has %d", most, len(list))}
	}
	return strings.Join(list, " "), nil
}

func canonicalNetwork(text string) (string, error) {
	if ip, err := netip.ParseAddr(text); err == nil {
		ip = ip.Unmap().WithZone("")
		return netip.PrefixFrom(ip, ip.BitLen()).String(), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil || network.Addr().Is4In6() {
		return "", &InvalidError{"scim-allow", fmt.Sprintf("%q is neither an address nor a network such as 192.0.2.0/24", storable(text, 80))}
	}
	return network.Masked().String(), nil
}

// canonicalFingerprint takes the forms that openssl and browsers show: either case, with or without colons.
func canonicalFingerprint(text string) (string, error) {
	digits := strings.ToLower(strings.ReplaceAll(text, ":", ""))
	if sum, err := hex.DecodeString(digits); err != nil || len(sum) != 32 {
		return "", &InvalidError{"scim-client-cert", "must be a certificate's SHA-256 fingerprint: 64 hexadecimal digits"}
	}
	return digits, nil
}
