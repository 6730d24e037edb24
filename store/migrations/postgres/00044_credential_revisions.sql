-- +goose Up

-- A stamp for each organization that is another one after each change of what its credentials for SCIM stand for: whoever knows a credential of the
-- same stamp knows it as it is. The database itself sees to that, whoever changes something. Stamps are random, so that none comes back after a restore
-- or a failover that lost changes.
CREATE TABLE credential_revisions (
    organization_id uuid PRIMARY KEY,
    stamp           uuid NOT NULL
);
INSERT INTO credential_revisions SELECT id, gen_random_uuid() FROM organizations;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION credentials_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO credential_revisions VALUES (NEW.id, gen_random_uuid()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- The argument is the column that names the organization.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION credentials_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One change of the stamp is enough for a transaction, whatever else it changes.
    UPDATE credential_revisions SET stamp = gen_random_uuid()
        WHERE organization_id = CAST(to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END) ->> TG_ARGV[0] AS uuid)
        AND xmin <> CAST(pg_current_xact_id() AS xid);
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER credentials_begin AFTER INSERT ON organizations FOR EACH ROW EXECUTE FUNCTION credentials_begin();

-- At the commit, so that nothing is locked behind the stamp. Last uses and what is new count for no credential that is known.
CREATE CONSTRAINT TRIGGER credentials_changed AFTER UPDATE ON organizations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed('id');
CREATE CONSTRAINT TRIGGER credentials_changed AFTER UPDATE OR DELETE ON connections
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed('organization_id');
CREATE CONSTRAINT TRIGGER credentials_changed AFTER INSERT OR UPDATE OR DELETE ON scim_access
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed('organization_id');
CREATE CONSTRAINT TRIGGER credentials_changed AFTER INSERT OR UPDATE OR DELETE ON scim_writers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed('organization_id');
CREATE CONSTRAINT TRIGGER credentials_changed AFTER DELETE OR UPDATE
    OF organization_id, id, connection_id, secret_hash, label, scopes, created_at, expires_at, revoked_at ON scim_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed('organization_id');
CREATE CONSTRAINT TRIGGER credentials_changed AFTER DELETE OR UPDATE
    OF organization_id, id, connection_id, label, scopes, token_seconds, issuer, tenant_id, subject, audience, created_at, revoked_at ON scim_clients
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed('organization_id');
CREATE CONSTRAINT TRIGGER credentials_changed AFTER UPDATE OR DELETE ON scim_client_secrets
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed('organization_id');
CREATE CONSTRAINT TRIGGER credentials_changed AFTER UPDATE OR DELETE ON scim_access_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credentials_changed('organization_id');

-- +goose Down
DROP TRIGGER credentials_changed ON scim_access_tokens;
DROP TRIGGER credentials_changed ON scim_client_secrets;
DROP TRIGGER credentials_changed ON scim_clients;
DROP TRIGGER credentials_changed ON scim_tokens;
DROP TRIGGER credentials_changed ON scim_writers;
DROP TRIGGER credentials_changed ON scim_access;
DROP TRIGGER credentials_changed ON connections;
DROP TRIGGER credentials_changed ON organizations;
DROP TRIGGER credentials_begin ON organizations;
DROP FUNCTION credentials_changed();
DROP FUNCTION credentials_begin();
DROP TABLE credential_revisions;
