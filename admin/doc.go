// Package admin is the console: server-rendered pages for the people who audit and configure. It decides how what store
// knows is shown and asked for, and which right each page needs (see routes). It refuses to know SQL, the protocols of sign-in and
// provisioning, and who is calling, which package auth says.
package admin
