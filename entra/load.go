package entra

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// LoadOptions configure NewLoad. Endpoint is required, for the workload verify CheckURL instead.
type LoadOptions struct {
	Endpoint string  // the tenant URL of the SCIM server
	Token    string  // sent as a bearer token
	Dialect  Dialect // default classic

	CheckURL    string // a forward-auth endpoint, for the workload verify
	CheckCookie string // NAME=VALUE, sent to CheckURL
	CheckToken  string // sent to CheckURL as a bearer token

	Connections int           // default 8; each carries one request at a time
	Rate        float64       // arrivals a second; 0 closes the loop: each connection begins anew when it has its answer
	Duration    time.Duration // of the measurement, default 10 s
	WarmUp      time.Duration // before it, not counted
	Timeout     time.Duration // of one request, default 30 s

	Users  int    // people created before the first workload that needs any, default 2,000
	Groups int    // likewise, default 50
	Seed   uint64 // of names, ids and the order of work; two runs on one server need different ones

	Progress func(LoadProgress) // called a few times a second, never twice at a time
}

// Load generates the traffic of provisioning clients, checks every answer, and measures.
type Load struct {
	options    LoadOptions
	endpoint   endpoint // without the host, which is the origin's
	scim       origin
	check      origin
	begun      time.Time
	dialect    Dialect
	population population
	world      world
}

// NewLoad checks the options.
func NewLoad(o LoadOptions) (*Load, error) {
	o.setDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	l := &Load{options: o, population: newPopulation(o.Seed), begun: time.Now()}
	var err error
	if l.dialect, err = ParseDialect(string(o.Dialect)); err != nil {
		return nil, err
	}
	if o.Endpoint != "" {
		if err := l.aim(); err != nil {
			return nil, err
		}
	}
	if o.CheckURL != "" {
		if err := l.aimCheck(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (o *LoadOptions) setDefaults() {
	o.Connections = cmp.Or(o.Connections, 8)
	o.Duration = cmp.Or(o.Duration, 10*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Users = cmp.Or(o.Users, 2000)
	o.Groups = cmp.Or(o.Groups, 50)
	if o.Progress == nil {
		o.Progress = func(LoadProgress) {}
	}
}

func (o *LoadOptions) validate() error {
	switch {
	case o.Endpoint == "" && o.CheckURL == "":
		return errors.New("a load needs the URL of a SCIM server, or that of a forward-auth endpoint")
	case o.Connections < 0 || o.Rate < 0 || o.Duration < 0 || o.WarmUp < 0 || o.Timeout < 0 || o.Users < 0 || o.Groups < 0:
		return errors.New("numbers and durations of a load cannot be negative")
	case o.Users < o.Connections:
		return fmt.Errorf("%d people are too few for %d connections, each of which works on people of its own: give at least as many", o.Users, o.Connections)
	}
	return nil
}

func (l *Load) aim() error {
	e, err := parseEndpoint(l.options.Endpoint)
	if err != nil {
		return err
	}
	headers := http.Header{"User-Agent": {"entrasim"}, "Authorization": {"Bearer " + l.options.Token}}
	if l.scim, err = newOrigin(e.base, l.options.Timeout, headers); err != nil {
		return err
	}
	l.endpoint = endpoint{base: l.scim.path, query: e.query}
	return nil
}

func (l *Load) aimCheck() error {
	headers := http.Header{"User-Agent": {"entrasim"}}
	if l.options.CheckCookie != "" {
		headers.Set("Cookie", l.options.CheckCookie)
	}
	if l.options.CheckToken != "" {
		headers.Set("Authorization", "Bearer "+l.options.CheckToken)
	}
	var err error
	l.check, err = newOrigin(l.options.CheckURL, l.options.Timeout, headers)
	return err
}
