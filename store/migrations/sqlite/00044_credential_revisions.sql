-- +goose Up

-- A stamp for each organization that is another one after each change of what its credentials for SCIM stand for: whoever knows a credential of the
-- same stamp knows it as it is. The database itself sees to that, whoever changes something. Stamps are random, so that none comes back after a restore.
CREATE TABLE credential_revisions (
    organization_id text PRIMARY KEY,
    stamp           text NOT NULL
) WITHOUT ROWID;
INSERT INTO credential_revisions SELECT id, lower(hex(randomblob(16))) FROM organizations;

-- +goose StatementBegin
CREATE TRIGGER credentials_begin AFTER INSERT ON organizations BEGIN
    INSERT INTO credential_revisions VALUES (NEW.id, lower(hex(randomblob(16)))) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd

-- Last uses and what is new count for no credential that is known.
-- +goose StatementBegin
CREATE TRIGGER credentials_organizations_update AFTER UPDATE ON organizations BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_connections_update AFTER UPDATE ON connections BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_connections_delete AFTER DELETE ON connections BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = OLD.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_client_secrets_update AFTER UPDATE ON scim_client_secrets BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_client_secrets_delete AFTER DELETE ON scim_client_secrets BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = OLD.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_access_tokens_update AFTER UPDATE ON scim_access_tokens BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_access_tokens_delete AFTER DELETE ON scim_access_tokens BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = OLD.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_access_insert AFTER INSERT ON scim_access BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_access_update AFTER UPDATE ON scim_access BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_access_delete AFTER DELETE ON scim_access BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = OLD.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_writers_insert AFTER INSERT ON scim_writers BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_writers_update AFTER UPDATE ON scim_writers BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_writers_delete AFTER DELETE ON scim_writers BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = OLD.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_tokens_update AFTER UPDATE
    OF organization_id, id, connection_id, secret_hash, label, scopes, created_at, expires_at, revoked_at ON scim_tokens BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_tokens_delete AFTER DELETE ON scim_tokens BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = OLD.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_clients_update AFTER UPDATE
    OF organization_id, id, connection_id, label, scopes, token_seconds, issuer, tenant_id, subject, audience, created_at, revoked_at ON scim_clients BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = NEW.organization_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER credentials_scim_clients_delete AFTER DELETE ON scim_clients BEGIN
    UPDATE credential_revisions SET stamp = lower(hex(randomblob(16))) WHERE organization_id = OLD.organization_id;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER credentials_organizations_update;
DROP TRIGGER credentials_connections_update;
DROP TRIGGER credentials_connections_delete;
DROP TRIGGER credentials_scim_client_secrets_update;
DROP TRIGGER credentials_scim_client_secrets_delete;
DROP TRIGGER credentials_scim_access_tokens_update;
DROP TRIGGER credentials_scim_access_tokens_delete;
DROP TRIGGER credentials_scim_access_insert;
DROP TRIGGER credentials_scim_access_update;
DROP TRIGGER credentials_scim_access_delete;
DROP TRIGGER credentials_scim_writers_insert;
DROP TRIGGER credentials_scim_writers_update;
DROP TRIGGER credentials_scim_writers_delete;
DROP TRIGGER credentials_scim_tokens_update;
DROP TRIGGER credentials_scim_tokens_delete;
DROP TRIGGER credentials_scim_clients_update;
DROP TRIGGER credentials_scim_clients_delete;
DROP TRIGGER credentials_begin;
DROP TABLE credential_revisions;
