-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE saml_settings (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    metadata_url    text NOT NULL,
    document        text NOT NULL,
    entity_id       text NOT NULL,
    sign_on_url     text NOT NULL,
    certificates    text NOT NULL,
    fetched_at      integer NOT NULL,
    checked_at      integer NOT NULL,
    fault           text NOT NULL,
    idp_initiated   integer NOT NULL,
    encryption      integer NOT NULL,
    attributes      text NOT NULL,
    certificate     blob NOT NULL,
    private_key     blob NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
) STRICT;

CREATE TABLE saml_assertions (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    id_hash         blob NOT NULL,
    expires_at      integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id_hash)
) STRICT;
CREATE INDEX saml_assertions_expiry ON saml_assertions (expires_at);

CREATE TABLE saml_answers (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    state_hash      blob NOT NULL,
    answer          text NOT NULL,
    expires_at      integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id, state_hash)
) STRICT;
CREATE INDEX saml_answers_expiry ON saml_answers (expires_at);

-- +goose Down
DROP TABLE saml_answers;
DROP TABLE saml_assertions;
DROP TABLE saml_settings;
