-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE outbox (
    organization_id text NOT NULL,
    id              text NOT NULL,
    directory_id    text NOT NULL,
    user_id         text NOT NULL,
    recipient       text NOT NULL,
    subject         text NOT NULL,
    body            blob NOT NULL,
    created_at      integer NOT NULL,
    expires_at      integer NOT NULL,
    next_at         integer NOT NULL,
    attempts        integer NOT NULL,
    fault           text NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE INDEX outbox_next ON outbox (next_at);
CREATE INDEX outbox_user ON outbox (directory_id, user_id);

CREATE INDEX one_time_secrets_user ON one_time_secrets (directory_id, user_id);

CREATE INDEX decisions_user_at ON decisions (organization_id, user_id, at);

ALTER TABLE organizations ADD COLUMN second_factor text NOT NULL DEFAULT 'owners';

CREATE TABLE second_factors (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    secret       blob NOT NULL,
    last_step    integer NOT NULL,
    created_at   integer NOT NULL,
    PRIMARY KEY (directory_id, user_id)
) STRICT;
CREATE TABLE recovery_codes (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    code_hash    blob NOT NULL,
    used_at      integer NOT NULL,
    PRIMARY KEY (directory_id, user_id, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE challenges (
    organization_id text NOT NULL,
    secret_hash     blob NOT NULL,
    directory_id    text NOT NULL,
    user_id         text NOT NULL,
    enrolls         blob NOT NULL,
    return_to       text NOT NULL,
    expires_at      integer NOT NULL,
    used_at         integer NOT NULL,
    PRIMARY KEY (organization_id, secret_hash)
) STRICT;
CREATE INDEX challenges_secret ON challenges (secret_hash);
CREATE INDEX challenges_user ON challenges (directory_id, user_id);
CREATE INDEX challenges_expiry ON challenges (expires_at);

ALTER TABLE sessions ADD COLUMN second_factor integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE sessions DROP COLUMN second_factor;
DROP TABLE challenges;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
ALTER TABLE organizations DROP COLUMN second_factor;
DROP INDEX decisions_user_at;
DROP INDEX one_time_secrets_user;
DROP TABLE outbox;
