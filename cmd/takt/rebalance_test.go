package main

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// TestRebalance lets members of a group join and leave every two seconds, some
// in an orderly way and some by SIGKILL, while records come, and asserts that
// work goes on between any two rebalances and that nothing of them shows in the
// rows.
func TestRebalance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name, calm = "rebalance", "rebalance-calm"
	log := killLog(rng(41), 6000)
	r := run{assignment: "group", rows: 100, every: 50 * time.Millisecond, partitions: 6}
	config := w.setup(t, name, r)
	members := map[int]*life{0: w.start(t, config)}
	w.untilBegun(t, name, r)

	enough := make(chan struct{})
	var feeding sync.WaitGroup
	feeding.Go(func() {
		for from := 0; from < len(log); {
			pause := time.Millisecond * 100
			n := 20 // about 200 records in a second: there is always something to do
			select {
			case <-enough:
				n, pause = len(log), 0
			default:
			}
			to := min(from+n, len(log))
			w.produce(t, name, log[from:to])
			from = to
			time.Sleep(pause)
		}
	})
	var lives []*life
	change := func(do string, member int) {
		switch do {
		case "join":
			members[member] = w.start(t, config)
		case "leave":
			lives = append(lives, members[member])
			members[member].stop(t)
			delete(members, member)
		case "die":
			lives = append(lives, members[member])
			members[member].kill()
			delete(members, member)
		}
	}
	for _, step := range []struct {
		do     string
		member int
	}{
		{"join", 1},
		{"join", 2},
		{"leave", 0},
		{"join", 0},
		{"leave", 1},
		{"join", 1},
		{"die", 2},
		{"join", 2},
		{"leave", 0},
		{"die", 1},
		{"join", 0},
		{"join", 1},
	} {
		before := w.stored(t, name)
		change(step.do, step.member)
		began := time.Now()
		time.Sleep(2 * time.Second)
		// The group waits for a dead member until its session, 6 s, has run out; who
		// joins takes a few seconds to start where the machine is busy.
		for w.stored(t, name) <= before || step.do == "join" && !members[step.member].assigned() {
			if time.Since(began) > time.Minute {
				t.Fatalf("no progress since member %d did %s a minute ago", step.member, step.do)
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Logf("%s: %d records stored %.1f s after it", step.do, w.stored(t, name)-before, time.Since(began).Seconds())
	}
	if w.stored(t, name) >= len(log) {
		t.Error("the log ended before the rebalances did: they disturbed nothing")
	}
	close(enough)
	feeding.Wait()
	w.untilStored(t, name, len(log))
	for _, l := range members {
		l.stop(t)
		lives = append(lives, l)
	}
	generations := 0
	for _, l := range lives {
		generations += strings.Count(l.log.String(), assignedText)
	}
	if generations < 12 {
		t.Errorf("members were assigned partitions %d times: no rebalances", generations)
	}
	w.calm(t, calm, log, 0, run{partitions: r.partitions})
	w.untilStored(t, name, len(log))
	w.audited(t, name, config, len(log))
	w.equal(t, name, calm)
}

// assignedText is what a life logs when it is given partitions.
const assignedText = "partitions assigned"

// assigned reports whether the life has ever been given partitions.
func (l *life) assigned() bool { return strings.Contains(l.log.String(), assignedText) }
