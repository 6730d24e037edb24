-- +goose Up

-- With what a connection proves to its provider who it is. warned_days is how many days were left at the latest warning
-- that it expires; method is how a secret is sent, '' for as the provider's discovery says; refused_at is when the provider last did not take it, 0 since it did.
CREATE TABLE provider_credentials (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    id              uuid NOT NULL,
    kind            text NOT NULL,
    method          text NOT NULL,
    label           text NOT NULL,
    sealed          bytea NOT NULL,
    certificate     text NOT NULL,
    token_file      text NOT NULL,
    expires_at      bigint NOT NULL,
    warned_days     bigint NOT NULL,
    refused_at      bigint NOT NULL,
    created_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
);

-- An older server goes on reading connections.client_secret. The copy has the connection's id, because the secret is
-- sealed for it.
INSERT INTO provider_credentials
    SELECT organization_id, id, id, 'secret', '', '', client_secret, '', '', 0, 1000, 0, created_at
    FROM connections WHERE length(client_secret) > 0;

-- +goose Down
DROP TABLE provider_credentials;
