package console_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/takt-orders/takt/dashboards/console"
	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
	"github.com/takt-orders/takt/metrics/view"
)

// world is a simulated shop whose warehouse has stood still since this morning, played
// through the real tracker into the real ClickHouse, and beside it a process that no
// order has come to.
type world struct {
	engine *embedded.ClickHouse
	db     *clickhouse.DB
	retail *process.Process
	idle   *process.Process
	now    time.Time // of the simulation, where it ends: the present
}

const (
	historyDays = 30
	perDay      = 400
)

func open(ctx context.Context, dir string) (w *world, err error) {
	w = &world{now: time.Now().UTC().Truncate(time.Second)}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return w, err
	}
	w.retail, w.idle = retail(zone), retail(zone)
	w.idle.Name, w.idle.Title = "idle", process.Text{EN: "Nothing yet", ZH: "尚未开始"}
	if w.engine, err = embedded.StartClickHouse(ctx, embedded.ClickHouseConfig{Dir: filepath.Join(dir, "clickhouse")}); err != nil {
		return w, err
	}
	if w.db, err = clickhouse.Open(ctx, clickhouse.Config{Addr: []string{w.engine.Addr}, Writer: "console"}); err != nil {
		return w, err
	}
	if err := w.db.Migrate(ctx); err != nil {
		return w, err
	}
	if err := w.db.SyncProcesses(ctx, order.At(w.now.AddDate(0, 0, -historyDays)), w.processes()); err != nil {
		return w, err
	}
	if err := view.Apply(ctx, w.db, w.now); err != nil {
		return w, err
	}
	return w, w.play(ctx)
}

func (w *world) processes() []*process.Process { return []*process.Process{w.retail, w.idle} }

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

func (w *world) play(ctx context.Context) error {
	run, err := simulate.New(simulate.Config{
		Process: w.retail, Seed: 42, From: w.now.AddDate(0, 0, -historyDays), OrdersPerDay: perDay, Scenario: simulate.WarehouseOutage,
		Onset: w.now.Add(-simulate.WarehouseOutage.Lead()),
	})
	if err != nil {
		return err
	}
	writer := clickhouse.NewWriter(w.db, w.retail)
	track := tracker.New(tracker.Config{Plan: process.NewPlan(w.retail), Linger: 1000 * 24 * time.Hour, LingerOrders: 1 << 20})
	var hasher order.Hasher
	var last ingest.Mark
	offset, first := int64(0), int64(0)
	for at, number := w.now.AddDate(0, 0, -historyDays), int64(1); at.Before(w.now); number++ {
		if at = at.AddDate(0, 0, 5); at.After(w.now) {
			at = w.now
		}
		f := &ingest.Flush{Source: "shop", Process: w.retail.Name, Topic: "orders", Partitions: 1, Number: number, First: first, WrittenAt: order.At(at)}
		f.Events = writer.Events(f)
		for d := range run.Until(at) {
			e := *d.Event
			last = ingest.Mark{Offset: offset, Append: d.At}
			hasher.SetContent(&e)
			hasher.SetID(&e, order.IdentityDelivery, d.ID, "", 0)
			f.Counts.Records++
			if track.Apply(&e, offset, false) {
				f.Events.Add(&e, offset, false)
				f.Counts.Stored++
				f.Counts.Events++
			} else {
				f.Counts.Duplicate++
			}
			offset++
		}
		if at.Equal(w.now) {
			e := hostileEvent(w.now.Add(-10 * time.Hour))
			hasher.SetContent(&e)
			hasher.SetID(&e, order.IdentityContent, "", "", 0)
			track.Apply(&e, offset, false)
			f.Events.Add(&e, offset, false)
			f.Counts.Records++
			f.Counts.Stored++
			f.Counts.Events++
			offset++
		}
		track.Advance(order.At(at), true)
		f.Next, f.Last = offset, last
		f.Rows = writer.Rows(f)
		f.Effects = track.Cut(f.Rows)
		if err := writer.Write(ctx, f); err != nil {
			return fmt.Errorf("write flush %d: %w", number, err)
		}
		track.Release(f.Effects)
		writer.Release(f)
		first = offset
	}
	return nil
}

// hostile is an order number, and every other text of that order, as somebody who may
// place orders could write it.
const hostile = `<script>alert("1")</script>'&?#%2e/../x`

func hostileEvent(at time.Time) order.Event {
	return order.Event{
		OrderID: hostile, Unit: hostile, Process: "retail", Source: "shop", Channel: hostile, Activity: "order.placed",
		OccurredAt: order.At(at), RecordedAt: order.At(at), Actor: hostile, Owner: hostile, Reason: hostile,
		PromisedAt: order.At(at.Add(time.Hour)), PromiseKind: order.PromiseCurrent, // long past: some order is always late
	}
}

// one returns the only value of a query.
func (w *world) one(t testing.TB, query string) (value string) {
	t.Helper()
	if err := w.db.Conn().QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return value
}

// waiting is the number of an order past its limit in the warehouse.
func (w *world) waiting(t testing.TB) string {
	return w.one(t, "SELECT order_id FROM takt.visits WHERE outcome = 'open' AND breached AND stage = 'pick' ORDER BY entered_at LIMIT 1")
}

func (w *world) config() console.Config {
	return console.Config{Store: w.db, Processes: w.processes(), Guard: console.Guard{Open: true}, Within: time.Minute, Now: time.Now, Version: "test", Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
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
