package kafka_test

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
)

// newFranz returns a franz-go client, the second opinion of these tests.
func newFranz(t testing.TB, cluster kafka.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	opts = append([]kgo.Opt{kgo.SeedBrokers(cluster.Brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)
	if cluster.Dial != nil {
		opts = append(opts, kgo.Dialer(cluster.Dial))
	}
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// franzRead reads a partition until franz-go has passed offset end.
func franzRead(ctx context.Context, t testing.TB, cluster kafka.Cluster, topic string, partition int, end int64, committed bool) []ingest.Record {
	t.Helper()
	level := kgo.ReadUncommitted()
	if committed {
		level = kgo.ReadCommitted()
	}
	cl := newFranz(t, cluster, kgo.FetchIsolationLevel(level), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {int32(partition): kgo.NewOffset().AtStart()}}))
	defer cl.Close()
	var out []ingest.Record
	for next := int64(0); next < end; {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("franz-go at %d of %d: %v", next, end, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			next = r.Offset + 1
			if r.Attrs.IsControl() {
				return
			}
			rec := ingest.Record{Offset: r.Offset, Append: order.At(r.Timestamp), Key: r.Key, Value: r.Value}
			for _, h := range r.Headers {
				rec.History = rec.History || h.Key == kafka.HistoryHeader
			}
			out = append(out, rec)
		})
	}
	return out
}

func addPartitions(t testing.TB, cluster kafka.Cluster, topic string, count int32) {
	t.Helper()
	cl := newFranz(t, cluster)
	defer cl.Close()
	req := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = topic, count
	req.Topics, req.TimeoutMillis = append(req.Topics, rt), 5000
	res, err := req.RequestWith(t.Context(), cl)
	if err == nil {
		err = kerr.ErrorForCode(res.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// rawFetch returns the first bytes of partition 0 as the broker keeps them.
func rawFetch(t testing.TB, cl *kgo.Client, topic string) []byte {
	t.Helper()
	req := kmsg.NewPtrFetchRequest()
	req.Version, req.MaxWaitMillis, req.MinBytes, req.SessionEpoch = 11, 1000, 1, -1
	rt := kmsg.NewFetchRequestTopic()
	rt.Topic = topic
	rp := kmsg.NewFetchRequestTopicPartition()
	rp.CurrentLeaderEpoch, rp.PartitionMaxBytes = -1, 1<<20
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	res, err := cl.Broker(0).Request(t.Context(), withVersion{req})
	if err != nil {
		t.Fatal(err)
	}
	p := res.(*kmsg.FetchResponse).Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
		t.Fatal(err)
	}
	return p.RecordBatches
}

// withVersion keeps franz-go from choosing a version that names topics by id.
type withVersion struct{ *kmsg.FetchRequest }

func (withVersion) MaxVersion() int16 { return 11 }
