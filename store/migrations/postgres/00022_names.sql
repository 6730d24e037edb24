-- +goose Up

-- Names that organizations and connections had. Links, bookmarks and providers' settings still bear them, so that nobody else
-- gets them. Those from before this table are in the audit trail.
CREATE TABLE retired_slugs (
    organization_id uuid NOT NULL,
    kind            text NOT NULL,
    slug            text COLLATE "C" NOT NULL,
    subject_id      uuid NOT NULL,
    retired_at      bigint NOT NULL,
    PRIMARY KEY (organization_id, kind, slug)
);
CREATE UNIQUE INDEX retired_slugs_slug ON retired_slugs (kind, slug);
INSERT INTO retired_slugs (organization_id, kind, slug, subject_id, retired_at)
    SELECT DISTINCT ON (h.kind, h.slug) h.organization_id, h.kind, h.slug, h.subject_id::uuid, h.at FROM (
        SELECT organization_id, 'organization' AS kind, detail::jsonb ->> 'slug' AS slug, subject_id, at FROM events
            WHERE action = 'organization.created'
        UNION ALL SELECT organization_id, 'organization', detail::jsonb #>> '{after,slug}', subject_id, at FROM events
            WHERE action = 'organization.updated'
        UNION ALL SELECT organization_id, 'connection', detail::jsonb #>> '{after,slug}', subject_id, at FROM events
            WHERE action IN ('connection.created', 'connection.updated')) h
    WHERE h.slug IS NOT NULL AND h.slug NOT IN (SELECT slug FROM organizations WHERE h.kind = 'organization')
        AND h.slug NOT IN (SELECT slug FROM connections WHERE h.kind = 'connection')
    ORDER BY h.kind, h.slug, h.at DESC;

-- Domains that a connection asks for until DNS proves them: nobody is led by them yet, and others may ask for them too.
CREATE TABLE domain_challenges (
    organization_id uuid NOT NULL,
    connection_id   uuid NOT NULL,
    domain          text COLLATE "C" NOT NULL,
    token           text NOT NULL,
    asked_at        bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, domain)
);

-- +goose Down
DROP TABLE domain_challenges;
DROP TABLE retired_slugs;
