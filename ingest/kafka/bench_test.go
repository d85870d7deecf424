package kafka_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
)

// serveEnv makes the test binary a kfake cluster: a benchmark then measures the
// CPU of the client alone.
const serveEnv = "TAKT_TEST_SERVE_KFAKE"

func serveFake() {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(8, "orders"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(strings.Join(c.ListenAddrs(), ","))
	io.Copy(io.Discard, os.Stdin) // until the parent goes
	c.Close()
}

func startProcess(b *testing.B) kafka.Cluster {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return kafka.Cluster{Brokers: strings.Split(strings.TrimSpace(line), ",")}
}

// orderEvents returns JSON of about 520 bytes each that compresses as orders do.
func orderEvents(n int) []kafka.Message {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]kafka.Message, n)
	for i := range out {
		id := r.Uint64()
		v := fmt.Appendf(nil, `{"specversion":"1.0","id":"%016x","source":"shop/eu","type":"order.%d","time":"2026-03-%02dT%02d:%02d:%02d.%03dZ",`+
			`"data":{"order_id":"SO-%08d","channel":"%s","region":"region-%d","warehouse":"wh-%d","carrier":"carrier-%d","amount":"%d.%02d",`+
			`"currency":"EUR","customer":"%016x","product":"sku-%06d","quantity":%d,"owner":"team-%d","actor":"user-%d","note":"`,
			id, r.IntN(9), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000), r.IntN(1e8), []string{"web", "app", "store"}[r.IntN(3)],
			r.IntN(30), r.IntN(12), r.IntN(8), r.IntN(2000), r.IntN(100), r.Uint64(), r.IntN(1e6), 1+r.IntN(9), r.IntN(20), r.IntN(500))
		v = append(v, strings.Repeat("x", max(0, 515-len(v)))...)
		out[i] = kafka.Message{Key: fmt.Appendf(nil, "SO-%08d", i), Value: append(v, `"}}`...)}
	}
	return out
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFetch reads a topic of 8 partitions, lz4, one goroutine for each, from
// a broker in another process. One operation is one record.
func BenchmarkFetch(b *testing.B) {
	const records = 200_000
	cluster := startProcess(b)
	ctx := timeout(b, 10*time.Minute)
	p := newProducer(b, kafka.ProducerConfig{Cluster: cluster, Topic: "orders"})
	for range records / 10_000 {
		if err := p.Write(ctx, orderEvents(10_000)...); err != nil {
			b.Fatal(err)
		}
	}
	client := newClient(b, cluster)
	s := newSource(b, kafka.Config{Cluster: cluster, Topic: "orders", Assignment: kafka.AssignStatic})
	ranges, err := s.Ranges(ctx)
	if err != nil {
		b.Fatal(err)
	}
	ways := []struct {
		name string
		read func(b *testing.B, r ingest.Range, want int)
	}{
		{"own", func(b *testing.B, r ingest.Range, want int) {
			for got := 0; got < want; {
				in, err := s.Open(r.Partition, r.Begin)
				if err != nil {
					b.Error(err)
					return
				}
				for next := r.Begin; next < r.End && got < want; {
					batch, err := in.Next(ctx)
					if err != nil {
						b.Error(err)
						return
					}
					got += len(batch.Records)
					next = batch.Next
					batch.Release()
				}
				in.Close()
			}
		}},
		{"client", func(b *testing.B, r ingest.Range, want int) {
			for got := 0; got < want; {
				clientFetch(ctx, b, client, "orders", r.Partition, r.Begin, r.End, func(*ingest.Record) { got++ })
			}
		}},
	}
	for _, w := range ways {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			start := cpu(b)
			var wg sync.WaitGroup
			for _, r := range ranges {
				wg.Go(func() { w.read(b, r, max(1, b.N/len(ranges))) })
			}
			wg.Wait()
			used := cpu(b) - start
			b.ReportMetric(float64(b.N)/used.Seconds(), "records/cpu-s")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
