package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// processName is the shipped process that the events follow.
const processName = "retail"

const taktFile = `kafka: {group: %[1]s}
processes: [retail]
sources:
  - {name: bench, topic: %[1]s, process: retail, epoch: 1, mapping: mapping.yaml, assignment: %[2]s}
channels: [web, app, shop, market, phone, vip]
flush: {rows: %[3]d}
`

// configure writes a configuration of takt and returns its path.
func (w *world) configure(topic, assignment string, rows int) (string, error) {
	dir := filepath.Join(w.dir, "config-"+topic+"-"+assignment)
	path := filepath.Join(dir, "takt.yaml")
	err := errors.Join(
		os.MkdirAll(dir, 0o755),
		os.WriteFile(filepath.Join(dir, "mapping.yaml"), []byte(mappingFile), 0o644),
		os.WriteFile(path, fmt.Appendf(nil, taktFile, topic, assignment, rows), 0o644),
	)
	if err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	return path, nil
}

func (w *world) command(ctx context.Context, takt, config, profile string, flags ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, takt, append([]string{"-c", config, "run", "--web.listen-address", "127.0.0.1:0"}, flags...)...)
	cmd.Env = append(os.Environ(), "TAKT_KAFKA_BROKERS="+w.broker.Addr, "TAKT_CLICKHOUSE_ADDR="+w.engine.Addr)
	if profile != "" {
		cmd.Env = append(cmd.Env, "TAKT_BENCH_PROFILE="+profile)
	}
	return cmd
}

// catchUp runs takt until everything in the topic is stored.
func (w *world) catchUp(ctx context.Context, takt, config, profile string) (usage, error) {
	var log bytes.Buffer
	cmd := w.command(ctx, takt, config, profile, "--until-caught-up")
	cmd.Stderr = &log
	u, err := measured(cmd)
	if err != nil {
		return u, fmt.Errorf("takt run: %w: %s", err, log.Bytes()[max(0, log.Len()-2000):])
	}
	return u, nil
}

// prepare makes a topic that takt has seen empty, so that what comes is live, and
// then writes the log to it.
func (w *world) prepare(ctx context.Context, topic string, g *generator, rows int) (config string, bytes int64, err error) {
	if config, err = w.configure(topic, "static", rows); err != nil {
		return "", 0, err
	}
	if err := w.topic(ctx, topic); err != nil {
		return "", 0, err
	}
	if _, err := w.catchUp(ctx, w.Takt, config, ""); err != nil {
		return "", 0, err
	}
	begin := time.Now()
	if bytes, err = w.load(ctx, topic, g); err != nil {
		return "", 0, fmt.Errorf("load topic %q: %w", topic, err)
	}
	fmt.Fprintf(w.progress, "topic %s: %d events of %d B in %.0f s\n", topic, g.events(), bytes/int64(g.events()), time.Since(begin).Seconds())
	return config, bytes, nil
}

// storeTables are those that takt writes to.
var storeTables = [...]string{"events", "dead_letters", "visits", "exceptions", "promises", "orders", "progress"}

// empty takes away what the row before wrote, but for the first progress, which
// says that the topic was seen empty.
func (w *world) empty(ctx context.Context) error {
	statements := []string{
		"CREATE DATABASE IF NOT EXISTS bench",
		flatTable,
		"TRUNCATE TABLE bench.events",
		"CREATE TABLE IF NOT EXISTS bench.progress ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM takt_store.progress",
	}
	for _, table := range storeTables {
		statements = append(statements, "TRUNCATE TABLE takt_store."+table)
	}
	statements = append(statements, "INSERT INTO takt_store.progress SELECT * FROM bench.progress")
	for _, sql := range statements {
		if _, err := w.query(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// stored describes what takt left of a run.
type stored struct {
	events, flushes int64
	shared          int64 // pairs of a flush and an order with more than one event in it
}

func (w *world) stored(ctx context.Context, topic string) (s stored, err error) {
	where := " FROM takt_store.progress WHERE topic = '" + topic + "' AND first_offset < next_offset"
	if s.events, err = w.count(ctx, "SELECT sum(events)"+where); err != nil {
		return s, err
	}
	if s.flushes, err = w.count(ctx, "SELECT count()"+where); err != nil {
		return s, err
	}
	s.shared, err = w.count(ctx, "SELECT count() FROM (SELECT e.order_id, p.flush, count() AS n FROM takt_store.events AS e"+
		" ASOF INNER JOIN (SELECT partition, first_offset, flush"+where+") AS p ON e.partition = p.partition AND e.offset >= p.first_offset"+
		" WHERE e.topic = '"+topic+"' GROUP BY e.order_id, p.flush HAVING n > 1)")
	return s, err
}

// flushRows is how many rows a flush may hold so that it has no two events of one
// order, which come as many records apart as a partition has orders. A flush may
// exceed its rows by one batch of the log, 1 MiB; partitions differ by a little.
func flushRows(orders int) int {
	return max(orders/partitions*95/100-2000, orders/partitions/2)
}

func profilePath(w *world, row string) string {
	if w.Profile == "" {
		return ""
	}
	path, err := filepath.Abs(filepath.Join(w.Profile, row+".pprof"))
	if err != nil {
		return ""
	}
	return path
}
