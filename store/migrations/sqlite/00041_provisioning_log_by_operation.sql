-- +goose Up

-- The same as migrations/postgres: the comments there say why.

DROP INDEX scim_requests_operation;
CREATE INDEX scim_requests_operation ON scim_requests (organization_id, connection_id, operation, id)
    WHERE operation <> 'Look up user' AND operation <> 'Look up group';

-- +goose Down
DROP INDEX scim_requests_operation;
CREATE INDEX scim_requests_operation ON scim_requests (organization_id, connection_id, operation, id);
