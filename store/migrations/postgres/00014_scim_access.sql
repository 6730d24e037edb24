-- +goose Up

-- What a token may do, separated by spaces, and from where it was last used.
ALTER TABLE scim_tokens ADD COLUMN scopes text NOT NULL DEFAULT 'read users groups';
ALTER TABLE scim_tokens ADD COLUMN last_address text NOT NULL DEFAULT '';

-- What a connection demands of its provider beside a credential. Without a row: nothing. networks are separated by spaces;
-- certificates are SHA-256 fingerprints in hexadecimal digits, separated by spaces. entra_tokens takes tokens that Entra
-- signs itself, of entra_app alone unless that is ''.
CREATE TABLE scim_access (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    networks        text NOT NULL,
    certificates    text NOT NULL,
    entra_tokens    boolean NOT NULL,
    entra_app       text NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);

-- From where each credential has written. credential_id is a token, a client, or the connection for Entra's own tokens.
CREATE TABLE scim_writers (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    credential_id   uuid NOT NULL,
    address         text COLLATE "C" NOT NULL,
    first_at        bigint NOT NULL,
    PRIMARY KEY (organization_id, credential_id, address)
);

-- A program of the provider that gets access tokens: by its secrets, or by assertions whose issuer, tenant, subject and
-- audience are these ('' for one with secrets).
CREATE TABLE scim_clients (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    connection_id   uuid NOT NULL,
    label           text NOT NULL,
    scopes          text NOT NULL,
    token_seconds   bigint NOT NULL,
    issuer          text NOT NULL,
    tenant_id       text NOT NULL,
    subject         text NOT NULL,
    audience        text NOT NULL,
    created_at      bigint NOT NULL,
    last_used_at    bigint NOT NULL,
    last_address    text NOT NULL,
    revoked_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
-- A caller names a client without its organization.
CREATE UNIQUE INDEX scim_clients_id ON scim_clients (id);

CREATE TABLE scim_client_secrets (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    connection_id   uuid NOT NULL,
    client_id       uuid NOT NULL,
    secret_hash     bytea NOT NULL,
    created_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    revoked_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX scim_client_secrets_secret ON scim_client_secrets (secret_hash);
CREATE INDEX scim_client_secrets_client ON scim_client_secrets (organization_id, client_id);

-- What clients were given. secret_id is the secret that proved them, NULL for an assertion.
CREATE TABLE scim_access_tokens (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    connection_id   uuid NOT NULL,
    client_id       uuid NOT NULL,
    secret_id       uuid,
    secret_hash     bytea NOT NULL,
    scopes          text NOT NULL,
    created_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX scim_access_tokens_secret ON scim_access_tokens (secret_hash);
CREATE INDEX scim_access_tokens_client ON scim_access_tokens (organization_id, client_id);

-- Assertions that were used, by the hash of their jti, until they have expired.
CREATE TABLE scim_assertions (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    client_id       uuid NOT NULL,
    jti_hash        bytea NOT NULL,
    expires_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, client_id, jti_hash)
);

-- +goose Down
DROP TABLE scim_assertions, scim_access_tokens, scim_client_secrets, scim_clients, scim_writers, scim_access;
ALTER TABLE scim_tokens DROP COLUMN last_address;
ALTER TABLE scim_tokens DROP COLUMN scopes;
