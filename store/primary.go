package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Who may enter is read from the primary alone: a standby tells what was so before, and a former primary that somebody started again beside its successor
// tells what has never come to be. A promotion begins a timeline with a higher number than that of the primary which it followed, so the later one of the two
// can be told. A single host is believed: there is no other, and an upgrade or a restore in its place begins with the first timeline anew.

// connectWithin bounds how long one host may take to answer, so that the next is asked soon (pgxpool waits for two minutes).
const connectWithin = 5 * time.Second

// errFormerPrimary: there is a primary that was promoted later.
var errFormerPrimary = errors.New("a former primary, which another has replaced; if this is the right one, upgraded or restored, start doorlist again")

// refuseStandbys refuses an address that asks for what is never admitted.
func refuseStandbys(rawURL string) error {
	_, query, _ := strings.Cut(rawURL, "?")
	settings, _ := url.ParseQuery(query) // the driver refuses what is none
	wanted := settings.Get("target_session_attrs")
	if wanted == "" {
		wanted = os.Getenv("PGTARGETSESSIONATTRS")
	}
	if slices.Contains([]string{"standby", "prefer-standby", "read-only"}, wanted) {
		return &InvalidError{"database", "asks for a standby (target_session_attrs); give read-write or primary: who may enter is read from the primary alone"}
	}
	return nil
}

// surveyGrace is how long hosts that are slow to answer are waited for when another has.
const surveyGrace = time.Second

// primary admits connections to the newest primary that it has seen of several hosts.
type primary struct {
	hosts []*pgconn.Config // none for a single one

	mu       sync.Mutex
	timeline string // of eight digits; "" for none yet
	replaced func() // ends the connections to the former one
}

// guard has connections of a pool admitted by p.
func (p *primary) guard(config *pgxpool.Config) {
	c := config.ConnConfig
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = connectWithin
	}
	asked := c.ValidateConnect // by target_session_attrs
	c.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if asked != nil {
			if err := asked(ctx, conn); err != nil {
				return err
			}
		}
		return p.admit(ctx, conn)
	}
	p.hosts = hostsOf(&c.Config)
}

// replace has what ends the connections to a former primary done when there is a newer one.
func (p *primary) replace(former func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replaced = former
}

// admit implements pgconn.ValidateConnectFunc; where it fails, the next host is asked.
func (p *primary) admit(ctx context.Context, conn *pgconn.PgConn) error {
	if err := pgconn.ValidateConnectTargetSessionAttrsPrimary(ctx, conn); err != nil {
		return err
	}
	if len(p.hosts) == 0 {
		return nil
	}
	timeline, err := timelineOf(ctx, conn)
	if err != nil || timeline == "" {
		return err
	}
	replaced, err := p.follow(timeline)
	if replaced != nil {
		replaced()
	}
	return err
}

// follow takes a primary's timeline for the newest, and returns what is to be done if it is the successor of another.
func (p *primary) follow(timeline string) (replaced func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case timeline < p.timeline:
		return nil, errFormerPrimary
	case p.timeline != "" && timeline > p.timeline:
		replaced = p.replaced
	}
	p.timeline = timeline
	return replaced, nil
}

// timelineOf is the timeline of a primary, the first part of the names of its write-ahead logs; "" of a database that has no such thing or does not tell it, as
// Amazon Aurora does not (DataDog/integrations-core#20356).
func timelineOf(ctx context.Context, conn *pgconn.PgConn) (string, error) {
	results, err := conn.Exec(ctx, "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)").ReadAll()
	if _, answered := errors.AsType[*pgconn.PgError](err); answered {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("asking for the timeline: %w", err)
	}
	return string(results[0].Rows[0][0]), nil
}

// survey asks all hosts at once, so that the first connection finds the newest primary, too, whichever host is named first. Of those that do not answer
// nothing is known, and nothing need be.
func (p *primary) survey(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for _, host := range p.hosts {
		all.Go(func() {
			if conn, err := pgconn.ConnectConfig(ctx, host); err == nil {
				time.AfterFunc(surveyGrace, cancel)
				_ = conn.Close(ctx)
			}
		})
	}
	all.Wait()
}

// hostsOf is a configuration for each host of one that has several; none for a single host.
func hostsOf(config *pgconn.Config) (list []*pgconn.Config) {
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	for _, way := range ways { // with and without TLS, where the address does not say which
		last := len(list) - 1
		if last >= 0 && list[last].Host == way.Host && list[last].Port == way.Port {
			list[last].Fallbacks = append(list[last].Fallbacks, way)
			continue
		}
		one := config.Copy()
		one.Host, one.Port, one.TLSConfig, one.Fallbacks = way.Host, way.Port, way.TLSConfig, nil
		one.ConnectTimeout = min(one.ConnectTimeout, connectWithin)
		list = append(list, one)
	}
	if len(list) == 1 {
		return nil
	}
	return list
}
