package kafka_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/takt-orders/takt/ingest/kafka"
)

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

func TestNewPartitions(t *testing.T) {
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
