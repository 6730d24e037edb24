package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorlist/admin"
	"doorlist/scim"
	"doorlist/store"
)

// declarationView is a declared schema.
type declarationView struct {
	URN          string          `json:"urn"`
	ResourceType string          `json:"resource_type"`
	DeclaredAt   *time.Time      `json:"declared_at"`
	Schema       json.RawMessage `json:"schema"`
}

// addedSchemaView says what declaring a schema came to.
type addedSchemaView struct {
	URN          string `json:"urn"`
	ResourceType string `json:"resource_type"`
	// Unfit is how many users or groups have values that do not fit.
	Unfit int `json:"unfit"`
}

func viewDeclaration(s store.Schema) declarationView {
	return declarationView{URN: s.URN, ResourceType: s.ResourceType, DeclaredAt: stamp(s.CreatedAt), Schema: json.RawMessage(s.Document)}
}

func (p *program) schemaCommand() *cobra.Command {
	return group("schema", "Schemas: the extension attributes that an organization declares for SCIM",
		p.schemaListCommand(), p.schemaAddCommand(), p.schemaShowCommand(), p.schemaRemoveCommand())
}

func (p *program) schemaListCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "list", Short: "List an organization's schemas", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				schemas, err := s.Organization(o.ID).Schemas(c.Context())
				if err != nil {
					return err
				}
				return list(p, schemas, viewDeclaration, []string{"URN", "RESOURCE TYPE", "DECLARED"}, func(v declarationView) []string {
					return []string{v.URN, v.ResourceType, day(v.DeclaredAt)}
				})
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) schemaAddCommand() *cobra.Command {
	var org, resourceType string
	c := p.addJSON(&cobra.Command{
		Use: "add FILE", Short: "Declare the schemas of a JSON file (RFC 7643 section 7), or replace them; - is standard input", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := p.readFile(args[0])
			if err != nil {
				return err
			}
			schemas, err := scim.ReadSchemas(text)
			if err != nil {
				return err
			}
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				return p.addSchemas(c.Context(), s, o, schemas, resourceType)
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	c.Flags().StringVar(&resourceType, "resource-type", "", "User or Group; by default what the URN ends in, or else User")
	return c
}

// maxFile bounds what is read of a file that a command is given.
const maxFile = 1 << 20

func (p *program) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(p.stdin, maxFile))
	}
	if p.served != nil {
		return nil, errors.New("a server reads none of its files for others; send the file's content as standard input, and - as its name")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("the file cannot be read: %w", err)
	}
	return text, nil
}

// addSchemas declares all of the schemas or none.
func (p *program) addSchemas(ctx context.Context, s *store.Store, o store.Organization, schemas []scim.Schema, resourceType string) error {
	var added []addedSchemaView
	err := write(ctx, s, func(tx *store.Tx) error {
		added = nil // the change may run more than once
		for _, schema := range schemas {
			v := addedSchemaView{URN: schema.URN, ResourceType: resourceType}
			if v.ResourceType == "" {
				v.ResourceType = schema.ResourceType()
			}
			var err error
			if v.Unfit, err = scim.DeclareSchema(tx.Organization(o.ID), schema, v.ResourceType); err != nil {
				return err
			}
			added = append(added, v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(added)
	}
	for _, v := range added {
		if err := p.tellAdded(v); err != nil {
			return err
		}
	}
	return nil
}

// declaration reads a document of schemas for the console.
func declaration(document []byte, resourceType string) (admin.Declaration, error) {
	schemas, err := scim.ReadSchemas(document)
	if err != nil {
		return nil, err
	}
	return func(o *store.OrganizationTx) (unfit int, err error) {
		for _, schema := range schemas {
			n, err := scim.DeclareSchema(o, schema, cmp.Or(resourceType, schema.ResourceType()))
			if err != nil {
				return 0, err
			}
			unfit += n
		}
		return unfit, nil
	}, nil
}

func (p *program) tellAdded(v addedSchemaView) error {
	if err := p.print(v, "Declared %s for the resource type %s.", v.URN, v.ResourceType); err != nil || v.Unfit == 0 {
		return err
	}
	return p.print(v, "Of the %ss there, %d have values that do not fit. They stay as they are until they are written again.",
		strings.ToLower(v.ResourceType), v.Unfit)
}

func (p *program) schemaShowCommand() *cobra.Command {
	var org string
	c := p.addJSON(&cobra.Command{
		Use: "show URN", Short: "Print a declared schema as it was given", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				schemas, err := s.Organization(o.ID).Schemas(c.Context())
				if err != nil {
					return err
				}
				for _, schema := range schemas {
					if store.Fold(schema.URN) == store.Fold(args[0]) {
						return p.print(viewDeclaration(schema), "%s", strings.TrimSpace(schema.Document))
					}
				}
				return noSchema(o, args[0])
			})
		},
	})
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func (p *program) schemaRemoveCommand() *cobra.Command {
	var org string
	c := &cobra.Command{
		Use: "remove URN", Short: "Take a declared schema back; values of its attributes stay", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withOrg(c.Context(), org, func(s *store.Store, o store.Organization) error {
				err := write(c.Context(), s, func(tx *store.Tx) error { return tx.Organization(o.ID).RemoveSchema(args[0]) })
				if errors.Is(err, store.ErrNotFound) {
					return noSchema(o, args[0])
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "Removed the schema %s.\n", args[0])
				return err
			})
		},
	}
	c.Flags().StringVar(&org, "org", "", "the slug of an organization")
	return c
}

func noSchema(o store.Organization, urn string) error {
	return fmt.Errorf("%s has no schema %q; `doorlist schema list --org %s` shows them", o.Slug, urn, o.Slug)
}
