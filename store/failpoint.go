package store

// Failpoints are where the order of things matters. In a build with the tag "failpoints", which package internal/rig makes, a server can be killed there, or fail,
// or take long; in any other they are nothing.
const (
	changedUnnoted      = "changed, before the events"
	notedUncommitted    = "events written, before the commit"
	committedUnanswered = "committed, before the answer"
	sessionRead         = "a session read, before the decision"
)
