-- +goose Up

-- A browser on its way from the door to the host of an application, which it enters with a code that works once.
CREATE TABLE handovers (
    organization_id uuid NOT NULL,
    code_hash       bytea NOT NULL,
    session_id      uuid NOT NULL,
    host            text NOT NULL,
    browser         bytea NOT NULL,
    return_to       text NOT NULL,
    expires_at      bigint NOT NULL,
    used_at         bigint NOT NULL,
    PRIMARY KEY (organization_id, code_hash)
);
CREATE UNIQUE INDEX handovers_code ON handovers (code_hash);
CREATE INDEX handovers_expiry ON handovers (expires_at);

-- The secrets by which a session is known on the hosts of applications, each good on that host alone. Everything else
-- about them is the session's.
CREATE TABLE session_hosts (
    organization_id uuid NOT NULL,
    session_id      uuid NOT NULL,
    host            text NOT NULL,
    secret_hash     bytea NOT NULL,
    created_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, session_id, host)
);
CREATE UNIQUE INDEX session_hosts_secret ON session_hosts (secret_hash);
CREATE INDEX session_hosts_expiry ON session_hosts (expires_at);

-- +goose Down
DROP TABLE session_hosts;
DROP TABLE handovers;
