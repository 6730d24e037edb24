package store

import "slices"

// Remove deletes the organization with its people, connections, roles and sessions. Its decisions and events stay, and its
// name and its connections' stay taken.
func (o *OrganizationTx) Remove() error {
	if err := o.tx.demandKnownSchema(o.tx.ctx, "remove the organization"); err != nil {
		return err
	}
	if err := o.tx.lockTree(o.id); err != nil {
		return err
	}
	org, err := o.find()
	if err != nil {
		return err
	}
	children, err := o.tx.organizations(o.tx.ctx, " WHERE o.parent_id = ?", o.id)
	if err != nil {
		return err
	}
	if len(children) > 0 {
		return &RefusedError{"the organization has others below it, such as " + children[0].Slug + ": remove those first"}
	}
	if err := o.retireConnectionSlugs(); err != nil {
		return err
	}
	if err := o.retireSlug(organizationSlug, org.Slug, o.id); err != nil {
		return err
	}
	for _, table := range directoryTables {
		if _, err := o.tx.do("DELETE FROM "+table+" WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)", o.id); err != nil {
			return err
		}
	}
	if _, err := o.tx.do("DELETE FROM sessions WHERE admitted_to = ?", o.id); err != nil { // of people of those above
		return err
	}
	for _, table := range slices.Concat(connectionTables, organizationTables) {
		if _, err := o.tx.do("DELETE FROM "+table+" WHERE organization_id = ?", o.id); err != nil {
			return err
		}
	}
	if err := o.tx.doOne("DELETE FROM organizations WHERE id = ?", o.id); err != nil {
		return err
	}
	o.note("organization.removed", o.id, detail{"slug": org.Slug, "name": org.Name})
	return nil
}

// directoryTables and connectionTables hold what goes with a directory and with a connection, organizationTables what else
// goes with an organization. Decisions and events are not among them: they are kept for the auditor. Nor are retired slugs.
var (
	directoryTables = []string{
		"users",
		"user_emails",
		"user_app_roles",
		"groups",
		"members",
		"passwords",
		"sso_choices",
		"tombstones",
		"second_factors",
		"recovery_codes",
		"rebounds",
		"brakes",
		"leavers",
		"role_losses",
		"headcounts",
		"unnamed_people",
	}
	connectionTables = []string{
		"scim_tokens",
		"sign_ins",
		"connection_domains",
		"domain_challenges",
		"domain_proofs",
		"connection_ceilings",
		"saml_settings",
		"saml_assertions",
		"saml_answers",
		"provider_credentials",
		"scim_watches",
		"scim_requests",
		"scim_request_texts",
		"scim_hours",
		"scim_cycles",
		"scim_log_settings",
		"scim_access",
		"scim_writers",
		"scim_clients",
		"scim_client_secrets",
		"scim_access_tokens",
		"scim_assertions",
		"resyncs",
		"directories",
	}
	organizationTables = []string{
		"credential_revisions",
		"two_persons",
		"proposals",
		"connections",
		"roles",
		"mappings",
		"role_assignments",
		"one_time_secrets",
		"consents",
		"sessions",
		"session_hosts",
		"handovers",
		"device_requests",
		"schemas",
		"outages",
		"outage_people",
		"applications",
		"application_paths",
		"challenges",
		"outbox",
		"attachments",
		"own_settings",
		"organization_lines",
		"decision_hours",
		"decision_tallies",
		"lockouts",
	}
)
