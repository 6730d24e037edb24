-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE events ADD COLUMN mac blob NOT NULL DEFAULT x'';

CREATE TABLE audit_keys (
    organization_id text NOT NULL,
    public_key      blob NOT NULL,
    seed            blob NOT NULL,
    PRIMARY KEY (organization_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_blocks (
    organization_id text    NOT NULL,
    seq             integer NOT NULL,
    at              integer NOT NULL,
    entries         blob    NOT NULL,
    last_event      text    NOT NULL,
    previous        blob    NOT NULL,
    hash            blob    NOT NULL,
    signature       blob    NOT NULL,
    PRIMARY KEY (organization_id, seq)
) STRICT;
CREATE INDEX audit_blocks_last_event ON audit_blocks (organization_id, last_event);

CREATE TABLE audit_horizons (
    organization_id text    NOT NULL,
    seq             integer NOT NULL,
    at              integer NOT NULL,
    hash            blob    NOT NULL,
    signature       blob    NOT NULL,
    PRIMARY KEY (organization_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_trails (
    organization_id text    NOT NULL,
    retention       integer NOT NULL,
    signature       blob  NOT NULL,
    verified_at     integer NOT NULL,
    report          text    NOT NULL,
    PRIMARY KEY (organization_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_cursors (
    organization_id text    NOT NULL,
    name            text    NOT NULL,
    seq             integer NOT NULL,
    leased_until    integer NOT NULL,
    PRIMARY KEY (organization_id, name)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE audit_cursors;
DROP TABLE audit_trails;
DROP TABLE audit_horizons;
DROP TABLE audit_blocks;
DROP TABLE audit_keys;
ALTER TABLE events DROP COLUMN mac;
