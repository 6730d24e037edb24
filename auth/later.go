package auth

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"
)

// maxLater bounds what may be done behind answers at a time.
const maxLater = 16

// later does something behind the answer, so that the time of the answer does not tell whether there was anything to do. Where too
// much waits already it is left out: people can ask again.
func (d *door) later(c echo.Context, what string, fn func(ctx context.Context) error) {
	ctx, id := context.WithoutCancel(c.Request().Context()), visitorOf(c).requestID
	select {
	case d.pending <- struct{}{}:
	default:
		d.log.WarnContext(ctx, "too much waits to be done", "left_out", what, "request_id", id)
		return
	}
	go func() {
		defer func() { <-d.pending }()
		ctx, cancel := context.WithTimeout(ctx, callbackTakes)
		defer cancel()
		if err := fn(ctx); err != nil {
			d.log.ErrorContext(ctx, what+" failed", "error", err, "request_id", id)
		}
	}()
}

// settle waits until a refusal has taken a whole number of steps, so that what was done before it, such as to record it
// for somebody who is known, does not show in its time. What takes equally long for everybody but varies, such as to hash a
// password while others do, is to be left out: with it, the longer rest would reach the next step more often.
func (d *door) settle(ctx context.Context, began time.Time) {
	defer waiting(ctx)()
	select {
	case <-time.After(d.refusalTakes - time.Since(began)%d.refusalTakes):
	case <-ctx.Done():
	}
}
