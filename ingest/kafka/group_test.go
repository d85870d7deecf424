package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
)

// virtual runs a cluster of three brokers on a network inside the bubble.
func virtual(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, kafka.Cluster) {
	t.Helper()
	network := &kfake.VirtualNetwork{}
	fake := fakeCluster(t, append([]kfake.Opt{
		kfake.NumBrokers(3), kfake.Ports(9092, 9093, 9094), kfake.ListenFn(network.Listen),
	}, opts...)...)
	return fake, kafka.Cluster{Brokers: []string{"localhost:9092", "localhost:9093", "localhost:9094"}, Dial: network.DialContext}
}

// ledger stands for the store: what has been taken of each partition.
type ledger struct {
	mu     sync.Mutex
	next   map[int]int64
	seen   map[string]int // by value
	failed []string
}

func (l *ledger) take(b *ingest.Batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.First != l.next[b.Partition] {
		l.failed = append(l.failed, fmt.Sprintf("partition %d: batch begins at %d after %d", b.Partition, b.First, l.next[b.Partition]))
	}
	l.next[b.Partition] = b.Next
	for _, r := range b.Records {
		l.seen[string(r.Value)]++
	}
}

func (l *ledger) from(p int) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next[p]
}

func (l *ledger) total() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.seen)
}

// work does what the pipeline does, until ctx ends.
func work(ctx context.Context, s *kafka.Source, l *ledger) error {
	for {
		a, err := s.Join(ctx)
		if err != nil {
			return err
		}
		held, release := context.WithCancel(ctx)
		var readers sync.WaitGroup
		for _, p := range a.Partitions() {
			readers.Go(func() {
				r, err := s.Open(p, l.from(p))
				if err != nil {
					return
				}
				defer r.Close()
				for {
					b, err := r.Next(held)
					if err != nil {
						return
					}
					// The lease, before the work is made durable.
					if err := a.Commit(held, map[int]int64{p: b.First}); err != nil {
						return
					}
					l.take(b)
					b.Release()
				}
			})
		}
		select {
		case <-a.Lost():
		case <-ctx.Done():
		}
		release()
		readers.Wait()
		a.Done()
	}
}

func TestGroupReadsEverythingOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const records = 6000
		fake, cluster := virtual(t, kfake.SeedTopics(8, "orders"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		l := &ledger{next: map[int]int64{}, seen: map[string]int{}}

		var members sync.WaitGroup
		defer members.Wait()
		start := func() (stop func()) {
			ctx, cancel := context.WithCancel(ctx)
			s, err := kafka.New(kafka.Config{Cluster: cluster, Topic: "orders", Group: "takt", MaxBytes: 4096})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			members.Go(func() {
				defer close(done)
				if err := work(ctx, s, l); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				s.Close()
			})
			return func() { cancel(); <-done }
		}
		p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: "orders"})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()

		first := start()
		second := start()
		third := start()
		messages := numbered(records)
		for i := 0; i < records; i += records / 10 {
			if err := p.Write(ctx, messages[i:i+records/10]...); err != nil {
				t.Fatal(err)
			}
			switch i / (records / 10) {
			case 2:
				fake.ShufflePartitionLeaders()
			case 4:
				fake.RehashCoordinators()
			case 5:
				first()
			case 6:
				first = start()
			case 8:
				fake.ShufflePartitionLeaders()
				fake.RehashCoordinators()
			}
			time.Sleep(3 * time.Second)
		}
		for l.total() < records {
			time.Sleep(time.Second)
			if ctx.Err() != nil {
				t.Fatalf("got %d records in an hour, want %d", l.total(), records)
			}
		}
		first()
		second()
		third()
		for value, n := range l.seen {
			if n != 1 {
				t.Fatalf("record %s was read %d times", value, n)
			}
		}
		for _, f := range l.failed {
			t.Error(f)
		}
	})
}

func TestGroupKeepsPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, cluster := virtual(t, kfake.SeedTopics(8, "orders"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		join := func(previous ...int) (*kafka.Source, ingest.Assignment) {
			s, err := kafka.New(kafka.Config{Cluster: cluster, Topic: "orders", Group: "takt", PreviousPartitions: func() []int { return previous }})
			if err != nil {
				t.Fatal(err)
			}
			a, err := s.Join(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return s, a
		}
		rejoin := func(s *kafka.Source, a ingest.Assignment) ingest.Assignment {
			<-a.Lost()
			if err := a.Commit(ctx, map[int]int64{0: 1}); !errors.Is(err, kafka.ErrLost) {
				t.Errorf("committing after the loss: got error %v, want %v", err, kafka.ErrLost)
			}
			a.Done()
			a, err := s.Join(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		s1, a1 := join()
		if got := a1.Partitions(); len(got) != 8 {
			t.Fatalf("alone: got %v, want all", got)
		}
		// The second claims what it had in an earlier life; the first had it since.
		var s2 *kafka.Source
		var a2 ingest.Assignment
		var joining sync.WaitGroup
		joining.Go(func() { s2, a2 = join(0, 1, 2, 3) })
		a1 = rejoin(s1, a1)
		joining.Wait()
		if got := a1.Partitions(); !slices.Equal(got, []int{0, 1, 2, 3}) {
			t.Errorf("of two: the first got %v, want the lower half that it keeps", got)
		}
		kept := a1.Partitions()
		// The second leaves without a word and comes back.
		joining.Go(func() {
			s2.Close()
			s2, a2 = join(a2.Partitions()...)
		})
		a1 = rejoin(s1, a1)
		for !slices.Equal(a1.Partitions(), kept) { // alone for a moment, perhaps
			a1 = rejoin(s1, a1)
		}
		joining.Wait()
		if got := a2.Partitions(); !slices.Equal(got, []int{4, 5, 6, 7}) {
			t.Errorf("of two: the second got %v, want the upper half", got)
		}
		s1.Close()
		s2.Close()
	})
}

// A young cluster answers so for a while, and one that is in trouble.
func TestGroupRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, cluster := virtual(t, kfake.SeedTopics(1, "orders"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		faults := []kfake.Fault{
			{Keys: []kmsg.Key{kmsg.FindCoordinator}, Err: kerr.CoordinatorNotAvailable, Count: 3},
			{Keys: []kmsg.Key{kmsg.JoinGroup}, Err: kerr.CoordinatorLoadInProgress, Count: 3},
			{Keys: []kmsg.Key{kmsg.JoinGroup}, Err: kerr.NotCoordinator, Count: 3},
			{Keys: []kmsg.Key{kmsg.SyncGroup}, Err: kerr.RebalanceInProgress, Count: 2},
			{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.CoordinatorLoadInProgress, Count: 2},
		}
		handle := fake.Fault(faults...)
		s, err := kafka.New(kafka.Config{Cluster: cluster, Topic: "orders", Group: "takt"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		a, err := s.Join(ctx)
		if err != nil || len(a.Partitions()) != 1 {
			t.Fatalf("got error %v after %d faults", err, handle.Hits())
		}
		if handle.Hits() < 10 {
			t.Errorf("only %d faults came to pass", handle.Hits())
		}
		for _, code := range []*kerr.Error{kerr.IllegalGeneration, kerr.UnknownMemberID, kerr.RebalanceInProgress} {
			fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: code})
			if err := a.Commit(ctx, map[int]int64{0: 0}); !errors.Is(err, kafka.ErrLost) {
				t.Errorf("%v: got error %v, want %v", code, err, kafka.ErrLost)
			}
		}
		fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.CoordinatorLoadInProgress})
		if err := a.Commit(ctx, map[int]int64{0: 0}); err == nil || errors.Is(err, kafka.ErrLost) {
			t.Errorf("got error %v, want one that does not tell of a loss", err)
		}
		if err := a.Commit(ctx, map[int]int64{0: 0}); err != nil {
			t.Error(err)
		}
		fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, Err: kerr.GroupAuthorizationFailed})
		a.Done()
		if _, err := s.Join(ctx); err == nil {
			t.Error("joined a group that is forbidden")
		}
		if _, err := s.Join(ctx); err != nil {
			t.Errorf("got error %v when it was allowed again", err)
		}
	})
}
