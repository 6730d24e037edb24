// Package rig breaks real servers while clients use them, writes down what each client was told, and judges from that alone whether every promise was
// kept. It decides what is tried and what counts as broken; of Doorlist it knows the commands, SCIM, the sign-in and forward-auth, as its users do.
//
// # A round
//
// [Site.Round] makes a fresh world: one to three doorlist processes on a PostgreSQL cluster of the rig's own, which commits to the disk, or on a SQLite file; two
// organizations that must not see each other; a simulated Entra tenant (package entra) whose people sign in. A [Proxy] stands between the clients and
// each node, and another between each node and the database.
//
//	clients ── proxy ── node ── proxy ── PostgreSQL
//	               └── tenant (sign-in)
//
// Several clients push, look up, sign in, and ask /auth/verify, all about a few people and groups, so that they meet. Meanwhile a nemesis does one thing
// after the other: kill -9 of a node, SIGSTOP and SIGCONT of a node, kill -9 of a backend of PostgreSQL, an immediate stop and start of PostgreSQL, connections
// that break after any byte, that hold up one direction or are slow, and SIGTERM to one node after the other. Then everything is mended, the nodes have a minute to
// come back, and what there is is read through each of them, and the audit trail with it.
//
// # A sweep and a revocation
//
// [Site.Sweep] cuts one kind of request after the other (each write of SCIM, signing in and out, getting a token) after each of its bytes, and after each byte that it makes
// a node and PostgreSQL exchange. Afterwards there must be what was there before or what the request makes of it, and the same request again must end as one
// that nothing disturbed, events included. [Site.Revoke] shuts people out while their sessions are in use at three nodes, one of which is now and then
// paused and finds the later requests when it goes on, or hears late from the database; not one of 10,000 may be served.
//
// # System calls
//
// [Site.Tamper] has strace tamper with each call by which a node writes to its SQLite file, syncs it, or answers, of each kind of request: the call fails with EIO or
// ENOSPC, or the node is killed at it. Then a new process looks into the file, and it is judged as in a sweep. It takes the right to trace processes, as root has it.
//
// # Failpoints
//
// Built with the tag failpoints, package store stops where the order of things matters: between a change and its events, before the commit, before the answer, between
// reading a session and deciding about it. [Site.Failpoints] has each kind of request come to each of them, where the node is killed, fails, or takes long.
// Any other build has nothing of that, as TestRig demands.
//
// # A failover
//
// [Site.Failover] is a round on a PostgreSQL with a synchronous standby. All processes of the primary are killed at once, the standby is promoted, and the servers must
// be back within 30 seconds. Then the former primary is started again beside the new one, where every server has it named first, and all connections break.
//
// # A full disk
//
// [Site.FullDisk] is a round on a small disk, a tmpfs in a mount namespace of the rig's own; make rig makes one as root, and says that this was not done to whoever is not. The
// disk is full again and again, for seconds, and now and then a node is killed while it is. PostgreSQL ends itself there when it likes and is started again; a SQLite file must
// go on telling who may enter. Within 30 seconds of there being room, changes must be made again by themselves.
//
// # An upgrade
//
// [Site.Upgrade] is a round that updates the servers one by one to another program while the nemesis breaks something between two steps: the first migrates, older ones
// go on and start again beside it; then all are put back without a restore, and updated once more. [BuildOf] makes the program of an older commit, [BuildNext] one of these sources with a
// schema as a later version could have. Each demands what any other round does.
//
// # A history
//
// Each call is noted with when it started and ended, and with one of these outcomes: ok, fail (it was refused, so nothing happened), unknown (no answer, a broken
// one, or 5xx: it may have happened, or may yet), or shed (429). The history is a file of JSON lines: the run, calls, faults, what there was in the
// end, and the events of the trail. It is kept where a promise was broken, and can be judged again without any server:
//
//	go run ./internal/rig/run judge /tmp/doorlist-rig-.../rig1-history.jsonl
//
// # The judgment
//
// [Check] knows the history only. Its rules, each with tests by histories that break it:
//
//	answers          a fault outside of a server never makes it answer 5xx, but for 503
//	isolation        in the name of another organization everything looks as what never was
//	uniqueness       no name is taken twice
//	durability       what was acknowledged, and certainly not overwritten, is there in the end
//	linearizability  the calls about each user and each membership have an order in which every answer is right
//	gate             no request that starts after an acknowledged deactivation, deletion or loss of the last role is served; no ended session
//	                 comes back; nobody is served as another; nobody is turned away without cause
//	audit            the trail tells each change exactly once, comes to what there is, has an event for each version, ends the sessions of whom
//	                 a change shuts out in the same change, and its chain verifies
//	full disk        reads and /auth/verify are answered while a SQLite file's disk is full
//
// A rule never guesses: a call of unknown outcome may have happened at any time after its start, or never, and everything that this explains is right.
//
// # The positive control
//
// A rig that finds nothing may be blind. Each patch in internal/rig/mutants makes a faulty server of the sources: audit events beside the transaction, a session that is cached for
// a second, a gate that fails open. make rig-mutants builds each and demands that the rule which the patch names is found broken; go test demands that each
// patch applies. Whoever changes the rig runs them again.
//
// # How to run it
//
//	make rig                                10 minutes, both databases in turn; prints seeds, what was done, counts and the verdict
//	make rig HOURS=3 SEED=7 DATABASE=sqlite   so long that a sweep comes to its last byte
//	make rig OLD=v1.4.2                     servers of that commit are updated to these, instead of these to ones with a newer schema
//	make rig-mutants                        every mutant; MUTANT=gate-fails-open one of them
//	go test ./internal/rig                  the checkers' own tests, and some of everything on each database
//
// A seed decides what each client does, and what the nemesis does in which order. When things happen the machine decides, so a seed makes the same
// trouble again and not the same history; the history itself is what replays.
package rig
