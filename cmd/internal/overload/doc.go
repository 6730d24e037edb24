// Package overload decides who is served when more is asked of a server than it can do. It knows classes of requests, and callers as texts; it refuses
// to know HTTP, and what a request is about.
//
// The rule, all of it:
//
//   - So many requests are worked on at a time, and no more (slots). What is asked beyond that waits: each more would only make all of them slower.
//   - Each class has less room than those above it, so that whatever floods a class leaves slots for the classes above (see terms).
//   - A slot that becomes free goes to the highest class that waits; but who was passed over often enough is next, so that nobody starves.
//   - In a class callers take turns, and none has more than three quarters of its room, so that a flood of one is a queue for that one alone.
//   - A class waits as long as its terms say, longer in a burst than behind a queue that stands; or as long as one of its requests takes if that is longer.
//     Who would wait longer is refused at once, and so is the last of the longest line when a queue is full.
//   - So many are refused at once in a second, and no more: refusing takes time from serving. Who would be refused beyond that waits for most of a second
//     at least, in the queue while that has room, and there is served if the turn comes. So those who ignore a refusal cannot live on refusals.
//   - A refusal says whose doing it is: the caller's, who asks for more than a share while others want theirs, or everybody's.
package overload
