package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Scope says which objects are provisioned.
type Scope string

const (
	// ScopeAssigned is people and groups that are assigned to the application, and direct members of assigned groups.
	ScopeAssigned Scope = "assigned"
	// ScopeAll is the whole directory.
	ScopeAll Scope = "all"
)

// ProvisionerOptions configure NewProvisioner. Endpoint and Tenant are required.
type ProvisionerOptions struct {
	Endpoint string // the tenant URL, with or without a slash at the end; a query goes with every request
	Token    string // sent as a bearer token
	Client   *http.Client
	Tenant   *Tenant

	Dialect         Dialect        // default classic
	Scope           Scope          // default assigned
	Mappings        []Mapping      // default DefaultMappings(ExternalIDObjectID)
	GroupMatch      string         // "displayName" (default) or "externalId"
	Roles           RoleExpression // default none
	MembersPerPatch int            // default 1, as Entra does
	// ReferenceChecks asks whether a reference is already there before writing it, as the documentation describes.
	ReferenceChecks bool

	Concurrency int // objects worked on at once, default 1
	Seed        uint64
	Faults      Faults
	Log         func(Exchange)                                   // called after each exchange, never twice at a time
	Now         func() time.Time                                 // default time.Now
	Wait        func(ctx context.Context, d time.Duration) error // default waits for real
}

// Provisioner is one provisioning job: it pushes a tenant to a SCIM server and remembers, from cycle to cycle, the id
// that each object has there. It is safe for concurrent use; on-demand runs may overlap a cycle.
type Provisioner struct {
	endpoint        endpoint
	token           string
	client          *http.Client
	tenant          *Tenant
	dialect         Dialect
	scope           Scope
	mappings        []Mapping
	groupMatch      string
	roles           RoleExpression
	membersPerPatch int
	referenceChecks bool
	concurrency     int
	seed            uint64
	faults          Faults
	log             func(Exchange)
	now             func() time.Time
	wait            func(context.Context, time.Duration) error

	cycles sync.Mutex // held by a cycle: a job runs one at a time

	mu        sync.Mutex
	count     int // of cycles begun
	watermark uint64
	links     map[string]*link  // by object id
	holders   map[string]string // object ids by path at the server
	deleted   map[string]string // names of what was deleted, by path at the server
	retry     map[string]bool   // object ids whose last evaluation did not succeed
}

// NewProvisioner checks the options and makes a job that has not run yet.
func NewProvisioner(o ProvisionerOptions) (*Provisioner, error) {
	e, err := parseEndpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	if o.Tenant == nil {
		return nil, errors.New("a provisioner needs a tenant")
	}
	o.setDefaults()
	if o.Dialect, err = ParseDialect(string(o.Dialect)); err != nil {
		return nil, err
	}
	if o.Roles, err = ParseRoleExpression(string(o.Roles)); err != nil {
		return nil, err
	}
	if o.Scope != ScopeAssigned && o.Scope != ScopeAll {
		return nil, fmt.Errorf("scope %q is unknown: use assigned or all", o.Scope)
	}
	if o.GroupMatch != "displayName" && o.GroupMatch != "externalId" {
		return nil, fmt.Errorf("groups cannot be matched by %q: use displayName or externalId", o.GroupMatch)
	}
	return &Provisioner{
		endpoint: e, token: o.Token, client: o.Client, tenant: o.Tenant, dialect: o.Dialect, scope: o.Scope,
		mappings: o.Mappings, groupMatch: o.GroupMatch, roles: o.Roles, membersPerPatch: o.MembersPerPatch,
		referenceChecks: o.ReferenceChecks, concurrency: o.Concurrency, seed: o.Seed, faults: o.Faults,
		log: o.Log, now: o.Now, wait: o.Wait, links: map[string]*link{}, holders: map[string]string{}, deleted: map[string]string{}, retry: map[string]bool{},
	}, nil
}

func (o *ProvisionerOptions) setDefaults() {
	if o.Scope == "" {
		o.Scope = ScopeAssigned
	}
	if o.Mappings == nil {
		o.Mappings = DefaultMappings(ExternalIDObjectID)
	}
	if o.GroupMatch == "" {
		o.GroupMatch = "displayName"
	}
	o.MembersPerPatch = max(o.MembersPerPatch, 1)
	o.Concurrency = max(o.Concurrency, 1)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = waitFor
	}
	if o.Client == nil {
		o.Client = newHTTPClient(o.Concurrency)
	}
}

// newHTTPClient follows no redirects: a SCIM endpoint that redirects would leak the token.
func newHTTPClient(concurrency int) *http.Client {
	return &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: concurrency, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

func waitFor(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Initial evaluates everything in scope: what a new or restarted job does. Links survive a restart.
func (p *Provisioner) Initial(ctx context.Context) (Report, error) {
	return p.cycle(ctx, "initial")
}

// Incremental evaluates what changed since the last cycle that was not quarantined, and what failed in it.
func (p *Provisioner) Incremental(ctx context.Context) (Report, error) {
	return p.cycle(ctx, "incremental")
}

// TestConnection sends the probes alone.
func (p *Provisioner) TestConnection(ctx context.Context) (Report, error) {
	r := p.newRun("test-connection", p.dialect)
	err := r.probe(ctx, r.newTask("probe", "", ""))
	return r.finish(err), err
}
