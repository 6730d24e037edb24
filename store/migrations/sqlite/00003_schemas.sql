-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE organizations ADD COLUMN settings_revision integer NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN scim_passwords integer NOT NULL DEFAULT 0;

CREATE TABLE schemas (
    organization_id text NOT NULL,
    urn_key         text NOT NULL,
    urn             text NOT NULL,
    resource_type   text NOT NULL,
    document        text NOT NULL,
    created_at      integer NOT NULL,
    PRIMARY KEY (organization_id, urn_key)
) STRICT;

-- +goose Down
DROP TABLE schemas;
ALTER TABLE organizations DROP COLUMN scim_passwords;
ALTER TABLE organizations DROP COLUMN settings_revision;
