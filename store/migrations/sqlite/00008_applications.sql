-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE roles ADD COLUMN shared_only integer NOT NULL DEFAULT 0;

ALTER TABLE organizations ADD COLUMN default_role_id text;
ALTER TABLE organizations ADD COLUMN ambiguous_roles text NOT NULL DEFAULT 'highest';

CREATE TABLE applications (
    organization_id text NOT NULL,
    id              text NOT NULL,
    slug            text NOT NULL,
    role_id         text NOT NULL,
    created_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX applications_slug ON applications (organization_id, slug);

CREATE TABLE application_paths (
    organization_id text NOT NULL,
    application_id  text NOT NULL,
    host            text NOT NULL,
    path            text NOT NULL,
    path_key        text NOT NULL,
    role_id         text,
    PRIMARY KEY (organization_id, host, path_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX application_paths_host ON application_paths (host);

-- +goose Down
DROP TABLE application_paths;
DROP TABLE applications;
ALTER TABLE organizations DROP COLUMN ambiguous_roles;
ALTER TABLE organizations DROP COLUMN default_role_id;
ALTER TABLE roles DROP COLUMN shared_only;
