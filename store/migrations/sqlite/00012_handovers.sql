-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE handovers (
    organization_id text NOT NULL,
    code_hash       blob NOT NULL,
    session_id      text NOT NULL,
    host            text NOT NULL,
    browser         blob NOT NULL,
    return_to       text NOT NULL,
    expires_at      integer NOT NULL,
    used_at         integer NOT NULL,
    PRIMARY KEY (organization_id, code_hash)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX handovers_code ON handovers (code_hash);
CREATE INDEX handovers_expiry ON handovers (expires_at);

CREATE TABLE session_hosts (
    organization_id text NOT NULL,
    session_id      text NOT NULL,
    host            text NOT NULL,
    secret_hash     blob NOT NULL,
    created_at      integer NOT NULL,
    expires_at      integer NOT NULL,
    PRIMARY KEY (organization_id, session_id, host)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX session_hosts_secret ON session_hosts (secret_hash);
CREATE INDEX session_hosts_expiry ON session_hosts (expires_at);

-- +goose Down
DROP TABLE session_hosts;
DROP TABLE handovers;
