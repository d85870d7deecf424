package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/kafka"
)

// world is one Kafka and one engine; every test has a topic and a process of its
// own in it.
type world struct {
	brokers string // address of Kafka
	engine  string // address of ClickHouse, for the tests' own questions
	store   string // address of ClickHouse as takt is told it
}

// parts are what the shared world is made of: a real Apache Kafka and the engine,
// started when a test first asks.
type parts struct {
	once   sync.Once
	dir    string
	kafka  *embedded.ApacheKafka
	engine *embedded.ClickHouse
	err    error
}

var shared parts

func (p *parts) start() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if p.dir, p.err = os.MkdirTemp("", "takt-world-"); p.err != nil {
		return
	}
	p.engine, p.err = embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{Dir: filepath.Join(p.dir, "clickhouse"), Progress: os.Stderr})
	if p.err == nil {
		p.kafka, p.err = embedded.StartApacheKafka(ctx, filepath.Join(p.dir, "kafka"), os.Stderr)
	}
}

func (p *parts) close() error {
	var errs []error
	if p.kafka != nil {
		errs = append(errs, p.kafka.Close())
	}
	if p.engine != nil {
		errs = append(errs, p.engine.Close())
	}
	if p.dir != "" {
		errs = append(errs, os.RemoveAll(p.dir))
	}
	return errors.Join(errs...)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	shared.once.Do(shared.start)
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return &world{shared.kafka.Addr, shared.engine.Addr, shared.engine.Addr}
}

func (w *world) env() []string {
	return []string{"TAKT_KAFKA_BROKERS=" + w.brokers, "TAKT_CLICKHOUSE_ADDR=" + w.store}
}

func (w *world) cluster() kafka.Cluster { return kafka.Cluster{Brokers: []string{w.brokers}} }

const killProcess = `
process: %[1]s
title: {en: Kill, zh: 演练}
timezone: Asia/Shanghai
opens_on: [order.placed]
closes_on: {completed: [order.delivered], cancelled: [order.cancelled]}
promise: {objective: 95%%, granularity: day}
stages:
  - {name: review, title: {en: Review, zh: 审核}, starts_on: [order.placed], ends_on: [order.approved, order.rejected], limit: {within: 4h, of: wall, objective: 95%%, warn_at: 75%%}, stuck_after: 24h, next: [pick]}
  - {name: pick, title: {en: Pick, zh: 备货}, starts_on: [order.approved], ends_on: [order.shipped], limit: {within: 8h, of: wall, objective: 90%%, warn_at: 50%%}, next: [transit]}
  - {name: transit, title: {en: Transit, zh: 物流}, starts_on: [order.shipped], ends_on: [order.delivered, order.returned], limit: {within: 48h, of: wall, objective: 90%%, warn_at: 75%%}}
  - {name: rate, title: {en: Rating, zh: 评价}, starts_on: [order.delivered], ends_on: [satisfaction.scored], after_close: true}
`

const killConfig = `
kafka: {group: %[1]s}
processes: [process.yaml]
sources:
  - {name: %[1]s, topic: %[1]s, process: %[1]s, epoch: %[5]d, mapping: %[6]s, assignment: %[2]s%[7]s}
channels: [web]
flush: {rows: %[3]d, every: %[4]s}
`

// run describes how takt is to run; what is empty has the value of a quiet run.
type run struct {
	assignment string
	rows       int
	every      time.Duration
	partitions int
	epoch      int
	process    string            // of which %[1]s is the name; empty: killProcess
	mapping    string            // text of the mapping file; empty: canonical
	source     string            // further keys of the source, ", key: value"
	topic      map[string]string // settings of the topic
}

// setup writes a configuration for one run under a name and makes its topic.
func (w *world) setup(t *testing.T, name string, r run) (config string) {
	t.Helper()
	config = filepath.Join(t.TempDir(), "takt.yaml")
	if r.partitions == 0 {
		r.partitions = killPartitions
	}
	configure(t, config, name, r)
	if err := w.cluster().CreateTopic(within(t, time.Minute), name, r.partitions, 1, r.topic); err != nil {
		t.Fatal(err)
	}
	return config
}

// configure writes the configuration files.
func configure(t *testing.T, config, name string, r run) {
	t.Helper()
	if r.assignment == "" {
		r.assignment = "static"
	}
	if r.rows == 0 {
		r.rows = 100_000
	}
	if r.every == 0 {
		r.every = time.Second
	}
	if r.process == "" {
		r.process = killProcess
	}
	r.epoch = max(r.epoch, 1)
	dir, mapping := filepath.Dir(config), "canonical"
	if r.mapping != "" {
		mapping = "mapping.yaml"
		write(t, filepath.Join(dir, mapping), r.mapping)
	}
	write(t, filepath.Join(dir, "process.yaml"), fmt.Sprintf(r.process, name))
	write(t, config, fmt.Sprintf(killConfig, name, r.assignment, r.rows, r.every, r.epoch, mapping, r.source))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const killPartitions = 4

// produce writes events to a topic in their order.
func (w *world) produce(t *testing.T, topic string, log []kafka.Message) {
	w.produceBy(t, kafka.ProducerConfig{Topic: topic}, log)
}

func (w *world) produceBy(t *testing.T, cfg kafka.ProducerConfig, log []kafka.Message) {
	cfg.Cluster = w.cluster()
	p, err := kafka.NewProducer(cfg)
	if err == nil {
		err = p.Write(context.Background(), log...)
	}
	if err == nil {
		err = p.Close()
	}
	if err != nil {
		t.Errorf("produce to %s: %v", cfg.Topic, err)
	}
}

// admin does what an operator does to a topic.
func (w *world) admin(t *testing.T, do func(ctx context.Context, c *kafkago.Client) error) {
	t.Helper()
	transport := &kafkago.Transport{}
	defer transport.CloseIdleConnections()
	if err := do(within(t, time.Minute), &kafkago.Client{Addr: kafkago.TCP(w.brokers), Transport: transport}); err != nil {
		t.Fatal(err)
	}
}

// deleteTopic returns when the broker no longer knows the topic.
func (w *world) deleteTopic(t *testing.T, name string) {
	t.Helper()
	w.admin(t, func(ctx context.Context, c *kafkago.Client) error {
		res, err := c.DeleteTopics(ctx, &kafkago.DeleteTopicsRequest{Topics: []string{name}})
		if err == nil {
			err = res.Errors[name]
		}
		for err == nil {
			var meta *kafkago.MetadataResponse
			if meta, err = c.Metadata(ctx, &kafkago.MetadataRequest{Topics: []string{name}}); err == nil && errors.Is(meta.Topics[0].Error, kafkago.UnknownTopicOrPartition) {
				return nil
			}
			time.Sleep(50 * time.Millisecond)
		}
		return err
	})
}
