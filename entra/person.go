package entra

import (
	"slices"
	"strings"
	"time"
)

// Person is one user object of a tenant. Empty text means that the directory has no value, which Entra never sends.
type Person struct {
	ObjectID               string    `json:"id"`                // GUID, immutable, never reused
	UserPrincipalName      string    `json:"userPrincipalName"` // a guest's is alias_home.com#EXT#@tenant
	MailNickname           string    `json:"mailNickname"`
	Mail                   string    `json:"mail,omitempty"`
	DisplayName            string    `json:"displayName"`
	GivenName              string    `json:"givenName,omitempty"`
	Surname                string    `json:"surname,omitempty"`
	JobTitle               string    `json:"jobTitle,omitempty"`
	Department             string    `json:"department,omitempty"`
	EmployeeID             string    `json:"employeeId,omitempty"`
	PhysicalDeliveryOffice string    `json:"officeLocation,omitempty"`
	StreetAddress          string    `json:"streetAddress,omitempty"`
	City                   string    `json:"city,omitempty"`
	State                  string    `json:"state,omitempty"`
	PostalCode             string    `json:"postalCode,omitempty"`
	Country                string    `json:"country,omitempty"`
	TelephoneNumber        string    `json:"telephoneNumber,omitempty"`
	Mobile                 string    `json:"mobilePhone,omitempty"`
	Fax                    string    `json:"faxNumber,omitempty"`
	PreferredLanguage      string    `json:"preferredLanguage,omitempty"`
	ManagerID              string    `json:"manager,omitempty"` // object id of another person
	AccountEnabled         bool      `json:"accountEnabled"`
	Guest                  bool      `json:"guest,omitempty"`
	DeletedAt              time.Time `json:"deletedDateTime,omitzero"` // zero unless soft-deleted
	Assigned               bool      `json:"assigned"`                 // to the enterprise application, directly
	AppRoles               []string  `json:"appRoles,omitempty"`       // values of the app roles assigned to the person
}

// SoftDeleted says whether the person is in the recycle bin, from where Restore brings them back.
func (p Person) SoftDeleted() bool { return !p.DeletedAt.IsZero() }

// CanSignIn says whether Entra would sign the person in at all.
func (p Person) CanSignIn() bool { return p.AccountEnabled && !p.SoftDeleted() }

func (p Person) clone() Person {
	p.AppRoles = slices.Clone(p.AppRoles)
	return p
}

// Group is one security group of a tenant.
type Group struct {
	ObjectID    string   `json:"id"`          // GUID, immutable, never reused
	DisplayName string   `json:"displayName"` // not unique in Entra
	Members     []string `json:"members"`     // object ids of people and groups
	Assigned    bool     `json:"assigned"`    // to the enterprise application
}

// Has says whether id (of a person or a group) is a direct member.
func (g Group) Has(id string) bool { return slices.Contains(g.Members, id) }

func (g Group) clone() Group {
	g.Members = slices.Clone(g.Members)
	return g
}

// guestUPN writes a guest's address in the form that the inviting tenant gives it.
func guestUPN(address, tenantDomain string) string {
	return strings.Replace(address, "@", "_", 1) + "#EXT#@" + tenantDomain
}
