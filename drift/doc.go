// Package drift compares what Entra exports with the list: who is missing here, who is here and not there, whose record differs, and
// who is in a group on one side only. It decides what an export may look like and what a difference means. It changes nothing, keeps
// nothing of the export, and refuses to know pages and terminals.
//
//	file.go       which file it is: encoding, separator, heading
//	columns.go    the names of the columns, as versions of Entra's exports have them
//	line.go       a line, judged
//	group.go      the group whose members an export has, and what it gives
//	difference.go the differences, and what to do about each
//	compare.go    the comparison, and judge.go what it makes of one person
package drift
