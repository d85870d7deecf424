package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// Follower reads a topic as a member of a consumer group, at least once: records
// that were not Done are read again by whoever reads their partition next. A group
// without offsets begins with the topic's first record. It is for one goroutine.
type Follower struct {
	client  *client
	reader  *kafkago.Reader
	pending []kafkago.Message
}

// followMore is how long Next waits for one more record.
const followMore = 100 * time.Millisecond

// Follow joins the group. Close leaves it.
func (c *Cluster) Follow(topic, group string, log *slog.Logger) (*Follower, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("configure follower of %q: %w", topic, err)
	}
	client, err := c.newClient()
	if err != nil {
		return nil, fmt.Errorf("configure follower of %q: %w", topic, err)
	}
	return &Follower{client: client, reader: kafkago.NewReader(kafkago.ReaderConfig{
		Brokers: c.Brokers, Dialer: client.dialer, GroupID: group, Topic: topic,
		StartOffset: kafkago.FirstOffset, IsolationLevel: kafkago.ReadCommitted, MaxWait: time.Second, MaxBytes: 32 << 20,
		ErrorLogger: kafkago.LoggerFunc(func(msg string, args ...any) {
			log.Debug("kafka follower", "topic", topic, "group", group, "detail", fmt.Sprintf(msg, args...))
		}),
	})}, nil
}

// Next returns the values of at most so many records after those that were Done: the same as before
// if the last were not. It waits for the first one until patience is over, then
// there may be none, and a moment for more.
func (f *Follower) Next(ctx context.Context, most int, patience time.Duration) ([][]byte, error) {
	for len(f.pending) < most {
		wait := patience
		if len(f.pending) > 0 {
			wait = followMore
		}
		m, err := f.fetch(ctx, wait)
		if err != nil {
			return nil, err
		}
		if m == nil {
			break
		}
		f.pending = append(f.pending, *m)
	}
	values := make([][]byte, len(f.pending))
	for i := range f.pending {
		values[i] = f.pending[i].Value
	}
	return values, nil
}

// fetch returns the next record, nil if none came.
func (f *Follower) fetch(ctx context.Context, wait time.Duration) (*kafkago.Message, error) {
	short, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	m, err := f.reader.FetchMessage(short)
	switch {
	case err == nil:
		return &m, nil
	case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return nil, nil
	default:
		return nil, fmt.Errorf("follow %q: %w", f.reader.Config().Topic, err)
	}
}

// Done commits what Next returned last.
func (f *Follower) Done(ctx context.Context) error {
	if err := f.reader.CommitMessages(ctx, f.pending...); err != nil {
		return fmt.Errorf("commit offsets of %q: %w", f.reader.Config().Topic, err)
	}
	f.pending = f.pending[:0]
	return nil
}

// Close leaves the group.
func (f *Follower) Close() error {
	err := f.reader.Close()
	f.client.close()
	return err
}
