// Package admin is the console: server-rendered pages for the people who audit and configure. It decides how what store
// knows is shown and asked for; it refuses to know SQL, the protocols of sign-in and provisioning, and who may come in,
// which package policy says. It has no pages yet: whatever can be configured is configured with the commands of
// cmd/doorlist.
package admin
