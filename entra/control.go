package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// control is what the control page and API know besides the tenants.
type control struct {
	mu          sync.Mutex
	provisioner *Provisioner
	auto        bool
	last        *lastCycle
}

// lastCycle is the outcome of the latest provisioning that the server started.
type lastCycle struct {
	At     time.Time `json:"at"`
	Report Report    `json:"report"`
	Error  string    `json:"error,omitempty"`

	failure error // that Error tells
}

// UseProvisioner lets the control page and API run provisioning cycles. With auto, every change made there is pushed
// at once, where Entra would take up to 40 minutes.
func (s *Server) UseProvisioner(p *Provisioner, auto bool) {
	s.control.mu.Lock()
	defer s.control.mu.Unlock()
	s.control.provisioner, s.control.auto = p, auto
}

// Initial runs an initial provisioning cycle and shows its report on the control page.
func (s *Server) Initial(ctx context.Context) (Report, error) {
	return s.cycle(ctx, (*Provisioner).Initial)
}

// Incremental runs an incremental provisioning cycle and shows its report on the control page.
func (s *Server) Incremental(ctx context.Context) (Report, error) {
	return s.cycle(ctx, (*Provisioner).Incremental)
}

func (s *Server) cycle(ctx context.Context, run func(*Provisioner, context.Context) (Report, error)) (Report, error) {
	last, err := s.provision(ctx, run)
	if err != nil {
		return Report{}, err
	}
	return last.Report, last.failure
}

var errNoProvisioner = fmt.Errorf("%w: no SCIM server is connected; connect one first, or start entrasim with --scim and --token", ErrInvalid)

// provision runs one cycle and keeps its report for the page.
func (s *Server) provision(ctx context.Context, run func(*Provisioner, context.Context) (Report, error)) (*lastCycle, error) {
	s.control.mu.Lock()
	p := s.control.provisioner
	s.control.mu.Unlock()
	if p == nil {
		return nil, errNoProvisioner
	}
	report, err := run(p, ctx)
	last := &lastCycle{At: s.now(), Report: report, failure: err}
	if err != nil {
		last.Error = err.Error()
	}
	s.control.mu.Lock()
	defer s.control.mu.Unlock()
	s.control.last = last
	return last, nil
}

// provisioning says whether t is pushed to a SCIM server, whether changes are pushed at once, and how the last cycle
// went.
func (s *Server) provisioning(t *Tenant) (connected, auto bool, last *lastCycle) {
	s.control.mu.Lock()
	defer s.control.mu.Unlock()
	p := s.control.provisioner
	return p != nil && p.tenant == t, s.control.auto, s.control.last
}

// controlRoutes mounts the page and the API that the package comment documents.
func (s *Server) controlRoutes(mux *http.ServeMux) {
	// A page of another site may not press these buttons.
	guard := http.NewCrossOriginProtection()
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /control/state":                          s.state,
		"POST /control/{tenant}/people":               s.change(s.addPerson),
		"POST /control/{tenant}/people/{id}/{action}": s.change(s.changePerson),
		"POST /control/{tenant}/groups":               s.change(s.addGroup),
		"POST /control/{tenant}/groups/{id}/{action}": s.change(s.changeGroup),
		"POST /control/{tenant}/saml":                 s.change(s.addSAML),
		"POST /control/{tenant}/saml/{id}/{action}":   s.change(s.changeSAML),
		"POST /control/misbehave":                     s.setting(s.setMisbehavior),
		"POST /control/behave":                        s.setting(s.clearMisbehavior),
		"POST /control/keys/rotate":                   s.setting(s.rotateKeys),
		"POST /control/connect":                       s.setting(s.connect),
		"POST /control/provision":                     s.setting(s.runCycle),
		"POST /control/auto":                          s.setting(s.setAuto),
	} {
		mux.Handle(pattern, guard.Handler(handler))
	}
	mux.HandleFunc("GET /{$}", s.showControl)
}

// outcome is the answer to a change, as JSON.
type outcome struct {
	OK    bool       `json:"ok"`
	ID    string     `json:"id,omitempty"`    // of what was added
	Cycle *lastCycle `json:"cycle,omitempty"` // the provisioning that followed
}

// change makes a handler of a change to a tenant; the change is provisioned at once where that is switched on.
func (s *Server) change(apply func(*http.Request, *Tenant) (id string, err error)) http.HandlerFunc {
	return s.setting(func(r *http.Request) (outcome, error) {
		t, ok := s.tenant(r.PathValue("tenant"))
		if !ok {
			return outcome{}, fmt.Errorf("%w: tenant %s", ErrNotFound, r.PathValue("tenant"))
		}
		id, err := apply(r, t)
		if err != nil {
			return outcome{}, err
		}
		o := outcome{OK: true, ID: id}
		if connected, auto, _ := s.provisioning(t); connected && auto {
			o.Cycle, err = s.provision(r.Context(), (*Provisioner).Incremental)
		}
		return o, err
	})
}

// setting makes a handler of anything that is changed by a form.
func (s *Server) setting(apply func(*http.Request) (outcome, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
		if err := readForm(r); err != nil {
			s.writeControlError(w, r, fmt.Errorf("%w: the body is neither a form nor a JSON object", ErrInvalid))
			return
		}
		o, err := apply(r)
		if err != nil {
			s.writeControlError(w, r, err)
			return
		}
		if wantsPage(r) {
			http.Redirect(w, r, backToPage(r), http.StatusSeeOther)
			return
		}
		writeJSON(w, http.StatusOK, o)
	}
}

// readForm takes a JSON object for a form as well.
func readForm(r *http.Request) error {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if mediaType != "application/json" {
		return r.ParseForm()
	}
	var fields map[string]any
	if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
		return err
	}
	r.Form = url.Values{}
	for name, value := range fields {
		r.Form.Set(name, fmt.Sprint(value))
	}
	return nil
}

func (s *Server) writeControlError(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, ErrNotFound) {
		status = http.StatusNotFound
	}
	if wantsPage(r) {
		showPage(w, status, "error.html", map[string]any{"Tenant": s.tenants[0].Name, "Text": err.Error(), "Back": true})
		return
	}
	writeJSON(w, status, map[string]any{"error": err.Error()})
}
