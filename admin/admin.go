package admin

import (
	"cmp"
	"context"
	"net"
	"time"

	"github.com/labstack/echo/v4"

	"doorlist/auth"
	"doorlist/store"
)

// Config is what the console needs beside the door.
type Config struct {
	Store *store.Store
	// Shared is the application that tenants can consent to; zero: connections are made by hand alone.
	Shared auth.SharedApplication
	// Resolver answers about records in DNS; nil is the machine's own.
	Resolver *net.Resolver
	// Metadata gets the metadata of SAML providers.
	Metadata *auth.MetadataFetcher
	// Declare reads a document of schemas for a resource type; "" for what each URN says.
	Declare func(document []byte, resourceType string) (Declaration, error)
	// Operations are the words for what requests of the provisioning log ask for.
	Operations []string
	// Replay tells what a request of the provisioning log would do now, and does nothing. It returns a *ReplayError where it cannot be
	// tried, and store.ErrNotFound where its connection is off.
	Replay func(ctx context.Context, r store.SCIMRequest) (Replayed, error)
	// Records tells how documents of an organization become records, which package scim knows: its User and Group. Undoing needs it.
	Records func(ctx context.Context, organizationID string) (store.UndoRules, error)
	// Patience is how long a page may take before it is sent in parts, with how far it is; 0 for a second.
	Patience time.Duration
}

// Replayed is what a request would be answered now, and what it would change.
type Replayed struct {
	Status int
	Answer string // the beginning of it
	Events []store.Event
	Tally  store.Tally
}

// ReplayError says why a request cannot be tried.
type ReplayError struct{ Message string }

func (e *ReplayError) Error() string { return e.Message }

// console holds what the pages share.
type console struct {
	Config
	door          *auth.Console
	sections      []section
	verifications verifications
	// comparing has one entry for each upload that is being compared.
	comparing chan struct{}
	pages     []route
}

// Mount adds the pages of the console, for whom the door lets through.
func Mount(e *echo.Echo, door *auth.Console, c Config) error {
	c.Patience = cmp.Or(c.Patience, defaultPatience)
	k := &console{Config: c, door: door, comparing: make(chan struct{}, comparisonsAtOnce)}
	routes := k.routes()
	k.sections, k.pages = mountedSections(routes), routes
	for _, r := range routes {
		e.Add(r.method, r.path, door.Page(r.demand(), k.named(r)))
	}
	e.GET(styleSheet.Path, styleSheet.Serve)
	e.GET(script.Path, script.Serve)
	return nil
}

func (k *console) now() time.Time { return k.Store.Now() }
