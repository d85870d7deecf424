package kafka_test

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
)

func TestOffsetGone(t *testing.T) {
	ctx := timeout(t, 20*time.Second)
	fake := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	cluster := kafka.Cluster{Brokers: fake.ListenAddrs()}
	p := newProducer(t, kafka.ProducerConfig{Cluster: cluster, Topic: "orders", BatchBytes: 5000})
	if err := p.Write(ctx, numbered(1000)...); err != nil {
		t.Fatal(err)
	}
	if err := fake.DeleteRecords("orders", 0, 400); err != nil {
		t.Fatal(err)
	}
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic})
	tests := []struct {
		from int64
		want *kafka.OffsetGone
		text string
	}{
		{from: 399, want: &kafka.OffsetGone{Topic: "orders", Want: 399, Begin: 400, End: 1000}, text: "offsets 399 to 399 of orders/0 are gone: the log begins at 400; raise `epoch`"},
		{from: 1001, want: &kafka.OffsetGone{Topic: "orders", Want: 1001, Begin: 400, End: 1000}, text: "offset 1001 of orders/0 does not exist: the log ends at 1000"},
		{from: 400},
		{from: 1000},
	}
	for _, tt := range tests {
		r, err := s.Open(0, tt.from)
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Next(ctx)
		var got *kafka.OffsetGone
		switch {
		case tt.want == nil && (err != nil || b.First != tt.from || b.End != 1000):
			t.Errorf("from %d: got %+v and error %v", tt.from, b, err)
		case tt.want != nil && (!errors.As(err, &got) || *got != *tt.want || !strings.Contains(err.Error(), tt.text)):
			t.Errorf("from %d: got error %v, want %v", tt.from, err, tt.want)
		case tt.want != nil:
			if _, again := r.Next(ctx); !errors.Is(again, got) {
				t.Errorf("from %d: got error %v the second time", tt.from, again)
			}
		}
		r.Close()
	}
}

// A partition that cannot be read holds up nobody else, and goes on when it can.
func TestStuckPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, cluster := virtual(t, kfake.SeedTopics(2, "orders"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: "orders"})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.Write(ctx, numbered(1000)...); err != nil {
			t.Fatal(err)
		}
		s, err := kafka.New(kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ranges, err := s.Ranges(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range []*kerr.Error{kerr.NotLeaderForPartition, kerr.LeaderNotAvailable, kerr.UnknownTopicOrPartition, kerr.KafkaStorageError} {
			fault := fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Partitions: []int32{1}, Err: code, Count: -1})
			stuck, err := s.Open(1, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got := readTo(ctx, t, s, 0, 0, ranges[0].End); len(got) != int(ranges[0].End) {
				t.Errorf("%v: got %d records beside it, want %d", code, len(got), ranges[0].End)
			}
			waiting, cancel := context.WithTimeout(ctx, 30*time.Second)
			if b, err := stuck.Next(waiting); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v: got %v and error %v, want to wait", code, b, err)
			}
			cancel()
			fault.Remove()
			if b, err := stuck.Next(ctx); err != nil || len(b.Records) == 0 {
				t.Errorf("%v: got error %v afterwards", code, err)
			}
			stuck.Close()
		}
	})
}

func TestForbiddenTopicIsFinal(t *testing.T) {
	ctx := timeout(t, 20*time.Second)
	fake := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	s := newSource(t, kafka.Config{Cluster: kafka.Cluster{Brokers: fake.ListenAddrs()}, Topic: "orders", Assignment: kafka.AssignStatic})
	fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	r, err := s.Open(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("got error %v, want it refused", err)
	}
}

