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

	"github.com/twmb/franz-go/pkg/kfake"

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

func TestGroupNoticesNewPartitions(t *testing.T) {
	for _, mode := range []kafka.AssignmentMode{kafka.AssignGroup, kafka.AssignStatic} {
		t.Run(mode.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, cluster := virtual(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				s, err := kafka.New(kafka.Config{Cluster: cluster, Topic: "orders", Group: "takt", Assignment: mode})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				if mode == kafka.AssignGroup { // the group does not wait for the topic
					a, err := s.Join(ctx)
					if err != nil || len(a.Partitions()) != 0 {
						t.Fatalf("got %v and error %v before the topic exists, want nothing", a.Partitions(), err)
					}
					if err := fake.CreateTopic("orders", 2, nil); err != nil {
						t.Fatal(err)
					}
					<-a.Lost()
					a.Done()
				} else if err := fake.CreateTopic("orders", 2, nil); err != nil {
					t.Fatal(err)
				}
				a, err := s.Join(ctx)
				if err != nil || len(a.Partitions()) != 2 {
					t.Fatalf("got %v and error %v, want two", a.Partitions(), err)
				}
				addPartitions(t, cluster, "orders", 5)
				<-a.Lost()
				a.Done()
				if a, err = s.Join(ctx); err != nil || len(a.Partitions()) != 5 {
					t.Errorf("got %v and error %v, want five", a.Partitions(), err)
				}
			})
		})
	}
}

func TestStaticInstances(t *testing.T) {
	ctx := timeout(t, 10*time.Second)
	cluster := startFake(t, kfake.SeedTopics(7, "orders"))
	var all []int
	for i := range 3 {
		s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Group: "takt", Assignment: kafka.AssignStatic, Instance: i, Instances: 3})
		a, err := s.Join(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Commit(ctx, map[int]int64{i: 0}); err != nil {
			t.Error(err)
		}
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		if _, err := s.Join(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("joined twice: got error %v", err)
		}
		cancel()
		for _, p := range a.Partitions() {
			if p%3 != i {
				t.Errorf("instance %d has partition %d", i, p)
			}
		}
		all = append(all, a.Partitions()...)
		a.Done()
	}
	slices.Sort(all)
	if !slices.Equal(all, []int{0, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("got %v, want every partition once", all)
	}
}
