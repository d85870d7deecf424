package kafka_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// clientFetch reads a partition through kafka-go's Client.Fetch. It knows nothing
// of transactions or of gaps at the end of a batch: it serves plain topics only.
func clientFetch(ctx context.Context, t testing.TB, client *kafkago.Client, topic string, partition int, from, end int64,
	each func(r *ingest.Record),
) {
	t.Helper()
	for next := from; next < end; {
		res, err := client.Fetch(ctx, &kafkago.FetchRequest{
			Topic: topic, Partition: partition, Offset: next, MinBytes: 1, MaxBytes: 1 << 20, MaxWait: 500 * time.Millisecond,
		})
		if err == nil {
			err = res.Error
		}
		if err != nil {
			t.Fatal(err)
		}
		for {
			rec, err := res.Records.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			out := ingest.Record{Offset: rec.Offset, Append: order.At(rec.Time)}
			out.Key, out.Value = readAll(t, rec.Key), readAll(t, rec.Value)
			for _, h := range rec.Headers {
				out.History = out.History || h.Key == kafka.HistoryHeader
			}
			if rec.Offset >= next {
				each(&out)
				next = rec.Offset + 1
			}
		}
	}
}

func readAll(t testing.TB, b kafkago.Bytes) []byte {
	t.Helper()
	if b == nil {
		return nil
	}
	out, err := kafkago.ReadAll(b)
	if err != nil {
		t.Fatal(err)
	}
	if out == nil {
		out = []byte{}
	}
	return out
}

func newClient(t testing.TB, cluster kafka.Cluster) *kafkago.Client {
	t.Helper()
	tr := &kafkago.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &kafkago.Client{Addr: kafkago.TCP(cluster.Brokers...), Transport: tr}
}
