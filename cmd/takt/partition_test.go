package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// TestWrongPartition writes orders to partitions that are not theirs: read there,
// they would be second orders of the same number.
func TestWrongPartition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log []kafka.Message
	at := order.Instant(1_770_000_000_000)
	for i := range 1600 {
		log = append(log, message(order.Event{OrderID: fmt.Sprintf("SO-%d", i/4), Activity: []string{"order.placed", "order.approved", "order.shipped", "order.delivered"}[i%4], OccurredAt: at + order.Instant(i)*1000}))
	}
	t.Run("a few", func(t *testing.T) {
		t.Parallel()
		const name = "wrong-few"
		config := w.setup(t, name, run{})
		astray := make([]kafka.Message, len(log))
		copy(astray, log)
		want := 0
		for i := 3; i < len(log); i += 200 { // the delivery of some orders
			home := kafka.Partition(kafka.Murmur2, log[i].Key, killPartitions)
			for n := 0; ; n++ {
				if key := fmt.Appendf(nil, "key-%d", n); kafka.Partition(kafka.Murmur2, key, killPartitions) != home {
					astray[i].Key = key
					break
				}
			}
			want++
		}
		w.produce(t, name, astray)
		l := w.start(t, config)
		w.untilStored(t, name, len(log))
		l.stop(t)
		for sql, answer := range map[string]string{
			"SELECT count(), groupUniqArray((reason, field)) FROM takt.dead_letters WHERE topic = '" + name + "'": fmt.Sprintf("%d [('wrong_partition','order_id')]", want),
			"SELECT count(), countIf(status = 'open') FROM takt.orders WHERE process = '" + name + "'":            fmt.Sprintf("400 %d", want),
			"SELECT count() FROM takt.events WHERE process = '" + name + "'":                                      fmt.Sprint(len(log) - want),
		} {
			if got := one(t, w.engine, sql); got != answer {
				t.Errorf("%s: got %s, want %s", sql, got, answer)
			}
		}
		w.audited(t, name, config, len(log))
	})
	t.Run("by another partitioner", func(t *testing.T) {
		t.Parallel()
		const name = "wrong-all"
		config := w.setup(t, name, run{})
		w.produceBy(t, kafka.ProducerConfig{Topic: name, Partitioner: kafka.CRC32}, log)
		why := w.start(t, config).halted(t)
		for _, part := range []string{"belong to another partition", "not keyed by order number", "set `partitioner`", "canonical topic"} {
			if !strings.Contains(why, part) {
				t.Errorf("takt run ends with %s\nwhich does not tell %q", why, part)
			}
		}
		if got := one(t, w.engine, "SELECT count() FROM takt.orders WHERE process = '"+name+"'"); got != "0" {
			t.Errorf("%s orders were stored before the stop", got)
		}
		configure(t, config, name, run{source: ", partitioner: crc32"})
		l := w.start(t, config)
		w.untilStored(t, name, len(log))
		l.stop(t)
		if got := one(t, w.engine, "SELECT count(), countIf(status = 'completed') FROM takt.orders WHERE process = '"+name+"'"); got != "400 400" {
			t.Errorf("orders, completed: got %s with the right partitioner, want 400 400", got)
		}
		w.audited(t, name, config, len(log))
	})
}
