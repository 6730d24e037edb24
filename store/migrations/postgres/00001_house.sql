-- +goose Up

-- Ids are UUIDv7, so that rows of one time lie together. Times are microseconds since 1970 (UTC). Every primary key begins
-- with its organization or directory, so that a distributed PostgreSQL can keep an organization's rows together. Columns
-- named *_key hold text folded by store.Fold; they alone are compared. Optional text is '' rather than NULL, so that
-- every comparison has two truth values.

CREATE TABLE organizations (
    id         uuid PRIMARY KEY,
    parent_id  uuid,
    slug       text COLLATE "C" NOT NULL,
    name       text NOT NULL,
    created_at bigint NOT NULL
);
CREATE UNIQUE INDEX organizations_slug ON organizations (slug);

-- A directory without a connection is the local one of its organization.
CREATE TABLE directories (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    connection_id   uuid,
    created_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE connections (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    directory_id    uuid NOT NULL,
    slug            text COLLATE "C" NOT NULL,
    name            text NOT NULL,
    kind            text NOT NULL,
    enabled         boolean NOT NULL,
    tenant_id       text NOT NULL,
    authority       text NOT NULL,
    issuer          text NOT NULL,
    client_id       text NOT NULL,
    client_secret   bytea NOT NULL,
    subject_claim   text NOT NULL,
    matching        text NOT NULL,
    admit           text NOT NULL,
    roles           text NOT NULL,
    allow_guests    boolean NOT NULL,
    created_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX connections_slug ON connections (slug);

CREATE TABLE users (
    directory_id     uuid NOT NULL,
    id               uuid NOT NULL,
    user_name        text NOT NULL,
    user_name_key    text COLLATE "C" NOT NULL,
    external_id      text COLLATE "C" NOT NULL,
    external_key     text COLLATE "C" NOT NULL,
    display_name     text NOT NULL,
    display_name_key text COLLATE "C" NOT NULL,
    active           boolean NOT NULL,
    quarantined      boolean NOT NULL,
    document         text NOT NULL,
    keys             text NOT NULL,
    version          bigint NOT NULL,
    created_at       bigint NOT NULL,
    modified_at      bigint NOT NULL,
    subject          text NOT NULL,
    subject_client   text NOT NULL,
    signed_in_as     text NOT NULL,
    last_sign_in_at  bigint NOT NULL,
    PRIMARY KEY (directory_id, id)
);
CREATE UNIQUE INDEX users_user_name ON users (directory_id, user_name_key);
CREATE INDEX users_external_id ON users (directory_id, external_id);
CREATE INDEX users_external_key ON users (directory_id, external_key);
CREATE INDEX users_display_name ON users (directory_id, display_name_key);

CREATE TABLE user_emails (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    ordinal      integer NOT NULL,
    value        text NOT NULL,
    value_key    text COLLATE "C" NOT NULL,
    type_key     text COLLATE "C" NOT NULL,
    is_primary   boolean NOT NULL,
    PRIMARY KEY (directory_id, user_id, ordinal)
);
CREATE INDEX user_emails_value ON user_emails (directory_id, value_key);

CREATE TABLE user_app_roles (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    value_key    text COLLATE "C" NOT NULL,
    value        text NOT NULL,
    PRIMARY KEY (directory_id, user_id, value_key)
);

CREATE TABLE groups (
    directory_id     uuid NOT NULL,
    id               uuid NOT NULL,
    display_name     text NOT NULL,
    display_name_key text COLLATE "C" NOT NULL,
    external_id      text COLLATE "C" NOT NULL,
    external_key     text COLLATE "C" NOT NULL,
    document         text NOT NULL,
    keys             text NOT NULL,
    version          bigint NOT NULL,
    created_at       bigint NOT NULL,
    modified_at      bigint NOT NULL,
    PRIMARY KEY (directory_id, id)
);
CREATE UNIQUE INDEX groups_display_name ON groups (directory_id, display_name_key);
CREATE INDEX groups_external_id ON groups (directory_id, external_id);

-- A set: one row a membership, so that adding or removing one costs the same whatever the group's size.
CREATE TABLE members (
    directory_id uuid NOT NULL,
    group_id     uuid NOT NULL,
    member_id    uuid NOT NULL,
    kind         text NOT NULL,
    display      text NOT NULL,
    PRIMARY KEY (directory_id, group_id, member_id)
);
CREATE INDEX members_member ON members (directory_id, member_id);

CREATE TABLE roles (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    name            text NOT NULL,
    name_key        text COLLATE "C" NOT NULL,
    rank            integer NOT NULL,
    console         text NOT NULL,
    created_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX roles_name ON roles (organization_id, name_key);
CREATE UNIQUE INDEX roles_rank ON roles (organization_id, rank);

-- A mapping names a group by its external id, by its id (then with the external id it had, so that a group which is
-- bound to another person's group later inherits nothing), or an app role.
CREATE TABLE mappings (
    organization_id   uuid NOT NULL,
    id                uuid NOT NULL,
    connection_id     uuid NOT NULL,
    directory_id      uuid NOT NULL,
    role_id           uuid NOT NULL,
    group_id          uuid,
    group_external_id text COLLATE "C" NOT NULL,
    external_key      text COLLATE "C" NOT NULL,
    app_role          text NOT NULL,
    app_role_key      text COLLATE "C" NOT NULL,
    target            text COLLATE "C" NOT NULL,
    created_at        bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX mappings_target ON mappings (organization_id, directory_id, target);

CREATE TABLE role_assignments (
    organization_id uuid NOT NULL,
    directory_id    uuid NOT NULL,
    user_id         uuid NOT NULL,
    role_id         uuid NOT NULL,
    created_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, directory_id, user_id, role_id)
);

CREATE TABLE scim_tokens (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    connection_id   uuid NOT NULL,
    secret_hash     bytea NOT NULL,
    label           text NOT NULL,
    created_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    last_used_at    bigint NOT NULL,
    revoked_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX scim_tokens_secret ON scim_tokens (secret_hash);

CREATE TABLE one_time_secrets (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    purpose         text NOT NULL,
    directory_id    uuid NOT NULL,
    user_id         uuid NOT NULL,
    secret_hash     bytea NOT NULL,
    created_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    used_at         bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX one_time_secrets_secret ON one_time_secrets (secret_hash);

CREATE TABLE passwords (
    directory_id uuid NOT NULL,
    user_id      uuid NOT NULL,
    hash         text NOT NULL,
    changed_at   bigint NOT NULL,
    PRIMARY KEY (directory_id, user_id)
);

CREATE TABLE sign_ins (
    organization_id uuid NOT NULL,
    state_hash      bytea NOT NULL,
    connection_id   uuid NOT NULL,
    nonce           text NOT NULL,
    verifier        text NOT NULL,
    browser         bytea NOT NULL,
    return_to       text NOT NULL,
    started_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    used_at         bigint NOT NULL,
    PRIMARY KEY (organization_id, state_hash)
);
CREATE INDEX sign_ins_state ON sign_ins (state_hash);
CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);

CREATE TABLE sessions (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    directory_id    uuid NOT NULL,
    user_id         uuid NOT NULL,
    secret_hash     bytea NOT NULL,
    method          text NOT NULL,
    provider_sid    text NOT NULL,
    guest           boolean NOT NULL,
    auth_time       bigint NOT NULL,
    created_at      bigint NOT NULL,
    last_seen_at    bigint NOT NULL,
    idle_expires_at bigint NOT NULL,
    expires_at      bigint NOT NULL,
    revoked_at      bigint NOT NULL,
    revoked_reason  text NOT NULL,
    refused_for     text NOT NULL,
    address         text NOT NULL,
    user_agent      text NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX sessions_secret ON sessions (secret_hash);
CREATE INDEX sessions_user ON sessions (directory_id, user_id);

CREATE TABLE decisions (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    at              bigint NOT NULL,
    connection_id   text NOT NULL,
    directory_id    text NOT NULL,
    user_id         text NOT NULL,
    user_name       text NOT NULL,
    subject         text NOT NULL,
    tenant_id       text NOT NULL,
    method          text NOT NULL,
    admitted        boolean NOT NULL,
    reason          text NOT NULL,
    detail          text NOT NULL,
    role            text NOT NULL,
    grants          text NOT NULL,
    address         text NOT NULL,
    user_agent      text NOT NULL,
    request_id      text NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX decisions_user ON decisions (organization_id, user_id, id);

CREATE TABLE events (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    at              bigint NOT NULL,
    actor_kind      text NOT NULL,
    actor_id        text NOT NULL,
    actor_name      text NOT NULL,
    action          text NOT NULL,
    subject_kind    text NOT NULL,
    subject_id      text NOT NULL,
    directory_id    text NOT NULL,
    request_id      text NOT NULL,
    address         text NOT NULL,
    detail          text NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX events_subject ON events (organization_id, subject_id, id);

-- +goose Down
DROP TABLE events, decisions, sessions, sign_ins, passwords, one_time_secrets, scim_tokens, role_assignments, mappings,
    roles, members, groups, user_app_roles, user_emails, users, connections, directories, organizations;
