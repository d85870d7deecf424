package kafka_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
)

var codecs = []struct {
	name  string
	codec kgo.CompressionCodec
}{
	{"none", kgo.NoCompression()},
	{"gzip", kgo.GzipCompression()},
	{"snappy", kgo.SnappyCompression()},
	{"lz4", kgo.Lz4Compression()},
	{"zstd", kgo.ZstdCompression()},
}

// produce writes records of every kind that a plain topic may hold, in batches of
// several sizes.
func produce(t testing.TB, cl *kgo.Client, topic string, partition int32, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, uint64(n)))
	var records []*kgo.Record
	for i := range n {
		rec := &kgo.Record{
			Topic: topic, Partition: partition, Timestamp: time.UnixMilli(1_700_000_000_000 + r.Int64N(1e9)),
			Key: fmt.Appendf(nil, "order-%d", i), Value: bytes.Repeat(fmt.Appendf(nil, `{"n":%d}`, i), r.IntN(40)),
		}
		switch r.IntN(20) {
		case 0:
			rec.Value = nil
		case 1:
			rec.Key = nil
		case 2:
			rec.Headers = []kgo.RecordHeader{{Key: "trace", Value: []byte("x")}, {Key: kafka.HistoryHeader}}
		case 3:
			rec.Value = make([]byte, r.IntN(200_000))
			for j := range rec.Value {
				rec.Value[j] = byte(r.Uint32())
			}
		}
		records = append(records, rec)
		if len(records) > 0 && r.IntN(60) == 0 || i == n-1 {
			if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			records = records[:0]
		}
	}
}

// nilness keeps a missing key or value apart from an empty one.
var nilness = cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) })

func diff(got, want []ingest.Record) string {
	if len(got) != len(want) {
		return fmt.Sprintf("got %d records, want %d", len(got), len(want))
	}
	for i := range got {
		if d := cmp.Diff(got[i], want[i], nilness); d != "" {
			return fmt.Sprintf("record %d: -got +want:\n%.500s", i, d)
		}
	}
	return ""
}

func TestSameRecordsAsOthers(t *testing.T) {
	cluster := startFake(t, kfake.SeedTopics(1, "none", "gzip", "snappy", "lz4", "zstd"))
	client := newClient(t, cluster)
	for _, c := range codecs {
		t.Run(c.name, func(t *testing.T) {
			ctx := timeout(t, 30*time.Second)
			produce(t, newFranz(t, cluster, kgo.ProducerBatchCompression(c.codec)), c.name, 0, 2000)
			s := newSource(t, kafka.Config{Cluster: cluster, Topic: c.name, Assignment: kafka.AssignStatic, MaxBytes: 200_000})

			got := readTo(ctx, t, s, 0, 0, 2000)
			var want []ingest.Record
			clientFetch(ctx, t, client, c.name, 0, 0, 2000, func(r *ingest.Record) { want = append(want, *r) })
			if d := diff(got, want); d != "" {
				t.Errorf("unlike Client.Fetch: %s", d)
			}
			if d := diff(got, franzRead(ctx, t, cluster, c.name, 0, 2000, true)); d != "" {
				t.Errorf("unlike franz-go: %s", d)
			}
			for _, from := range []int64{1, 777, 1999} {
				if d := diff(readTo(ctx, t, s, 0, from, 2000), got[from:]); d != "" {
					t.Errorf("from %d: %s", from, d)
				}
			}
		})
	}
}

