-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE organizations ADD COLUMN contact text NOT NULL DEFAULT '';

CREATE TABLE connection_domains (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    domain          text NOT NULL,
    statement       text NOT NULL,
    verified_at     integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id, domain)
) STRICT, WITHOUT ROWID;
CREATE INDEX connection_domains_domain ON connection_domains (domain);

ALTER TABLE sign_ins ADD COLUMN test_session text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sign_ins DROP COLUMN test_session;
DROP TABLE connection_domains;
ALTER TABLE organizations DROP COLUMN contact;
