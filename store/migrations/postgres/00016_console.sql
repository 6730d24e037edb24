-- +goose Up

-- An administrator who was sent to Microsoft to consent for the whole tenant, and has not come back. It is bound to the session that
-- began it.
CREATE TABLE consents (
    organization_id uuid NOT NULL,
    state_hash      bytea NOT NULL,
    session_id      uuid NOT NULL,
    slug            text NOT NULL,
    name            text NOT NULL,
    expires_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, state_hash)
);
CREATE INDEX consents_state ON consents (state_hash);
CREATE INDEX consents_expiry ON consents (expires_at);

-- Until when somebody watches what a connection's provider asks for, and what it asked.
CREATE TABLE scim_watches (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    until           bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);

CREATE TABLE scim_exchanges (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    id              uuid NOT NULL,
    at              bigint NOT NULL,
    method          text NOT NULL,
    target          text NOT NULL,
    status          bigint NOT NULL,
    detail          text NOT NULL,
    address         text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
);

-- +goose Down
DROP TABLE scim_exchanges;
DROP TABLE scim_watches;
DROP TABLE consents;
