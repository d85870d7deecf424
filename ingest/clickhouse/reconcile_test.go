package clickhouse

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/reconcile"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/ingest/source"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
	"github.com/takt-orders/takt/metrics/view"
)

var _ reconcile.Store = (*DB)(nil)

// proof plays simulated orders into the store, of which the log has lost, told twice
// or told wrongly those of fate, and writes the list that the source has of them.
type proof struct {
	db      *DB
	p       *process.Process
	tracker *tracker.Tracker
	hash    order.Hasher
	writer  *Writer
	offset  int64
	flushes int64
}

const (
	lost    = "lost"
	twice   = "twice"
	altered = "changed"
)

func newProof(t *testing.T, name string) *proof {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	p := &process.Process{
		Name: name, Title: process.Text{EN: "Shop", ZH: "店铺"}, Zone: zone, OpensOn: []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}, Cancelled: []string{"order.cancelled"}},
		Promise:  process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{
			{
				Name: "pick", Title: process.Text{EN: "Pick", ZH: "备货"}, StartsOn: []string{"order.placed"}, EndsOn: []string{"order.shipped"},
				Limit: process.Limit{Within: 4 * time.Hour, Of: process.Wall, Objective: 0.95, WarnAt: 0.75}, Next: []string{"transit"},
			},
			{
				Name: "transit", Title: process.Text{EN: "Transit", ZH: "物流"}, StartsOn: []string{"order.shipped"}, EndsOn: []string{"order.delivered"},
				Limit: process.Limit{Within: 48 * time.Hour, Of: process.Wall, Objective: 0.95, WarnAt: 0.75},
			},
		},
	}
	db := open(t, nil)
	now := order.At(time.Now())
	if err := db.SyncProcesses(t.Context(), now, []*process.Process{p}); err != nil {
		t.Fatal(err)
	}
	if err := view.Apply(t.Context(), db, time.Now()); err != nil {
		t.Fatal(err)
	}
	return &proof{
		db: db, p: p, writer: NewWriter(db, p),
		tracker: tracker.New(tracker.Config{Plan: process.NewPlan(p), Linger: 1000 * 24 * time.Hour, LingerOrders: 1 << 20}),
	}
}

// take writes the events in one flush.
func (f *proof) take(t *testing.T, at order.Instant, events []order.Event, ids []string) {
	t.Helper()
	f.flushes++
	flush := &ingest.Flush{
		Source: "shop", Process: f.p.Name, Topic: f.p.Name, Partitions: 1, Epoch: 1, Number: f.flushes, First: f.offset, WrittenAt: at,
	}
	flush.Events = f.writer.Events(flush)
	for i := range events {
		e := &events[i]
		e.Process = f.p.Name
		f.hash.SetContent(e)
		f.hash.SetID(e, order.IdentityDelivery, ids[i], "", 0)
		if f.tracker.Apply(e, f.offset, false) {
			flush.Events.Add(e, f.offset, false)
			flush.Counts.Events++
			flush.Counts.Stored++
		} else {
			flush.Counts.Duplicate++
		}
		f.offset++
	}
	flush.Counts.Records, flush.Next = f.offset-flush.First, f.offset
	f.tracker.Advance(at, true)
	flush.Rows = f.writer.Rows(flush)
	flush.Effects = f.tracker.Cut(flush.Rows)
	if err := f.writer.Write(t.Context(), flush); err != nil {
		t.Fatal(err)
	}
	f.tracker.Release(flush.Effects)
	f.writer.Release(flush)
}

