package auth

import "context"

type waitingKey struct{}

// WithWaiting lets whoever counts the requests that a server works on know of one under ctx that only waits: for a provider, or for the clock. waits is
// called when it begins to, and what it returns when the request goes on.
func WithWaiting(ctx context.Context, waits func() (goOn func())) context.Context {
	return context.WithValue(ctx, waitingKey{}, waits)
}

// waiting says that the request under ctx waits, until the function that it returns is called.
func waiting(ctx context.Context) (goOn func()) {
	if waits, ok := ctx.Value(waitingKey{}).(func() (goOn func())); ok {
		return waits()
	}
	return func() {}
}
