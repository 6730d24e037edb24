-- +goose Up

-- The same tables as migrations/postgres: the comments there say why they look so. What differs: ids are text, booleans are
-- 0 and 1, text compares byte by byte without being told, and tables that are read by their key alone have no rowid.

CREATE TABLE organizations (
    id         text PRIMARY KEY,
    parent_id  text,
    slug       text NOT NULL,
    name       text NOT NULL,
    created_at integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX organizations_slug ON organizations (slug);

-- A directory without a connection is the local one of its organization.
CREATE TABLE directories (
    organization_id text NOT NULL,
    id              text NOT NULL,
    connection_id   text,
    created_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE connections (
    organization_id text NOT NULL,
    id              text NOT NULL,
    directory_id    text NOT NULL,
    slug            text NOT NULL,
    name            text NOT NULL,
    kind            text NOT NULL,
    enabled         integer NOT NULL,
    tenant_id       text NOT NULL,
    authority       text NOT NULL,
    issuer          text NOT NULL,
    client_id       text NOT NULL,
    client_secret   blob NOT NULL,
    subject_claim   text NOT NULL,
    matching        text NOT NULL,
    admit           text NOT NULL,
    roles           text NOT NULL,
    allow_guests    integer NOT NULL,
    created_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX connections_slug ON connections (slug);

CREATE TABLE users (
    directory_id     text NOT NULL,
    id               text NOT NULL,
    user_name        text NOT NULL,
    user_name_key    text NOT NULL,
    external_id      text NOT NULL,
    external_key     text NOT NULL,
    display_name     text NOT NULL,
    display_name_key text NOT NULL,
    active           integer NOT NULL,
    quarantined      integer NOT NULL,
    document         text NOT NULL,
    keys             text NOT NULL,
    version          integer NOT NULL,
    created_at       integer NOT NULL,
    modified_at      integer NOT NULL,
    subject          text NOT NULL,
    subject_client   text NOT NULL,
    signed_in_as     text NOT NULL,
    last_sign_in_at  integer NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT;
CREATE UNIQUE INDEX users_user_name ON users (directory_id, user_name_key);
CREATE INDEX users_external_id ON users (directory_id, external_id);
CREATE INDEX users_external_key ON users (directory_id, external_key);
CREATE INDEX users_display_name ON users (directory_id, display_name_key);

CREATE TABLE user_emails (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    ordinal      integer NOT NULL,
    value        text NOT NULL,
    value_key    text NOT NULL,
    type_key     text NOT NULL,
    is_primary   integer NOT NULL,
    PRIMARY KEY (directory_id, user_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_emails_value ON user_emails (directory_id, value_key);

CREATE TABLE user_app_roles (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    value_key    text NOT NULL,
    value        text NOT NULL,
    PRIMARY KEY (directory_id, user_id, value_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    directory_id     text NOT NULL,
    id               text NOT NULL,
    display_name     text NOT NULL,
    display_name_key text NOT NULL,
    external_id      text NOT NULL,
    external_key     text NOT NULL,
    document         text NOT NULL,
    keys             text NOT NULL,
    version          integer NOT NULL,
    created_at       integer NOT NULL,
    modified_at      integer NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT;
CREATE UNIQUE INDEX groups_display_name ON groups (directory_id, display_name_key);
CREATE INDEX groups_external_id ON groups (directory_id, external_id);

-- A set: one row a membership, so that adding or removing one costs the same whatever the group's size.
CREATE TABLE members (
    directory_id text NOT NULL,
    group_id     text NOT NULL,
    member_id    text NOT NULL,
    kind         text NOT NULL,
    display      text NOT NULL,
    PRIMARY KEY (directory_id, group_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_member ON members (directory_id, member_id);

CREATE TABLE roles (
    organization_id text NOT NULL,
    id              text NOT NULL,
    name            text NOT NULL,
    name_key        text NOT NULL,
    rank            integer NOT NULL,
    console         text NOT NULL,
    created_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX roles_name ON roles (organization_id, name_key);
CREATE UNIQUE INDEX roles_rank ON roles (organization_id, rank);

-- A mapping names a group by its external id, by its id (then with the external id it had, so that a group which is
-- bound to another person's group later inherits nothing), or an app role.
CREATE TABLE mappings (
    organization_id   text NOT NULL,
    id                text NOT NULL,
    connection_id     text NOT NULL,
    directory_id      text NOT NULL,
    role_id           text NOT NULL,
    group_id          text,
    group_external_id text NOT NULL,
    external_key      text NOT NULL,
    app_role          text NOT NULL,
    app_role_key      text NOT NULL,
    target            text NOT NULL,
    created_at        integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX mappings_target ON mappings (organization_id, directory_id, target);

CREATE TABLE role_assignments (
    organization_id text NOT NULL,
    directory_id    text NOT NULL,
    user_id         text NOT NULL,
    role_id         text NOT NULL,
    created_at      integer NOT NULL,
    PRIMARY KEY (organization_id, directory_id, user_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE scim_tokens (
    organization_id text NOT NULL,
    id              text NOT NULL,
    connection_id   text NOT NULL,
    secret_hash     blob NOT NULL,
    label           text NOT NULL,
    created_at      integer NOT NULL,
    expires_at      integer NOT NULL,
    last_used_at    integer NOT NULL,
    revoked_at      integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX scim_tokens_secret ON scim_tokens (secret_hash);

CREATE TABLE one_time_secrets (
    organization_id text NOT NULL,
    id              text NOT NULL,
    purpose         text NOT NULL,
    directory_id    text NOT NULL,
    user_id         text NOT NULL,
    secret_hash     blob NOT NULL,
    created_at      integer NOT NULL,
    expires_at      integer NOT NULL,
    used_at         integer NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX one_time_secrets_secret ON one_time_secrets (secret_hash);

CREATE TABLE passwords (
    directory_id text NOT NULL,
    user_id      text NOT NULL,
    hash         text NOT NULL,
    changed_at   integer NOT NULL,
    PRIMARY KEY (directory_id, user_id)
) STRICT;

CREATE TABLE sign_ins (
    organization_id text NOT NULL,
    state_hash      blob NOT NULL,
    connection_id   text NOT NULL,
    nonce           text NOT NULL,
    verifier        text NOT NULL,
    browser         blob NOT NULL,
    return_to       text NOT NULL,
    started_at      integer NOT NULL,
    expires_at      integer NOT NULL,
    used_at         integer NOT NULL,
    PRIMARY KEY (organization_id, state_hash)
) STRICT;
CREATE INDEX sign_ins_state ON sign_ins (state_hash);
CREATE INDEX sign_ins_expiry ON sign_ins (expires_at);

CREATE TABLE sessions (
    organization_id text NOT NULL,
    id              text NOT NULL,
    directory_id    text NOT NULL,
    user_id         text NOT NULL,
    secret_hash     blob NOT NULL,
    method          text NOT NULL,
    provider_sid    text NOT NULL,
    guest           integer NOT NULL,
    auth_time       integer NOT NULL,
    created_at      integer NOT NULL,
    last_seen_at    integer NOT NULL,
    idle_expires_at integer NOT NULL,
    expires_at      integer NOT NULL,
    revoked_at      integer NOT NULL,
    revoked_reason  text NOT NULL,
    refused_for     text NOT NULL,
    address         text NOT NULL,
    user_agent      text NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE UNIQUE INDEX sessions_secret ON sessions (secret_hash);
CREATE INDEX sessions_user ON sessions (directory_id, user_id);

CREATE TABLE decisions (
    organization_id text NOT NULL,
    id              text NOT NULL,
    at              integer NOT NULL,
    connection_id   text NOT NULL,
    directory_id    text NOT NULL,
    user_id         text NOT NULL,
    user_name       text NOT NULL,
    subject         text NOT NULL,
    tenant_id       text NOT NULL,
    method          text NOT NULL,
    admitted        integer NOT NULL,
    reason          text NOT NULL,
    detail          text NOT NULL,
    role            text NOT NULL,
    grants          text NOT NULL,
    address         text NOT NULL,
    user_agent      text NOT NULL,
    request_id      text NOT NULL,
    PRIMARY KEY (organization_id, id)
) STRICT;
CREATE INDEX decisions_user ON decisions (organization_id, user_id, id);

CREATE TABLE events (
    organization_id text NOT NULL,
    id              text NOT NULL,
    at              integer NOT NULL,
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
) STRICT;
CREATE INDEX events_subject ON events (organization_id, subject_id, id);

-- +goose Down
DROP TABLE events;
DROP TABLE decisions;
DROP TABLE sessions;
DROP TABLE sign_ins;
DROP TABLE passwords;
DROP TABLE one_time_secrets;
DROP TABLE scim_tokens;
DROP TABLE role_assignments;
DROP TABLE mappings;
DROP TABLE roles;
DROP TABLE members;
DROP TABLE groups;
DROP TABLE user_app_roles;
DROP TABLE user_emails;
DROP TABLE users;
DROP TABLE connections;
DROP TABLE directories;
DROP TABLE organizations;
