package entra

import "net/http"

// state is everything that the control API knows, for programs that wait for something or look something up.
func (s *Server) state(w http.ResponseWriter, r *http.Request) {
	connected, auto, last := s.provisioning(s.tenants[0])
	tenants := make([]tenantState, 0, len(s.tenants))
	for _, t := range s.tenants {
		tenants = append(tenants, tenantState{
			ID: t.ID, Domain: t.Domain, Name: t.Name, Issuer: issuerURL(s.base(r), t),
			Applications: t.Applications(), People: t.People(), Groups: t.Groups(),
		})
	}
	known := []misbehaviorState{}
	for _, m := range allMisbehaviors() {
		known = append(known, misbehaviorState{Name: m.Name, Does: m.Does, Harmless: m.Harmless})
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"tenants":      tenants,
		"misbehavior":  map[string]any{"active": s.faults.snapshot(), "known": known},
		"provisioning": map[string]any{"connected": connected, "auto": auto, "last": last},
	})
}

type tenantState struct {
	ID           string        `json:"id"`
	Domain       string        `json:"domain"`
	Name         string        `json:"name"`
	Issuer       string        `json:"issuer"`
	Applications []Application `json:"applications"`
	People       []Person      `json:"people"`
	Groups       []Group       `json:"groups"`
}

type misbehaviorState struct {
	Name     string `json:"name"`
	Does     string `json:"does"`
	Harmless bool   `json:"harmless"`
}
