package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/kafka"
)

// world is the broker, the engine (unless nothing needs it) and the binary of a run.
type world struct {
	*config
	dir    string
	temp   bool
	broker *embedded.ApacheKafka
	engine *embedded.ClickHouse
}

const partitions = 8

func newWorld(ctx context.Context, c *config, engine bool) (_ *world, err error) {
	w := &world{config: c, dir: c.Dir}
	if w.dir == "" {
		if w.dir, err = os.MkdirTemp("", "takt-bench-"); err != nil {
			return nil, fmt.Errorf("make a directory: %w", err)
		}
		w.temp = true
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if c.Profile != "" {
		if err := os.MkdirAll(c.Profile, 0o755); err != nil {
			return nil, fmt.Errorf("make the directory of profiles: %w", err)
		}
	}
	if c.Takt == "" {
		if err := w.build(ctx); err != nil {
			return nil, err
		}
	}
	starting, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	if engine {
		w.engine, err = embedded.StartClickHouse(starting, embedded.ClickHouseConfig{Dir: filepath.Join(w.dir, "clickhouse"), Progress: c.progress})
		if err != nil {
			return nil, err
		}
	}
	if w.broker, err = embedded.StartApacheKafka(starting, filepath.Join(w.dir, "kafka"), c.progress); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *world) close() error {
	var errs []error
	if w.broker != nil {
		errs = append(errs, w.broker.Close())
	}
	if w.engine != nil {
		errs = append(errs, w.engine.Close())
	}
	if w.temp {
		errs = append(errs, os.RemoveAll(w.dir))
	}
	return errors.Join(errs...)
}

// build makes the takt binary, with the profile's source laid over if it is asked for.
func (w *world) build(ctx context.Context) error {
	w.Takt = filepath.Join(w.dir, "takt")
	args := []string{"build", "-o", w.Takt}
	if w.Profile != "" {
		overlay, err := w.overlay()
		if err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "github.com/takt-orders/takt/cmd/takt")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build takt: %w: %s", err, out)
	}
	return nil
}

// query runs one statement and returns its answer, tab-separated.
func (w *world) query(ctx context.Context, sql string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.engine.Addr+"/?user=takt_writer", strings.NewReader(sql))
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("query: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(strings.TrimSpace(string(body)))
	}
	if err != nil {
		return "", fmt.Errorf("query %s: %w", sql, err)
	}
	return strings.TrimSpace(string(body)), nil
}

func (w *world) count(ctx context.Context, sql string) (int64, error) {
	text, err := w.query(ctx, sql)
	if err != nil {
		return 0, err
	}
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("query %s: %w", sql, err)
	}
	return n, nil
}

// inserted returns the rows the engine has taken so far, of all tables.
func (w *world) inserted(ctx context.Context) (int64, error) {
	return w.count(ctx, "SELECT value FROM system.events WHERE event = 'InsertedRows'")
}

func (w *world) topic(ctx context.Context, name string) error {
	return w.cluster().CreateTopic(ctx, name, partitions, 1, nil)
}

func (w *world) cluster() kafka.Cluster { return kafka.Cluster{Brokers: []string{w.broker.Addr}} }

// load writes the generator's log to a topic, compressed with lz4, and returns
// the bytes of its values.
func (w *world) load(ctx context.Context, topic string, g *generator) (bytes int64, err error) {
	p, err := kafka.NewProducer(kafka.ProducerConfig{Cluster: w.cluster(), Topic: topic})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	batch := make([]kafka.Message, 0, 20_000)
	for i := range g.events() {
		number, value, at := g.record(i)
		bytes += int64(len(value))
		batch = append(batch, kafka.Message{Key: []byte(number), Value: append([]byte(nil), value...), Time: at.Add(time.Second)})
		if len(batch) == cap(batch) || i == g.events()-1 {
			if err := p.Write(ctx, batch...); err != nil {
				return bytes, err
			}
			batch = batch[:0]
		}
	}
	return bytes, nil
}
