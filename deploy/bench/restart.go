package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/metrics/tracker"
	"github.com/takt-orders/takt/metrics/view"
)

// restart measures memory with many open orders, and how long after a kill -9
// rows flow again.
func restart(ctx context.Context, w *world, r *report, out io.Writer) error {
	const topic = "open"
	g := newGenerator(w.Open, true)
	config, _, err := w.prepare(ctx, topic, g, w.Flush)
	if err != nil {
		return err
	}
	u, err := w.catchUp(ctx, w.Takt, config, profilePath(w, "open"))
	if err != nil {
		return err
	}
	peak := float64(u.Peak) / (1 << 20)
	r.add("memory/whole, open orders", peak, "MiB", "<= 400")
	r.add("memory/whole, open orders, CPU", u.CPU.Seconds()*1e6/float64(g.events()), "CPU s per million events", "")
	var a recoverAnswer
	if _, err := start(ctx, &job{Row: "recover", ClickHouse: w.engine.Addr, Topic: topic, Profile: profilePath(w, "recover")}, &a); err != nil {
		return err
	}
	rows := [][]string{
		{"catching up", decimals(u.CPU.Seconds()*1e6/float64(g.events()), 2) + " CPU s per million events", ""},
		{"peak memory while catching up", decimals(peak, 0) + " MiB", "<= 400 MiB"},
		{"read and restored from the store", decimals(a.CPU*1e6/float64(a.Orders), 2) + " CPU s per million orders", ""},
	}
	r.add("recovery/store and tracker", a.CPU*1e6/float64(a.Orders), "CPU s per million orders", "")
	for _, mode := range []string{"static", "group"} {
		if w.Restarts < 1 {
			break
		}
		config, err := w.configure(topic, mode, w.Flush)
		if err != nil {
			return err
		}
		took, err := w.kills(ctx, topic, config, g)
		if err != nil {
			return fmt.Errorf("%s assignment: %w", mode, err)
		}
		goal := map[string]string{"static": "<= 2 s", "group": "<= 6 s + 2 s"}[mode]
		rows = append(rows, []string{"rows flow again, " + mode, each(took), goal})
		r.add("restart/"+mode, slices.Max(took).Seconds(), "s, the worst of "+fmt.Sprint(len(took)), goal)
	}
	table(out, fmt.Sprintf("Memory and restart after kill -9, with %s open orders, flush.rows %s", view.Thousands(int64(w.Open)), view.Thousands(int64(w.Flush))), []string{"", "measured", "goal"}, rows)
	return nil
}

func each(all []time.Duration) string {
	var text []string
	for _, d := range all {
		text = append(text, decimals(d.Seconds(), 2))
	}
	return strings.Join(text, ", ") + " s"
}

// kills kills the service several times under a light load.
func (w *world) kills(ctx context.Context, topic, config string, g *generator) (took []time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var feeding sync.WaitGroup
	fed := make(chan error, 1)
	defer func() {
		cancel()
		feeding.Wait()
		if e := <-fed; e != nil && err == nil {
			err = e
		}
	}()
	feeding.Go(func() { fed <- w.feed(ctx, topic, g) })
	cmd := w.command(ctx, w.Takt, config, "")
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() { end(cmd) }()
	if _, err := w.flows(ctx, topic, 3000); err != nil {
		return nil, err
	}
	for range w.Restarts {
		time.Sleep(2 * time.Second)
		killed := time.Now()
		end(cmd)
		have, err := w.count(ctx, progressOf(topic))
		if err != nil {
			return took, err
		}
		cmd = w.command(ctx, w.Takt, config, "")
		if err := cmd.Start(); err != nil {
			return took, err
		}
		at, err := w.flows(ctx, topic, have+1)
		if err != nil {
			return took, err
		}
		took = append(took, at.Sub(killed))
	}
	return took, nil
}

// end kills a process, as kill -9 does.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed: that is the error
}

func progressOf(topic string) string {
	return "SELECT sum(events) FROM takt_store.progress WHERE topic = '" + topic + "'"
}

// flows waits until so many events of the topic are stored, and returns when.
func (w *world) flows(ctx context.Context, topic string, events int64) (time.Time, error) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		n, err := w.count(ctx, progressOf(topic))
		if err != nil {
			return time.Time{}, err
		}
		if n >= events {
			return time.Now(), nil
		}
	}
	return time.Time{}, errors.New("no row flows after a minute")
}

// feed writes 500 events a second of new orders until ctx ends.
func (w *world) feed(ctx context.Context, topic string, g *generator) error {
	p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: w.cluster(), Topic: topic})
	if err != nil {
		return err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 2 * g.orders; ; {
		select {
		case <-ctx.Done():
			return p.Close()
		case <-tick.C:
		}
		batch := make([]kafka.Message, 0, 50)
		for range cap(batch) {
			number, value, _ := g.event(n, steps[0], time.Now())
			batch = append(batch, kafka.Message{Key: []byte(number), Value: append([]byte(nil), value...)})
			n++
		}
		if err := p.Write(ctx, batch...); err != nil && ctx.Err() == nil {
			return errors.Join(err, p.Close())
		}
	}
}

// recoverAnswer is what the row that reads the store answers.
type recoverAnswer struct {
	Orders int
	CPU    float64 // seconds
}

// recovery loads the open orders of every partition into trackers, as the
// pipeline does when it starts.
func recovery(ctx context.Context, j *job) (any, error) {
	db, err := clickhouse.Open(ctx, clickhouse.Config{Addr: []string{j.ClickHouse}})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var a recoverAnswer
	begin := cpu()
	k := ingest.Key{Source: "bench", Process: processName, Topic: j.Topic, Epoch: 1}
	var numbers []int
	for n := range partitions {
		numbers = append(numbers, n)
	}
	progress, err := db.Progress(ctx, k, numbers)
	if err != nil {
		return nil, err
	}
	finished, trackers := map[int]int64{}, map[int]*tracker.Tracker{}
	for n, p := range progress {
		finished[n], trackers[n] = p.Number, tracker.New(tracker.Config{Plan: plan()})
	}
	err = db.ClosedOrders(ctx, k, finished, func(n int, hash uint64) { trackers[n].RestoreClosed(hash) })
	if err != nil {
		return nil, err
	}
	err = db.OpenOrders(ctx, k, finished, func(n int, state []byte, unfinished bool) error { return trackers[n].Restore(state, unfinished) })
	if err != nil {
		return nil, err
	}
	for _, t := range trackers {
		a.Orders += t.Len()
	}
	a.CPU = (cpu() - begin).Seconds()
	if a.Orders == 0 {
		return nil, errors.New("the store has no open orders")
	}
	return a, nil
}
