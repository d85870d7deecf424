package main

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/valyala/fastjson"
	"golang.org/x/sync/errgroup"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/kafka"
)

// flatTable is what the bound and the hand-written loop fill: the fourteen mapped
// members and nothing else.
const flatTable = `CREATE TABLE IF NOT EXISTS bench.events (
	order_id String, activity LowCardinality(String), occurred_at DateTime64(3, 'UTC'), channel LowCardinality(String),
	actor LowCardinality(String), region LowCardinality(String), warehouse LowCardinality(String), carrier LowCardinality(String),
	supplier LowCardinality(String), product LowCardinality(String), amount Float64, currency LowCardinality(String),
	promised_at DateTime64(3, 'UTC'), customer_key String
) ENGINE = MergeTree ORDER BY (order_id, occurred_at)`

const flatInsert = "INSERT INTO bench.events"

// rowAnswer is what a row of the speed table answers.
type rowAnswer struct{ Events int64 }

// eachPartition reads every partition of the topic to the end it has now, in a
// goroutine each.
func eachPartition(ctx context.Context, j *job, do func(ctx context.Context, next func() (*ingest.Batch, error), n int) error) error {
	src, err := kafka.New(kafka.Config{Cluster: kafka.Cluster{Brokers: []string{j.Kafka}}, Topic: j.Topic, Assignment: kafka.AssignStatic})
	if err != nil {
		return err
	}
	defer src.Close()
	ranges, err := src.Ranges(ctx)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, r := range ranges {
		reader, err := src.Open(r.Partition, r.Begin)
		if err != nil {
			return err
		}
		at := r.Begin
		g.Go(func() error {
			defer reader.Close()
			return do(ctx, func() (*ingest.Batch, error) {
				if at >= r.End {
					return nil, errEnd
				}
				b, err := reader.Next(ctx)
				if err == nil {
					at = b.Next
				}
				return b, err
			}, r.Partition)
		})
	}
	return g.Wait()
}

var errEnd = errors.New("end of the log")

func openFlat(ctx context.Context, addr string) (driver.Conn, error) {
	conn, err := driver.Open(&driver.Options{
		Protocol: driver.HTTP, Addr: []string{addr}, Auth: driver.Auth{Username: "takt_writer"},
		Compression: &driver.Compression{Method: driver.CompressionLZ4}, MaxOpenConns: 16, MaxIdleConns: 16,
	})
	if err != nil {
		return nil, err
	}
	return conn, conn.Ping(ctx)
}

// bound is the least that the usual parts need: raw fetches, fastjson, whole
// columns handed to clickhouse-go over HTTP.
func bound(ctx context.Context, j *job) (any, error) {
	conn, err := openFlat(ctx, j.ClickHouse)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var total [partitions]int64
	err = eachPartition(ctx, j, func(ctx context.Context, next func() (*ingest.Batch, error), n int) error {
		var p fastjson.Parser
		c := &columns{}
		for {
			b, err := next()
			if errors.Is(err, errEnd) {
				return c.send(ctx, conn)
			}
			if err != nil {
				return err
			}
			for i := range b.Records {
				v, err := p.ParseBytes(b.Records[i].Value)
				if err != nil {
					return fmt.Errorf("parse: %w", err)
				}
				if err := c.add(v); err != nil {
					return err
				}
			}
			total[n] += int64(len(b.Records))
			b.Release()
			if len(c.number) >= j.Rows {
				if err := c.send(ctx, conn); err != nil {
					return err
				}
			}
		}
	})
	var a rowAnswer
	for _, n := range total {
		a.Events += n
	}
	return a, err
}

// columns are a batch by columns.
type columns struct {
	number, customer   []string
	occurred, promised []time.Time
	amount             []float64
	names              [9][]string
	text               []byte
	known              map[string]string
}

// nameAt are the columns of columns.names.
var nameAt = [...]int{1, 3, 4, 5, 6, 7, 8, 9, 11}

var flatPaths = [...][]string{
	{"order", "no"},
	{"type"},
	{"time"},
	{"order", "channel"},
	{"actor"},
	{"ship", "region"},
	{"ship", "warehouse"},
	{"ship", "carrier"},
	{"order", "supplier"},
	{"order", "product"},
	{"order", "amount"},
	{"order", "currency"},
	{"ship", "promised"},
	{"customer"},
}

func (c *columns) add(v *fastjson.Value) error {
	c.number = append(c.number, c.copy(v.GetStringBytes(flatPaths[0]...)))
	c.customer = append(c.customer, c.copy(v.GetStringBytes(flatPaths[13]...)))
	for i, at := range nameAt {
		c.names[i] = append(c.names[i], c.intern(v.GetStringBytes(flatPaths[at]...)))
	}
	c.amount = append(c.amount, v.GetFloat64(flatPaths[10]...))
	occurred, err := instant(v.GetStringBytes(flatPaths[2]...))
	if err != nil {
		return err
	}
	promised, err := instant(v.GetStringBytes(flatPaths[12]...))
	c.occurred, c.promised = append(c.occurred, occurred), append(c.promised, promised)
	return err
}

func instant(b []byte) (time.Time, error) {
	return time.Parse(time.RFC3339, unsafe.String(unsafe.SliceData(b), len(b)))
}

// copy keeps b until the batch is sent.
func (c *columns) copy(b []byte) string {
	if cap(c.text)-len(c.text) < len(b) {
		c.text = make([]byte, 0, 1<<18)
	}
	at := len(c.text)
	c.text = append(c.text, b...)
	return unsafe.String(&c.text[at], len(b))
}

func (c *columns) intern(b []byte) string {
	if s, ok := c.known[string(b)]; ok {
		return s
	}
	if c.known == nil {
		c.known = map[string]string{}
	}
	s := string(b)
	c.known[s] = s
	return s
}

func (c *columns) send(ctx context.Context, conn driver.Conn) error {
	if len(c.number) == 0 {
		return nil
	}
	batch, err := conn.PrepareBatch(ctx, flatInsert)
	if err != nil {
		return err
	}
	all := map[int]any{0: c.number, 2: c.occurred, 10: c.amount, 12: c.promised, 13: c.customer}
	for i, at := range nameAt {
		all[at] = c.names[i]
	}
	for i := range len(all) {
		if err := batch.Column(i).Append(all[i]); err != nil {
			return err
		}
	}
	c.number, c.customer, c.text = c.number[:0], c.customer[:0], nil
	c.occurred, c.promised, c.amount = c.occurred[:0], c.promised[:0], c.amount[:0]
	for i := range c.names {
		c.names[i] = c.names[i][:0]
	}
	return batch.Send()
}
