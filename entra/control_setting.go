package entra

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

func (s *Server) setMisbehavior(r *http.Request) (outcome, error) {
	times := 1
	if text := r.FormValue("times"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return outcome{}, fmt.Errorf("%w: times %q is no number", ErrInvalid, text)
		}
		times = n
	}
	return outcome{OK: true}, s.Misbehave(r.FormValue("name"), times)
}

func (s *Server) clearMisbehavior(*http.Request) (outcome, error) {
	s.Behave()
	return outcome{OK: true}, nil
}

func (s *Server) rotateKeys(r *http.Request) (outcome, error) {
	return outcome{OK: true}, s.RotateKeys(isOn(r, "withdraw"))
}

func (s *Server) setAuto(r *http.Request) (outcome, error) {
	s.control.mu.Lock()
	defer s.control.mu.Unlock()
	s.control.auto = isOn(r, "on")
	return outcome{OK: true}, nil
}

// connect gives the first tenant a SCIM server to push to, in place of the one that it may have had.
func (s *Server) connect(r *http.Request) (outcome, error) {
	p, err := NewProvisioner(ProvisionerOptions{
		Endpoint: r.FormValue("scim"), Token: r.FormValue("token"), Tenant: s.tenants[0], Dialect: Dialect(r.FormValue("dialect")),
	})
	if err != nil {
		return outcome{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s.UseProvisioner(p, isOn(r, "auto"))
	return outcome{OK: true}, nil
}

func (s *Server) runCycle(r *http.Request) (outcome, error) {
	if who := r.FormValue("person"); who != "" {
		return s.provisionPerson(r.Context(), who)
	}
	run := (*Provisioner).Incremental
	switch cycle := r.FormValue("cycle"); cycle {
	case "", "incremental":
	case "initial":
		run = (*Provisioner).Initial
	case "test":
		run = (*Provisioner).TestConnection
	default:
		return outcome{}, fmt.Errorf("%w: cycle %q; use initial, incremental or test", ErrInvalid, cycle)
	}
	last, err := s.provision(r.Context(), run)
	return outcome{OK: true, Cycle: last}, err
}

func (s *Server) provisionPerson(ctx context.Context, who string) (outcome, error) {
	last, err := s.provision(ctx, func(p *Provisioner, ctx context.Context) (Report, error) {
		person, ok := p.tenant.FindPerson(who)
		if !ok {
			return Report{}, fmt.Errorf("%w: person %s", ErrNotFound, who)
		}
		return p.OnDemand(ctx, person.ObjectID)
	})
	return outcome{OK: true, Cycle: last}, err
}

func isOn(r *http.Request, field string) bool {
	on, err := strconv.ParseBool(r.FormValue(field))
	return err == nil && on
}
