-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE consents (
    organization_id text NOT NULL,
    state_hash      blob NOT NULL,
    session_id      text NOT NULL,
    slug            text NOT NULL,
    name            text NOT NULL,
    expires_at      integer NOT NULL,
    PRIMARY KEY (organization_id, state_hash)
) STRICT;
CREATE INDEX consents_state ON consents (state_hash);
CREATE INDEX consents_expiry ON consents (expires_at);

CREATE TABLE scim_watches (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    until           integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
) STRICT;

CREATE TABLE scim_exchanges (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    id              text NOT NULL,
    at              integer NOT NULL,
    method          text NOT NULL,
    target          text NOT NULL,
    status          integer NOT NULL,
    detail          text NOT NULL,
    address         text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
) STRICT;

-- +goose Down
DROP TABLE scim_exchanges;
DROP TABLE scim_watches;
DROP TABLE consents;
