package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// tenant is the simulated Entra tenant, through its control API, as entrasim announces it. Each change is pushed to the
// door before it answers.
type tenant struct {
	URL          string
	Authority    string
	ID           string `json:"tenant_id"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

type tenantState struct {
	Tenants []struct {
		ID     string
		People []person
		Groups []tenantGroup
	}
}

type person struct {
	ID             string
	UPN            string `json:"userPrincipalName"`
	DisplayName    string
	AccountEnabled bool
	Guest          bool
}

type tenantGroup struct {
	ID          string
	DisplayName string
	Members     []string
}

// cycle is the outcome of a provisioning cycle.
type cycle struct {
	Error  string
	Report struct {
		Failures   []json.RawMessage
		Complaints []json.RawMessage
		Quarantine string
	}
}

// problem says what went wrong; also when nothing was pushed.
func (c *cycle) problem() error {
	if c == nil {
		return errors.New("the tenant pushed nothing to the door")
	}
	r := c.Report
	if c.Error != "" || r.Quarantine != "" || len(r.Failures) > 0 || len(r.Complaints) > 0 {
		return fmt.Errorf("provisioning went wrong: %s%s failures %s complaints %s", c.Error, r.Quarantine, r.Failures, r.Complaints)
	}
	return nil
}

func (s *tenantState) group(name string) (tenantGroup, error) {
	for _, g := range s.Tenants[0].Groups {
		if g.DisplayName == name {
			return g, nil
		}
	}
	return tenantGroup{}, fmt.Errorf("the tenant has no group %q", name)
}

func (s *tenantState) person(alias string) (person, error) {
	for _, p := range s.Tenants[0].People {
		if strings.HasPrefix(p.UPN, alias+"@") {
			return p, nil
		}
	}
	return person{}, fmt.Errorf("the tenant has nobody called %q", alias)
}

func (t *tenant) state(ctx context.Context) (*tenantState, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.URL+"/control/state", nil)
	if err != nil {
		return nil, err
	}
	var state tenantState
	return &state, t.do(req, &state)
}

// connect tells the tenant where to push, and pushes everything once.
func (t *tenant) connect(ctx context.Context, endpoint, token string) error {
	_, err := t.post(ctx, "/control/connect", url.Values{"scim": {endpoint}, "token": {token}, "auto": {"true"}})
	if err != nil {
		return err
	}
	pushed, err := t.post(ctx, "/control/provision", url.Values{"cycle": {"initial"}})
	if err != nil {
		return err
	}
	return pushed.problem()
}

// change does something to a person, such as "disable", and waits until it is pushed.
func (t *tenant) change(ctx context.Context, who person, action string, fields url.Values) error {
	pushed, err := t.post(ctx, fmt.Sprintf("/control/%s/people/%s/%s", t.ID, who.ID, action), fields)
	if err != nil {
		return err
	}
	return pushed.problem()
}

// post sends a form and returns the provisioning cycle that followed, nil if there was none.
func (t *tenant) post(ctx context.Context, path string, fields url.Values) (*cycle, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var outcome struct{ Cycle *cycle }
	err = t.do(req, &outcome)
	return outcome.Cycle, err
}

func (t *tenant) do(req *http.Request, into any) error {
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the tenant answered %s: %s", resp.Status, body)
	}
	return json.Unmarshal(body, into)
}
