package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// killSeeds returns the seeds that TAKT_CHAOS_SEEDS ("a-b") asks for.
func killSeeds(t *testing.T) (from, to int) {
	t.Helper()
	from, to = 1, 20
	if text := os.Getenv("TAKT_CHAOS_SEEDS"); text != "" {
		if _, err := fmt.Sscanf(text, "%d-%d", &from, &to); err != nil {
			t.Fatalf("TAKT_CHAOS_SEEDS is %q, not a-b: %v", text, err)
		}
	}
	return from, to
}

// killPoints are the places between and inside the inserts of a flush.
func killPoints() []string {
	var points []string
	for _, table := range []string{"events", "dead_letters", "orders", "visits", "exceptions", "promises", "progress"} {
		points = append(points, "before:"+table, "inside:"+table, "after:"+table)
	}
	return points
}

// TestKill kills the service with SIGKILL at random and at named points, many
// times per seed, and asserts that what it leaves equals what an undisturbed
// service leaves of the same log: progress, events, visits, orders, exceptions,
// promises and dead letters, none missing and none twice.
func TestKill(t *testing.T) {
	from, to := killSeeds(t)
	w := newWorld(t)
	for seed := from; seed <= to; seed++ {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel() // lives wait more than they work
			if results := os.Getenv("TAKT_CHAOS_RESULTS"); results != "" {
				t.Cleanup(func() { record(t, results, seed, !t.Failed()) })
			}
			w.kill(t, uint64(seed))
		})
	}
}

// record appends one seed's result to the file of results.
func record(t *testing.T, path string, seed int, ok bool) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(f, "%d %v\n", seed, ok)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Error(err)
	}
}

func (w *world) kill(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	log := killLog(rng, 1500+rng.IntN(2500))
	killed, calm := fmt.Sprintf("kill%d", seed), fmt.Sprintf("calm%d", seed)
	assignment := "static"
	if seed%5 == 0 {
		assignment = "group"
	}
	rows := 50 + rng.IntN(400)
	config := w.setup(t, killed, run{assignment: assignment, rows: rows, every: 50 * time.Millisecond})
	// The first part stands in the log when Takt first starts: it is history.
	history := rng.IntN(len(log) / 2)
	w.produce(t, killed, log[:history])

	first := w.start(t, config)
	w.untilBegun(t, killed, run{})

	var feeding sync.WaitGroup
	feeding.Go(func() {
		for rest := log[history:]; len(rest) > 0; {
			n := min(1+rng.IntN(200), len(rest))
			w.produce(t, killed, rest[:n])
			rest = rest[n:]
			time.Sleep(time.Millisecond * 15)
		}
	})
	lives := rand.New(rand.NewPCG(seed, 2))
	time.Sleep(time.Duration(lives.IntN(300)) * time.Millisecond)
	first.kill()
	for range 3 + lives.IntN(4) {
		w.live(t, lives, config)
	}
	feeding.Wait()

	last := w.start(t, config)
	w.untilStored(t, killed, len(log))
	last.ready(t) // what an unfinished flush left undone is written again after recovery
	counted, made := last.counted(t), w.made(t, last.writer())
	for range 100 { // a flush is to be seen in the store before it is counted
		if counted >= made {
			break
		}
		time.Sleep(50 * time.Millisecond)
		counted, made = last.counted(t), w.made(t, last.writer())
	}
	last.stop(t)
	if counted != made {
		t.Errorf("the undisturbed life counted %d records, and made %d durable", counted, made)
	}

	calmConfig := w.calm(t, calm, log, history, run{})
	w.audited(t, killed, config, len(log))
	w.audited(t, calm, calmConfig, len(log))
	w.equal(t, killed, calm)
}

// live lets the service live until it dies at a named point or at random.
func (w *world) live(t *testing.T, rng *rand.Rand, config string) {
	t.Helper()
	var flags []string
	if points := killPoints(); rng.IntN(3) > 0 {
		flags = []string{"--failpoint", fmt.Sprintf("%s@%d", points[rng.IntN(len(points))], 1+rng.IntN(6))}
	}
	l := w.start(t, config, flags...)
	select {
	case <-l.done:
		if status, ok := l.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
			t.Errorf("the service ended by itself: %v\n%s", l.err, tail(l.log.String()))
		}
	case <-time.After(time.Duration(300+rng.IntN(1500)) * time.Millisecond):
		l.kill()
	}
}

// killLog draws orders with all that happens to them: steps out of sequence,
// repeats, corrections, parcels, promises, exceptions, tombstones and bad records.
// Everything happened long ago, so that the rows do not depend on when it is judged.
func killLog(rng *rand.Rand, n int) []kafka.Message {
	base := order.At(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	steps := []string{
		"order.placed", "order.approved", "order.shipped", "order.delivered", "order.rejected", "order.cancelled", "order.returned",
		"satisfaction.scored", "exception.stock_out", "note.added",
	}
	orders := max(20, n/8)
	log := make([]kafka.Message, 0, n)
	for len(log) < n {
		id := fmt.Sprintf("SO-%06d", rng.IntN(orders))
		switch rng.IntN(60) {
		case 0:
			log = append(log, kafka.Message{Key: []byte(id), Value: []byte(`{"order_id": "` + id + `", "activity"`)})
			continue
		case 1:
			log = append(log, kafka.Message{Key: []byte(id)})
			continue
		case 2, 3, 4:
			if len(log) > 0 {
				log = append(log, log[rng.IntN(len(log))])
				continue
			}
		}
		e := order.Event{
			OrderID: id, SourceOrder: id, Channel: "web", Activity: steps[min(rng.IntN(len(steps)), rng.IntN(len(steps)))],
			// The number keeps instants apart: ties are broken by identity, which differs between the runs.
			OccurredAt: base + order.Instant(rng.IntN(200))*3_600_000/2 + order.Instant(len(log)), Region: []string{"east", "north", ""}[rng.IntN(3)],
			Actor: fmt.Sprintf("clerk-%d", rng.IntN(5)), Amount: order.Decimal{Units: int64(rng.IntN(100_000)), Valid: rng.IntN(2) == 0},
		}
		if rng.IntN(6) == 0 {
			e.Unit = fmt.Sprintf("p%d", 1+rng.IntN(2))
		}
		if rng.IntN(8) == 0 {
			e.PromisedAt, e.PromiseKind = e.OccurredAt+48*3_600_000, order.PromiseCurrent
		}
		log = append(log, kafka.Message{Key: []byte(id), Value: e.AppendJSON(nil, "")})
	}
	return log
}

// rng is the source of one test's chances.
func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
