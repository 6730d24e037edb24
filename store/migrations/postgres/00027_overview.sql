-- +goose Up

-- Lists of sign-ins go by time, and so does counting them. The index grows at its end alone.
CREATE INDEX decisions_at ON decisions (organization_id, at, id);
-- A reason for which few are turned away must be found without going through all who came in.
CREATE INDEX decisions_refused ON decisions (organization_id, reason, at, id) WHERE NOT admitted;
-- So does the list of one person, whose order the index must have whole.
DROP INDEX decisions_user_at;
CREATE INDEX decisions_user_at ON decisions (organization_id, user_id, at, id);

-- The front page tells how many wait for a review: they are few among very many. Nobody else has an entry.
CREATE INDEX users_quarantined ON users (directory_id, id) WHERE quarantined;

-- How many attempts to enter had which outcome within an hour that is over; tallied_to says up to when that is counted.
CREATE TABLE decision_hours (
    organization_id uuid NOT NULL,
    hour            bigint NOT NULL,
    connection_id   text NOT NULL,
    reason          text COLLATE "C" NOT NULL,
    attempts        bigint NOT NULL,
    PRIMARY KEY (organization_id, hour, connection_id, reason)
);
CREATE TABLE decision_tallies (
    organization_id uuid PRIMARY KEY,
    tallied_to      bigint NOT NULL
);

-- How many people a connection's directory has, and how many of them lack what a sign-in needs, each counted for the first
-- thing that they lack. took_micros spaces the counts: those of large directories are made more rarely.
CREATE TABLE headcounts (
    directory_id   uuid PRIMARY KEY,
    counted_at     bigint NOT NULL,
    took_micros    bigint NOT NULL,
    people         bigint NOT NULL,
    switched_off   bigint NOT NULL,
    in_review      bigint NOT NULL,
    unlinked       bigint NOT NULL,
    without_role   bigint NOT NULL,
    without_method bigint NOT NULL
);

-- Sessions of people who lost their access and asked again: when that happened, when a request was refused first, and whether (1) one
-- was served that had begun after it.
CREATE TABLE lockouts (
    organization_id uuid NOT NULL,
    session_id      uuid NOT NULL,
    user_id         uuid NOT NULL,
    reason          text NOT NULL,
    since           bigint NOT NULL,
    refused_at      bigint NOT NULL,
    served          bigint NOT NULL,
    PRIMARY KEY (organization_id, session_id)
);
CREATE INDEX lockouts_since ON lockouts (organization_id, since);

-- +goose Down
DROP INDEX users_quarantined;
DROP TABLE lockouts;
DROP TABLE headcounts;
DROP TABLE decision_tallies;
DROP TABLE decision_hours;
DROP INDEX decisions_user_at;
CREATE INDEX decisions_user_at ON decisions (organization_id, user_id, at);
DROP INDEX decisions_refused;
DROP INDEX decisions_at;
