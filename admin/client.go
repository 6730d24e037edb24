package admin

import (
	"slices"
	"strconv"
	"time"

	"doorlist/store"
)

// shownClient is an OAuth client with its secrets that are in use.
type shownClient struct {
	store.Client
	Scope   string
	Secrets []store.ClientSecret
}

// Federated says that the client proves itself by assertions.
func (c shownClient) Federated() bool { return c.Federation != (store.Federation{}) }

// clients are those of the connection that were not revoked.
func (r *request) clients() ([]shownClient, error) {
	ctx, scope := r.Request().Context(), r.Store.Organization(r.org.ID)
	all, err := scope.Clients(ctx)
	if err != nil {
		return nil, err
	}
	secrets, err := scope.ClientSecrets(ctx)
	var list []shownClient
	for _, c := range all {
		if c.ConnectionID != r.connection.ID || !c.RevokedAt.IsZero() {
			continue
		}
		shown := shownClient{Client: c, Scope: scopeWords(c.Scopes)}
		for _, s := range secrets {
			if s.ClientID == c.ID && s.RevokedAt.IsZero() && (s.ExpiresAt.IsZero() || r.now().Before(s.ExpiresAt)) {
				shown.Secrets = append(shown.Secrets, s)
			}
		}
		list = append(list, shown)
	}
	return list, err
}

// client finds the client that the address names.
func (r *request) client() (shownClient, error) {
	list, err := r.clients()
	if err != nil {
		return shownClient{}, err
	}
	i := slices.IndexFunc(list, func(c shownClient) bool { return c.ID == r.Param("client") })
	if i < 0 {
		return shownClient{}, store.ErrNotFound
	}
	return list[i], nil
}

// daysField asks how long a secret is in force.
func daysField() field {
	return field{Name: "days", Label: "In force for", Type: "choice", Options: lifetimes, Value: lifetimes[0].Value,
		Hint: "When it expires, provisioning stops until the provider has a new one."}
}

// until is the end of a number of days; the zero time for 0.
func (r *request) until(days string) (time.Time, error) {
	n, err := strconv.Atoi(days)
	if err != nil || n == 0 {
		return time.Time{}, err // the form offers numbers alone
	}
	return r.now().AddDate(0, 0, n), nil
}

// addClient makes a client that proves itself by a secret, shown in the answer alone; with ?proof=assertion, by what its provider signs.
func addClient(r *request) error {
	federated := r.QueryParam("proof") == "assertion"
	f := form{
		Heading: "New OAuth client for " + r.connection.Name, Submit: "Make the client", Back: r.connectionPath("tokens"),
		Lead: "The provider exchanges its secret at /oauth/token for tokens that are good for an hour.",
		Fields: []field{
			{Name: "label", Label: "What it is for", Value: "Entra provisioning"}, scopeField(), daysField(),
		},
	}
	if federated {
		f.Lead = "There is no secret: the provider signs an assertion, and exchanges it at /oauth/token for tokens that are good for an hour."
		f.Fields = append(f.Fields[:2:2],
			field{Name: "subject", Label: "Subject of the assertions", Hint: "At Entra, the object ID of the service principal that signs in."},
			field{Name: "audience", Label: "Audience of the assertions", Hint: "At Entra, an application ID."})
	}
	return r.ask(f, func(v values) (string, error) {
		wanted := store.Client{ConnectionID: r.connection.ID, Label: v["label"], Scopes: store.Scopes(v["scope"]),
			Federation: store.Federation{Subject: v["subject"], Audience: v["audience"]}}
		if federated {
			return r.connectionPath("tokens") + "?done=client", r.write(func(tx *store.Tx) error {
				_, err := tx.Organization(r.org.ID).CreateClient(wanted)
				return err
			})
		}
		expires, err := r.until(v["days"])
		if err != nil {
			return "", err
		}
		var kept store.ClientSecret
		var secret string
		err = r.write(func(tx *store.Tx) error {
			made, err := tx.Organization(r.org.ID).CreateClient(wanted)
			if err != nil {
				return err
			}
			kept, secret, err = tx.Organization(r.org.ID).AddClientSecret(made.ID, expires)
			return err
		})
		if err != nil {
			return "", err
		}
		return "", r.showClientSecret(kept, secret)
	})
}

// addClientSecret gives a client another secret.
func addClientSecret(r *request) error {
	c, err := r.client()
	if err != nil {
		return err
	}
	f := form{
		Heading: "New secret for " + orElse(c.Label, "the client"), Submit: "Make the secret", Back: r.connectionPath("tokens"),
		Lead: "It is shown once, and works beside the one there is. Enter it at the provider, then revoke the old one.", Fields: []field{daysField()},
	}
	return r.ask(f, func(v values) (string, error) {
		expires, err := r.until(v["days"])
		if err != nil {
			return "", err
		}
		var kept store.ClientSecret
		var secret string
		err = r.write(func(tx *store.Tx) (err error) {
			kept, secret, err = tx.Organization(r.org.ID).AddClientSecret(c.ID, expires)
			return err
		})
		if err != nil {
			return "", err
		}
		return "", r.showClientSecret(kept, secret)
	})
}

func (r *request) showClientSecret(kept store.ClientSecret, secret string) error {
	return r.ok(tokenTemplate, "The new client secret", tokenContent{
		Path: r.connectionPath(), ExpiresAt: kept.ExpiresAt, Values: []Value{
			{Label: "Client secret", Value: secret}, {Label: "Client identifier", Value: kept.ClientID},
			{Label: "Token endpoint", Value: r.door.To("/oauth/token")}, {Label: "Tenant URL", Value: r.door.To("/scim/v2")},
		},
	})
}

// revokeClient makes a client worthless, with all its secrets and tokens.
func revokeClient(r *request) error {
	c, err := r.client()
	if err != nil {
		return err
	}
	return r.revoke("the client "+orElse(c.Label, "without a label"), func(o *store.OrganizationTx) error { return o.RevokeClient(c.ID) })
}

// revokeClientSecret makes one secret of a client worthless.
func revokeClientSecret(r *request) error {
	c, err := r.client()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Secrets, func(s store.ClientSecret) bool { return s.ID == r.Param("secret") })
	if i < 0 {
		return store.ErrNotFound
	}
	return r.revoke("a secret of "+orElse(c.Label, "the client"), func(o *store.OrganizationTx) error { return o.RevokeClientSecret(c.Secrets[i].ID) })
}

// revoke asks before a credential becomes worthless.
func (r *request) revoke(what string, change func(*store.OrganizationTx) error) error {
	f := form{
		Heading: "Revoke " + what, Submit: "Revoke it", Back: r.connectionPath("tokens"),
		Warning: "Whoever uses it is refused from the next request on. It cannot be brought back.",
	}
	return r.ask(f, func(values) (string, error) {
		return r.connectionPath("tokens") + "?done=revoked", r.write(func(tx *store.Tx) error { return change(tx.Organization(r.org.ID)) })
	})
}
