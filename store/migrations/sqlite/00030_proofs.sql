-- +goose Up

-- Domains that DNS has proved, with what was published for it, so that it can be looked for again. absences counts the looks since
-- missing_at that found it gone; both are 0 while it is there. A lost domain keeps its row, and is none of connection_domains. What was proved before this
-- table is not looked for.
CREATE TABLE domain_proofs (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    domain          text NOT NULL,
    token           text NOT NULL,
    checked_at      integer NOT NULL,
    missing_at      integer NOT NULL,
    absences        integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id, domain)
) STRICT, WITHOUT ROWID;

-- Whom pushes have taken out of groups that give roles, of late; and when a directory's owners were last warned of that.
CREATE TABLE role_losses (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    lost_at      integer NOT NULL,
    PRIMARY KEY (directory_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX role_losses_lost ON role_losses (directory_id, lost_at);
CREATE INDEX role_losses_old ON role_losses (lost_at);
ALTER TABLE brakes ADD COLUMN losses_alarmed_at integer NOT NULL DEFAULT 0;

-- Organizations in which, and below which, what an owner can change takes two of them.
CREATE TABLE two_persons (
    organization_id text NOT NULL,
    since           integer NOT NULL,
    PRIMARY KEY (organization_id)
) STRICT, WITHOUT ROWID;

-- Changes that wait for another owner. address is the page that makes them, form what was filled in there, sealed.
CREATE TABLE proposals (
    organization_id text NOT NULL,
    id              text NOT NULL,
    title           text NOT NULL,
    address         text NOT NULL,
    form            blob NOT NULL,
    home_id         text NOT NULL,
    proposer_id     text NOT NULL,
    proposer_name   text NOT NULL,
    proposed_at     integer NOT NULL,
    expires_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE proposals;
DROP TABLE two_persons;
ALTER TABLE brakes DROP COLUMN losses_alarmed_at;
DROP TABLE role_losses;
DROP TABLE domain_proofs;
