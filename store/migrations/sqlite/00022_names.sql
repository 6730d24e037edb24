-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE retired_slugs (
    organization_id text NOT NULL,
    kind            text NOT NULL,
    slug            text NOT NULL,
    subject_id      text NOT NULL,
    retired_at      integer NOT NULL,
    PRIMARY KEY (organization_id, kind, slug)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX retired_slugs_slug ON retired_slugs (kind, slug);
INSERT INTO retired_slugs (organization_id, kind, slug, subject_id, retired_at)
    SELECT h.organization_id, h.kind, h.slug, h.subject_id, max(h.at) FROM (
        SELECT organization_id, 'organization' AS kind, json_extract(detail, '$.slug') AS slug, subject_id, at FROM events
            WHERE action = 'organization.created'
        UNION ALL SELECT organization_id, 'organization', json_extract(detail, '$.after.slug'), subject_id, at FROM events
            WHERE action = 'organization.updated'
        UNION ALL SELECT organization_id, 'connection', json_extract(detail, '$.after.slug'), subject_id, at FROM events
            WHERE action IN ('connection.created', 'connection.updated')) h
    WHERE h.slug IS NOT NULL AND h.slug NOT IN (SELECT slug FROM organizations WHERE h.kind = 'organization')
        AND h.slug NOT IN (SELECT slug FROM connections WHERE h.kind = 'connection')
    GROUP BY h.kind, h.slug;

CREATE TABLE domain_challenges (
    organization_id text NOT NULL,
    connection_id   text NOT NULL,
    domain          text NOT NULL,
    token           text NOT NULL,
    asked_at        integer NOT NULL,
    PRIMARY KEY (organization_id, connection_id, domain)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE domain_challenges;
DROP TABLE retired_slugs;
