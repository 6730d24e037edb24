-- +goose Up

-- Which synced people sign in through their provider: everybody until an owner says otherwise (see policy.Mode). It was
-- so before there was a choice.
ALTER TABLE organizations ADD COLUMN sso_mode text NOT NULL DEFAULT 'all';

-- When an administrator last proved that the connection works as it is configured; 0 for never.
ALTER TABLE connections ADD COLUMN armed_at bigint NOT NULL DEFAULT 0;
ALTER TABLE connections ADD COLUMN armed_by text NOT NULL DEFAULT '';

-- What is set for single people: 'on' counts in the mode per_user, 'off' in the mode all.
CREATE TABLE sso_choices (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    choice       text NOT NULL,
    PRIMARY KEY (directory_id, user_id)
);

-- A time in which named people may use local credentials. It ends at ends_at, or before that at ended_at.
CREATE TABLE outages (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    reason          text NOT NULL,
    started_by      text NOT NULL,
    started_at      bigint NOT NULL,
    ends_at         bigint NOT NULL,
    ended_at        bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE TABLE outage_people (
    organization_id uuid NOT NULL,
    outage_id       uuid NOT NULL,
    directory_id    uuid NOT NULL,
    user_id         uuid NOT NULL,
    PRIMARY KEY (organization_id, outage_id, directory_id, user_id)
);
CREATE INDEX outage_people_user ON outage_people (directory_id, user_id);

-- +goose Down
DROP TABLE outage_people;
DROP TABLE outages;
DROP TABLE sso_choices;
ALTER TABLE connections DROP COLUMN armed_by;
ALTER TABLE connections DROP COLUMN armed_at;
ALTER TABLE organizations DROP COLUMN sso_mode;
