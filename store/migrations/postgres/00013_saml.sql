-- +goose Up

-- What a SAML connection has beside what every connection has. document is the metadata as it was last good, and the
-- columns after it are what was read from it; certificates is a JSON list of them in base64.
CREATE TABLE saml_settings (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    metadata_url    text NOT NULL,
    document        text NOT NULL,
    entity_id       text NOT NULL,
    sign_on_url     text NOT NULL,
    certificates    text NOT NULL,
    fetched_at      bigint NOT NULL,
    checked_at      bigint NOT NULL,
    fault           text NOT NULL,
    idp_initiated   boolean NOT NULL,
    encryption      boolean NOT NULL,
    attributes      text NOT NULL,
    certificate     bytea NOT NULL,
    private_key     bytea NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);

-- The assertions that were used, for as long as each would be accepted.
CREATE TABLE saml_assertions (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    id_hash         bytea NOT NULL,
    expires_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id_hash)
);
CREATE INDEX saml_assertions_expiry ON saml_assertions (expires_at);

-- A response that was found good when it was posted, until the browser comes for it with its cookie.
CREATE TABLE saml_answers (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    state_hash      bytea NOT NULL,
    answer          text NOT NULL,
    expires_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, state_hash)
);
CREATE INDEX saml_answers_expiry ON saml_answers (expires_at);

-- +goose Down
DROP TABLE saml_answers;
DROP TABLE saml_assertions;
DROP TABLE saml_settings;
