-- +goose Up

-- Whom and what an event concerns beside its subject: a person taken into a group, a group that a deleted person left. Rules
-- (roles, mappings, connections, settings) concern the organization, and a change of a group's record the group itself, so
-- that neither is looked for among the changes of members. Rows are written with their event, and stay as long as it does.
CREATE TABLE event_concerns (
    organization_id uuid NOT NULL,
    concern_id      uuid NOT NULL,
    event_id        uuid NOT NULL,
    PRIMARY KEY (organization_id, concern_id, event_id)
);

-- From when on the trail of an organization tells all that is needed to say who had which role: those that were there before
-- this table have events that name at most 1,000 members. One that is not here has told everything since it was made.
CREATE TABLE trail_starts (
    organization_id uuid NOT NULL PRIMARY KEY,
    at              bigint NOT NULL
);
INSERT INTO trail_starts (organization_id, at) SELECT id, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) FROM organizations;

-- +goose Down
DROP TABLE trail_starts;
DROP TABLE event_concerns;
