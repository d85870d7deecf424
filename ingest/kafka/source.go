package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/takt-orders/takt/ingest"
)

// ErrClosed is returned by what has been closed.
var ErrClosed = errors.New("closed")

// Source delivers the records of one topic.
type Source struct {
	cfg    Config
	client *client
	member member
	pool   *pool

	mu      sync.Mutex
	closed  bool
	readers map[*reader]struct{}
}

var _ ingest.Source = (*Source)(nil)

// member tells which partitions this process may work on.
type member interface {
	join(ctx context.Context) (ingest.Assignment, error)
	close()
}

// New returns a Source. It connects when it is first used.
func New(cfg Config) (*Source, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure kafka source: %w", err)
	}
	c, err := cfg.newClient(cfg.Topic)
	if err != nil {
		return nil, fmt.Errorf("configure kafka source: %w", err)
	}
	s := &Source{cfg: cfg, client: c, pool: newPool(&cfg), readers: map[*reader]struct{}{}}
	if cfg.Assignment == AssignStatic {
		s.member = newStatic(&s.cfg, c)
	} else {
		s.member = newGroup(&s.cfg, c)
	}
	return s, nil
}

// Join waits for the next assignment. The one before must be Done, within the
// session timeout of its end: until then this member does not take part in the
// rebalance, and the group goes on without it.
func (s *Source) Join(ctx context.Context) (ingest.Assignment, error) {
	a, err := s.member.join(ctx)
	if err != nil {
		return nil, fmt.Errorf("join %q: %w", s.cfg.Topic, err)
	}
	return a, nil
}

// Open reads a partition from offset on. The partition need not be assigned.
func (s *Source) Open(partition int, offset int64) (ingest.Reader, error) {
	if partition < 0 || offset < 0 {
		return nil, fmt.Errorf("open %s/%d at %d: partition and offset count from 0", s.cfg.Topic, partition, offset)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("open %s/%d: %w", s.cfg.Topic, partition, ErrClosed)
	}
	r := newReader(s, partition, offset)
	s.readers[r] = struct{}{}
	return r, nil
}

func (s *Source) forget(r *reader) {
	s.mu.Lock()
	delete(s.readers, r)
	s.mu.Unlock()
}

// Close closes the readers, leaves the group and ends every connection. Work on an
// assignment must have stopped: Close does not wait for Done.
func (s *Source) Close() error {
	s.mu.Lock()
	s.closed = true
	readers := s.readers
	s.readers = map[*reader]struct{}{}
	s.mu.Unlock()
	for r := range readers {
		r.stop()
	}
	s.member.close()
	s.client.close()
	for r := range readers {
		<-r.done
	}
	return nil
}
