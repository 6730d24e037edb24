-- +goose Up

-- Domains that DNS has proved, with what was published for it, so that it can be looked for again. absences counts the looks since
-- missing_at that found it gone; both are 0 while it is there. What was proved before this table is not looked for.
CREATE TABLE domain_proofs (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    domain          text COLLATE "C" NOT NULL,
    token           text NOT NULL,
    checked_at      bigint NOT NULL,
    missing_at      bigint NOT NULL,
    absences        bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, domain)
);

-- +goose Down
DROP TABLE domain_proofs;
