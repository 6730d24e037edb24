-- +goose Up

-- What the provider wants to hear at the sign-out, so that it asks nobody which account is meant.
ALTER TABLE sessions ADD COLUMN login_hint text NOT NULL DEFAULT '';
-- The program that holds the session's secret, as it called itself; '' for a browser.
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';
CREATE INDEX sessions_provider_sid ON sessions (provider_sid) WHERE provider_sid <> '';
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- The person has to prove anew who they are, and not only that they are signed in at the provider.
ALTER TABLE sign_ins ADD COLUMN fresh boolean NOT NULL DEFAULT false;

-- A terminal or desktop program that waits for somebody to approve it (RFC 8628). It is nobody's before that, so its key
-- cannot begin with an organization; organization and session are those of the person who decided.
CREATE TABLE device_requests (
    device_hash     bytea PRIMARY KEY,
    user_code_hash  bytea NOT NULL,
    label           text NOT NULL,
    address         text NOT NULL,
    user_agent      text NOT NULL,
    requested_at    bigint NOT NULL,
    expires_at      bigint NOT NULL,
    polled_at       bigint NOT NULL,
    wait_seconds    bigint NOT NULL,
    status          text NOT NULL,
    organization_id uuid,
    session_id      uuid
);
CREATE UNIQUE INDEX device_requests_user_code ON device_requests (user_code_hash);
CREATE INDEX device_requests_expiry ON device_requests (expires_at);

-- +goose Down
DROP TABLE device_requests;
ALTER TABLE sign_ins DROP COLUMN fresh;
DROP INDEX sessions_expiry;
DROP INDEX sessions_provider_sid;
ALTER TABLE sessions DROP COLUMN device;
ALTER TABLE sessions DROP COLUMN login_hint;
