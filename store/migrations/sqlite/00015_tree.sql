-- +goose Up

-- The same as migrations/postgres: the comments there say why.

CREATE TABLE organization_lines (
    organization_id text NOT NULL,
    distance        integer NOT NULL,
    ancestor_id     text NOT NULL,
    PRIMARY KEY (organization_id, distance)
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_lines_ancestor ON organization_lines (ancestor_id);
INSERT INTO organization_lines (organization_id, distance, ancestor_id)
    WITH RECURSIVE line (organization_id, distance, ancestor_id) AS (
        SELECT id, 0, id FROM organizations
        UNION ALL
        SELECT line.organization_id, line.distance + 1, o.parent_id FROM line
            JOIN organizations o ON o.id = line.ancestor_id WHERE o.parent_id IS NOT NULL)
    SELECT organization_id, distance, ancestor_id FROM line;

CREATE TABLE own_settings (
    organization_id text NOT NULL,
    setting         text NOT NULL,
    PRIMARY KEY (organization_id, setting)
) STRICT, WITHOUT ROWID;
INSERT INTO own_settings (organization_id, setting)
    SELECT o.id, s.setting FROM organizations o CROSS JOIN (SELECT 'sso_mode' AS setting UNION ALL SELECT 'second_factor'
        UNION ALL SELECT 'ambiguous_roles' UNION ALL SELECT 'contact' UNION ALL SELECT 'scim_passwords' UNION ALL SELECT 'default_role') s;

ALTER TABLE organizations ADD COLUMN default_role_key text NOT NULL DEFAULT '';
UPDATE organizations SET default_role_key = coalesce((SELECT r.name_key FROM roles r
    WHERE r.organization_id = organizations.id AND r.id = organizations.default_role_id), '');

-- +goose Down
ALTER TABLE organizations DROP COLUMN default_role_key;
DROP TABLE own_settings;
DROP TABLE organization_lines;
