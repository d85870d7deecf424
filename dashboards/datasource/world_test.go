package datasource

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
	"github.com/takt-orders/takt/metrics/view"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// world is a simulated shop whose warehouse has stood still since this morning, played
// through the real tracker into the real ClickHouse, beside a process without orders. It
// ends at one instant, so that its frames are the same at any time.
type world struct {
	dir    string
	engine *embedded.ClickHouse
	db     *clickhouse.DB
	retail *process.Process
	now    time.Time
}

const (
	historyDays = 15
	perDay      = 120
)

// hostile is an order number, and every other text of that order, as somebody who may
// place orders could write it.
const hostile = `it's "1" \' OR 1=1 -- ? {x:String} `

var shop *world // played once, for all tests

func TestMain(m *testing.M) {
	embedded.ChildMain()
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "takt-datasource-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := errors.Join(shop.close(), os.RemoveAll(dir), goleak.Find()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	if shop, err = play(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func (w *world) close() error {
	var errs []error
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	if w.engine != nil {
		errs = append(errs, w.engine.Close())
	}
	return errors.Join(errs...)
}

// play makes the world.
func play(ctx context.Context, dir string) (w *world, err error) {
	w = &world{dir: dir, now: time.Date(2026, 3, 18, 6, 0, 0, 0, time.UTC)}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return w, err
	}
	w.retail = retail(zone)
	idle := retail(zone)
	idle.Name, idle.Title = "idle", process.Text{EN: "Nothing yet", ZH: "尚未开始"}
	if w.engine, err = embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{Dir: filepath.Join(dir, "clickhouse")}); err != nil {
		return w, err
	}
	if w.db, err = clickhouse.Open(ctx, clickhouse.Config{Addr: []string{w.engine.Addr}}); err != nil {
		return w, err
	}
	if err := w.db.Migrate(ctx); err != nil {
		return w, err
	}
	from := w.now.AddDate(0, 0, -historyDays)
	if err := w.db.SyncProcesses(ctx, order.At(from), []*process.Process{w.retail, idle}); err != nil {
		return w, err
	}
	if err := view.Apply(ctx, w.db, w.now); err != nil {
		return w, err
	}
	run, err := simulate.New(simulate.Config{
		Process: w.retail, Seed: 42, From: from, OrdersPerDay: perDay, Scenario: simulate.WarehouseOutage, Onset: w.now.Add(-simulate.WarehouseOutage.Lead()),
	})
	if err != nil {
		return w, err
	}
	writer := clickhouse.NewWriter(w.db, w.retail)
	f := &ingest.Flush{Source: "shop", Process: w.retail.Name, Topic: "orders", Partitions: 1, Number: 1, WrittenAt: order.At(w.now)}
	f.Events = writer.Events(f)
	track := tracker.New(tracker.Config{Plan: process.NewPlan(w.retail), Linger: 1000 * 24 * time.Hour, LingerOrders: 1 << 20})
	var hasher order.Hasher
	take := func(e *order.Event, at order.Instant) {
		f.Counts.Records++
		if f.Last = (ingest.Mark{Offset: f.Next, Append: at}); track.Apply(e, f.Next, false) {
			f.Events.Add(e, f.Next, false)
			f.Counts.Stored++
			f.Counts.Events++
		} else {
			f.Counts.Duplicate++
		}
		f.Next++
	}
	for d := range run.Until(w.now) {
		e := *d.Event
		hasher.SetContent(&e)
		hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
		take(&e, d.At)
	}
	placed := order.At(w.now.Add(-10 * time.Hour))
	e := order.Event{
		OrderID: hostile, Unit: hostile, Process: "retail", Source: "shop", Channel: hostile, Activity: "order.placed",
		OccurredAt: placed, RecordedAt: placed, Actor: hostile, Owner: hostile, Reason: hostile,
	}
	hasher.SetContent(&e)
	hasher.SetID(&e, order.IdentityContent, "", "", 0)
	take(&e, order.At(w.now))
	track.Advance(order.At(w.now), true)
	f.Rows = writer.Rows(f)
	f.Effects = track.Cut(f.Rows)
	if err := writer.Write(ctx, f); err != nil {
		return w, err
	}
	track.Release(f.Effects)
	writer.Release(f)
	return w, nil
}

// settings are those of a reader of the world's ClickHouse.
func (w *world) settings(t testing.TB) settings { return settingsOf(t, w.engine.Addr) }

func settingsOf(t testing.TB, address string) settings {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return settings{Host: host, Port: number, Timeout: maxTimeout, Lang: english}.withDefaults()
}

// datasource opens one whose present is the world's.
func (w *world) datasource(t testing.TB, s settings) *Datasource {
	t.Helper()
	d, err := open(s, func() time.Time { return w.now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Dispose)
	return d
}

// one returns the only value of a query.
func (w *world) one(t testing.TB, query string, args ...any) (value string) {
	t.Helper()
	if err := w.db.Conn().QueryRow(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return value
}

func stage(name, en, zh, team string, starts, ends []string, within time.Duration, next ...string) process.Stage {
	return process.Stage{
		Name: name, Title: process.Text{EN: en, ZH: zh}, StartsOn: starts, EndsOn: ends, Next: next, Owner: process.Owner{Team: team},
		Limit: process.Limit{Within: within, Of: process.Wall, Objective: 0.95, WarnAt: 0.75},
	}
}

func retail(zone *time.Location) *process.Process {
	return &process.Process{
		Name: "retail", Title: process.Text{EN: "Retail orders", ZH: "零售订单"}, Zone: zone, OpensOn: []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{
			stage("review", "Review", "审核", "sales-ops", []string{"order.placed", "order.resubmitted"}, []string{"order.approved", "order.rejected"}, 4*time.Hour, "pay", "pick"),
			stage("pay", "Payment", "付款", "cashier", []string{"order.approved"}, []string{"order.paid"}, 24*time.Hour, "pick"),
			stage("pick", "Picking", "备货", "warehouse", []string{"order.paid"}, []string{"order.picked"}, 4*time.Hour, "ship"),
			stage("ship", "Hand-over", "交运", "carrier-desk", []string{"order.picked"}, []string{"order.shipped"}, 8*time.Hour, "transit"),
			stage("transit", "Transit", "运输", "logistics", []string{"order.shipped"}, []string{"order.delivered"}, 72*time.Hour),
		},
	}
}
