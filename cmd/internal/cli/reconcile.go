package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/reconcile"
)

type reconcileCmd struct {
	File    string        `arg:"" optional:"" type:"path" help:"The source's own list: CSV (.csv), JSON (.json, .jsonl) or XES, each but .json also .gz (default: what reconcile.poll of the source asks for)."`
	Source  string        `required:"" placeholder:"NAME" help:"The source, as named in takt.yaml."`
	System  string        `placeholder:"NAME" help:"System that the list is of, where several write to the topic (default: the source)."`
	Channel string        `placeholder:"NAME" help:"Channel that the list is of (default: all)."`
	From    string        `placeholder:"DAY" help:"First day, such as 2026-03-01 (default: the list's first)."`
	To      string        `placeholder:"DAY" help:"Last day (default: the list's last)."`
	Late    time.Duration `default:"24h" placeholder:"DURATION" help:"A placement recorded so much later is late (default: ${default})."`
	DryRun  bool          `name:"dry-run" help:"Compare only: store no result, open and resolve no exception."`
	Show    int           `default:"20" placeholder:"N" help:"At most so many orders (default: ${default}; 0: all)."`
	tellFlags

	from, to reconcile.Day
}

// Help is shown by takt reconcile --help.
func (*reconcileCmd) Help() string {
	return `Compares a source's own list of orders with what Takt has, by channel and day, down to the order: missing (listed, but Takt has no placement of it), extra (Takt has it, the list has not), duplicate, mismatch (day, channel, amount, currency, quantity, region, customer, address; only what both sides know) and late (recorded too late). Days are those of the process's zone. Exit code 0: both agree; 1: they do not.

The list is one of:

	order_id,channel,occurred_at,amount,currency,quantity    orders
	day,channel,orders,amount                                counts alone
	records of the source, as its mapping reads them         as for takt replay

Further columns of orders: unit (a row is a line then), day (instead of occurred_at), region, address. It has to be whole: what it leaves out is extra. The last run of a day holds: it replaces the results in takt.reconciliation_daily and takt.reconciliation_orders, opens an exception of the source's owner for each order that is newly missing, extra, listed twice or different, and resolves those that are repaired. The chain under the table shows where orders were lost: before Kafka, or between Kafka and ClickHouse, which is held to the record as by takt audit.

Examples:

	takt reconcile --source shop orders-2026-03-01.csv
	takt reconcile --source shop --channel tmall --from 2026-03-01 tmall.csv
	takt reconcile --source k3 --dry-run   # asks k3 for its list

takt run compares by itself what a source names in takt.yaml: the newest list of its files, the one that its system is asked for, or its counts; takt_reconciliations_total counts what failed. At a time of day (at) it compares up to the day before the list was written. Every so often (every) it compares that day too, if the list has orders of it and tells their times of day: those placed until settle (10m) before the list was written, on both sides; the next list replaces the result. Set settle to how long an order may take to come to Takt. Write a list under another name and rename it when it is whole.

	sources:
	  - name: shop
	    reconcile: {lists: exports/*.csv, at: "07:30"}
	  - name: k3
	    reconcile:
	      every: 1h
	      poll:                # keys as takt poll --help tells
	        days: 1            # that are over, beside today: {from} and {to}
	        zone: Asia/Shanghai
	        format: "2006-01-02T15:04:05"
	        secret_file: k3.secret     # or TAKT_RECONCILE_K3_SECRET
	        request: {method: POST, url: "https://...", body: "..."}
	        page: {style: offset, size: 2000}
	        columns: [FBillNo, FDocumentStatus, FCreateDate]

The request asks by when orders were placed, such as FCreateDate>='{from}' and FCreateDate<='{to}'. What is listed is read as lists are, by the mapping or by its columns; an answer without any order is a failure.

Instead of a list a source may send counts, as events (order_id is any name of the count): reconcile: {counts: true, at: "07:30"} compares what the newest says of each day and channel of the last seven days that are over. They open no order.

	{"order_id":"count-1","activity":"orders.counted","channel":"web",
	 "occurred_at":"2026-03-02T02:00:00Z","amount":40.5,
	 "attributes":{"day":"2026-03-01","orders":"4"}}`
}

// Validate is kong's.
func (c *reconcileCmd) Validate() (err error) {
	for _, day := range []struct {
		name, text string
		into       *reconcile.Day
	}{{"from", c.From, &c.from}, {"to", c.To, &c.to}} {
		if day.text == "" {
			continue
		}
		if *day.into, err = reconcile.ParseDay(day.text); err != nil {
			return fmt.Errorf("--%s: %w", day.name, err)
		}
	}
	switch {
	case c.from != 0 && c.to != 0 && c.to < c.from:
		return fmt.Errorf("--to: %s is before --from", c.To)
	case c.Show < 0:
		return fmt.Errorf("--show: %d is less than 0", c.Show)
	case c.Late <= 0:
		return fmt.Errorf("--late: %v is not more than 0", c.Late)
	}
	return nil
}

func (c *reconcileCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	s := cfg.Source(c.Source)
	if s == nil {
		return noSource(e, cfg, c.Source)
	}
	what, err := c.what(ctx, e, cfg, s)
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := reachKafka(ctx, cfg); err != nil {
		return err
	}
	// What waits now is not in Takt; the reports that are made below wait as well, and
	// are no records of the source.
	audit, err := auditSource(ctx, cfg, db, s)
	if err != nil {
		return storeTrouble(cfg, err)
	}
	done, err := app.Reconcile(ctx, cfg, db, what)
	if err != nil {
		return storeTrouble(cfg, err)
	}
	told := newReconcileReport(c, done, audit)
	if c.JSON {
		err = encode(e, told)
	} else {
		told.print(e.stdout, c.Show, chinese(e, c.Lang))
	}
	if err == nil && !told.Agrees {
		err = fmt.Errorf("reconcile: the list and Takt do not agree: %d missing, %d extra, %d duplicate, %d different",
			told.Total.Missing, told.Total.Extra, told.Total.Duplicate, told.Total.Mismatch)
	}
	if err == nil && !told.Chain.Exact {
		err = errors.New("reconcile: some offsets were not taken exactly once; takt audit says which")
	}
	return err
}

// what returns what is compared: the list of the file, or the one that the source's
// system is asked for, as far as takt run would compare it.
func (c *reconcileCmd) what(ctx context.Context, e *env, cfg *config.Config, s *config.Source) (app.Reconciliation, error) {
	now := time.Now()
	what := app.Reconciliation{
		Source: s, System: c.System, Channel: c.Channel, From: c.from, To: c.to, Late: c.Late, Now: now, Dry: c.DryRun,
	}
	var err error
	if c.File != "" {
		what.List, err = app.ReadList(cfg, s, c.System, c.File, now)
		return what, err
	}
	if s.Reconcile == nil || s.Reconcile.Poll == nil {
		return what, misused("name the file of the list: source %q has no reconcile.poll, which would ask for one", s.Name)
	}
	what.System, what.Channel = cmp.Or(c.System, s.Reconcile.System), cmp.Or(c.Channel, s.Reconcile.Channel)
	var from reconcile.Day
	if what.List, from, err = app.PollList(ctx, cfg, s, what.System, now, e.log); err != nil {
		return what, err
	}
	what.Finish(now)
	what.From = max(c.from, from)
	if c.to != 0 && c.to < what.To {
		what.To, what.Until = c.to, 0
	}
	return what, nil
}
