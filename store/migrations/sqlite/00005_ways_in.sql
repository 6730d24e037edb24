-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE organizations ADD COLUMN sso_mode text NOT NULL DEFAULT 'all';

ALTER TABLE connections ADD COLUMN armed_at integer NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN armed_by text NOT NULL DEFAULT '';

CREATE TABLE sso_choices (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    choice       text NOT NULL,
    PRIMARY KEY (directory_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outages (
    organization_id text NOT NULL,
    id              text NOT NULL,
    reason          text NOT NULL,
    started_by      text NOT NULL,
    started_at      integer NOT NULL,
    ends_at         integer NOT NULL,
    ended_at        integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE outage_people (
    organization_id text NOT NULL,
    outage_id       text NOT NULL,
    directory_id    text NOT NULL,
    user_id         text NOT NULL,
    PRIMARY KEY (organization_id, outage_id, directory_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outage_people_user ON outage_people (directory_id, user_id);

-- +goose Down
DROP TABLE outage_people;
DROP TABLE outages;
DROP TABLE sso_choices;
ALTER TABLE connections DROP COLUMN armed_by;
ALTER TABLE connections DROP COLUMN armed_at;
ALTER TABLE organizations DROP COLUMN sso_mode;
