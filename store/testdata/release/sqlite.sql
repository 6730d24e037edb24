-- schema 39 of commit 67a9687
DELETE FROM application_paths WHERE organization_id = ?
DELETE FROM application_paths WHERE organization_id = ? AND application_id = ?
DELETE FROM application_paths WHERE organization_id = ? AND application_id = ? AND host = ? AND path_key = ?
DELETE FROM applications WHERE organization_id = ?
DELETE FROM applications WHERE organization_id = ? AND id = ?
DELETE FROM attachments WHERE connection_id = ? RETURNING organization_id, connection_id, said
DELETE FROM attachments WHERE organization_id = ?
DELETE FROM attachments WHERE organization_id = ? AND connection_id = ?
DELETE FROM attachments WHERE organization_id IN (SELECT s.organization_id FROM organization_lines s WHERE s.ancestor_id = ?) AND NOT EXISTS (SELECT 1 FROM connections c JOIN organization_lines l ON l.ancestor_id = c.organization_id WHERE c.id = attachments.connection_id AND l.organization_id = attachments.organization_id) RETURNING organization_id, connection_id, said
DELETE FROM audit_blocks
DELETE FROM audit_blocks WHERE organization_id = ? AND seq <= ?
DELETE FROM audit_horizons
DELETE FROM audit_keys
DELETE FROM brakes WHERE directory_id = ?
DELETE FROM brakes WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM challenges WHERE directory_id = ?
DELETE FROM challenges WHERE directory_id = ? AND user_id = ?
DELETE FROM challenges WHERE expires_at < ?
DELETE FROM challenges WHERE organization_id = ?
DELETE FROM connection_ceilings WHERE organization_id = ?
DELETE FROM connection_ceilings WHERE organization_id = ? AND connection_id = ?
DELETE FROM connection_domains WHERE organization_id = ?
DELETE FROM connection_domains WHERE organization_id = ? AND connection_id = ?
DELETE FROM connection_domains WHERE organization_id = ? AND connection_id = ? AND domain = ?
DELETE FROM connections WHERE organization_id = ?
DELETE FROM connections WHERE organization_id = ? AND id = ?
DELETE FROM consents WHERE expires_at < ?
DELETE FROM consents WHERE organization_id = ?
DELETE FROM consents WHERE state_hash = ?
DELETE FROM decision_hours WHERE organization_id = ?
DELETE FROM decision_hours WHERE organization_id = ? AND hour < ?
DELETE FROM decision_tallies WHERE organization_id = ?
DELETE FROM device_requests WHERE expires_at < ?
DELETE FROM device_requests WHERE organization_id = ?
DELETE FROM directories WHERE organization_id = ?
DELETE FROM directories WHERE organization_id = ? AND connection_id = ?
DELETE FROM domain_challenges WHERE organization_id = ?
DELETE FROM domain_challenges WHERE organization_id = ? AND connection_id = ?
DELETE FROM domain_challenges WHERE organization_id = ? AND connection_id = ? AND domain = ?
DELETE FROM domain_proofs WHERE organization_id = ?
DELETE FROM domain_proofs WHERE organization_id = ? AND connection_id = ?
DELETE FROM domain_proofs WHERE organization_id = ? AND connection_id = ? AND domain = ?
DELETE FROM event_concerns WHERE organization_id = ? AND event_id = ? AND concern_id IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids)
DELETE FROM events
DELETE FROM events WHERE organization_id = ? AND id IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids)
DELETE FROM groups WHERE directory_id = ?
DELETE FROM groups WHERE directory_id = ? AND id = ?
DELETE FROM groups WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM handovers WHERE expires_at < ?
DELETE FROM handovers WHERE organization_id = ?
DELETE FROM headcounts WHERE directory_id = ?
DELETE FROM headcounts WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM leavers WHERE apply_at = 0 AND left_at <= ?
DELETE FROM leavers WHERE directory_id = ?
DELETE FROM leavers WHERE directory_id = ? AND user_id = ?
DELETE FROM leavers WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM lockouts WHERE (organization_id, session_id) IN (SELECT organization_id, session_id FROM lockouts WHERE since < ? LIMIT ?)
DELETE FROM lockouts WHERE organization_id = ?
DELETE FROM mappings WHERE organization_id = ?
DELETE FROM mappings WHERE organization_id = ? AND id = ?
DELETE FROM members WHERE directory_id = ?
DELETE FROM members WHERE directory_id = ? AND group_id = ? AND member_id IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids) AND kind <> 'Parted' RETURNING member_id, display
DELETE FROM members WHERE directory_id = ? AND group_id = ? AND member_id IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids) RETURNING member_id, display
DELETE FROM members WHERE directory_id = ? AND group_id = ? AND member_id NOT IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids) AND kind <> 'Parted' RETURNING member_id, display
DELETE FROM members WHERE directory_id = ? AND group_id = ? AND member_id NOT IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids) RETURNING member_id, display
DELETE FROM members WHERE directory_id = ? AND member_id = ? RETURNING group_id, display
DELETE FROM members WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM one_time_secrets WHERE directory_id = ?
DELETE FROM one_time_secrets WHERE directory_id = ? AND user_id = ?
DELETE FROM one_time_secrets WHERE organization_id = ?
DELETE FROM organization_lines WHERE organization_id = ?
DELETE FROM organization_lines WHERE organization_id IN (SELECT s.organization_id FROM organization_lines s WHERE s.ancestor_id = ?) AND ancestor_id NOT IN (SELECT s.organization_id FROM organization_lines s WHERE s.ancestor_id = ?)
DELETE FROM organizations WHERE id = ?
DELETE FROM outage_people WHERE directory_id = ?
DELETE FROM outage_people WHERE directory_id = ? AND user_id = ?
DELETE FROM outage_people WHERE organization_id = ?
DELETE FROM outages WHERE organization_id = ?
DELETE FROM outbox WHERE directory_id = ?
DELETE FROM outbox WHERE directory_id = ? AND user_id = ?
DELETE FROM outbox WHERE organization_id = ?
DELETE FROM outbox WHERE organization_id = ? AND id = ?
DELETE FROM own_settings WHERE organization_id = ?
DELETE FROM own_settings WHERE organization_id = ? AND setting = ?
DELETE FROM passwords WHERE directory_id = ?
DELETE FROM passwords WHERE directory_id = ? AND user_id = ?
DELETE FROM passwords WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM proposals WHERE expires_at <= ?
DELETE FROM proposals WHERE organization_id = ?
DELETE FROM proposals WHERE organization_id = ? AND id = ? AND expires_at > ?
DELETE FROM provider_credentials WHERE organization_id = ?
DELETE FROM provider_credentials WHERE organization_id = ? AND connection_id = ?
DELETE FROM provider_credentials WHERE organization_id = ? AND connection_id = ? AND id = ?
DELETE FROM provider_credentials WHERE organization_id = ? AND connection_id = ? AND kind = 'secret'
DELETE FROM rebounds WHERE directory_id = ?
DELETE FROM rebounds WHERE directory_id = ? AND user_id = ?
DELETE FROM rebounds WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM recovery_codes WHERE directory_id = ?
DELETE FROM recovery_codes WHERE directory_id = ? AND user_id = ?
DELETE FROM recovery_codes WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM role_assignments WHERE directory_id = ?
DELETE FROM role_assignments WHERE directory_id = ? AND user_id = ?
DELETE FROM role_assignments WHERE organization_id = ?
DELETE FROM role_assignments WHERE organization_id = ? AND directory_id = ? AND user_id = ? AND role_id = ?
DELETE FROM role_losses WHERE directory_id = ?
DELETE FROM role_losses WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM role_losses WHERE lost_at <= ?
DELETE FROM roles WHERE organization_id = ?
DELETE FROM roles WHERE organization_id = ? AND id = ?
DELETE FROM saml_answers WHERE expires_at < ?
DELETE FROM saml_answers WHERE organization_id = ?
DELETE FROM saml_answers WHERE organization_id = ? AND connection_id = ?
DELETE FROM saml_answers WHERE organization_id = ? AND connection_id = ? AND state_hash = ? AND expires_at > ?
DELETE FROM saml_assertions WHERE expires_at < ?
DELETE FROM saml_assertions WHERE organization_id = ?
DELETE FROM saml_assertions WHERE organization_id = ? AND connection_id = ?
DELETE FROM saml_settings WHERE organization_id = ?
DELETE FROM saml_settings WHERE organization_id = ? AND connection_id = ?
DELETE FROM schemas WHERE organization_id = ?
DELETE FROM schemas WHERE organization_id = ? AND urn_key = ?
DELETE FROM scim_access WHERE organization_id = ?
DELETE FROM scim_access WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_access_tokens WHERE organization_id = ?
DELETE FROM scim_access_tokens WHERE organization_id = ? AND client_id = ? AND (expires_at <= ? OR id NOT IN (SELECT id FROM scim_access_tokens WHERE organization_id = ? AND client_id = ? ORDER BY created_at DESC, id DESC LIMIT ?))
DELETE FROM scim_access_tokens WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_assertions WHERE organization_id = ?
DELETE FROM scim_assertions WHERE organization_id = ? AND client_id = ? AND expires_at <= ?
DELETE FROM scim_assertions WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_client_secrets WHERE organization_id = ?
DELETE FROM scim_client_secrets WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_clients WHERE organization_id = ?
DELETE FROM scim_clients WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_cycles WHERE organization_id = ?
DELETE FROM scim_cycles WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_cycles WHERE organization_id = ? AND connection_id = ? AND id < ?
DELETE FROM scim_hours WHERE organization_id = ?
DELETE FROM scim_hours WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_hours WHERE organization_id = ? AND connection_id = ? AND hour < ?
DELETE FROM scim_log_settings WHERE organization_id = ?
DELETE FROM scim_log_settings WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_request_texts WHERE organization_id = ?
DELETE FROM scim_request_texts WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_request_texts WHERE organization_id = ? AND connection_id = ? AND id IN (SELECT id FROM scim_request_texts WHERE organization_id = ? AND connection_id = ? AND id < ? ORDER BY id LIMIT ?)
DELETE FROM scim_requests WHERE organization_id = ?
DELETE FROM scim_requests WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_requests WHERE organization_id = ? AND connection_id = ? AND id IN (SELECT id FROM scim_requests WHERE organization_id = ? AND connection_id = ? AND id < ? ORDER BY id LIMIT ?)
DELETE FROM scim_tokens WHERE organization_id = ?
DELETE FROM scim_tokens WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_watches WHERE organization_id = ?
DELETE FROM scim_watches WHERE organization_id = ? AND connection_id = ?
DELETE FROM scim_writers WHERE organization_id = ?
DELETE FROM scim_writers WHERE organization_id = ? AND connection_id = ?
DELETE FROM second_factors WHERE directory_id = ?
DELETE FROM second_factors WHERE directory_id = ? AND user_id = ?
DELETE FROM second_factors WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM session_hosts WHERE (organization_id, session_id, host) IN (SELECT organization_id, session_id, host FROM session_hosts WHERE expires_at < ? LIMIT ?)
DELETE FROM session_hosts WHERE organization_id = ?
DELETE FROM session_hosts WHERE organization_id = ? AND session_id = ? AND host NOT IN (SELECT host FROM session_hosts WHERE organization_id = ? AND session_id = ? ORDER BY created_at DESC, host LIMIT ?)
DELETE FROM sessions WHERE (organization_id, id) IN (SELECT organization_id, id FROM sessions WHERE expires_at < ? LIMIT ?)
DELETE FROM sessions WHERE admitted_to = ?
DELETE FROM sessions WHERE directory_id = ?
DELETE FROM sessions WHERE organization_id = ?
DELETE FROM sign_ins WHERE expires_at < ?
DELETE FROM sign_ins WHERE organization_id = ?
DELETE FROM sign_ins WHERE organization_id = ? AND connection_id = ?
DELETE FROM sso_choices WHERE directory_id = ?
DELETE FROM sso_choices WHERE directory_id = ? AND user_id = ?
DELETE FROM sso_choices WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM tombstones WHERE directory_id = ?
DELETE FROM tombstones WHERE directory_id = ? AND id = ?
DELETE FROM tombstones WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM two_persons WHERE organization_id = ?
DELETE FROM user_app_roles WHERE directory_id = ?
DELETE FROM user_app_roles WHERE directory_id = ? AND user_id = ? RETURNING value
DELETE FROM user_app_roles WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM user_emails WHERE directory_id = ?
DELETE FROM user_emails WHERE directory_id = ? AND user_id = ?
DELETE FROM user_emails WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
DELETE FROM users WHERE directory_id = ?
DELETE FROM users WHERE directory_id = ? AND id = ?
DELETE FROM users WHERE directory_id IN (SELECT id FROM directories WHERE organization_id = ?)
INSERT INTO application_paths (organization_id, application_id, host, path, path_key, role_id) VALUES (?, ?, ?, ?, ?, ?)
INSERT INTO applications (organization_id, id, slug, role_id, second_factor, created_at) VALUES (?, ?, ?, ?, ?, ?)
INSERT INTO attachments (organization_id, connection_id, said) VALUES (?, ?, ?)
INSERT INTO audit_blocks (organization_id, seq, at, entries, last_event, previous, hash, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO audit_cursors (organization_id, name, seq, leased_until) VALUES (?, ?, 0, ?) ON CONFLICT (organization_id, name) DO UPDATE SET leased_until = excluded.leased_until WHERE audit_cursors.leased_until = ? OR audit_cursors.leased_until <= ?
INSERT INTO audit_cursors (organization_id, name, seq, leased_until) VALUES (?, ?, ?, 0) ON CONFLICT (organization_id, name) DO UPDATE SET seq = excluded.seq WHERE audit_cursors.seq < excluded.seq
INSERT INTO audit_horizons (organization_id, seq, at, hash, signature) VALUES (?, ?, ?, ?, ?) ON CONFLICT (organization_id) DO UPDATE SET seq = excluded.seq, at = excluded.at, hash = excluded.hash, signature = excluded.signature
INSERT INTO audit_keys (organization_id, public_key, seed) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO audit_trails (organization_id, retention, signature, verified_at, report) VALUES (?, ?, ?, 0, '') ON CONFLICT (organization_id) DO UPDATE SET retention = excluded.retention, signature = excluded.signature
INSERT INTO brakes (directory_id, people, percent, hold_hours, counted, counted_at, alarmed_at, leaving) VALUES (?, ?, ?, ?, 0, 0, 0, ?) ON CONFLICT (directory_id) DO UPDATE SET leaving = brakes.leaving + excluded.leaving RETURNING people, percent, hold_hours, counted, counted_at, alarmed_at, losses_alarmed_at, leaving
INSERT INTO challenges (organization_id, secret_hash, directory_id, user_id, enrolls, return_to, expires_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0)
INSERT INTO connection_ceilings (organization_id, connection_id, role_id) VALUES (?, ?, ?) ON CONFLICT (organization_id, connection_id) DO UPDATE SET role_id = excluded.role_id
INSERT INTO connection_domains (organization_id, connection_id, domain, statement, verified_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (organization_id, connection_id, domain) DO UPDATE SET statement = excluded.statement, verified_at = excluded.verified_at
INSERT INTO connections (organization_id, id, directory_id, slug, name, kind, enabled, tenant_id, authority, issuer, client_id, client_secret, subject_claim, matching, admit, roles, allow_guests, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO consents (organization_id, state_hash, session_id, slug, name, expires_at) VALUES (?, ?, ?, ?, ?, ?)
INSERT INTO decision_hours (organization_id, hour, connection_id, reason, attempts) SELECT organization_id, 1, 'victim', 'guest', 1 FROM sessions WHERE id = ?
INSERT INTO decision_hours (organization_id, hour, connection_id, reason, attempts) VALUES (?, ?, ?, 'admitted', 630) ON CONFLICT (organization_id, hour, connection_id, reason) DO UPDATE SET attempts = excluded.attempts
INSERT INTO decision_hours (organization_id, hour, connection_id, reason, attempts) VALUES (?, ?, ?, ?, ?) ON CONFLICT (organization_id, hour, connection_id, reason) DO UPDATE SET attempts = decision_hours.attempts + excluded.attempts
INSERT INTO decision_tallies (organization_id, tallied_to) SELECT organization_id, 1 FROM sessions WHERE id = ?
INSERT INTO decision_tallies (organization_id, tallied_to, counted_to) VALUES (?, ?, ?) ON CONFLICT (organization_id) DO UPDATE SET tallied_to = excluded.tallied_to, counted_to = excluded.counted_to WHERE decision_tallies.tallied_to = ? AND decision_tallies.counted_to = ?
INSERT INTO decisions (organization_id, id, at, connection_id, directory_id, user_id, user_name, subject, tenant_id, method, admitted, reason, detail, role, grants, address, user_agent, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO device_requests (label, device_hash, user_code_hash, address, user_agent, requested_at, expires_at, polled_at, wait_seconds, status) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 'pending')
INSERT INTO directories (organization_id, id, connection_id, created_at) VALUES (?, ?, ?, ?)
INSERT INTO domain_challenges (organization_id, connection_id, domain, token, asked_at) VALUES (?, ?, ?, ?, ?)
INSERT INTO domain_proofs (organization_id, connection_id, domain, token, checked_at, missing_at, absences) VALUES (?, ?, ?, ?, ?, 0, 0) ON CONFLICT (organization_id, connection_id, domain) DO UPDATE SET token = excluded.token, checked_at = excluded.checked_at, missing_at = 0, absences = 0
INSERT INTO event_concerns (organization_id, concern_id, event_id) VALUES (?, ?, ?)
INSERT INTO events (organization_id, id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, directory_id, request_id, address, detail, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO groups (directory_id, id, display_name, display_name_key, external_id, external_key, document, keys, version, created_at, modified_at) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM groups g WHERE g.directory_id = ? AND g.id = ?)
INSERT INTO groups (directory_id, id, display_name, display_name_key, external_id, external_key, document, keys, version, created_at, modified_at) SELECT d.id, ?, ?, ?, ?, ?, ?, ?, 1, ?, ? FROM directories d WHERE d.organization_id = ? AND d.id = ?
INSERT INTO handovers (organization_id, code_hash, session_id, host, browser, return_to, expires_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0)
INSERT INTO headcounts (directory_id, counted_at, took_micros, people, switched_off, in_review, unlinked, without_role, without_method) SELECT directory_id, 1, 1, 7, 0, 0, 0, 0, 0 FROM sessions WHERE id = ?
INSERT INTO headcounts (directory_id, counted_at, took_micros, people, switched_off, in_review, unlinked, without_role, without_method) SELECT id, CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint), CAST(? AS bigint) FROM directories WHERE organization_id = ? AND id = ? ON CONFLICT (directory_id) DO UPDATE SET counted_at = excluded.counted_at, took_micros = excluded.took_micros, people = excluded.people, switched_off = excluded.switched_off, in_review = excluded.in_review, unlinked = excluded.unlinked, without_role = excluded.without_role, without_method = excluded.without_method
INSERT INTO leavers (directory_id, user_id, left_at, apply_at) VALUES (?, ?, ?, ?) ON CONFLICT (directory_id, user_id) DO UPDATE SET left_at = excluded.left_at, apply_at = excluded.apply_at
INSERT INTO lockouts (organization_id, session_id, user_id, reason, since, refused_at, served) SELECT organization_id, id, user_id, 'inactive', 1, 2, 0 FROM sessions WHERE id = ?
INSERT INTO lockouts (organization_id, session_id, user_id, reason, since, refused_at, served) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO mappings (organization_id, id, connection_id, directory_id, role_id, group_id, group_external_id, external_key, app_role, app_role_key, target, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO members (directory_id, group_id, member_id, kind, display, display_key) SELECT u.directory_id, CAST(? AS text), u.id, 'User', '', '' FROM users u WHERE u.directory_id = ? AND u.id IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids) AND u.parted = '' ON CONFLICT DO NOTHING RETURNING member_id, display
INSERT INTO members (directory_id, group_id, member_id, kind, display, display_key) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING member_id, display
INSERT INTO one_time_secrets (organization_id, id, purpose, directory_id, user_id, secret_hash, created_at, expires_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)
INSERT INTO organization_lines (organization_id, distance, ancestor_id) SELECT s.organization_id, s.distance + p.distance + 1, p.ancestor_id FROM organization_lines s, organization_lines p WHERE s.ancestor_id = ? AND p.organization_id = ?
INSERT INTO organization_lines (organization_id, distance, ancestor_id) VALUES (?, 0, ?)
INSERT INTO organizations (id, parent_id, slug, name, sso_mode, second_factor, ambiguous_roles, default_role_key, contact, scim_passwords, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO outage_people (organization_id, outage_id, directory_id, user_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO outages (organization_id, id, reason, started_by, started_at, ends_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, 0)
INSERT INTO outbox (organization_id, id, directory_id, user_id, recipient, subject, body, created_at, expires_at, next_at, attempts, fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')
INSERT INTO own_settings (organization_id, setting) VALUES (?, ?) ON CONFLICT DO NOTHING
INSERT INTO passwords (directory_id, user_id, hash, changed_at) VALUES (?, ?, ?, ?) ON CONFLICT (directory_id, user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at
INSERT INTO proposals (organization_id, id, title, address, form, home_id, proposer_id, proposer_name, proposed_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO provider_credentials (organization_id, connection_id, id, kind, method, label, sealed, certificate, token_file, expires_at, refused_at, created_at, warned_days) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
INSERT INTO rebounds (directory_id, user_id, external_id, rebound_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO recovery_codes (directory_id, user_id, code_hash, used_at) VALUES (?, ?, ?, 0)
INSERT INTO retired_slugs (organization_id, kind, slug, subject_id, retired_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO role_assignments (organization_id, directory_id, user_id, role_id, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO role_losses (directory_id, user_id, lost_at) SELECT u.directory_id, u.id, ? FROM users u WHERE u.directory_id = ? AND u.id IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids) ON CONFLICT (directory_id, user_id) DO UPDATE SET lost_at = excluded.lost_at
INSERT INTO roles (organization_id, id, name, name_key, rank, console, shared_only, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO saml_answers (organization_id, connection_id, state_hash, answer, expires_at) VALUES (?, ?, ?, ?, ?)
INSERT INTO saml_assertions (organization_id, connection_id, id_hash, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO saml_settings (organization_id, connection_id, metadata_url, document, entity_id, sign_on_url, certificates, fetched_at, checked_at, fault, idp_initiated, encryption, attributes, certificate, private_key) VALUES (?, ?, '', '', '', '', '[]', 0, ?, '', ?, ?, ?, ?, ?)
INSERT INTO schemas (organization_id, urn_key, urn, resource_type, document, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (organization_id, urn_key) DO UPDATE SET urn = excluded.urn, resource_type = excluded.resource_type, document = excluded.document
INSERT INTO scim_access (organization_id, connection_id, networks, certificates, entra_tokens, entra_app) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (organization_id, connection_id) DO UPDATE SET networks = excluded.networks, certificates = excluded.certificates, entra_tokens = excluded.entra_tokens, entra_app = excluded.entra_app
INSERT INTO scim_access_tokens (organization_id, id, connection_id, client_id, secret_id, secret_hash, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO scim_assertions (organization_id, connection_id, client_id, jti_hash, expires_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO scim_client_secrets (organization_id, id, connection_id, client_id, secret_hash, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, 0)
INSERT INTO scim_clients (organization_id, id, connection_id, label, scopes, token_seconds, issuer, tenant_id, subject, audience, created_at, last_used_at, last_address, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', 0)
INSERT INTO scim_cycles (organization_id, connection_id, id, started_at, ended_at, requests, errors, users_created, users_updated, users_disabled, users_enabled, users_deleted, groups_created, groups_updated, groups_deleted, members_added, members_removed, first_event, last_event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organization_id, connection_id, id) DO UPDATE SET started_at = excluded.started_at, ended_at = excluded.ended_at, requests = excluded.requests, errors = excluded.errors, users_created = excluded.users_created, users_updated = excluded.users_updated, users_disabled = excluded.users_disabled, users_enabled = excluded.users_enabled, users_deleted = excluded.users_deleted, groups_created = excluded.groups_created, groups_updated = excluded.groups_updated, groups_deleted = excluded.groups_deleted, members_added = excluded.members_added, members_removed = excluded.members_removed, first_event = excluded.first_event, last_event = excluded.last_event
INSERT INTO scim_hours (organization_id, connection_id, hour, requests, errors, changes, took_5ms, took_10ms, took_25ms, took_50ms, took_100ms, took_250ms, took_1s, took_longer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (organization_id, connection_id, hour) DO UPDATE SET requests = scim_hours.requests + excluded.requests, errors = scim_hours.errors + excluded.errors, changes = scim_hours.changes + excluded.changes, took_5ms = scim_hours.took_5ms + excluded.took_5ms, took_10ms = scim_hours.took_10ms + excluded.took_10ms, took_25ms = scim_hours.took_25ms + excluded.took_25ms, took_50ms = scim_hours.took_50ms + excluded.took_50ms, took_100ms = scim_hours.took_100ms + excluded.took_100ms, took_250ms = scim_hours.took_250ms + excluded.took_250ms, took_1s = scim_hours.took_1s + excluded.took_1s, took_longer = scim_hours.took_longer + excluded.took_longer
INSERT INTO scim_log_settings (organization_id, connection_id, keep_days) VALUES (?, ?, ?) ON CONFLICT (organization_id, connection_id) DO UPDATE SET keep_days = excluded.keep_days
INSERT INTO scim_request_texts (organization_id, connection_id, id, body, body_bytes, answer) VALUES (?, ?, ?, ?, ?, ?)
INSERT INTO scim_requests (organization_id, connection_id, id, at, took, method, target, operation, subject_kind, subject_id, subject_name, status, scim_type, detail, changes, first_event, last_event, address, credential_id, request_id, headers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
INSERT INTO scim_tokens (organization_id, id, connection_id, secret_hash, label, scopes, created_at, expires_at, last_used_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
INSERT INTO scim_watches (organization_id, connection_id, since, until) SELECT organization_id, id, CAST(? AS bigint), CAST(? AS bigint) FROM connections WHERE organization_id = ? AND id = ? ON CONFLICT (organization_id, connection_id) DO UPDATE SET until = excluded.until, since = CASE WHEN scim_watches.until < ? THEN excluded.since ELSE scim_watches.since END
INSERT INTO scim_writers (organization_id, connection_id, credential_id, address, first_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
INSERT INTO second_factors (directory_id, user_id, secret, last_step, created_at) VALUES (?, ?, ?, ?, ?)
INSERT INTO session_hosts (organization_id, session_id, host, secret_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (organization_id, session_id, host) DO UPDATE SET secret_hash = excluded.secret_hash, created_at = excluded.created_at
INSERT INTO sessions (organization_id, id, admitted_to, directory_id, user_id, secret_hash, method, provider_sid, login_hint, device, guest, second_factor, auth_time, created_at, last_seen_at, idle_expires_at, expires_at, revoked_at, revoked_reason, refused_for, address, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', ?, ?)
INSERT INTO sign_ins (organization_id, state_hash, connection_id, admits_to, nonce, verifier, browser, return_to, test_session, fresh, started_at, expires_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
INSERT INTO sso_choices (directory_id, user_id, choice) VALUES (?, ?, ?)
INSERT INTO tombstones (directory_id, id, user_name_key, external_key, deleted_at) VALUES (?, ?, ?, ?, ?)
INSERT INTO trail_starts (organization_id, at) VALUES (?, ?) ON CONFLICT (organization_id) DO UPDATE SET at = excluded.at WHERE excluded.at > trail_starts.at
INSERT INTO two_persons (organization_id, since) VALUES (?, 1)
INSERT INTO two_persons (organization_id, since) VALUES (?, ?)
INSERT INTO user_app_roles (directory_id, user_id, value_key, value) VALUES (?, ?, ?, ?)
INSERT INTO user_emails (directory_id, user_id, ordinal, value, value_key, type_key, is_primary) VALUES (?, ?, ?, ?, ?, ?, ?)
INSERT INTO users (directory_id, id, user_name, user_name_key, external_id, external_key, display_name, display_name_key, active, origin, quarantined, document, keys, version, created_at, modified_at, subject, subject_client, signed_in_as, last_sign_in_at) SELECT d.id, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN d.connection_id IS NULL THEN 'local' ELSE ? END, ?, ?, ?, 1, ?, ?, '', '', '', 0 FROM directories d WHERE d.organization_id = ? AND d.id = ? AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.directory_id = d.id AND t.id = ?) AND NOT EXISTS (SELECT 1 FROM users s WHERE s.directory_id = d.id AND s.external_key = ? AND s.origin = 'sign_in') AND NOT EXISTS (SELECT 1 FROM users s WHERE s.directory_id = d.id AND s.external_key = ? AND s.external_key <> '' AND s.parted <> '')
INSERT INTO users (directory_id, id, user_name, user_name_key, external_id, external_key, display_name, display_name_key, active, origin, quarantined, document, keys, version, created_at, modified_at, subject, subject_client, signed_in_as, last_sign_in_at) SELECT d.id, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN d.connection_id IS NULL THEN 'local' ELSE ? END, ?, ?, ?, 1, ?, ?, '', '', '', 0 FROM directories d WHERE d.organization_id = ? AND d.id = ? AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.directory_id = d.id AND t.id = ?) AND NOT EXISTS (SELECT 1 FROM users s WHERE s.directory_id = d.id AND s.external_key = ? AND s.origin = 'sign_in') AND NOT EXISTS (SELECT 1 FROM users s WHERE s.directory_id = d.id AND s.external_key = ? AND s.external_key <> '' AND s.parted <> '') RETURNING origin
INSERT INTO users (directory_id, id, user_name, user_name_key, external_id, external_key, display_name, display_name_key, active, origin, quarantined, document, keys, version, created_at, modified_at, subject, subject_client, signed_in_as, last_sign_in_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', 0)
UPDATE applications SET slug = ?, role_id = ?, second_factor = ? WHERE organization_id = ? AND id = ?
UPDATE audit_cursors SET leased_until = 0 WHERE organization_id = ? AND name = ? AND leased_until = ?
UPDATE audit_horizons SET at = at + 1
UPDATE audit_horizons SET at = at - 1
UPDATE audit_horizons SET seq = seq + 1
UPDATE audit_horizons SET seq = seq - 1
UPDATE audit_trails SET retention = 1
UPDATE brakes SET alarmed_at = ? WHERE directory_id = ?
UPDATE brakes SET counted = ?, counted_at = ? WHERE directory_id = ?
UPDATE brakes SET leaving = ? WHERE directory_id = ?
UPDATE brakes SET losses_alarmed_at = ? WHERE directory_id = ?
UPDATE brakes SET people = ?, percent = ?, hold_hours = ? WHERE directory_id = ?
UPDATE challenges SET used_at = ? WHERE organization_id = ? AND secret_hash = ? AND directory_id = ? AND user_id = ? AND used_at = 0 AND expires_at > ?
UPDATE connections SET armed_at = ?, armed_by = ? WHERE organization_id = ? AND id = ?
UPDATE connections SET client_secret = (SELECT sealed FROM provider_credentials k WHERE k.connection_id = connections.id) WHERE id = ?
UPDATE connections SET client_secret = ? WHERE organization_id = ? AND id = ?
UPDATE connections SET slug = ?, name = ?, enabled = ?, tenant_id = ?, authority = ?, issuer = ?, client_id = ?, subject_claim = ?, matching = ?, admit = ?, roles = ?, allow_guests = ?, armed_at = ?, armed_by = ? WHERE organization_id = ? AND id = ?
UPDATE decision_tallies SET tallied_to = ? WHERE organization_id = ?
UPDATE device_requests SET polled_at = ?, wait_seconds = ? WHERE device_hash = ? AND polled_at = ?
UPDATE device_requests SET status = 'used' WHERE device_hash = ? AND status = 'approved'
UPDATE device_requests SET status = ?, organization_id = ?, session_id = ? WHERE user_code_hash = ? AND status = 'pending'
UPDATE domain_proofs SET checked_at = ? WHERE organization_id = ? AND connection_id = ? AND domain = ? AND checked_at = ?
UPDATE domain_proofs SET missing_at = ?, absences = ? WHERE organization_id = ? AND connection_id = ? AND domain = ?
UPDATE events SET actor_name = 'somebody else' WHERE action = 'user.created'
UPDATE events SET mac = x''
UPDATE groups SET display_name = ?, display_name_key = ?, external_id = ?, external_key = ?, document = ?, keys = ?, version = ?, modified_at = ? WHERE directory_id = ? AND id = ?
UPDATE groups SET version = ?, modified_at = ? WHERE directory_id = ? AND id = ?
UPDATE groups SET version = version + 1, modified_at = ? WHERE directory_id = ? AND id IN (SELECT ids.id FROM (SELECT value AS id FROM json_each(?)) AS ids)
UPDATE handovers SET used_at = ? WHERE code_hash = ? AND used_at = 0
UPDATE leavers SET apply_at = 0 WHERE directory_id = ? AND user_id = ?
UPDATE mappings SET role_id = ? WHERE organization_id = ? AND id = ?
UPDATE members SET kind = ? WHERE directory_id = ? AND member_id = ? AND kind = ? RETURNING group_id, display
UPDATE one_time_secrets SET used_at = ? WHERE directory_id = ? AND user_id = ? AND used_at = 0
UPDATE organizations SET ambiguous_roles = ?, settings_revision = settings_revision + 1 WHERE id = ?
UPDATE organizations SET contact = ?, settings_revision = settings_revision + 1 WHERE id = ?
UPDATE organizations SET default_role_key = ?, settings_revision = settings_revision + 1 WHERE id = ?
UPDATE organizations SET parent_id = ? WHERE id = ?
UPDATE organizations SET scim_passwords = ?, settings_revision = settings_revision + 1 WHERE id = ?
UPDATE organizations SET second_factor = ?, settings_revision = settings_revision + 1 WHERE id = ?
UPDATE organizations SET settings_revision = settings_revision + 1 WHERE id = ?
UPDATE organizations SET slug = ?, name = ? WHERE id = ?
UPDATE organizations SET sso_mode = ?, settings_revision = settings_revision + 1 WHERE id = ?
UPDATE outages SET ended_at = ? WHERE organization_id = ? AND id = ? AND ended_at = 0
UPDATE outages SET ended_at = ends_at WHERE ended_at = 0 AND ends_at <= ? RETURNING organization_id, id, reason, ends_at
UPDATE outbox SET next_at = ?, attempts = attempts + 1 WHERE organization_id = ? AND id = ? AND next_at = ?
UPDATE outbox SET next_at = ?, fault = ? WHERE organization_id = ? AND id = ?
UPDATE provider_credentials SET refused_at = 0 WHERE organization_id = ? AND connection_id = ? AND id = ?
UPDATE provider_credentials SET refused_at = ? WHERE organization_id = ? AND connection_id = ? AND id = ?
UPDATE provider_credentials SET sealed = ? WHERE connection_id = ?
UPDATE provider_credentials SET warned_days = ? WHERE organization_id = ? AND connection_id = ? AND id = ? AND warned_days > ?
UPDATE recovery_codes SET used_at = ? WHERE directory_id = ? AND user_id = ? AND code_hash = ? AND used_at = 0
UPDATE roles SET name = ?, name_key = ?, rank = ?, console = ?, shared_only = ? WHERE organization_id = ? AND id = ?
UPDATE saml_settings SET checked_at = ? WHERE organization_id = ? AND connection_id = ? AND checked_at = ?
UPDATE saml_settings SET document = ?, fetched_at = ?, fault = '' WHERE organization_id = ? AND connection_id = ? AND metadata_url = ?
UPDATE saml_settings SET fault = ? WHERE organization_id = ? AND connection_id = ?
UPDATE saml_settings SET metadata_url = ?, document = ?, entity_id = ?, sign_on_url = ?, certificates = ?, fetched_at = ?, checked_at = ?, fault = '' WHERE organization_id = ? AND connection_id = ?
UPDATE scim_client_secrets SET revoked_at = ? WHERE organization_id = ? AND id = ?
UPDATE scim_clients SET last_used_at = ?, last_address = ? WHERE organization_id = ? AND id = ?
UPDATE scim_clients SET revoked_at = ? WHERE organization_id = ? AND id = ?
UPDATE scim_tokens SET last_used_at = ?, last_address = ? WHERE organization_id = ? AND id = ?
UPDATE scim_tokens SET revoked_at = ? WHERE organization_id = ? AND id = ?
UPDATE second_factors SET last_step = ? WHERE directory_id = ? AND user_id = ? AND last_step < ?
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND (s.organization_id = ? OR s.admitted_to = ?) AND s.expires_at > ? AND s.directory_id = ? RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND (s.organization_id = ? OR s.admitted_to = ?) AND s.expires_at > ? AND s.id = ? RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND (s.organization_id = ? OR s.admitted_to = ?) AND s.expires_at > ? AND s.user_id = ? RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND (s.organization_id = ? OR s.admitted_to = ?) AND s.expires_at > ? RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND admitted_to IN (SELECT s.organization_id FROM organization_lines s WHERE s.ancestor_id = ?) AND NOT EXISTS (SELECT 1 FROM organization_lines l WHERE l.organization_id = admitted_to AND l.ancestor_id = s.organization_id) RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND organization_id = ? AND directory_id = ? AND user_id = ? AND id <> ? RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND organization_id = ? AND directory_id = ? AND user_id = ? AND id NOT IN (SELECT id FROM sessions WHERE directory_id = ? AND user_id = ? AND revoked_at = 0 ORDER BY created_at DESC, id DESC LIMIT ?) RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND organization_id = ? AND directory_id = ? AND user_id = ? AND method = 'password' RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND organization_id = ? AND directory_id = ? AND user_id = ? RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions AS s SET revoked_at = ?, revoked_reason = ? WHERE revoked_at = 0 AND organization_id = ? AND directory_id = ? RETURNING coalesce(admitted_to, organization_id), id, directory_id, user_id
UPDATE sessions SET last_seen_at = ?, idle_expires_at = ? WHERE organization_id = ? AND id = ? AND revoked_at = 0
UPDATE sessions SET refused_for = ? WHERE organization_id = ? AND id = ? AND refused_for <> ?
UPDATE sessions SET revoked_at = ?, revoked_reason = 'sso_required' WHERE organization_id = ? AND method = 'password' AND revoked_at = 0 AND directory_id IN (SELECT id FROM directories WHERE organization_id = ? AND connection_id IS NOT NULL)
UPDATE sessions SET revoked_at = ?, revoked_reason = ? WHERE organization_id = ? AND id = ? AND revoked_at = 0
UPDATE sign_ins SET used_at = ? WHERE state_hash = ? AND used_at = 0
UPDATE users SET active = ? WHERE false
UPDATE users SET active = ? WHERE id = ?
UPDATE users SET active = ? WHERE user_name = ?
UPDATE users SET held = ? WHERE directory_id = ? AND id = ?
UPDATE users SET held = NOT active WHERE directory_id = ? AND id = ?
UPDATE users SET keys = ? WHERE directory_id = ? AND id = ? AND version = ?
UPDATE users SET last_sign_in_at = ?, origin = ?, modified_at = modified_at + ? WHERE directory_id = ? AND id = ?
UPDATE users SET origin = ? WHERE directory_id = ? AND id = ? AND version = ?
UPDATE users SET parted = '', held = NOT active, version = version + 1, modified_at = ? WHERE directory_id = ? AND id = ?
UPDATE users SET parted = '', version = version + 1, modified_at = ? WHERE directory_id = ? AND id = ?
UPDATE users SET parted = ?, held = ?, version = version + 1 WHERE directory_id = ? AND id = ?
UPDATE users SET quarantined = false, subject = '', subject_client = '', signed_in_as = '' WHERE directory_id = ? AND id = ?
UPDATE users SET subject = CASE WHEN ? = '' THEN subject ELSE ? END, subject_client = CASE WHEN ? = '' THEN subject_client ELSE ? END, signed_in_as = CASE WHEN ? = '' THEN signed_in_as ELSE ? END, last_sign_in_at = ? WHERE directory_id = ? AND id = ?
UPDATE users SET user_name = ?, user_name_key = ?, external_id = ?, external_key = ?, display_name = ?, display_name_key = ?, active = ?, held = held AND NOT ?, quarantined = ?, document = ?, keys = ?, version = version + 1, modified_at = ? WHERE directory_id = ? AND id = ? AND version = ?
UPDATE users SET user_name = ?, user_name_key = ?, external_id = ?, external_key = ?, display_name = ?, display_name_key = ?, active = ?, held = held AND NOT ?, quarantined = ?, document = ?, keys = ?, version = version + 1, modified_at = ? WHERE directory_id = ? AND id = ? AND version = ? RETURNING held
