package kafka

import (
	"context"
	"errors"
	"log/slog"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// backoff waits longer after each failure in a row.
type backoff struct{ failures int }

// wait returns false when ctx ended first.
func (b *backoff) wait(ctx context.Context) bool {
	d := 50 * time.Millisecond << min(b.failures, 5) // 50 ms to 1.6 s
	b.failures++
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tellRetries is how long Kafka may be away before people are told, again and again.
const tellRetries = 5 * time.Second

// retry calls fn until it succeeds, fails for good, or ctx ends.
func retry(ctx context.Context, log *slog.Logger, what string, fn func(ctx context.Context) error) error {
	var b backoff
	told := time.Now()
	for {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := fn(attempt)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		if final(err) {
			return err
		}
		level := slog.LevelDebug
		if time.Since(told) > tellRetries {
			level, told = slog.LevelWarn, time.Now()
		}
		log.Log(ctx, level, "kafka request is tried again", "request", what, "error", err)
		if !b.wait(ctx) {
			return errors.Join(ctx.Err(), err)
		}
	}
}

// final reports whether an error of Kafka will not heal by itself. Errors of the
// network always may; of Kafka's own errors only those are final that a person
// has to act on.
func final(err error) bool {
	var code kafkago.Error
	if !errors.As(err, &code) {
		return errors.Is(err, ErrClosed)
	}
	switch code {
	case kafkago.TopicAuthorizationFailed, kafkago.GroupAuthorizationFailed, kafkago.ClusterAuthorizationFailed,
		kafkago.SASLAuthenticationFailed, kafkago.UnsupportedSASLMechanism, kafkago.InvalidTopic,
		kafkago.InvalidSessionTimeout, kafkago.InconsistentGroupProtocol, kafkago.InvalidGroupId,
		kafkago.UnsupportedVersion, kafkago.InvalidPartitionNumber, kafkago.InvalidReplicationFactor,
		kafkago.InvalidConfiguration, kafkago.PolicyViolation, kafkago.SecurityDisabled:
		return true
	default:
		return false
	}
}
