package admin

import (
	"encoding/json"
	"errors"
	"slices"

	"doorlist/store"
)

var (
	schemasTemplate = parsePage("schemas")
	schemaTemplate  = parsePage("schema")
)

// Declaration declares schemas, and tells how many records there do not fit them.
type Declaration func(o *store.OrganizationTx) (unfit int, err error)

type schemasContent struct {
	Path string // of the organization
	List []store.Schema
}

// showSchemas lists the extension attributes that an organization has declared.
func showSchemas(r *request) error {
	list, err := r.Store.Organization(r.org.ID).Schemas(r.Request().Context())
	if err != nil {
		return err
	}
	return r.ok(schemasTemplate, "Schemas of "+r.org.Name, schemasContent{r.orgPath(), list})
}

// schema is the one that the query names: a URN does not fit into a path.
func (r *request) schema() (store.Schema, error) {
	list, err := r.Store.Organization(r.org.ID).Schemas(r.Request().Context())
	if err != nil {
		return store.Schema{}, err
	}
	i := slices.IndexFunc(list, func(s store.Schema) bool { return store.Fold(s.URN) == store.Fold(r.QueryParam("urn")) })
	if i < 0 {
		return store.Schema{}, store.ErrNotFound
	}
	return list[i], nil
}

// shownSchema is a schema with its document, to be read by people.
type shownSchema struct {
	store.Schema
	Path string
	Text string
}

func showSchema(r *request) error {
	s, err := r.schema()
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(json.RawMessage(s.Document), "", "  ")
	if err != nil {
		return err
	}
	return r.ok(schemaTemplate, s.URN, shownSchema{s, r.orgPath(), string(text)})
}

// addSchema declares the schemas of a document, or replaces them.
func addSchema(r *request) error {
	f := form{
		Heading: "Declare schemas for " + r.org.Name, Submit: "Declare them", Back: r.orgPath("schemas"),
		Lead:    "A JSON document in the format of RFC 7643, section 7: one schema, or a list of them. What is declared is checked, can be filtered and sorted by, and is in /Schemas from the next request on.",
		Warning: "A schema with the same URN is replaced. Values that do not fit stay as they are until they are written again.",
		Fields: []field{
			{Name: "document", Label: "The document", Type: "document", Hint: "A file, or its text."},
			{Name: "resource-type", Label: "It extends", Type: "choice", Value: byURN, Options: []option{{byURN, "What its URN ends in, or else users"}, {"User", "Users"}, {"Group", "Groups"}}},
		},
	}
	return r.ask(f, func(v values) (string, error) {
		resourceType := v["resource-type"]
		if resourceType == byURN {
			resourceType = ""
		}
		declare, err := r.Declare([]byte(v["document"]), resourceType)
		if invalid, ok := errors.AsType[*store.InvalidError](err); ok {
			err = faultIn("document", sentence(invalid.Field+" "+invalid.Message)) // the field is one of the document
		}
		if err != nil {
			return "", err
		}
		return r.orgPath("schemas") + "?done=saved", r.write(func(tx *store.Tx) error {
			_, err := declare(tx.Organization(r.org.ID))
			return err
		})
	})
}

// byURN is the choice of the resource type that the schema's URN says.
const byURN = "by-urn"

// removeSchema takes a schema back.
func removeSchema(r *request) error {
	s, err := r.schema()
	if err != nil {
		return err
	}
	f := form{
		Heading: "Remove the schema " + s.URN, Submit: "Remove it", Back: r.orgPath("schemas"),
		Warning: "Values of its attributes stay, and are neither checked nor in /Schemas any more.",
	}
	return r.ask(f, func(values) (string, error) {
		return r.orgPath("schemas") + "?done=saved", r.write(func(tx *store.Tx) error { return tx.Organization(r.org.ID).RemoveSchema(s.URN) })
	})
}
