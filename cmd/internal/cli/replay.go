package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/ingest/source/join"
)

type replayCmd struct {
	Source     string `arg:"" help:"The source, as named in takt.yaml."`
	File       string `arg:"" help:"CSV (.csv), JSON lines (.jsonl, .ndjson, .json) or XES (.xes), each also .gz, a workbook (.xlsx, .xlsx#SHEET), or a log in OCEL 2.0 (.json, .jsonocel, .xml, .xmlocel, .sqlite); with --join the directory of its files."`
	Join       string `type:"path" placeholder:"FILE" help:"Join several files as this one says: tables that belong to an order, or a log of objects."`
	Live       bool   `help:"Write the rows as if they came live, without the replay header: counters count them."`
	Partitions int    `default:"8" placeholder:"N" help:"Partitions of the topic, if it has to be made (default: ${default})."`
}

// Help is shown by takt replay --help.
func (*replayCmd) Help() string {
	return `Each row of the file becomes one record, unchanged, as a JSON object, keyed by the order number that the source's mapping finds in it. takt run then maps it like any other record. Records carry the header takt-replay: they are history, which fills boards and gauges and moves no counter.

Examples:

	takt replay shop orders-2025.csv.gz
	takt replay shop orders-2025.xlsx
	takt replay shop exports --join tables.yaml
	takt run --until-caught-up`
}

// Validate is kong's.
func (c *replayCmd) Validate() error {
	if c.Partitions < 1 {
		return fmt.Errorf("--partitions: %d is less than 1", c.Partitions)
	}
	return nil
}

func (c *replayCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	s := cfg.Source(c.Source)
	if s == nil {
		return noSource(e, cfg, c.Source)
	}
	rows, err := c.open()
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if err := reachKafka(ctx, cfg); err != nil {
		return err
	}
	r, err := newReplayer(ctx, cfg, s, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.producer.Close()) }()
	_, total := rows.Progress()
	bar := newProgress(e.stderr, "replay "+c.Source, total, true)
	began := time.Now()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := r.add(ctx, row); err != nil {
			return err
		}
		if r.rows%1000 == 0 {
			done, _ := rows.Progress()
			bar.set(done)
		}
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	bar.done()
	_, err = fmt.Fprintf(e.stderr, "replayed %s into topic %s in %.1f s (%d of them give no event)\n",
		count(r.rows, "row", "rows"), s.Topic, time.Since(began).Seconds(), r.eventless)
	return err
}

// rowReader is source.RowReader or join.Rows.
type rowReader interface {
	Next() ([]byte, error)
	Progress() (read, total int64)
	Close() error
}

func (c *replayCmd) open() (rowReader, error) {
	if c.Join == "" {
		return source.OpenRows(c.File)
	}
	spec, err := join.Read(c.Join)
	if err != nil {
		return nil, err
	}
	return join.Open(spec, c.File)
}

// replayer turns rows into records.
type replayer struct {
	decoder   *source.Decoder
	producer  *kafka.Producer
	history   bool
	arena     source.Arena
	events    []order.Event
	batch     []kafka.Message
	now       order.Instant
	rows      int
	eventless int
}

func newReplayer(ctx context.Context, cfg *config.Config, s *config.Source, c *replayCmd) (*replayer, error) {
	cluster, err := app.KafkaCluster(cfg)
	if err != nil {
		return nil, err
	}
	if err := makeTopic(ctx, cluster, s.Topic, c.Partitions); err != nil {
		return nil, err
	}
	decoder, err := app.NewDecoder(s, cfg)
	if err != nil {
		return nil, err
	}
	producer, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: s.Topic, Partitioner: s.Partitioner})
	if err != nil {
		return nil, err
	}
	return &replayer{decoder: decoder, producer: producer, history: !c.Live, now: order.At(time.Now())}, nil
}

// makeTopic creates the topic unless it exists.
func makeTopic(ctx context.Context, cluster kafka.Cluster, topic string, partitions int) error {
	ctx, cancel := context.WithTimeout(ctx, kafkaPatience)
	defer cancel()
	return cluster.CreateTopic(ctx, topic, partitions, 1, nil)
}

// noSource is the error of a source that the configuration does not name.
func noSource(e *env, cfg *config.Config, name string) error {
	var names []string
	for i := range cfg.Sources {
		names = append(names, cfg.Sources[i].Name)
	}
	return misused("%s names no source %q; it names: %s", e.path, name, strings.Join(names, ", "))
}

const replayBatch = 2000

func (r *replayer) add(ctx context.Context, row []byte) error {
	value := append([]byte(nil), row...)
	r.rows++
	m := kafka.Message{Value: value, History: r.history}
	r.arena.Reset()
	events, invalid := r.decoder.Decode(r.events[:0], value, r.now, &r.arena)
	r.events = events
	switch {
	case invalid == nil && len(events) > 0:
		m.Key = []byte(events[0].OrderID)
	default:
		// Whatever is wrong with the row, run finds it again and keeps it as a dead letter.
		r.eventless++
	}
	if r.batch = append(r.batch, m); len(r.batch) < replayBatch {
		return nil
	}
	return r.flush(ctx)
}

func (r *replayer) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	err := r.producer.Write(ctx, r.batch...)
	r.batch = r.batch[:0]
	return err
}
