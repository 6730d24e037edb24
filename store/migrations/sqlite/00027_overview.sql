-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE INDEX decisions_at ON decisions (organization_id, at, id);
CREATE INDEX decisions_refused ON decisions (organization_id, reason, at, id) WHERE NOT admitted;
DROP INDEX decisions_user_at;
CREATE INDEX decisions_user_at ON decisions (organization_id, user_id, at, id);

CREATE INDEX users_quarantined ON users (directory_id, id) WHERE quarantined;

CREATE TABLE decision_hours (
    organization_id text NOT NULL,
    hour            integer NOT NULL,
    connection_id   text NOT NULL,
    reason          text NOT NULL,
    attempts        integer NOT NULL,
    PRIMARY KEY (organization_id, hour, connection_id, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE decision_tallies (
    organization_id text PRIMARY KEY,
    tallied_to      integer NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE headcounts (
    directory_id   text PRIMARY KEY,
    counted_at     integer NOT NULL,
    took_micros    integer NOT NULL,
    people         integer NOT NULL,
    switched_off   integer NOT NULL,
    in_review      integer NOT NULL,
    unlinked       integer NOT NULL,
    without_role   integer NOT NULL,
    without_method integer NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lockouts (
    organization_id text NOT NULL,
    session_id      text NOT NULL,
    user_id         text NOT NULL,
    reason          text NOT NULL,
    since           integer NOT NULL,
    refused_at      integer NOT NULL,
    served          integer NOT NULL,
    PRIMARY KEY (organization_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lockouts_since ON lockouts (organization_id, since);

-- +goose Down
DROP INDEX users_quarantined;
DROP TABLE lockouts;
DROP TABLE headcounts;
DROP TABLE decision_tallies;
DROP TABLE decision_hours;
DROP INDEX decisions_user_at;
CREATE INDEX decisions_user_at ON decisions (organization_id, user_id, at);
DROP INDEX decisions_refused;
DROP INDEX decisions_at;
