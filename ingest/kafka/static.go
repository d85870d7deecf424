package kafka

import (
	"context"
	"fmt"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/ingest"
)

// watchInterval is how often the partition count is looked at.
const watchInterval = 5 * time.Second

// static gives instance i of n the partitions p with p mod n = i.
type static struct {
	cfg    *Config
	client *client
	ctx    context.Context // ends with the Source; watches end with it
	cancel context.CancelFunc
	turn   chan struct{} // holds one token while no assignment is out

	mu      sync.Mutex
	closed  bool
	watches sync.WaitGroup
}

func newStatic(cfg *Config, c *client) *static {
	s := &static{cfg: cfg, client: c, turn: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.turn <- struct{}{}
	return s
}

func (s *static) join(ctx context.Context) (ingest.Assignment, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	select {
	case <-s.turn:
	case <-ctx.Done():
		if s.ctx.Err() != nil {
			return nil, ErrClosed
		}
		return nil, ctx.Err()
	}
	var count int
	err := retry(ctx, s.cfg.Logger, "count partitions", func(ctx context.Context) error {
		p, err := s.client.partitions(ctx, s.cfg.Topic)
		count = len(p)
		return err
	})
	if err != nil {
		s.turn <- struct{}{}
		if s.ctx.Err() != nil {
			err = ErrClosed
		}
		return nil, err
	}
	a := &staticAssignment{static: s, lost: make(chan struct{}), done: make(chan struct{})}
	for p := s.cfg.Instance; p < count; p += s.cfg.Instances {
		a.partitions = append(a.partitions, p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.watches.Go(func() {
		watchPartitions(s.ctx, s.client, s.cfg.Topic, count, a.done)
		close(a.lost)
	})
	return a, nil
}

func (s *static) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.watches.Wait()
}

// watchPartitions returns when the topic no longer has count partitions, when
// done is closed or ctx ends.
func watchPartitions(ctx context.Context, c *client, topic string, count int, done <-chan struct{}) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-done:
			return
		case <-tick.C:
		}
		attempt, cancel := context.WithTimeout(ctx, watchInterval)
		p, err := c.partitions(attempt, topic)
		cancel()
		if err == nil && len(p) != count {
			return
		}
	}
}

type staticAssignment struct {
	static     *static
	partitions []int
	lost       chan struct{}
	done       chan struct{}
	once       sync.Once
}

func (a *staticAssignment) Partitions() []int     { return a.partitions }
func (a *staticAssignment) Generation() int       { return 0 }
func (a *staticAssignment) Lost() <-chan struct{} { return a.lost }

func (a *staticAssignment) Done() {
	a.once.Do(func() {
		close(a.done)
		a.static.turn <- struct{}{}
	})
}

// Commit stores the offsets under the group, if there is one, for whoever
// watches the lag. It fences nothing.
func (a *staticAssignment) Commit(ctx context.Context, next map[int]int64) error {
	cfg := a.static.cfg
	if cfg.Group == "" || len(next) == 0 {
		return nil
	}
	commits := make([]kafkago.OffsetCommit, 0, len(next))
	for p, o := range next {
		commits = append(commits, kafkago.OffsetCommit{Partition: p, Offset: o})
	}
	client := kafkago.Client{Addr: a.static.client.addr, Transport: a.static.client.transport}
	err := retry(ctx, cfg.Logger, "commit offsets", func(ctx context.Context) error {
		res, err := client.OffsetCommit(ctx, &kafkago.OffsetCommitRequest{
			GroupID:      cfg.Group,
			GenerationID: -1, // no member: a group without members takes commits from everybody
			Topics:       map[string][]kafkago.OffsetCommit{cfg.Topic: commits},
		})
		if err != nil {
			return err
		}
		for _, p := range res.Topics[cfg.Topic] {
			if p.Error != nil {
				return p.Error
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("commit offsets of %q: %w", cfg.Topic, err)
	}
	return nil
}
