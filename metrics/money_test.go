package metrics_test

import (
	"fmt"
	"testing"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/tracker"
)

// paid is a gauge's movement with an amount, in hundredths.
func paid(kind tracker.DeltaKind, stage int8, a uint8, value float64, currency string, hundredths int64) tracker.Delta {
	d := gauge(kind, stage, "web", a, value)
	d.Dims.Currency, d.Amount = currency, order.Decimal{Units: hundredths, Valid: true}
	return d
}

func TestAmounts(t *testing.T) {
	m, reg := mustNew(t, config(short(), "web"))
	p, q := m.Partition("shop", "orders", 0), m.Partition("shop", "orders", 1)
	p.Apply(effects(
		paid(tracker.OrdersOpen, -1, 0, 1, "CNY", 12_345), paid(tracker.OrdersLate, -1, 0, 1, "CNY", 12_345),
		paid(tracker.VisitsOpen, 0, 1, 1, "CNY", 12_345), gauge(tracker.OrdersOpen, -1, "web", 0, 1),
	))
	q.Apply(effects(
		paid(tracker.OrdersOpen, -1, 0, 1, "CNY", 55), paid(tracker.OrdersOpen, -1, 0, 1, "EUR", 100), paid(tracker.OrdersOpen, -1, 0, 1, "USD", 200),
		paid(tracker.VisitsOpen, 0, 1, 1, "CNY", 55), paid(tracker.VisitsOpen, 0, 1, -1, "CNY", -55), paid(tracker.VisitsOpen, 0, 3, 1, "CNY", 60),
	))
	all := samples(t, reg)
	want(t, all, `takt_orders_open{channel="web",process="short"}`, 5)
	want(t, all, `takt_orders_open_amount{channel="web",currency="CNY",process="short"}`, 124)
	want(t, all, `takt_orders_open_amount{channel="web",currency="other",process="short"}`, 3)
	want(t, all, `takt_orders_open_late_amount{channel="web",currency="CNY",process="short"}`, 123.45)
	want(t, all, `takt_stage_orders_amount{channel="web",currency="CNY",process="short",stage="review",state="on_time"}`, 123.45)
	want(t, all, `takt_stage_orders_amount{channel="web",currency="CNY",process="short",stage="review",state="overdue"}`, 0.6)
	want(t, all, `takt_stage_orders_amount{channel="web",currency="CNY",process="short",stage="pay",state="at_risk"}`, 0)
	want(t, all, `takt_label_overflow_total{label="currency"}`, 2)
	q.Close()
	want(t, samples(t, reg), `takt_orders_open_amount{channel="web",currency="CNY",process="short"}`, 123.45)
}

// TestCurrenciesAreFew: without a configuration the first three have series of their own.
func TestCurrenciesAreFew(t *testing.T) {
	c := config(short(), "web")
	c.Currencies = nil
	m, reg := mustNew(t, c)
	p := m.Partition("shop", "orders", 0)
	for i := range 100 {
		p.Apply(effects(paid(tracker.OrdersOpen, -1, 0, 1, fmt.Sprint("C", i), 100)))
	}
	all := samples(t, reg)
	for i := range 3 {
		want(t, all, fmt.Sprintf(`takt_orders_open_amount{channel="web",currency="C%d",process="short"}`, i), 1)
	}
	want(t, all, `takt_orders_open_amount{channel="web",currency="other",process="short"}`, 97)
	absent(t, all, `takt_orders_open_amount{channel="web",currency="C3"`)
	if c.Currencies = make([]string, 8); c.Validate() == nil {
		t.Error("eight currencies are taken, want at most 7")
	}
}