// TestReconcileFindsAllAndNothingElse: of 1,000 orders lost, 1,000 placed twice and
// 1,000 with another amount all are found, and nothing else; when they are repaired,
// nothing is left.
func TestReconcileFindsAllAndNothingElse(t *testing.T) {
	const each = 1000
	f := newProof(t, "reconciled")
	from := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	run, err := simulate.New(simulate.Config{Process: f.p, Seed: 7, From: from, To: from.AddDate(0, 0, 6), OrdersPerDay: 1200})
	if err != nil {
		t.Fatal(err)
	}
	fate, listed, n, shop := map[string]string{}, map[string]bool{}, 0, ""
	var kept, repaired []order.Event
	var keptIDs, repairedIDs []string
	path := filepath.Join(t.TempDir(), "list.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	list := csv.NewWriter(file)
	record := func(cells ...string) {
		if err := list.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	record("订单号", "渠道", "下单时间", "金额", "币种", "数量")
	for d := range run.All() {
		e := *d.Event
		if fate[e.OrderID] == "" { // its placement may come late, behind other events
			fate[e.OrderID] = "right"
			if len(fate) <= 5*each {
				fate[e.OrderID] = []string{lost, twice, altered, "right", "right"}[len(fate)%5]
			}
		}
		if slices.Contains(f.p.OpensOn, e.Activity) && !listed[e.OrderID] {
			listed[e.OrderID] = true
			n, shop = n+1, e.Source
			record(e.OrderID, e.Channel, e.OccurredAt.Time().In(f.p.Zone).Format("2006-01-02 15:04:05"), e.Amount.Text(2), e.Currency, e.Quantity.Text(3))
			switch fate[e.OrderID] {
			case twice:
				kept, keptIDs = append(kept, e), append(keptIDs, d.ID+"-again")
				back := e
				back.Attributes = append(slices.Clone(e.Attributes), order.Attribute{Key: order.AttrRetracted, Value: "true"})
				back.RecordedAt = e.RecordedAt.Add(time.Hour)
				repaired, repairedIDs = append(repaired, back), append(repairedIDs, d.ID+"-again")
			case altered:
				right := e
				right.RecordedAt = e.RecordedAt.Add(time.Hour)
				repaired, repairedIDs = append(repaired, right), append(repairedIDs, d.ID)
				e.Amount.Units += 100 + int64(n)
			}
		}
		if fate[e.OrderID] == lost {
			repaired, repairedIDs = append(repaired, e), append(repairedIDs, d.ID)
			continue
		}
		if !d.Duplicate || fate[e.OrderID] != altered {
			kept, keptIDs = append(kept, e), append(keptIDs, d.ID)
		}
	}
	list.Flush()
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	f.take(t, order.At(from.AddDate(0, 0, 6)), kept, keptIDs)
	t.Logf("%d orders, %d events", n, len(kept))

	scope := reconcile.Scope{Process: f.p.Name, Source: shop, Zone: f.p.Zone, Late: 24 * time.Hour}
	compare := func() *reconcile.Result {
		t.Helper()
		l, err := reconcile.Read(path, reconcile.ReadConfig{
			Config: source.Config{Source: shop, Process: f.p.Name, Zone: f.p.Zone}, Opens: f.p.OpensOn, Now: from.AddDate(0, 0, 6),
		})
		if err != nil {
			t.Fatal(err)
		}
		if l.Len() != n {
			t.Fatalf("the list has %d orders, want %d", l.Len(), n)
		}
		r, err := reconcile.Run(t.Context(), f.db, scope, f.p.OpensOn, l)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := map[string][]string{}
	for id, what := range fate {
		if what != "right" {
			want[what] = append(want[what], id)
		}
	}
	got := map[string][]string{}
	began := time.Now()
	first := compare()
	t.Logf("compared in %v", time.Since(began))
	for _, d := range first.Differences {
		what := map[reconcile.Kind]string{reconcile.Missing: lost, reconcile.Duplicate: twice, reconcile.Mismatch: altered}[d.Kind]
		if detail := map[string]string{lost: reconcile.NotReceived, twice: reconcile.InTakt, altered: "amount"}[what]; d.Detail != detail {
			t.Fatalf("%+v: want the detail %q", d, detail)
		}
		got[what] = append(got[what], d.Order)
	}
	for _, sets := range []map[string][]string{want, got} {
		for _, ids := range sets {
			slices.Sort(ids)
		}
	}
	if d := cmp.Diff(want, got); d != "" || len(got[lost]) != each || len(got[twice]) != each || len(got[altered]) != each {
		t.Errorf("injected and found differ (-injected +found):\n%s", d)
	}

	at := order.At(from.AddDate(0, 0, 7))
	if err := f.db.SaveReconciliation(t.Context(), at, first); err != nil {
		t.Fatal(err)
	}
	former, formerRun, err := f.db.LastReconciliation(t.Context(), &first.Scope)
	if err != nil {
		t.Fatal(err)
	}
	if len(former) != 3*each || formerRun != at {
		t.Errorf("got %d differences of run %d back, want %d of %d", len(former), formerRun, 3*each, at)
	}

	f.take(t, at, repaired, repairedIDs)
	second := compare()
	if !second.Agrees() || len(second.Differences) != 0 {
		t.Errorf("repaired, still %d differences, the first %+v", len(second.Differences), second.Differences[:min(1, len(second.Differences))])
	}
	_, over := reconcile.Reports(second, former, at+1, formerRun, "li")
	if len(over) != 2*each { // the tracker itself withdraws those placed twice
		t.Errorf("got %d resolved, want %d", len(over), 2*each)
	}
	if err := f.db.SaveReconciliation(t.Context(), at+1, second); err != nil {
		t.Fatal(err)
	}
	if n := count(t, f.db, fmt.Sprintf("SELECT count() FROM takt.reconciliation_orders WHERE process = '%s'", f.p.Name)); n != 0 {
		t.Errorf("%d orders still differ by the stored results", n)
	}
}
