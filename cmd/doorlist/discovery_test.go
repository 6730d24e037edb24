package main

import (
	"slices"
	"strings"
	"testing"
)

func TestConnection_DomainsAreSetShownAndCleared(t *testing.T) {
	t.Parallel()
	c := configured(t)
	domains := func() []string {
		t.Helper()
		var list []connectionView
		c.read(&list, "connection", "list")
		return list[0].Domains
	}
	if got := domains(); got == nil || len(got) != 0 {
		t.Errorf("at first %q, want an empty list", got)
	}
	c.do("connection", "set", "entra", "--domain", "Contoso.com", "--domain", "bücher.example")
	if got := domains(); !slices.Equal(got, []string{"contoso.com", "xn--bcher-kva.example"}) {
		t.Errorf("got %q", got)
	}
	if text := c.do("connection", "list"); !strings.Contains(text, "ARMED") || !strings.Contains(text, "contoso.com,xn--bcher-kva.example") {
		t.Errorf("the table is\n%s", text)
	}
	c.do("connection", "set", "entra", "--domain", "")
	if got := domains(); len(got) != 0 {
		t.Errorf("cleared: %q", got)
	}
	if said := c.fails(exitUsage, "connection", "set", "entra", "--domain", "gmail.com"); !strings.Contains(said, "anybody") {
		t.Errorf("a public domain: %s", said)
	}
}

func TestOrg_Contact(t *testing.T) {
	t.Parallel()
	c := configured(t)
	c.do("org", "set", "contoso", "--contact", "IT help desk, it@contoso.com")
	var orgs []orgView
	c.read(&orgs, "org", "list")
	if orgs[0].Contact != "IT help desk, it@contoso.com" {
		t.Errorf("got %+v", orgs)
	}
	c.do("org", "set", "contoso", "--contact", "")
	c.read(&orgs, "org", "list")
	if orgs[0].Contact != "" {
		t.Errorf("cleared: %+v", orgs)
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	good := Config{Regions: []string{"Europe=https://eu.example.com", " Asia = https://asia.example.com/ "}}
	regions, err := good.regions()
	if err != nil || len(regions) != 2 || regions[1].Name != "Asia" || regions[1].URL != "https://asia.example.com" {
		t.Errorf("got %+v, %v", regions, err)
	}
	for _, text := range []string{"Europe", "=https://eu.example.com", "Europe=http://eu.example.com", "Europe=https://eu.example.com/x", "Europe=https://u@eu.example.com", "Europe=javascript:alert(1)"} {
		if _, err := (&Config{Regions: []string{text}}).regions(); err == nil || !strings.Contains(err.Error(), "--regions") {
			t.Errorf("%q: %v, want a refusal", text, err)
		}
	}
}
