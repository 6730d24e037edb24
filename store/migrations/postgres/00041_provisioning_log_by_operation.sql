-- +goose Up

-- Look-ups are most of what a provider sends, and found without an index: who looks for something else need not have them in it.
DROP INDEX scim_requests_operation;
CREATE INDEX scim_requests_operation ON scim_requests (organization_id, connection_id, operation, id)
    WHERE operation <> 'Look up user' AND operation <> 'Look up group';

-- +goose Down
DROP INDEX scim_requests_operation;
CREATE INDEX scim_requests_operation ON scim_requests (organization_id, connection_id, operation, id);
