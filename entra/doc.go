// Package entra simulates one or several Microsoft Entra ID tenants on loopback: the people and groups, the OpenID
// Connect and SAML issuer that signs them in, and the engine that pushes them by SCIM.
//
// It decides what Entra would say and send, and it misbehaves on request. It refuses to know who listens: it imports
// nothing of the product that it tests, speaks HTTP only, and keeps everything in memory. It is no identity provider:
// it asks for no password and must never be reachable from a network. The model is Let's Encrypt's Pebble.
//
// Everything random (ids, codes, sample people) comes from one seed, so that a failure replays. Signing keys are the
// exception: crypto/rsa does not take a seed.
//
// # Sign-in
//
// A [Server] serves each of its tenants below the tenant's GUID, on Entra's paths:
//
//	/{tenant}/v2.0/.well-known/openid-configuration
//	/{tenant}/discovery/v2.0/keys
//	/{tenant}/oauth2/v2.0/authorize
//	/{tenant}/oauth2/v2.0/token
//	/{tenant}/oauth2/v2.0/logout
//
// The authorize endpoint shows a page that lists the tenant's people. A program signs in without a page by adding
// sim_user=UPN-or-object-id to the authorization request (or sim_user=cancel, to decline).
//
// # SAML
//
// An application that was registered with SAML settings signs in by SAML 2.0 too:
//
//	/{tenant}/FederationMetadata/2007-06/FederationMetadata.xml   the tenant's metadata; with ?appid=CLIENT-ID the application's
//	/{tenant}/saml2                                               sign-in, by the Redirect and the POST binding
//	/{tenant}/myapps/signin/{client-id}                           the tile in a person's portal: sign-in without a request
//
// An application signs with its own certificates, so it needs the metadata with appid. sim_user works here too. Names of
// misbehaviors that concern SAML begin with saml-. What differs from Entra: single logout is missing, and the errors
// that Entra reports on its own page never reach the application.
//
// # Control
//
// The page at / shows the tenants and changes them. The same forms are an API: POST them to these paths, URL-encoded
// or as a JSON object. PERSON and GROUP are an object id; a person's
// userPrincipalName and a group's displayName do as well.
//
//	GET  /control/state                                       everything, as JSON
//	POST /control/{tenant}/people                             add: userPrincipalName, displayName, givenName, surname, mail, ...
//	POST /control/{tenant}/people/PERSON/disable              also: enable, assign, unassign, soft-delete, restore, hard-delete
//	POST /control/{tenant}/people/PERSON/rename               userPrincipalName, displayName
//	POST /control/{tenant}/people/PERSON/update               any of the fields of add, employeeId, department, manager
//	POST /control/{tenant}/people/PERSON/join                 group=GROUP; also: leave
//	POST /control/{tenant}/groups                             add: displayName
//	POST /control/{tenant}/groups/GROUP/rename                displayName; also: delete, assign, unassign
//	POST /control/{tenant}/saml                               add a SAML application: identifiers, reply_urls, name, sign (assertion, response, both), sign_on_url, relay_state, request_certificate and encryption_certificate (PEM)
//	POST /control/{tenant}/saml/CLIENT-ID/update              the fields of add; also: certificate-add, certificate-activate, certificate-withdraw
//	POST /control/misbehave                                   name, times (default 1; -1: until /control/behave)
//	POST /control/behave                                      ends all misbehavior
//	POST /control/keys/rotate                                 withdraw=true also withdraws the earlier keys
//	POST /control/provision                                   cycle=initial, incremental (default) or test, or person=PERSON (on demand)
//	POST /control/connect                                     scim=URL, token, dialect, auto=true: the server to push to
//	POST /control/auto                                        on=true: every change is provisioned at once
//
// A change answers 200 with {"ok":true}, with "id" of what was added and with "cycle", a report, where something was
// pushed; or 303 to the page for a browser, which is known by text/html in Accept. A mistake answers 400, or 404 for an
// unknown object, with {"error":"..."}.
package entra
