package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/kafka"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/view"
)

type demoCmd struct {
	Seed             uint64   `default:"42" placeholder:"N" help:"Draws the scenario and the orders (default: ${default})."`
	Days             int      `default:"30" hidden:"" help:"Days of history (for tests)."`
	Once             bool     `help:"Stop after the table and the sentences under it."`
	Truth            string   `type:"path" placeholder:"FILE" help:"Write what really went wrong to this file, as JSON."`
	Lang             string   `enum:"en,zh,auto" default:"auto" placeholder:"LANG" help:"Language of the sentences: en or zh (default: as LANG says)."`
	Listen           []string `name:"web.listen-address" default:":8380" placeholder:"ADDR" help:"Addresses of the console and /metrics (default: ${default}); may be given several times."`
	ClickhouseListen string   `default:"127.0.0.1:8123" placeholder:"ADDR" help:"Address of ClickHouse's HTTP interface (default: ${default}; port 0: any)."`
}

// Help is shown by takt demo --help.
func (*demoCmd) Help() string {
	return `Thirty days of a shop's orders, simulated, go through the real program into Kafka and ClickHouse in the box; something may have gone wrong shortly before now. Takt says what. Then orders go on coming, at the same rate, until Ctrl-C. Nothing is kept. The ClickHouse engine, about 180 MB, is fetched once, at the first start.

Examples:

	takt demo
	takt demo --seed 7 --once --truth truth.json`
}

const (
	demoPartitions = 4
	demoPerDay     = 2040
)

const (
	demoHeading   = "%d days of history: %s orders, %s events in %.1f s; now live, %.0f orders/h. Scenario %d of %d (seed %d).\n"
	demoHeadingZH = "%d 天的历史：%s 单，%s 个事件，用时 %.1f 秒；现在是实时，每小时 %.0f 单。场景 %d / %d（种子 %d）。\n"
	demoLinks     = "Console   http://%[1]s/\nMetrics   http://%[1]s/metrics\nSQL       curl -s %[2]s -d \"" + demoSQL + "\"\n"
	demoLinksZH   = "控制台    http://%[1]s/?lang=zh\n指标      http://%[1]s/metrics\nSQL       curl -s %[2]s -d \"" + demoSQL + "\"\n"
	demoSQL       = "SELECT stage, count() FROM takt.visits WHERE left_at IS NULL GROUP BY stage FORMAT PrettyCompact"
)

// demo is one demonstration under way.
type demo struct {
	cmd    *demoCmd
	env    *env
	box    *boxed
	cfg    *config.Config
	app    *app.App
	feed   feed
	served string
}

func (c *demoCmd) Run(ctx context.Context, e *env) error {
	err := c.demonstrate(ctx, e)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // Ctrl-C is how a demo ends, at any time
	}
	return err
}

func (c *demoCmd) demonstrate(ctx context.Context, e *env) (err error) {
	dir, err := os.MkdirTemp("", "takt-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// What goes well is told by the table, not by the log.
	quiet := *e
	quiet.log = newLogger(e.stderr, "warn", "logfmt")
	d := &demo{cmd: c, env: &quiet}
	if d.box, err = startBoxed(ctx, d.env, dir, "127.0.0.1:0", c.ClickhouseListen); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.box.close()) }()
	path, err := adhocConfig(dir, "retail", d.box.kafka.Addr, d.box.clickhouse.Addr)
	if err != nil {
		return err
	}
	if d.cfg, err = config.Load(path, func(string) string { return "" }); err != nil {
		return err
	}
	return d.show(ctx)
}

