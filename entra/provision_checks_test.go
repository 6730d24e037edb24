package entra_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"doorlist/entra"
)

// spoil changes the answers of the fake before they leave.
type spoil func(r *http.Request, status int, header http.Header, body doc) (int, http.Header, any)

// spoiled are answers that Entra dislikes. A complaint that begins with rule is expected, and failures or
// quarantine where said so.
var spoiled = []struct {
	name       string
	spoil      spoil
	rule       string
	failures   bool
	quarantine bool
}{
	{
		name: "a query that finds nothing is answered 404",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.URL.Query().Has("filter") {
				return http.StatusNotFound, h, doc{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": "404"}
			}
			return status, h, body
		},
		quarantine: true,
	},
	{
		name: "a query is answered with a bare array of resources",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.URL.Query().Has("filter") {
				return status, h, doc{"Resources": body["Resources"]}
			}
			return status, h, body
		},
		rule: "a query is answered with a ListResponse", quarantine: true,
	},
	{
		name: "the filter is ignored",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.URL.Path == "/Users" && r.Method == http.MethodGet {
				return status, h, doc{"schemas": []string{listURN}, "totalResults": 1, "Resources": []doc{{"id": "x", "userName": "mallory"}}}
			}
			return status, h, body
		},
		rule: "a filter returns only what matches it", failures: true,
	},
	{
		name: "the created resource has no id",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.Method == http.MethodPost {
				delete(body, "id")
			}
			return status, h, body
		},
		rule: "every resource has a non-empty string id", failures: true,
	},
	{
		name: "application/json",
		spoil: func(_ *http.Request, status int, _ http.Header, body doc) (int, http.Header, any) {
			return status, http.Header{"Content-Type": {"application/json"}}, body
		},
		rule: "answers carry application/scim+json",
	},
	{
		name: "an HTML page",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.Method == http.MethodPost {
				return http.StatusBadGateway, http.Header{"Content-Type": {"text/html"}}, "<html>Bad gateway</html>"
			}
			return status, h, body
		},
		rule: "no answer is an HTML page", failures: true,
	},
	{
		name: "a value comes back altered",
		spoil: func(_ *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if body["userName"] == "alice@contoso.com" {
				body["userName"] = "ALICE@CONTOSO.COM"
			}
			return status, h, body
		},
		rule: "a value is returned as it was sent",
	},
	{
		name: "active comes back as a string",
		spoil: func(_ *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if body["active"] == true {
				body["active"] = "True"
			}
			return status, h, body
		},
		rule: "active is returned as a JSON boolean",
	},
	{
		name: "manager comes back as a string",
		spoil: func(_ *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if extension, ok := body[enterprise].(doc); ok && extension["manager"] != nil {
				extension["manager"] = "u1"
			}
			return status, h, body
		},
		rule: "manager is returned as a complex value",
	},
	{
		name: "POST is answered 200",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.Method == http.MethodPost {
				return http.StatusOK, h, body
			}
			return status, h, body
		},
		rule: "success is 201 for POST",
	},
	{
		name: "a failure is not a SCIM error",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.Method == http.MethodPost {
				return http.StatusBadRequest, h, doc{"error": "bad"}
			}
			return status, h, body
		},
		rule: "a failure is a SCIM error document", failures: true,
	},
	{
		name: "a group gets the id of a user",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.Method == http.MethodPost && r.URL.Path == "/Groups" {
				body["id"] = "u1"
			}
			return status, h, body
		},
		rule: "no id belongs to a user and to a group", failures: true,
	},
	{
		name: "members come in spite of excludedAttributes",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if strings.HasPrefix(r.URL.Path, "/Groups/") && r.Method == http.MethodGet {
				body["members"] = []doc{}
			}
			return status, h, body
		},
		rule: "excludedAttributes=members is honored",
	},
	{
		name: "500",
		spoil: func(r *http.Request, status int, h http.Header, body doc) (int, http.Header, any) {
			if r.Method == http.MethodPatch {
				return http.StatusInternalServerError, h, nil
			}
			return status, h, body
		},
		rule: "no request of Entra's is answered 5xx", failures: true,
	},
}

// through serves what the fake answers, spoiled.
func (s spoil) through(f *scimFake) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		f.ServeHTTP(recorder, r)
		var body doc
		if recorder.Body.Len() > 0 {
			if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
				panic(err) // the fake wrote it
			}
		}
		status, header, altered := s(r, recorder.Code, recorder.Header(), body)
		w.Header().Set("Content-Type", header.Get("Content-Type"))
		w.WriteHeader(status)
		switch a := altered.(type) {
		case string:
			_, _ = w.Write([]byte(a))
		case doc:
			if a != nil {
				_ = json.NewEncoder(w).Encode(a)
			}
		}
	})
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	for _, c := range spoiled {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t, nil)
			server := httptest.NewServer(c.spoil.through(j.fake))
			t.Cleanup(server.Close)
			p, err := entra.NewProvisioner(entra.ProvisionerOptions{Endpoint: server.URL, Token: "secret", Tenant: j.tenant})
			must(t, err)
			report, err := p.Initial(t.Context())
			if err == nil {
				report = twice(t, p, report)
			}
			var quarantine *entra.QuarantineError
			if errors.As(err, &quarantine) != c.quarantine {
				t.Errorf("err = %v, quarantine wanted: %v", err, c.quarantine)
			}
			if (len(report.Failures) > 0) != c.failures {
				t.Errorf("failures = %+v, wanted some: %v", report.Failures, c.failures)
			}
			if c.rule != "" && !hasComplaint(report, c.rule) {
				t.Errorf("no complaint that %s; have %v", c.rule, report.Complaints)
			}
			if report.Clean() {
				t.Error("the report is clean")
			}
		})
	}
}

// twice evaluates everything again, when managers are read back, and merges what was found.
func twice(t *testing.T, p *entra.Provisioner, first entra.Report) entra.Report {
	t.Helper()
	second, err := p.Initial(t.Context())
	must(t, err)
	first.Complaints = append(first.Complaints, second.Complaints...)
	return first
}

func hasComplaint(r entra.Report, rule string) bool {
	for _, c := range r.Complaints {
		if strings.HasPrefix(c.Rule, rule) {
			return true
		}
	}
	return false
}

func TestComplaints_DuplicatePostThatIsAccepted(t *testing.T) {
	t.Parallel()
	j := newJob(t, func(o *entra.ProvisionerOptions) { o.Faults.Repeat = 5 })
	j.fake.intercept = func(w http.ResponseWriter, r *http.Request, body string) bool {
		if r.Method != http.MethodPost || strings.Contains(body, "displayName\":\"Staff") {
			return false
		}
		respond(w, http.StatusCreated, doc{"id": "another"})
		return true
	}
	if report := j.initial(t); !hasComplaint(report, "the same POST again is answered 409") {
		t.Errorf("complaints = %v", report.Complaints)
	}
}
