-- +goose Up

-- Whom people may ask, as refusals name them; '' while nobody has said.
ALTER TABLE organizations ADD COLUMN contact text NOT NULL DEFAULT '';

-- The mail domains, as lower-case A-labels, whose addresses lead to a connection; statement says what the claim rests on:
-- 'owner' is an administrator's word. Several connections of one organization may claim a domain.
CREATE TABLE connection_domains (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    domain          text COLLATE "C" NOT NULL,
    statement       text NOT NULL,
    verified_at     bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, domain)
);
CREATE INDEX connection_domains_domain ON connection_domains (domain);

-- The session of the administrator who tries the connection out; '' for a sign-in that lets somebody in.
ALTER TABLE sign_ins ADD COLUMN test_session text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sign_ins DROP COLUMN test_session;
DROP TABLE connection_domains;
ALTER TABLE organizations DROP COLUMN contact;
