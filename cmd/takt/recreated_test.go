package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/ingest/kafka"
)

// TestRecreated deletes a topic and makes it anew under takt: offsets begin again
// and mean other records. Takt stops and tells what to do; with the epoch raised
// it reads the new log, and the old log's rows are superseded, not doubled.
func TestRecreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := killLog(rng(71), 1500)
	again := len(log) / 4 // so many are in the new log when takt starts on it
	w.calm(t, "recreated-calm", log, again, run{})
	w.calm(t, "recreated-calm-6", log, again, run{partitions: 6})
	stopped := func(t *testing.T, name string) string {
		config := w.setup(t, name, run{})
		l := w.start(t, config)
		w.untilBegun(t, name, run{})
		w.produce(t, name, log)
		w.untilStored(t, name, len(log))
		l.stop(t)
		return config
	}
	t.Run("fewer records", func(t *testing.T) {
		t.Parallel()
		const name = "recreated-fewer"
		config := stopped(t, name)
		w.deleteTopic(t, name)
		w.setup(t, name, run{})
		w.produce(t, name, log[:again])
		w.hinted(t, config, "was the topic recreated")
		w.reread(t, name, config, "recreated-calm", log, again, killPartitions)
	})
	t.Run("under a running service", func(t *testing.T) {
		t.Parallel()
		const name = "recreated-running"
		config := w.setup(t, name, run{})
		l := w.start(t, config)
		w.untilBegun(t, name, run{})
		w.produce(t, name, log)
		w.untilStored(t, name, len(log))
		w.deleteTopic(t, name)
		w.setup(t, name, run{})
		if why := l.halted(t); !strings.Contains(why, "made anew") || !strings.Contains(why, "raise `epoch`") {
			t.Errorf("takt run ends with %s", why)
		}
		w.produce(t, name, log[:again])
		w.reread(t, name, config, "recreated-calm", log, again, killPartitions)
	})
	t.Run("other partition count", func(t *testing.T) {
		t.Parallel()
		const name = "recreated-partitions"
		config := w.setup(t, name, run{})
		l := w.start(t, config)
		w.untilBegun(t, name, run{})
		w.produce(t, name, log)
		w.untilStored(t, name, len(log))
		w.admin(t, func(ctx context.Context, c *kafkago.Client) error {
			res, err := c.CreatePartitions(ctx, &kafkago.CreatePartitionsRequest{Topics: []kafkago.TopicPartitionsConfig{{Name: name, Count: 6}}})
			if err == nil {
				err = res.Errors[name]
			}
			return err
		})
		if why := l.halted(t); !strings.Contains(why, "has 6 partitions, progress knows 4") {
			t.Errorf("takt run ends with %s", why)
		}
		w.hinted(t, config, "has 6 partitions, progress knows 4")
		// The old records lie where 4 partitions put them: they have to be written anew.
		w.deleteTopic(t, name)
		w.setup(t, name, run{partitions: 6})
		w.produce(t, name, log[:again])
		w.reread(t, name, config, "recreated-calm-6", log, again, 6)
	})
	t.Run("more records", func(t *testing.T) {
		t.Parallel()
		const name = "recreated-more"
		config := stopped(t, name)
		w.deleteTopic(t, name)
		w.setup(t, name, run{})
		w.produce(t, name, killLog(rng(72), 2*len(log)))
		w.hinted(t, config, "was the topic recreated")
	})
}

// hinted asserts that takt does not start on the log, and says why and what to do.
func (w *world) hinted(t *testing.T, config, why string) {
	t.Helper()
	if told := w.start(t, config).halted(t); !strings.Contains(told, why) || !strings.Contains(told, "raise `epoch`") {
		t.Errorf("takt run ends with %s", told)
	}
}

// reread raises the epoch, lets takt read the new log and compares what people
// then see with what a calm run of that log leaves.
func (w *world) reread(t *testing.T, name, config, calm string, log []kafka.Message, again, partitions int) {
	t.Helper()
	configure(t, config, name, run{epoch: 2})
	l := w.start(t, config)
	stored := func(n int) {
		w.until(t, name, fmt.Sprint(n), "SELECT sum(records) FROM takt.progress WHERE epoch = 2 AND topic = '"+name+"'")
	}
	w.until(t, name, fmt.Sprint(partitions), "SELECT uniqExact(partition) FROM takt.progress WHERE epoch = 2 AND topic = '"+name+"'")
	stored(again)
	w.produce(t, name, log[again:])
	stored(len(log))
	l.stop(t)
	got, want := w.rows(t, name), w.rows(t, calm)
	for relation := range want {
		// Those two tell of both logs, by design.
		if relation != "progress" && relation != "dead_letters" && got[relation] != want[relation] {
			t.Errorf("%s: after the second reading (rows, hash) %s, want %s\n%s", relation, got[relation], want[relation], w.difference(t, relation, name, calm))
		}
	}
	readAudit(t, takt(t, w.env(), "-c", config, "audit", "--json"))
}
