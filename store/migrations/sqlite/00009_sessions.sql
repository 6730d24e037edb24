-- +goose Up

-- The same as migrations/postgres: the comments there say why.

ALTER TABLE sessions ADD COLUMN login_hint text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';
CREATE INDEX sessions_provider_sid ON sessions (provider_sid) WHERE provider_sid <> '';
CREATE INDEX sessions_expiry ON sessions (expires_at);

ALTER TABLE sign_ins ADD COLUMN fresh integer NOT NULL DEFAULT 0;

CREATE TABLE device_requests (
    device_hash     blob PRIMARY KEY NOT NULL,
    user_code_hash  blob NOT NULL,
    label           text NOT NULL,
    address         text NOT NULL,
    user_agent      text NOT NULL,
    requested_at    integer NOT NULL,
    expires_at      integer NOT NULL,
    polled_at       integer NOT NULL,
    wait_seconds    integer NOT NULL,
    status          text NOT NULL,
    organization_id text,
    session_id      text
) STRICT;
CREATE UNIQUE INDEX device_requests_user_code ON device_requests (user_code_hash);
CREATE INDEX device_requests_expiry ON device_requests (expires_at);

-- +goose Down
DROP TABLE device_requests;
ALTER TABLE sign_ins DROP COLUMN fresh;
DROP INDEX sessions_expiry;
DROP INDEX sessions_provider_sid;
ALTER TABLE sessions DROP COLUMN device;
ALTER TABLE sessions DROP COLUMN login_hint;
