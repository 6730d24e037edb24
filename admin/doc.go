// Package admin is the console: server-rendered pages for the people who audit and configure. It decides how what store
// knows is shown and asked for, and which right each page needs (see routes). It refuses to know SQL, the protocols of sign-in and
// provisioning, and who is calling, which package auth says.
//
// It also compares what Entra exports with the list, for the page Drift and for a terminal. That changes nothing, and keeps nothing of
// the export:
//
//	drift.go            the page
//	drift_file.go       which of Entra's exports a file is: encoding, separator, heading
//	drift_columns.go    the names of the columns, as versions of the exports have them
//	drift_line.go       a line, judged
//	drift_group.go      the group whose members an export has, and what it gives
//	drift_difference.go the differences, and what to do about each
//	drift_compare.go    the comparison, and drift_judge.go what it makes of one person
package admin
