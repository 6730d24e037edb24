-- +goose Up

-- The same as migrations/postgres: the comments there say why.
CREATE TABLE event_concerns (
    organization_id text NOT NULL,
    concern_id      text NOT NULL,
    event_id        text NOT NULL,
    PRIMARY KEY (organization_id, concern_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE trail_starts (
    organization_id text NOT NULL PRIMARY KEY,
    at              integer NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO trail_starts (organization_id, at) SELECT id, CAST(unixepoch('subsec') * 1000000 AS integer) FROM organizations;

-- +goose Down
DROP TABLE trail_starts;
DROP TABLE event_concerns;
