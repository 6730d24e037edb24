package store

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// slowStatement is the time from which a statement is worth a line in the log.
const slowStatement = 500 * time.Millisecond

// sqlLogger passes GORM's reports on. Slow statements are worth a warning, all others are for who looks closely; their parameters are
// never logged, for they are people.
type sqlLogger struct{ log *slog.Logger }

func (l sqlLogger) LogMode(logger.LogLevel) logger.Interface { return l }

func (l sqlLogger) Info(context.Context, string, ...any) {}

func (l sqlLogger) Warn(ctx context.Context, msg string, _ ...any) { l.log.WarnContext(ctx, msg) }

func (l sqlLogger) Error(ctx context.Context, msg string, _ ...any) { l.log.ErrorContext(ctx, msg) }

func (l sqlLogger) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), _ error) {
	if took := time.Since(begin); took > slowStatement {
		sql, rows := statement()
		l.log.WarnContext(ctx, "slow statement", slog.String("sql", sql), slog.Int64("rows", rows), slog.Duration("took", took))
	} else if l.log.Enabled(ctx, slog.LevelDebug) {
		sql, rows := statement()
		l.log.DebugContext(ctx, "statement", slog.String("sql", sql), slog.Int64("rows", rows), slog.Duration("took", took))
	}
}

// ParamsFilter keeps parameters out of the statement's text.
func (l sqlLogger) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
