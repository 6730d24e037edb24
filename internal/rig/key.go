package rig

import "strings"

// userKey and memberKey name what a call is about. Each key is judged by itself: a history in which every single thing is
// linearizable is linearizable (Herlihy and Wing, Linearizability, 1990, theorem 1).
func userKey(name string) string          { return "user " + name }
func memberKey(group, name string) string { return "member " + group + " " + name }

// userOf is the user whom a key is about.
func userOf(key string) string { return key[strings.LastIndexByte(key, ' ')+1:] }

// state is what a user key reads as: the text that the last change wrote, and whether the user may come in. A change writes
// both, so a mixture of two changes is a text that nobody has written.
func state(text string, active bool) string {
	if active {
		return text + " on"
	}
	return text + " off"
}

// textOf is the text in a state, which no two changes share.
func textOf(state string) string {
	text, _, _ := strings.Cut(state, " ")
	return text
}

// shuts says that a change with the value shuts its user out.
func shuts(value string) bool { return strings.HasSuffix(value, " off") }

// in is what a member key reads as while the user is in the group.
const in = "in"
