-- +goose Up

-- A role that opens nothing but what is shared with it. Roles that are there keep opening what they opened.
ALTER TABLE roles ADD COLUMN shared_only boolean NOT NULL DEFAULT false;

-- What becomes of people whom nothing gives a role, and of those whose grants point to several.
ALTER TABLE organizations ADD COLUMN default_role_id uuid;
ALTER TABLE organizations ADD COLUMN ambiguous_roles text NOT NULL DEFAULT 'highest';

CREATE TABLE applications (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    slug            text COLLATE "C" NOT NULL,
    role_id         uuid NOT NULL,
    created_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX applications_slug ON applications (organization_id, slug);

-- A path belongs to one application of an organization. Without a role of its own it has the application's. The key is
-- in lower case, because servers disagree about whether case matters in a path.
CREATE TABLE application_paths (
    organization_id uuid NOT NULL,
    application_id  uuid NOT NULL,
    host            text COLLATE "C" NOT NULL,
    path            text COLLATE "C" NOT NULL,
    path_key        text COLLATE "C" NOT NULL,
    role_id         uuid,
    PRIMARY KEY (organization_id, host, path_key)
);
CREATE INDEX application_paths_host ON application_paths (host);

-- +goose Down
DROP TABLE application_paths;
DROP TABLE applications;
ALTER TABLE organizations DROP COLUMN ambiguous_roles;
ALTER TABLE organizations DROP COLUMN default_role_id;
ALTER TABLE roles DROP COLUMN shared_only;
