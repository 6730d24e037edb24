package scim

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"doorlist/store"
)

// types are the resource types of an organization: everything that reads a name or value of a request asks them.
type types struct {
	user, group *resourceType
	passwords   bool // SCIM may set them
}

// builtIn are the types of the RFC, which organizations have that declare nothing.
var builtIn = &types{user: userType, group: groupType}

// withPasswords are those of an organization that lets SCIM set passwords.
var withPasswords = &types{user: userTypeWithPassword, group: groupType, passwords: true}

// all lists the types in the order of answers.
func (t *types) all() []*resourceType { return []*resourceType{t.user, t.group} }

// schemas are the schemas of all types, and those of the server's own documents.
func (t *types) schemas() []*schemaTable {
	var tables []*schemaTable
	for _, rt := range t.all() {
		tables = append(append(tables, rt.core), rt.extensions...)
	}
	return append(tables, serverSchemas...)
}

func (rt *resourceType) isUser() bool { return rt.schema == userSchema }

// with is the type with one more extension.
func (rt *resourceType) with(t *schemaTable) *resourceType {
	extended := *rt
	extended.extensions = append(slices.Clone(rt.extensions), t)
	return &extended
}

// isDeclared says that an organization declares the schema; a nil one is none.
func (t *schemaTable) isDeclared() bool { return t != nil && t.declared }

// isCore says that the schema is the core schema of a type.
func (t *schemaTable) isCore() bool { return t.urn == userSchema || t.urn == groupSchema }

// declare adds the schemas of an organization.
func (t *types) declare(schemas []store.Schema) (*types, error) {
	declared := *t
	for _, s := range schemas {
		read, err := ReadSchemas([]byte(s.Document))
		if err != nil {
			return nil, fmt.Errorf("the stored schema %s: %w", s.URN, err)
		}
		for _, each := range read {
			if s.ResourceType == groupType.name {
				declared.group = declared.group.with(each.table)
			} else {
				declared.user = declared.user.with(each.table)
			}
		}
	}
	return &declared, nil
}

// typeCache keeps the types of organizations, each as of a revision of its settings. The revision comes with every
// credential, so an outdated entry is never used.
type typeCache struct {
	mu     sync.Mutex
	byOrg  map[string]cachedTypes
	schema func(ctx context.Context, organizationID string) ([]store.Schema, error)
}

type cachedTypes struct {
	revision int64
	types    *types
}

// maxCachedTypes bounds the memory for organizations that are gone.
const maxCachedTypes = 1000

func newTypeCache(s *store.Store) *typeCache {
	return &typeCache{byOrg: map[string]cachedTypes{}, schema: func(ctx context.Context, organizationID string) ([]store.Schema, error) {
		return s.Organization(organizationID).Schemas(ctx)
	}}
}

// of are the types of the organization that a credential is for.
func (k *typeCache) of(ctx context.Context, c store.Credential) (*types, error) {
	if c.SettingsRevision == 0 {
		return builtIn, nil // nothing was ever declared
	}
	organization := c.Directory.OrganizationID
	k.mu.Lock()
	cached, ok := k.byOrg[organization]
	k.mu.Unlock()
	if ok && cached.revision == c.SettingsRevision {
		return cached.types, nil
	}
	// Read after the revision, so what is kept is at least as new as its key says.
	schemas, err := k.schema(ctx, organization)
	if err != nil {
		return nil, err
	}
	base := builtIn
	if c.SCIMPasswords {
		base = withPasswords
	}
	declared, err := base.declare(schemas)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.byOrg) >= maxCachedTypes {
		clear(k.byOrg)
	}
	k.byOrg[organization] = cachedTypes{c.SettingsRevision, declared}
	return declared, nil
}
