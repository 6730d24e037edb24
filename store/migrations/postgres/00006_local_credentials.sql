-- +goose Up

-- Mail that waits to be sent. The text holds one-time links, so it is sealed; attempts and next_at are the sender's, and a row
-- goes when its mail was sent or is of no use any more.
CREATE TABLE outbox (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    directory_id    uuid NOT NULL,
    user_id         uuid NOT NULL,
    recipient       text NOT NULL,
    subject         text NOT NULL,
    body            bytea NOT NULL,
    created_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    next_at         bigint NOT NULL,
    attempts        integer NOT NULL,
    fault           text NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX outbox_next ON outbox (next_at);
CREATE INDEX outbox_user ON outbox (directory_id, user_id);

CREATE INDEX one_time_secrets_user ON one_time_secrets (directory_id, user_id);

-- Wrong passwords are counted at each attempt.
CREATE INDEX decisions_user_at ON decisions (organization_id, user_id, at);

-- Who is asked for a second factor behind a password: 'owners', 'all' or 'off'.
ALTER TABLE organizations ADD COLUMN second_factor text NOT NULL DEFAULT 'owners';

-- last_step is the time step of the latest code that was accepted: a code works once (RFC 6238 section 5.2).
CREATE TABLE second_factors (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    secret       bytea NOT NULL,
    last_step    bigint NOT NULL,
    created_at   bigint NOT NULL,
    PRIMARY KEY (directory_id, user_id)
);
CREATE TABLE recovery_codes (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    code_hash    bytea NOT NULL,
    used_at      bigint NOT NULL,
    PRIMARY KEY (directory_id, user_id, code_hash)
);

-- Somebody who gave the right password and has yet to give the code. enrolls is the sealed secret of somebody who is about to
-- get a second factor, empty for one who has it.
CREATE TABLE challenges (
    organization_id uuid NOT NULL,
    secret_hash     bytea NOT NULL,
    directory_id    uuid NOT NULL,
    user_id         uuid NOT NULL,
    enrolls         bytea NOT NULL,
    return_to       text NOT NULL,
    expires_at      bigint NOT NULL,
    used_at         bigint NOT NULL,
    PRIMARY KEY (organization_id, secret_hash)
);
CREATE INDEX challenges_secret ON challenges (secret_hash);
CREATE INDEX challenges_user ON challenges (directory_id, user_id);
CREATE INDEX challenges_expiry ON challenges (expires_at);

ALTER TABLE sessions ADD COLUMN second_factor boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE sessions DROP COLUMN second_factor;
DROP TABLE challenges;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
ALTER TABLE organizations DROP COLUMN second_factor;
DROP INDEX decisions_user_at;
DROP INDEX one_time_secrets_user;
DROP TABLE outbox;