func (d *demo) show(ctx context.Context) (err error) {
	cluster := kafka.Cluster{Brokers: d.cfg.Kafka.Brokers}
	source := &d.cfg.Sources[0]
	if err := cluster.CreateTopic(ctx, source.Topic, demoPartitions, 1, nil); err != nil {
		return err
	}
	if d.feed.producer, err = kafka.NewProducer(kafka.ProducerConfig{Cluster: cluster, Topic: source.Topic}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.feed.producer.Close()) }()
	version, commit := build()
	listening := make(chan string, 1)
	d.app, err = app.New(ctx, d.cfg, app.Options{
		Listen: d.cmd.Listen, Public: true, Version: version, Commit: commit, Logger: d.env.log,
		Listening: func(addresses []net.Addr) { listening <- addresses[0].String() },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.app.Close()) }()

	work, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- d.app.Run(work) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done)
	}()
	select {
	case d.served = <-listening:
	case err := <-done:
		done <- nil
		return err
	}
	return d.tell(ctx)
}

// tell plays the history, prints what Takt makes of it, and goes on live.
func (d *demo) tell(ctx context.Context) error {
	now := time.Now()
	scenario := simulate.Drawn(d.cmd.Seed)
	cfg := simulate.Config{
		Process: d.cfg.Processes[0], Seed: d.cmd.Seed, From: now.AddDate(0, 0, -d.cmd.Days), OrdersPerDay: demoPerDay, Scenario: scenario,
	}
	known := cfg
	known.To = now
	if scenario != simulate.Normal {
		cfg.Onset = now.Add(-scenario.Lead()).Truncate(time.Minute)
		known.Onset = cfg.Onset
	}
	if d.cmd.Truth != "" {
		if err := writeTruth(d.cmd.Truth, known, nil); err != nil {
			return err
		}
	}
	var err error
	if d.feed.run, err = simulate.New(cfg); err != nil {
		return err
	}
	events, orders, took, err := d.history(ctx, now)
	if err != nil {
		return err
	}
	r, err := makeReport(ctx, d.app.Store().Conn(), cfg.Process, time.Now())
	if err != nil {
		return err
	}
	out, zh := d.env.stdout, chinese(d.env, d.cmd.Lang)
	heading, links, stop := demoHeading, demoLinks, "Stop: Ctrl-C"
	if zh {
		heading, links, stop = demoHeadingZH, demoLinksZH, "停止：Ctrl-C"
	}
	fmt.Fprintf(out, heading, d.cmd.Days, view.Thousands(int64(orders)), view.Thousands(int64(events)), took.Seconds(), float64(demoPerDay)/24,
		scenario, len(simulate.Scenarios()), d.cmd.Seed)
	r.print(out, zh)
	fmt.Fprintf(out, links, local(d.served), local(d.box.clickhouse.Addr))
	if d.cmd.Once {
		return nil
	}
	fmt.Fprintln(out, stop)
	return d.live(ctx)
}

// local names an address as a browser on this machine does.
func local(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && (ip.IsUnspecified() || ip.IsLoopback())) {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

// history writes everything up to now into the topic and waits until it is stored.
func (d *demo) history(ctx context.Context, now time.Time) (events, orders int, took time.Duration, err error) {
	began := time.Now()
	bar := newProgress(d.env.stderr, "history, events", -1, false)
	records, err := d.feed.past(ctx, now, func(n int) { bar.set(int64(n)) })
	if err != nil {
		return 0, 0, 0, err
	}
	for {
		var stored, placed uint64
		err := d.app.Store().Conn().QueryRow(ctx, "SELECT sum(records), sum(events) FROM takt.progress").Scan(&stored, &placed)
		if err != nil {
			return 0, 0, 0, fmt.Errorf("read progress: %w", err)
		}
		if int(stored) >= records {
			events = int(placed)
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return 0, 0, 0, ctx.Err()
		}
	}
	bar.done()
	var n uint64
	err = d.app.Store().Conn().QueryRow(ctx, "SELECT count() FROM takt.orders").Scan(&n)
	return events, int(n), time.Since(began), err
}

// live lets orders go on as they happen, until ctx ends.
func (d *demo) live(ctx context.Context) error {
	if err := d.feed.live(ctx, d.box.clickhouse.Done()); err != nil || ctx.Err() != nil {
		return err
	}
	return errors.New("the embedded ClickHouse has stopped by itself; the log above says why")
}
