-- +goose Up

-- The revision rises with every change of what an organization's SCIM looks like. It is read with the credential of each
-- request, so that no node answers by what was.
ALTER TABLE organizations ADD COLUMN settings_revision bigint NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN scim_passwords boolean NOT NULL DEFAULT false;

-- Schemas of extension attributes that an organization declares, as they were sent.
CREATE TABLE schemas (
    organization_id uuid NOT NULL,
    urn_key         text COLLATE "C" NOT NULL,
    urn             text NOT NULL,
    resource_type   text NOT NULL,
    document        text NOT NULL,
    created_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, urn_key)
);

-- +goose Down
DROP TABLE schemas;
ALTER TABLE organizations DROP COLUMN scim_passwords;
ALTER TABLE organizations DROP COLUMN settings_revision;
