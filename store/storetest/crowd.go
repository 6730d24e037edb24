package storetest

import (
	"strings"
	"testing"

	"doorlist/store"
)

// Crowd puts 20,000 people into a directory and a group of it, each with an address, an attempt to enter and an event: so many that no
// statement may go through them all.
func Crowd(t testing.TB, s *store.Store, in store.DirectoryKey, groupID string) {
	t.Helper()
	id, postgres := "CAST('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0') AS uuid)", true
	if strings.HasPrefix(opened(t, s).url, "sqlite:") {
		id, postgres = "printf('00000000-0000-7000-8000-%012x', i)", false
	}
	name := "'u' || substr(CAST(1000000 + i AS text), 2)"
	for _, insert := range []string{
		`users (directory_id, id, user_name, user_name_key, external_id, external_key, display_name, display_name_key, active, quarantined, document, keys, version,
			created_at, modified_at, subject, subject_client, signed_in_as, last_sign_in_at)
			SELECT DIRECTORY, ID, NAME, NAME, NAME, NAME, 'One of many', 'one of many', true, false, '{}', '{}', 1, i, i, '', '', '', i FROM n`,
		"user_emails (directory_id, user_id, ordinal, value, value_key, type_key, is_primary) SELECT DIRECTORY, ID, 0, NAME, NAME, 'work', true FROM n",
		"members (directory_id, group_id, member_id, kind, display) SELECT DIRECTORY, GROUP, ID, 'User', '' FROM n",
		`decisions (organization_id, id, at, connection_id, directory_id, user_id, user_name, subject, tenant_id, method, admitted, reason, detail, role, grants,
			address, user_agent, request_id)
			SELECT ORGANIZATION, ID, i, '', '', CAST(ID AS text), NAME, '', '', 'sso', true, 'admitted', '', '', '[]', '', '', '' FROM n`,
		`events (organization_id, id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, directory_id, request_id, address, detail)
			SELECT ORGANIZATION, ID, i, 'provisioner', 'someone', '', 'user.created', 'user', CAST(ID AS text), CAST(DIRECTORY AS text), '', '', '{}' FROM n`,
	} {
		table, _, _ := strings.Cut(insert, " ")
		insert = strings.NewReplacer("DIRECTORY", "CAST('"+in.DirectoryID+"' AS KIND)", "ORGANIZATION", "CAST('"+in.OrganizationID+"' AS KIND)",
			"GROUP", "CAST('"+groupID+"' AS KIND)", "NAME", name, "ID,", id+",", "ID AS", id+" AS").Replace(insert)
		kind := "text"
		if postgres {
			kind = "uuid"
		}
		columns, rows, _ := strings.Cut(insert, ")")
		TamperWith(t, s, "INSERT INTO "+columns+") WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"+strings.ReplaceAll(rows, "KIND", kind))
		if postgres {
			TamperWith(t, s, "ANALYZE "+table)
		}
	}
}
