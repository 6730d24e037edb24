-- +goose Up

-- When the brake takes hold of a directory's leavers, and how many people there were at the last count, and when it last gave the
-- alarm. Leavers wait for each
-- other at this row, which the first one makes, or the first setting.
CREATE TABLE brakes (
    directory_id uuid NOT NULL,
    people       integer NOT NULL,
    percent      integer NOT NULL,
    hold_hours   integer NOT NULL,
    counted      bigint NOT NULL,
    counted_at   bigint NOT NULL,
    alarmed_at   bigint NOT NULL,
    PRIMARY KEY (directory_id)
);

-- Whom pushes have switched off or deleted of late, and whom the brake holds. apply_at is when the push takes effect on
-- somebody who is held; 0 for others.
CREATE TABLE leavers (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    left_at      bigint NOT NULL,
    apply_at     bigint NOT NULL,
    PRIMARY KEY (directory_id, user_id)
);
CREATE INDEX leavers_left ON leavers (directory_id, left_at);
CREATE INDEX leavers_due ON leavers (apply_at) WHERE apply_at > 0;

-- The provider has switched the person off, and the brake keeps that from taking effect.
ALTER TABLE users ADD COLUMN held boolean NOT NULL DEFAULT false;
CREATE INDEX users_held ON users (directory_id, id) WHERE held;

-- +goose Down
DROP INDEX users_held;
ALTER TABLE users DROP COLUMN held;
DROP TABLE leavers;
DROP TABLE brakes;
