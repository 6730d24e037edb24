package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
)

// door is a server with people, as its clients see it.
type door struct {
	address, token, cookie string
	users                  []string // ids; user i has userName(i)
	groups                 []string // ids of the groups that members are added to
	created, missed        atomic.Int64
	patched, added         atomic.Int64
}

func userName(i int) string { return fmt.Sprintf("Person%07d@bench.example", i) }

// newcomer is the name of somebody who is created while it is measured.
func newcomer(i int64) string { return fmt.Sprintf("Newcomer%07d@bench.example", i) }

// userBody is a user as Entra pushes one, with the enterprise extension.
func userBody(name string, n int64) []byte {
	return fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],`+
		`"externalId":"%08x-0000-4000-8000-%012x","userName":"%s","active":true,"displayName":"Person Number %[4]d","title":"Engineer of %[4]d",`+
		`"preferredLanguage":"en-US","name":{"formatted":"Person Number %[4]d","familyName":"Number %[4]d","givenName":"Person"},`+
		`"emails":[{"primary":true,"type":"work","value":"%[3]s"}],`+
		`"addresses":[{"type":"work","formatted":"%[4]d Market Street\nSeattle WA 98101","streetAddress":"%[4]d Market Street","locality":"Seattle","region":"WA","postalCode":"98101","country":"US","primary":true}],`+
		`"phoneNumbers":[{"type":"work","value":"+1 206 %07[4]d"},{"type":"mobile","value":"+1 425 %07[4]d"}],`+
		`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"%[4]d","department":"Department %[5]d","costCenter":"C%[5]d","organization":"Contoso","division":"North"}}`,
		n, n, name, n, n%40)
}

// patch is a PATCH as Entra sends it.
func patch(operations string) []byte {
	return []byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`)
}

func lookUpTarget(name string) string {
	return "/scim/v2/Users?filter=" + url.QueryEscape(`userName eq "`+name+`"`)
}

func (d *door) scim(do func(c *caller) error) load {
	return calling(d.address, "Authorization: Bearer "+d.token, do)
}

func (d *door) lookUps() load {
	return d.scim(func(c *caller) error {
		if i := d.missed.Add(1); i%2 == 0 {
			return d.miss(c, fmt.Sprintf("nobody%07d@bench.example", i))
		}
		k := rand.IntN(len(d.users))
		return d.find(c, k)
	})
}

func (d *door) find(c *caller, k int) error {
	_, err := c.expect(http.StatusOK, []string{`"totalResults":1`, d.users[k]}, http.MethodGet, lookUpTarget(userName(k)), nil)
	return err
}

func (d *door) miss(c *caller, name string) error {
	_, err := c.expect(http.StatusOK, []string{`"totalResults":0`}, http.MethodGet, lookUpTarget(name), nil)
	return err
}

func (d *door) gets() load {
	return d.scim(func(c *caller) error {
		k := rand.IntN(len(d.users))
		_, err := c.expect(http.StatusOK, []string{d.users[k], userName(k)}, http.MethodGet, "/scim/v2/Users/"+d.users[k], nil)
		return err
	})
}

func (d *door) posts() load {
	return d.scim(func(c *caller) error {
		i := d.created.Add(1)
		_, err := d.post(c, newcomer(i), int64(len(d.users))+i)
		return err
	})
}

func (d *door) creates() load {
	return d.scim(func(c *caller) error {
		i := d.created.Add(1)
		if err := d.miss(c, newcomer(i)); err != nil {
			return err
		}
		_, err := d.post(c, newcomer(i), int64(len(d.users))+i)
		return err
	})
}

// post adds a user and returns the id.
func (d *door) post(c *caller, name string, n int64) (string, error) {
	return created(c.expect(http.StatusCreated, []string{name}, http.MethodPost, "/scim/v2/Users", userBody(name, n)))
}

// created is the id in the answer to a POST.
func created(answer []byte, err error) (string, error) {
	var made struct{ ID string }
	if err == nil {
		err = json.Unmarshal(answer, &made)
	}
	if err == nil && made.ID == "" {
		err = fmt.Errorf("the answer names no id: %.300s", answer)
	}
	return made.ID, err
}

// patches change three attributes of one user after the other.
func (d *door) patches() load {
	return d.scim(func(c *caller) error {
		i := d.patched.Add(1)
		id, name := d.users[i%int64(len(d.users))], fmt.Sprintf("Changed %d", i)
		body := patch(fmt.Sprintf(`{"op":"Replace","path":"displayName","value":"%s"},{"op":"Replace","path":"title","value":"Title %d"},`+
			`{"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"+1 425 %07d"}`, name, i, i))
		_, err := c.expect(http.StatusOK, []string{id, name}, http.MethodPatch, "/scim/v2/Users/"+id, body)
		return err
	})
}

// groupsAtOnce is how many groups members are added to in turn: Entra fills many groups side by side.
const groupsAtOnce = 20

// addGroups makes empty groups, so that whoever is added next is in none of them.
func (d *door) addGroups() error {
	c, err := dial(d.address, "Authorization: Bearer "+d.token)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	d.groups = nil
	d.added.Store(0)
	for range groupsAtOnce {
		id, err := d.addGroup(c)
		if err != nil {
			return err
		}
		d.groups = append(d.groups, id)
	}
	return nil
}

func (d *door) addGroup(c *caller, members ...string) (string, error) {
	name := fmt.Sprintf("Group %d", d.created.Add(1))
	return created(c.expect(http.StatusCreated, nil, http.MethodPost, "/scim/v2/Groups",
		fmt.Appendf(nil, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"%s","externalId":"%s","members":%s}`, name, groupOID(name), values(members))))
}

// additions add one user after the other to each of the groups.
func (d *door) additions() load {
	return d.scim(func(c *caller) error {
		i := int(d.added.Add(1) - 1)
		group, user := d.groups[i%len(d.groups)], i/len(d.groups)
		if user == len(d.users) {
			return fmt.Errorf("everybody is in all groups already; measure with more --users, or for less time")
		}
		return d.add(c, group, d.users[user])
	})
}

func (d *door) add(c *caller, group string, members ...string) error {
	_, err := c.expect(http.StatusNoContent, nil, http.MethodPatch, "/scim/v2/Groups/"+group, patch(`{"op":"Add","path":"members","value":`+values(members)+`}`))
	return err
}

// values writes members as a request names them.
func values(ids []string) string {
	type member struct {
		Value string `json:"value"`
	}
	list := make([]member, len(ids))
	for i, id := range ids {
		list[i].Value = id
	}
	text, _ := json.Marshal(list) // texts always encode
	return string(text)
}

// checks ask what a reverse proxy asks about each request of a browser whose session is live.
func (d *door) checks() load {
	return calling(d.address, "Cookie: "+d.cookie, func(c *caller) error {
		_, err := c.expect(http.StatusOK, nil, http.MethodGet, "/auth/verify", nil)
		return err
	})
}
