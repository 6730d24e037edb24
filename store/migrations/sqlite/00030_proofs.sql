-- +goose Up

-- Domains that DNS has proved, with what was published for it, so that it can be looked for again. absences counts the looks since
-- missing_at that found it gone; both are 0 while it is there. What was proved before this table is not looked for.
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

-- +goose Down
DROP TABLE domain_proofs;
