package admin

import (
	"cmp"

	"doorlist/auth"
	"doorlist/store"
)

// samlFields ask for what SAML connections alone have.
func samlFields(s store.SAMLSettings) []field {
	return []field{
		{Name: "metadata-url", Label: "Address of the provider's metadata", Optional: true,
			Hint: "In Entra: Single sign-on, SAML Certificates, App Federation Metadata Url. It is read now, and again every day."},
		{Name: "metadata", Label: "Or the metadata itself", Type: "document", Optional: true,
			Hint: "A file, or its text, at most 1 MB, where there is no address that this server can reach. New certificates of the provider then have to be given by hand."},
		{Name: "user-name-attribute", Label: "Attribute of the user name", Optional: true, Hint: "Empty: the one that Microsoft sends.", Value: s.Attributes.UserName},
		{Name: "given-name-attribute", Label: "Attribute of the first name", Optional: true, Hint: "Empty: the one that Microsoft sends.", Value: s.Attributes.GivenName},
		{Name: "family-name-attribute", Label: "Attribute of the last name", Optional: true, Hint: "Empty: the one that Microsoft sends.", Value: s.Attributes.FamilyName},
		{Name: "role-attribute", Label: "Attribute of app roles", Optional: true, Hint: "Empty: the one that Microsoft sends.", Value: s.Attributes.Role},
		{Name: "encrypted-assertions", Label: "The provider may encrypt assertions; our metadata then has a certificate for that", Type: "flag", Value: flagOf(s.Encryption)},
		{Name: "idp-initiated", Label: "The provider may send people whom nobody here sent there. Nothing then shows that the person wanted it: rather let the provider's tile lead to the sign-on URL",
			Type: "flag", Value: flagOf(s.IDPInitiated)},
	}
}

// samlSettings applies what was filled in.
func samlSettings(v values, s store.SAMLSettings) store.SAMLSettings {
	s.Attributes = store.SAMLAttributes{
		UserName: v["user-name-attribute"], GivenName: v["given-name-attribute"], FamilyName: v["family-name-attribute"], Role: v["role-attribute"],
	}
	s.Encryption, s.IDPInitiated = v["encrypted-assertions"] == flagOn, v["idp-initiated"] == flagOn
	return s
}

// metadata reads the metadata that was given, by its address or itself; nil for none.
func (r *request) metadata(v values) (*store.SAMLMetadata, error) {
	switch {
	case v["metadata-url"] != "" && v["metadata"] != "":
		return nil, faultIn("metadata", "Give the address or the document, not both.")
	case v["metadata-url"] != "":
		m, err := r.Metadata.Fetch(r.Request().Context(), v["metadata-url"], r.now())
		if err != nil {
			return nil, faultIn("metadata-url", sentence(err.Error()))
		}
		return &m, nil
	case v["metadata"] != "":
		m, err := auth.ReadSAMLMetadata([]byte(v["metadata"]), r.now())
		if err != nil {
			return nil, faultIn("metadata", sentence(err.Error()))
		}
		return &m, nil
	}
	return nil, nil
}

// addSAML makes a SAML connection. The provider needs our addresses before it has metadata, so that may come later.
func addSAML(r *request) error {
	example := samlValues(r.door.To(""), store.Connection{Slug: "SHORT-NAME"})
	f := form{
		Heading: "Connect a SAML 2.0 provider", Submit: "Make the connection", Back: r.orgPath(),
		Lead:   "Prefer OpenID Connect with Entra: it needs no certificates that end. These are the addresses that the provider will ask for, with the short name that you choose below. Its metadata can be given now or later.",
		Values: example[:4],
		Fields: append(commonFields("", "code"), append(samlFields(store.SAMLSettings{}),
			field{Name: "tenant-id", Label: "Directory (tenant) ID", Optional: true, Hint: "For an Entra tenant whose metadata does not tell it: a GUID."},
			field{Name: "subject-claim", Label: "Attribute that identifies people", Optional: true,
				Hint: "For other providers than Entra. It never changes and passes to nobody else; it is pushed as externalId. Empty: the persistent NameID."},
			attachField(r.org))...),
	}
	return r.ask(f, func(v values) (string, error) {
		metadata, err := r.metadata(v)
		if err != nil {
			return "", err
		}
		certificate, key, err := auth.NewSAMLKey(cmp.Or(v["slug"], "saml"), r.now())
		if err != nil {
			return "", err
		}
		wanted := store.Connection{Slug: v["slug"], Name: v["display"], Kind: store.SAMLConnection, TenantID: v["tenant-id"], SubjectClaim: v["subject-claim"]}
		return to("connections", wanted.Slug) + "?done=connection", r.write(func(tx *store.Tx) error {
			o := tx.Organization(r.org.ID)
			made, err := o.CreateConnection(wanted, "")
			if err != nil {
				return err
			}
			if err := o.CreateSAML(made.ID, samlSettings(v, store.SAMLSettings{Certificate: certificate}), key); err != nil {
				return err
			}
			if err := takeMetadata(o, made.ID, metadata); err != nil || v["attach"] == attachNow {
				return err
			}
			return auth.Attach(tx, r.org.ID, made.ID, false)
		})
	})
}

func takeMetadata(o *store.OrganizationTx, connectionID string, m *store.SAMLMetadata) error {
	if m == nil {
		return nil
	}
	_, err := o.SetSAMLMetadata(connectionID, *m)
	return err
}

// editSAML shows what the provider must be told, and changes what only SAML connections have.
func editSAML(r *request) error {
	now, err := r.Store.Organization(r.org.ID).SAML(r.Request().Context(), r.connection.ID)
	if err != nil {
		return err
	}
	f := form{
		Heading: "SAML of " + r.connection.Name, Submit: "Save", Back: r.connectionPath(), Lead: metadataState(now),
		Values:  samlValues(r.door.To(""), r.connection)[:4],
		Warning: "Metadata of another entity ID is another provider: the connection is unproved then, and single sign-on is not enforced until it is tested again.",
		Fields:  samlFields(now),
	}
	return r.ask(f, func(v values) (string, error) {
		metadata, err := r.metadata(v)
		if err != nil {
			return "", err
		}
		return r.connectionPath() + "?done=saved", r.write(func(tx *store.Tx) error {
			o := tx.Organization(r.org.ID)
			if err := o.UpdateSAML(r.connection.ID, samlSettings(v, now)); err != nil {
				return err
			}
			return takeMetadata(o, r.connection.ID, metadata)
		})
	})
}

// metadataState says what is known of the provider.
func metadataState(s store.SAMLSettings) string {
	if s.Provider.EntityID == "" {
		return "The provider's metadata is not known yet, so nobody can sign in. Enter the addresses below at the provider, then give its metadata here."
	}
	source := "given as a file; a new one replaces it"
	if s.MetadataURL != "" {
		source = "read again every day from " + s.MetadataURL
	}
	text := "The provider is " + s.Provider.EntityID + ". Its metadata of " + s.FetchedAt.UTC().Format("2006-01-02 15:04 UTC") + " is " + source + ". Where both fields stay empty, it stays."
	if s.Fault != "" {
		text += " The last look brought nothing: " + sentence(s.Fault)
	}
	return text
}
