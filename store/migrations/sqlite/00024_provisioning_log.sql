-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE scim_requests (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    id              text NOT NULL,
    at              integer NOT NULL,
    took            integer NOT NULL,
    method          text NOT NULL,
    target          text NOT NULL,
    operation       text NOT NULL,
    subject_kind    text NOT NULL,
    subject_id      text NOT NULL,
    subject_name    text NOT NULL,
    status          integer NOT NULL,
    scim_type       text NOT NULL,
    detail          text NOT NULL,
    changes         integer NOT NULL,
    first_event     text NOT NULL,
    last_event      text NOT NULL,
    address         text NOT NULL,
    credential_id   text NOT NULL,
    request_id      text NOT NULL,
    headers         text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
) STRICT;
CREATE INDEX scim_requests_subject ON scim_requests (organization_id, subject_id, id) WHERE subject_id <> '';
CREATE INDEX scim_requests_refused ON scim_requests (organization_id, connection_id, id) WHERE status >= 400;
CREATE INDEX scim_requests_operation ON scim_requests (organization_id, connection_id, operation, id);

CREATE TABLE scim_request_texts (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    id              text NOT NULL,
    body            text NOT NULL,
    body_bytes      integer NOT NULL,
    answer          text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
) STRICT;

CREATE TABLE scim_hours (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    hour            integer NOT NULL,
    requests        integer NOT NULL,
    errors          integer NOT NULL,
    changes         integer NOT NULL,
    took_5ms        integer NOT NULL,
    took_10ms       integer NOT NULL,
    took_25ms       integer NOT NULL,
    took_50ms       integer NOT NULL,
    took_100ms      integer NOT NULL,
    took_250ms      integer NOT NULL,
    took_1s         integer NOT NULL,
    took_longer     integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id, hour)
) STRICT;

CREATE TABLE scim_cycles (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    id              text NOT NULL,
    started_at      integer NOT NULL,
    ended_at        integer NOT NULL,
    requests        integer NOT NULL,
    errors          integer NOT NULL,
    users_created   integer NOT NULL,
    users_updated   integer NOT NULL,
    users_disabled  integer NOT NULL,
    users_enabled   integer NOT NULL,
    users_deleted   integer NOT NULL,
    groups_created  integer NOT NULL,
    groups_updated  integer NOT NULL,
    groups_deleted  integer NOT NULL,
    members_added   integer NOT NULL,
    members_removed integer NOT NULL,
    first_event     text NOT NULL,
    last_event      text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
) STRICT;

CREATE TABLE scim_log_settings (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    keep_days       integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
) STRICT;

ALTER TABLE scim_watches ADD COLUMN since integer NOT NULL DEFAULT 0;
DROP TABLE scim_exchanges;

-- +goose Down
CREATE TABLE scim_exchanges (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    id              text NOT NULL,
    at              integer NOT NULL,
    method          text NOT NULL,
    target          text NOT NULL,
    status          integer NOT NULL,
    detail          text NOT NULL,
    address         text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
) STRICT;
ALTER TABLE scim_watches DROP COLUMN since;
DROP TABLE scim_log_settings;
DROP TABLE scim_cycles;
DROP TABLE scim_hours;
DROP TABLE scim_request_texts;
DROP TABLE scim_requests;
