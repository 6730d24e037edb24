-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE scim_tokens ADD COLUMN scopes text NOT NULL DEFAULT 'read users groups';
ALTER TABLE scim_tokens ADD COLUMN last_address text NOT NULL DEFAULT '';

CREATE TABLE scim_access (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    networks        text NOT NULL,
    certificates    text NOT NULL,
    entra_tokens    integer NOT NULL,
    entra_app       text NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE scim_writers (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    credential_id   text NOT NULL,
    address         text NOT NULL,
    first_at        integer NOT NULL,
    PRIMARY KEY (organization_id, credential_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE scim_clients (
    organization_id text NOT NULL,
    id              text NOT NULL,
    connection_id   text NOT NULL,
    label           text NOT NULL,
    scopes          text NOT NULL,
    token_seconds   integer NOT NULL,
    issuer          text NOT NULL,
    tenant_id       text NOT NULL,
    subject         text NOT NULL,
    audience        text NOT NULL,
    created_at      integer NOT NULL,
    last_used_at    integer NOT NULL,
    last_address    text NOT NULL,
    revoked_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX scim_clients_id ON scim_clients (id);

CREATE TABLE scim_client_secrets (
    organization_id text NOT NULL,
    id              text NOT NULL,
    connection_id   text NOT NULL,
    client_id       text NOT NULL,
    secret_hash     blob NOT NULL,
    created_at      integer NOT NULL,
    expires_at      integer NOT NULL,
    revoked_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX scim_client_secrets_secret ON scim_client_secrets (secret_hash);
CREATE INDEX scim_client_secrets_client ON scim_client_secrets (organization_id, client_id);

CREATE TABLE scim_access_tokens (
    organization_id text NOT NULL,
    id              text NOT NULL,
    connection_id   text NOT NULL,
    client_id       text NOT NULL,
    secret_id       text,
    secret_hash     blob NOT NULL,
    scopes          text NOT NULL,
    created_at      integer NOT NULL,
    expires_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX scim_access_tokens_secret ON scim_access_tokens (secret_hash);
CREATE INDEX scim_access_tokens_client ON scim_access_tokens (organization_id, client_id);

CREATE TABLE scim_assertions (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    client_id       text NOT NULL,
    jti_hash        blob NOT NULL,
    expires_at      integer NOT NULL,
    PRIMARY KEY (organization_id, client_id, jti_hash)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE scim_assertions;
DROP TABLE scim_access_tokens;
DROP TABLE scim_client_secrets;
DROP TABLE scim_clients;
DROP TABLE scim_writers;
DROP TABLE scim_access;
ALTER TABLE scim_tokens DROP COLUMN last_address;
ALTER TABLE scim_tokens DROP COLUMN scopes;
