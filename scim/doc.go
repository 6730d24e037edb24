// Package scim is the server side of SCIM 2.0 (RFC 7643, RFC 7644): an identity provider writes the users and groups of
// one directory through it.
//
// It decides what a request means: which attributes exist, what a filter or a PATCH path names, what a resource looks
// like afterwards, and which answer the client reads. It accepts both PATCH dialects of Microsoft Entra ID at once, per
// request, with no switch; every oddity that this takes is an entry of entra.go.
//
// It refuses to know SQL, people who sign in, sessions and roles: it hands records to package store, which does what
// follows from a change. It sees one directory at a time, the one that the credential names.
package scim
