-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE provider_credentials (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    id              text NOT NULL,
    kind            text NOT NULL,
    method          text NOT NULL,
    label           text NOT NULL,
    sealed          blob NOT NULL,
    certificate     text NOT NULL,
    token_file      text NOT NULL,
    expires_at      integer NOT NULL,
    warned_days     integer NOT NULL,
    refused_at      integer NOT NULL,
    created_at      integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
) STRICT;

INSERT INTO provider_credentials
    SELECT organization_id, id, id, 'secret', '', '', client_secret, '', '', 0, 1000, 0, created_at
    FROM connections WHERE length(client_secret) > 0;

-- +goose Down
DROP TABLE provider_credentials;