// transactions writes some that commit, some that abort and records outside of
// any, interleaved on one partition.
func transactions(t testing.TB, cluster kafka.Cluster, topic string) {
	t.Helper()
	ctx := timeout(t, 30*time.Second)
	plain := newFranz(t, cluster)
	var txns []*kgo.Client
	for i := range 3 {
		txns = append(txns, newFranz(t, cluster, kgo.TransactionalID(fmt.Sprintf("%s-%d", topic, i)), kgo.RequiredAcks(kgo.AllISRAcks())))
	}
	r := rand.New(rand.NewPCG(3, 4))
	n := 0
	write := func(cl *kgo.Client) {
		for range 1 + r.IntN(5) {
			n++
			rec := &kgo.Record{Topic: topic, Partition: 0, Value: fmt.Appendf(nil, "%d", n), Timestamp: time.UnixMilli(int64(1_700_000_000_000 + n))}
			if err := cl.ProduceSync(ctx, rec).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	open := make([]bool, len(txns))
	end := func(i int) {
		if err := txns[i].EndTransaction(ctx, kgo.TransactionEndTry(r.IntN(2) == 0)); err != nil {
			t.Fatal(err)
		}
		open[i] = false
	}
	for range 120 {
		i := r.IntN(len(txns))
		switch {
		case r.IntN(6) == 0:
			write(plain)
		case !open[i]:
			if err := txns[i].BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			open[i] = true
			fallthrough
		case r.IntN(2) == 0:
			write(txns[i])
		default:
			end(i)
		}
	}
	for i := range open {
		if open[i] {
			end(i)
		}
	}
}

func TestTransactions(t *testing.T) {
	cluster := startFake(t, kfake.SeedTopics(1, "orders"))
	checkTransactions(t, cluster, "orders")
}

func checkTransactions(t *testing.T, cluster kafka.Cluster, topic string) {
	ctx := timeout(t, 60*time.Second)
	transactions(t, cluster, topic)
	var counts []int
	for _, committed := range []bool{true, false} {
		for _, maxBytes := range []int{1, 300, 1 << 20} { // one batch per fetch, some, all
			s := newSource(t, kafka.Config{
				Cluster: cluster, Topic: topic, Assignment: kafka.AssignStatic, MaxBytes: maxBytes, ReadUncommitted: !committed,
			})
			ranges, err := s.Ranges(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got := readTo(ctx, t, s, 0, 0, ranges[0].End)
			if d := diff(got, franzRead(ctx, t, cluster, topic, 0, ranges[0].End, committed)); d != "" {
				t.Errorf("committed %t, %d bytes: unlike franz-go: %s", committed, maxBytes, d)
			}
			counts = append(counts, len(got))
		}
	}
	if counts[0] == 0 || counts[0] >= counts[3] {
		t.Errorf("got %d committed of %d records, want some aborted", counts[0], counts[3])
	}
}

func TestOpenTransactionIsTheEnd(t *testing.T) {
	ctx := timeout(t, 20*time.Second)
	cluster := startFake(t, kfake.SeedTopics(1, "orders"))
	cl := newFranz(t, cluster, kgo.TransactionalID("open"))
	if err := newFranz(t, cluster).ProduceSync(ctx, &kgo.Record{Topic: "orders", Value: []byte("1")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(ctx, &kgo.Record{Topic: "orders", Value: []byte("2")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic, MaxWait: 50 * time.Millisecond})
	r, err := s.Open(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []ingest.Batch{{First: 0, Next: 1, End: 1}, {First: 1, Next: 1, End: 1}} {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if b.First != want.First || b.Next != want.Next || b.End != want.End {
			t.Errorf("got [%d, %d) of %d, want [%d, %d) of %d", b.First, b.Next, b.End, want.First, want.Next, want.End)
		}
		b.Release()
	}
	if err := cl.EndTransaction(ctx, kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	if b, err := r.Next(ctx); err != nil || len(b.Records) != 1 || b.End != 3 {
		t.Errorf("got %+v and error %v, want the record and its marker", b, err)
	}
}

func TestCompactedTopic(t *testing.T) {
	ctx := timeout(t, 20*time.Second)
	fake := fakeCluster(t)
	cluster := kafka.Cluster{Brokers: fake.ListenAddrs()}
	if err := fake.CreateTopic("orders", 1, map[string]string{"cleanup.policy": "compact"}); err != nil {
		t.Fatal(err)
	}
	cl := newFranz(t, cluster)
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var records []*kgo.Record
		for range 10 {
			records = append(records, &kgo.Record{Topic: "orders", Key: fmt.Appendf(nil, "%d", r.IntN(600)), Value: bytes.Repeat([]byte("v"), 50)})
		}
		if err := cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	fake.Compact()
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic, MaxBytes: 500})
	ranges, err := s.Ranges(ctx) // kfake's log begins at the first record that is left
	if err != nil {
		t.Fatal(err)
	}
	got := readTo(ctx, t, s, 0, ranges[0].Begin, ranges[0].End)
	if len(got) < 500 || len(got) > 1000 || ranges[0].End != 3000 {
		t.Fatalf("got %d records up to %d, want about one for each of 600 keys up to 3000", len(got), ranges[0].End)
	}
	if d := diff(got, franzRead(ctx, t, cluster, "orders", 0, 3000, true)); d != "" {
		t.Errorf("unlike franz-go: %s", d)
	}
}

func TestLargeMessage(t *testing.T) {
	ctx := timeout(t, 30*time.Second)
	cluster := startFake(t, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "20000000"}))
	if err := cluster.CreateTopic(ctx, "orders", 1, 1, map[string]string{"max.message.bytes": "20000000"}); err != nil {
		t.Fatal(err)
	}
	large := make([]byte, 16<<20)
	for i := range large {
		large[i] = byte(rand.Uint32())
	}
	p := newProducer(t, kafka.ProducerConfig{Cluster: cluster, Topic: "orders"})
	if err := p.Write(ctx, kafka.Message{Value: []byte("before")}); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(ctx, kafka.Message{Value: []byte("small")}, kafka.Message{Value: large}); err != nil {
		t.Fatal(err)
	}
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic})
	got := readTo(ctx, t, s, 0, 0, 3)
	if len(got) != 3 || !bytes.Equal(got[2].Value, large) {
		t.Errorf("got %d records, want three, the last of 16 MiB", len(got))
	}

	small := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic, MaxBatchBytes: 1 << 21})
	r, err := small.Open(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Next(ctx); err == nil || errors.Is(err, ctx.Err()) {
		t.Errorf("got %d records and error %v, want it refused as too large", len(b.Records), err)
	}
}
