package kafka

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/ingest"
)

// closeGrace is how long closing waits for the group before it cuts the
// connections: a join may wait for other members.
const closeGrace = 2 * time.Second

// group takes part in a consumer group. One goroutine calls Next all the time,
// since a generation that nobody takes would hold up the whole group.
type group struct {
	cfg    *Config
	client *client
	sticky *sticky
	ctx    context.Context // ends with the Source
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu      sync.Mutex
	started bool
	closed  bool
	current *generation   // not yet joined
	failed  error         // of the group, to be told by the next join
	out     *generation   // joined and not Done
	changed chan struct{} // closed and replaced at every change
}

func newGroup(cfg *Config, c *client) *group {
	g := &group{cfg: cfg, client: c, sticky: newSticky(cfg), changed: make(chan struct{})}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	return g
}

func (g *group) join(ctx context.Context) (ingest.Assignment, error) {
	if err := g.start(); err != nil {
		return nil, err
	}
	for {
		g.mu.Lock()
		switch {
		case g.closed:
			g.mu.Unlock()
			return nil, ErrClosed
		case g.failed != nil:
			err := g.failed
			g.failed = nil
			g.mu.Unlock()
			return nil, err
		case g.out == nil && g.current != nil:
			a := g.current
			g.current, g.out = nil, a
			g.mu.Unlock()
			return a, nil
		}
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// notify wakes join; the caller holds the lock.
func (g *group) notify() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// start begins to take part in the group.
func (g *group) start() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.started || g.closed {
		return nil
	}
	log := func(msg string, args ...any) {
		g.cfg.Logger.Debug("kafka group", "group", g.cfg.Group, "detail", fmt.Sprintf(msg, args...))
	}
	cg, err := kafkago.NewConsumerGroup(kafkago.ConsumerGroupConfig{
		ID:                g.cfg.Group,
		Brokers:           g.cfg.Brokers,
		Dialer:            g.client.dialer,
		Topics:            []string{g.cfg.Topic},
		GroupBalancers:    []kafkago.GroupBalancer{g.sticky},
		HeartbeatInterval: g.cfg.HeartbeatInterval,
		SessionTimeout:    g.cfg.SessionTimeout,
		// No heartbeat is sent while a member stops work, so that longer than the
		// session is of no use.
		RebalanceTimeout: g.cfg.SessionTimeout,
		JoinGroupBackoff: 500 * time.Millisecond,
		Timeout:          min(5*time.Second, g.cfg.SessionTimeout/2),
		// kafka-go's own watcher of partitions ends the generation at once when the
		// topic does not exist yet, and then rejoins without a pause.
		WatchPartitionChanges: false,
		ErrorLogger:           kafkago.LoggerFunc(log),
	})
	if err != nil {
		return err
	}
	g.started = true
	g.tasks.Go(func() { g.follow(cg) })
	return nil
}

// follow takes the generations of the group until the Source is closed.
func (g *group) follow(cg *kafkago.ConsumerGroup) {
	for {
		gen, err := cg.Next(g.ctx)
		if err != nil {
			if g.ctx.Err() != nil {
				break
			}
			if final(err) {
				g.mu.Lock()
				g.failed = err
				g.notify()
				g.mu.Unlock()
			} else {
				// Errors 14, 15 and 16 are what a young cluster answers.
				g.cfg.Logger.Debug("kafka group is joined again", "group", g.cfg.Group, "error", err)
			}
			continue
		}
		g.take(gen)
	}
	closed := make(chan struct{})
	g.tasks.Go(func() {
		defer close(closed)
		_ = cg.Close() // the group forgets the member by its session at the latest
	})
	cut := time.NewTimer(closeGrace)
	defer cut.Stop()
	select {
	case <-closed:
	case <-cut.C:
		g.client.conns.close()
	}
}

func (g *group) take(gen *kafkago.Generation) {
	a := &generation{group: g, gen: gen, lost: make(chan struct{}), done: make(chan struct{})}
	for _, p := range gen.Assignments[g.cfg.Topic] {
		a.partitions = append(a.partitions, p.ID)
	}
	slices.Sort(a.partitions)
	a.handedOut = g.sticky.remember(gen.ID, a.partitions)

	g.mu.Lock()
	g.current, g.failed = a, nil
	g.notify()
	g.mu.Unlock()

	gen.Start(func(ctx context.Context) {
		a.watch(ctx)
		close(a.lost)
		g.mu.Lock()
		if g.current == a {
			g.current = nil // nobody works on it
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		select {
		case <-a.done: // only now may the member rejoin
		case <-g.ctx.Done():
		}
	})
}

// run runs a task that close waits for, unless the group is closed.
func (g *group) run(task func()) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.tasks.Go(task)
	}
	return !g.closed
}

func (g *group) close() {
	g.mu.Lock()
	g.closed = true
	g.notify()
	g.mu.Unlock()
	g.cancel()
	g.tasks.Wait()
}

// generation is an assignment by the group.
type generation struct {
	group      *group
	gen        *kafkago.Generation
	partitions []int
	handedOut  int // to all members, if this one was the leader
	lost       chan struct{}
	done       chan struct{}
	once       sync.Once
}

// watch returns when the generation ends, or should since the topic has another
// number of partitions than were handed out. The leader alone looks: when it
// joins again, all have to.
func (a *generation) watch(ctx context.Context) {
	if a.handedOut >= 0 {
		watchPartitions(ctx, a.group.client, a.group.cfg.Topic, a.handedOut, a.done)
		return
	}
	select {
	case <-ctx.Done():
	case <-a.done:
	}
}

func (a *generation) Partitions() []int     { return a.partitions }
func (a *generation) Generation() int       { return int(a.gen.ID) }
func (a *generation) Lost() <-chan struct{} { return a.lost }

// Done ends the generation too, if it has not ended yet: the member rejoins.
func (a *generation) Done() {
	a.once.Do(func() {
		close(a.done)
		g := a.group
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.out == a {
			g.out = nil
			g.notify()
		}
	})
}