// damaged serves one batch over and over.
func damaged(t *testing.T, change func(b []byte)) kafka.Cluster {
	t.Helper()
	plain := startFake(t, kfake.SeedTopics(1, "orders"))
	cl := newFranz(t, plain, kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "orders", Value: []byte("value")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	b := rawFetch(t, cl, "orders")
	change(b)
	return startFake(t, kfake.SeedTopics(1, "orders"), kfake.SyntheticFetch(kfake.SyntheticBatch{Batch: b}))
}

func TestDamagedBatchIsFinal(t *testing.T) {
	tests := []struct {
		name   string
		change func(b []byte)
		want   error
	}{
		{"checksum", func(b []byte) { b[len(b)-2] ^= 1 }, recordbatch.ErrCorrupt},
		{"structure", func(b []byte) {
			b[61] = 0x7f
			binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
		}, recordbatch.ErrCorrupt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx := timeout(t, 20*time.Second)
			s := newSource(t, kafka.Config{Cluster: damaged(t, tt.change), Topic: "orders", Assignment: kafka.AssignStatic})
			r, err := s.Open(0, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Next(ctx); !errors.Is(err, tt.want) {
				t.Errorf("got error %v, want %v", err, tt.want)
			}
		})
	}
}

// What a reader reads ahead is bounded, however much the log holds.
func TestReadAheadIsBounded(t *testing.T) {
	ctx := timeout(t, 30*time.Second)
	cluster := startFake(t, kfake.SeedTopics(1, "orders"), kfake.SyntheticFetch(kfake.SyntheticBatch{
		RecordBytes: 500, Compression: kgo.Lz4Compression(), // of almost nothing: it decompresses a hundredfold
	}))
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := s.Open(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Records) == 0 {
			t.Fatal("got an empty batch of an endless log")
		}
		b.Release()
	}
	time.Sleep(100 * time.Millisecond) // it reads ahead as far as it may
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("holds %d MiB, want less than 32", grown>>20)
	}
}

// Records stay as they are until their batch is released, whatever is read after.
func TestBatchesDoNotShareMemory(t *testing.T) {
	ctx := timeout(t, 30*time.Second)
	for _, codec := range codecs {
		t.Run(codec.name, func(t *testing.T) {
			cluster := startFake(t, kfake.SeedTopics(1, "orders"))
			produce(t, newFranz(t, cluster, kgo.ProducerBatchCompression(codec.codec)), "orders", 0, 1500)
			s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic, MaxBytes: 50_000})
			r, err := s.Open(0, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			type held struct {
				batch *ingest.Batch
				want  []ingest.Record
			}
			var all []held
			for i, next := 0, int64(0); next < 1500; i++ {
				b, err := r.Next(ctx)
				if err != nil {
					t.Fatal(err)
				}
				next = b.Next
				h := held{batch: b}
				for _, rec := range b.Records {
					h.want = append(h.want, clone(rec))
				}
				if all = append(all, h); i%3 == 0 { // give some back out of order
					k := len(all) / 2
					all[k].batch.Release()
					all = append(all[:k], all[k+1:]...)
				}
			}
			for _, h := range all {
				if d := diff(h.batch.Records, h.want); d != "" {
					t.Fatal(d)
				}
				h.batch.Release()
			}
		})
	}
}

func TestClosedReader(t *testing.T) {
	ctx := timeout(t, 10*time.Second)
	cluster := startFake(t, kfake.SeedTopics(1, "orders"))
	s := newSource(t, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic, MaxWait: 10 * time.Second})
	r, err := s.Open(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() {
		_, err := r.Next(ctx)
		waiting <- err
	}()
	time.Sleep(50 * time.Millisecond)
	began := time.Now()
	s.Close()
	if err := <-waiting; !errors.Is(err, kafka.ErrClosed) || time.Since(began) > 5*time.Second {
		t.Errorf("got error %v after %v, want %v at once", err, time.Since(began), kafka.ErrClosed)
	}
	if _, err := s.Open(0, 0); !errors.Is(err, kafka.ErrClosed) {
		t.Errorf("opening: got error %v", err)
	}
	if _, err := s.Join(ctx); !errors.Is(err, kafka.ErrClosed) {
		t.Errorf("joining: got error %v", err)
	}
	if _, err := s.Ranges(ctx); !errors.Is(err, kafka.ErrClosed) {
		t.Errorf("ranges: got error %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
