package poll_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/poll"
	"github.com/takt-orders/takt/ingest/source"
)

// topic is the log of a poller: a topic of a real broker.
type topic struct{ *kafka.Producer }

func (p topic) Append(ctx context.Context, all []poll.Record) error {
	var messages []kafka.Message
	for _, r := range all {
		messages = append(messages, kafka.Message{Key: r.Key, Value: r.Body})
	}
	err := p.Write(ctx, messages...)
	var large *kafka.TooLargeError
	if errors.As(err, &large) {
		return &poll.Refused{Records: large.Messages, Err: err}
	}
	return err
}

// TestTooLarge polls rows of which some are longer than the topic takes: the window
// ends and the next begins, all other rows are in the topic, and in the place of each
// that is too long stands one that is read as a dead letter. Told again, it is not kept
// again.
func TestTooLarge(t *testing.T) {
	k, err := embedded.StartKafka(embedded.KafkaConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	cluster := kafka.Cluster{Brokers: []string{k.Addr}}
	if err := cluster.CreateTopic(t.Context(), "orders", 1, 1, map[string]string{"max.message.bytes": "10000"}); err != nil {
		t.Fatal(err)
	}
	p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	var noise strings.Builder // which does not compress
	for noise.Len() < 20_000 {
		noise.WriteString(rand.Text())
	}
	var rows []map[string]string
	for i := range 25 {
		row := map[string]string{"order_id": fmt.Sprint("SO", i), "activity": "order.placed", "occurred_at": "2026-02-28T00:00:00Z"}
		if i == 7 || i == 24 {
			row["note"] = noise.String()
		}
		rows = append(rows, row)
	}
	w := newWorld()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var skip int
		_, _ = fmt.Sscan(r.URL.Query().Get("skip"), &skip) // the poller writes a number
		reply(w, rows[min(skip, len(rows)):min(skip+10, len(rows))])
	})
	d, err := source.NewDecoder(source.Config{Mapping: source.Canonical(), Source: "s", Process: "retail"})
	if err != nil {
		t.Fatal(err)
	}
	var arena source.Arena
	var log bytes.Buffer
	w.run(t, w.poller(t, poll.Shape{
		Window: time.Hour, Format: "epoch_s", Rate: 100,
		Request: poll.Request{Method: "GET", URL: url + "?from={from}&skip={offset}"}, Page: poll.Page{Style: poll.ByOffset, Size: 10},
	}, poll.Rhythm{Every: time.Minute, Overlap: time.Minute, Since: start.Add(-time.Minute)}, func(c *poll.Config) {
		c.Log, c.Shorten, c.Logger = topic{p}, d.Shorten, slog.New(slog.NewTextHandler(&log, nil))
		c.Key = func(body []byte) ([]byte, bool) {
			number, inv := d.Order(body, &arena)
			return []byte(number), inv == nil
		}
	}), 10*time.Minute)
	if behind := w.now().Sub(w.reached["s"]); behind > 2*time.Minute || w.asked["too large"] != 2 {
		t.Errorf("the cursor is %v behind, counted %v", behind, w.asked)
	}
	if !strings.Contains(log.String(), "1 of 10 messages") || strings.Contains(log.String(), "SO7") {
		t.Errorf("it tells: %s", log.String())
	}
	got := map[string]int{}
	for _, r := range records(t, cluster, "orders") {
		events, inv := d.Decode(nil, r.Value, order.At(start), &arena)
		switch {
		case inv != nil && inv.Reason == order.TooLarge && bytes.Contains(r.Value, fmt.Appendf(nil, "%q", r.Key)):
			got["dead "+string(r.Key)]++
		case inv != nil:
			t.Errorf("%s: %v", r.Value, inv)
		default:
			got[events[0].OrderID]++
		}
	}
	for i := range rows {
		name := fmt.Sprint("SO", i)
		if len(rows[i]["note"]) > 0 {
			name = "dead " + name
		}
		if got[name] != 1 {
			t.Errorf("%s is %d times in the topic", name, got[name])
		}
	}
	if len(got) != len(rows) {
		t.Errorf("the topic holds %v", got)
	}
}

// records reads a topic of one partition.
func records(t *testing.T, cluster kafka.Cluster, name string) (all []record) {
	t.Helper()
	s, err := kafka.New(kafka.Config{Cluster: cluster, Topic: name, Assignment: kafka.AssignStatic})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ranges, err := s.Ranges(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reader, err := s.Open(ranges[0].Partition, ranges[0].Begin)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for next := ranges[0].Begin; next < ranges[0].End; {
		b, err := reader.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Records {
			all = append(all, record{bytes.Clone(r.Key), bytes.Clone(r.Value)})
		}
		next = b.Next
		b.Release()
	}
	return all
}

type record struct{ Key, Value []byte }
