package main

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// TestLeaderMoves moves the leaders of the partitions and the coordinator of the
// group, once a second, between three brokers under two members.
func TestLeaderMoves(t *testing.T) {
	t.Parallel()
	direct := newWorld(t)
	fake, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	w := &world{fake.ListenAddrs()[0], direct.engine, direct.store}
	const name, calm = "leaders", "leaders-calm"
	log := killLog(rng(61), 3000)
	r := run{assignment: "group", rows: 100, every: 50 * time.Millisecond}
	config := w.setup(t, name, r)
	members := []*life{w.start(t, config), w.start(t, config)}
	w.untilBegun(t, name, r)
	moved, rehashed := 0, 0
	for from := 0; from < len(log); from += 100 {
		if from%400 == 0 {
			before, coordinator := fake.PartitionInfo(name, 0), fake.CoordinatorFor(name)
			fake.ShufflePartitionLeaders()
			fake.RehashCoordinators()
			if after := fake.PartitionInfo(name, 0); before != nil && after != nil && after.Epoch > before.Epoch {
				moved++
			}
			if fake.CoordinatorFor(name) != coordinator {
				rehashed++
			}
		}
		w.produce(t, name, log[from:from+100])
		time.Sleep(200 * time.Millisecond)
	}
	w.untilStored(t, name, len(log))
	for _, l := range members {
		l.stop(t)
	}
	if moved == 0 || rehashed == 0 {
		t.Errorf("the leader of a partition moved %d times and the coordinator %d times: nothing was disturbed", moved, rehashed)
	}
	t.Logf("the leader of a partition moved %d times, the coordinator %d times", moved, rehashed)
	w.calm(t, calm, log, 0, run{})
	w.audited(t, name, config, len(log))
	w.equal(t, name, calm)
}
