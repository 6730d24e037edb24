-- +goose Up

-- The proof that a server wrote the event: see audit_digest.go. It is made with a key outside the database, so that whoever can
-- write to the table alone cannot add events that nobody wrote, not even before they are in the chain. Computing it takes a
-- microsecond, and it stands in the row that is written anyway. Events from before have none.
ALTER TABLE events ADD COLUMN mac bytea NOT NULL DEFAULT '';

-- The key that signs an organization's chain.
CREATE TABLE audit_keys (
    organization_id uuid  NOT NULL,
    public_key      bytea NOT NULL,
    seed            bytea NOT NULL,
    PRIMARY KEY (organization_id)
);

-- The chain: each block names events, by id and digest, and the block before it. Writers on several nodes compete for the next
-- number by the primary key.
CREATE TABLE audit_blocks (
    organization_id uuid   NOT NULL,
    seq             bigint NOT NULL,
    at              bigint NOT NULL,
    entries         bytea  NOT NULL,
    last_event      uuid   NOT NULL,
    previous        bytea  NOT NULL,
    hash            bytea  NOT NULL,
    signature       bytea  NOT NULL,
    PRIMARY KEY (organization_id, seq)
);
-- For finding the block of an event.
CREATE INDEX audit_blocks_last_event ON audit_blocks (organization_id, last_event);

-- Where a chain begins whose older blocks were removed when their time was over.
CREATE TABLE audit_horizons (
    organization_id uuid   NOT NULL,
    seq             bigint NOT NULL,
    at              bigint NOT NULL,
    hash            bytea  NOT NULL,
    signature       bytea  NOT NULL,
    PRIMARY KEY (organization_id)
);

-- How long events are kept (microseconds; 0: for ever), signed so that nobody has us remove them behind our back, and what the last verification found.
CREATE TABLE audit_trails (
    organization_id uuid   NOT NULL,
    retention       bigint NOT NULL,
    signature       bytea  NOT NULL,
    verified_at     bigint NOT NULL,
    report          text   NOT NULL,
    PRIMARY KEY (organization_id)
);

-- How far the trail was sent elsewhere, and until when the node that sends has no rivals.
CREATE TABLE audit_cursors (
    organization_id uuid   NOT NULL,
    name            text   COLLATE "C" NOT NULL,
    seq             bigint NOT NULL,
    leased_until    bigint NOT NULL,
    PRIMARY KEY (organization_id, name)
);

-- +goose Down
DROP TABLE audit_cursors, audit_trails, audit_horizons, audit_blocks, audit_keys;
ALTER TABLE events DROP COLUMN mac;
