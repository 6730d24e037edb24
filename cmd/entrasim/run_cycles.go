package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"doorlist/entra"
)

// provisioner returns nil where no SCIM server is given.
func (f *runFlags) provisioner(tenant *entra.Tenant, stderr io.Writer) (*entra.Provisioner, error) {
	if f.scim == "" {
		return nil, nil
	}
	o := entra.ProvisionerOptions{
		Endpoint: f.scim, Token: f.token, Tenant: tenant, Dialect: entra.Dialect(f.dialect), Seed: f.tenant.Seed,
	}
	if f.verbose {
		o.Log = func(x entra.Exchange) {
			fmt.Fprintln(stderr, x.Method, x.URL, x.Status, x.Duration.Round(time.Microsecond))
		}
	}
	p, err := entra.NewProvisioner(o)
	if err != nil {
		return nil, usageError{err}
	}
	return p, nil
}

// cycles runs the initial cycle and, with --every, incremental ones for as long as the program runs.
func (f *runFlags) cycles(ctx context.Context, server *entra.Server, stderr io.Writer) {
	report(ctx, stderr, server.Initial)
	if f.every <= 0 {
		return
	}
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			report(ctx, stderr, server.Incremental)
		}
	}
}

func report(ctx context.Context, stderr io.Writer, cycle func(context.Context) (entra.Report, error)) {
	r, err := cycle(ctx)
	if err != nil {
		fmt.Fprintln(stderr, "provisioning:", err)
		return
	}
	fmt.Fprintf(stderr, "provisioning: %s cycle, %d requests, %d created, %d updated, %d disabled, %d members added, %d failed\n",
		r.Kind, r.Total(), r.Created, r.Updated, r.Disabled, r.MembersAdded, len(r.Failures))
	for _, failure := range r.Failures {
		fmt.Fprintf(stderr, "provisioning: %s: status %d: %s\n", failure.Name, failure.Status, failure.Detail)
	}
}
