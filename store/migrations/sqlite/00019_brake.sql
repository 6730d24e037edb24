-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE brakes (
    directory_id text NOT NULL,
    people       integer NOT NULL,
    percent      integer NOT NULL,
    hold_hours   integer NOT NULL,
    counted      integer NOT NULL,
    counted_at   integer NOT NULL,
    alarmed_at   integer NOT NULL,
    PRIMARY KEY (directory_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE leavers (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    left_at      integer NOT NULL,
    apply_at     integer NOT NULL,
    PRIMARY KEY (directory_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX leavers_left ON leavers (directory_id, left_at);
CREATE INDEX leavers_due ON leavers (apply_at) WHERE apply_at > 0;

ALTER TABLE users ADD COLUMN held integer NOT NULL DEFAULT 0;
CREATE INDEX users_held ON users (directory_id, id) WHERE held;

-- +goose Down
DROP INDEX users_held;
ALTER TABLE users DROP COLUMN held;
DROP TABLE leavers;
DROP TABLE brakes;
