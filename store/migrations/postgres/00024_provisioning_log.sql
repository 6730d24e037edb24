-- +goose Up

-- Every request of a connection's provider. Written in batches behind the answers, so that no index here delays anybody. The texts that are
-- long stand apart: a search for other things does not read past them.
CREATE TABLE scim_requests (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    id              uuid NOT NULL, -- in the order of at
    at              bigint NOT NULL,
    took            bigint NOT NULL, -- microseconds
    method          text NOT NULL,
    target          text NOT NULL,
    operation       text NOT NULL,
    subject_kind    text NOT NULL,
    subject_id      text NOT NULL,
    subject_name    text NOT NULL,
    status          bigint NOT NULL,
    scim_type       text NOT NULL,
    detail          text NOT NULL,
    changes         bigint NOT NULL,
    first_event     text NOT NULL,
    last_event      text NOT NULL,
    address         text NOT NULL,
    credential_id   text NOT NULL,
    request_id      text NOT NULL,
    headers         text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
);
-- What happened to a person or group; what failed; what was done, which is rare among look-ups.
CREATE INDEX scim_requests_subject ON scim_requests (organization_id, subject_id, id) WHERE subject_id <> '';
CREATE INDEX scim_requests_refused ON scim_requests (organization_id, connection_id, id) WHERE status >= 400;
CREATE INDEX scim_requests_operation ON scim_requests (organization_id, connection_id, operation, id);

CREATE TABLE scim_request_texts (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    id              uuid NOT NULL,
    body            text NOT NULL,
    body_bytes      bigint NOT NULL, -- as sent, of which body may be the beginning
    answer          text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
);

-- The requests of an hour. Of durations a histogram is kept, because those of several hours can be added.
CREATE TABLE scim_hours (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    hour            bigint NOT NULL, -- when it began
    requests        bigint NOT NULL,
    errors          bigint NOT NULL,
    changes         bigint NOT NULL,
    took_5ms        bigint NOT NULL,
    took_10ms       bigint NOT NULL,
    took_25ms       bigint NOT NULL,
    took_50ms       bigint NOT NULL,
    took_100ms      bigint NOT NULL,
    took_250ms      bigint NOT NULL,
    took_1s         bigint NOT NULL,
    took_longer     bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, hour)
);

-- Requests without a long pause between them, which is what a provider calls a cycle, and what they changed.
CREATE TABLE scim_cycles (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    id              uuid NOT NULL, -- in the order of started_at
    started_at      bigint NOT NULL,
    ended_at        bigint NOT NULL,
    requests        bigint NOT NULL,
    errors          bigint NOT NULL,
    users_created   bigint NOT NULL,
    users_updated   bigint NOT NULL,
    users_disabled  bigint NOT NULL,
    users_enabled   bigint NOT NULL,
    users_deleted   bigint NOT NULL,
    groups_created  bigint NOT NULL,
    groups_updated  bigint NOT NULL,
    groups_deleted  bigint NOT NULL,
    members_added   bigint NOT NULL,
    members_removed bigint NOT NULL,
    first_event     text NOT NULL,
    last_event      text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
);

-- For how many days a connection's requests are kept, where that is not the usual.
CREATE TABLE scim_log_settings (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    keep_days       bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);

-- What somebody watches is a part of the log from now on. A server of the version before goes on, but nobody can watch on it.
ALTER TABLE scim_watches ADD COLUMN since bigint NOT NULL DEFAULT 0;
DROP TABLE scim_exchanges;

-- +goose Down
CREATE TABLE scim_exchanges (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    id              uuid NOT NULL,
    at              bigint NOT NULL,
    method          text NOT NULL,
    target          text NOT NULL,
    status          bigint NOT NULL,
    detail          text NOT NULL,
    address         text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
);
ALTER TABLE scim_watches DROP COLUMN since;
DROP TABLE scim_log_settings, scim_cycles, scim_hours, scim_request_texts, scim_requests;
