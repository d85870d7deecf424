package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/goleak"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// One engine serves the tests that leave the schema alone; each has its own topic.
var shared *embedded.ClickHouse

func TestMain(m *testing.M) {
	embedded.ChildMain()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "takt-clickhouse-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared, err = embedded.StartClickHouse(context.Background(), embedded.ClickHouseConfig{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := shared.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	// toxiproxy forgets the goroutine of a connection that a toxic has cut.
	if err := goleak.Find(goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

var writers atomic.Int64

// open connects to the shared engine, or to the one change names, and migrates it.
func open(t testing.TB, change func(*Config)) *DB {
	t.Helper()
	cfg := Config{Addr: []string{shared.Addr}, Writer: fmt.Sprintf("w%d", writers.Add(1)), Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if change != nil {
		change(&cfg)
	}
	db, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// own starts an engine for one test and connects to it.
func own(t testing.TB) *DB {
	t.Helper()
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return open(t, func(c *Config) { c.Addr = []string{engine.Addr} })
}

func mustExec(t testing.TB, db *DB, query string) {
	t.Helper()
	if err := db.conn.Exec(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

func mustWrite(t testing.TB, w *Writer, f *filled) {
	t.Helper()
	if err := f.write(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

// filled is a flush with its rows as values.
type filled struct {
	ingest.Flush
	Events  []listed
	Effects tracker.Gathered
}

// write writes the flush as a pipeline does.
func (f *filled) write(ctx context.Context, w *Writer) error {
	f.to(w)
	defer w.Release(&f.Flush)
	return w.Write(ctx, &f.Flush)
}

// to fills the writer's rows.
func (f *filled) to(w *Writer) {
	f.Flush.Events, f.Flush.Rows = w.Events(&f.Flush), w.Rows(&f.Flush)
	for i := range f.Events {
		f.Flush.Events.Add(&f.Events[i].event, f.Events[i].offset, f.Events[i].live)
	}
	for i := range f.Effects.Orders {
		f.Rows.Order(&f.Effects.Orders[i])
	}
	for i := range f.Effects.Visits {
		f.Rows.Visit(&f.Effects.Visits[i])
	}
	for i := range f.Effects.Exceptions {
		f.Rows.Exception(&f.Effects.Exceptions[i])
	}
	for i := range f.Effects.Promises {
		f.Rows.Promise(&f.Effects.Promises[i])
	}
}

// count returns the one number that query selects.
func count(t testing.TB, db *DB, query string, args ...any) int {
	t.Helper()
	var n int64
	if err := db.conn.QueryRow(t.Context(), "SELECT toInt64(("+query+"))", args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// table returns the rows that query selects, by column.
func table(t testing.TB, db *DB, query string) []map[string]any {
	t.Helper()
	ctx := driver.Context(t.Context(), driver.WithSettings(driver.Settings{"output_format_json_quote_64bit_integers": 1}))
	r, err := db.conn.QueryFormat(ctx, "JSONEachRow", query)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rows []map[string]any
	for d := json.NewDecoder(r); ; {
		var row map[string]any
		if err := d.Decode(&row); err == io.EOF {
			return rows
		} else if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func at(s string) order.Instant {
	when, err := time.Parse("2006-01-02 15:04:05.000", s)
	if err != nil {
		panic(err)
	}
	return order.At(when)
}

func retail(name string) *process.Process {
	return &process.Process{
		Name: name, Title: process.Text{EN: "Retail order", ZH: "零售订单"}, Zone: time.UTC,
		Stages: []process.Stage{
			{
				Name: "review", Title: process.Text{EN: "Review", ZH: "审核"}, Owner: process.Owner{Team: "sales-ops", EscalateTo: "ops-lead"},
				Limit: process.Limit{Within: 4 * time.Hour, Of: process.Wall, Objective: 0.95},
			},
			{Name: "备货", Title: process.Text{EN: "Pick", ZH: "备货"}, Owner: process.Owner{Team: "warehouse"}},
		},
	}
}

// sample is a flush of [100, 104) with every field of every row set.
func sample(topic, name string) *filled {
	dims := tracker.Dims{
		Source: "shop", Channel: "web", Region: "华东", Warehouse: "W1", Carrier: "SF", Supplier: "S9", Product: "P-7",
	}
	rev := tracker.Revision{Offset: 103, AsOf: at("2026-03-01 12:00:00.000")}
	f := &filled{Flush: ingest.Flush{
		Source: "shop", Process: name, Topic: topic, Partition: 3, Partitions: 8, Epoch: 2, Number: 5, First: 100, Next: 104, HistoryEnd: 102, Leader: 4,
		Counts: ingest.Counts{Records: 4, Stored: 2, Dead: 1, Duplicate: 1, Events: 2, History: 1},
		Dead: []ingest.DeadLetter{{
			Offset: 102, Append: at("2026-02-28 08:00:02.000"), Reason: order.BadUTF8, Field: "order_id", Key: []byte{0, 0xff}, Value: []byte("\x80\x00bad"),
		}},
		WrittenAt: at("2026-03-01 12:00:01.000"),
	}}
	for i, e := range []order.Event{
		{
			ID: order.ID{1, 2, 3, 0xff}, Content: 1<<63 + 5, OrderID: name + "-A'1\\", SourceOrder: "a1", Unit: "u1", Process: name, Source: "shop",
			Channel: "web", Activity: "order.placed", OccurredAt: at("2026-02-28 08:00:00.123"), RecordedAt: at("2026-02-28 08:00:01.000"),
			Actor: "li", Owner: "wang", Region: "华东", Warehouse: "W1", Carrier: "SF", Supplier: "S9", Product: "P-7", CustomerKey: "c0ffee",
			Amount: order.Decimal{Units: -123456, Valid: true}, Currency: "CNY", Quantity: order.Decimal{Units: 1500, Valid: true},
			PromisedAt: at("2026-03-05 00:00:00.000"), PromiseKind: order.PromiseFirst, Reason: "改地址",
			Attributes: []order.Attribute{{Key: "units", Value: "u1,u2"}, {Key: "k", Value: "v"}},
		},
		{ID: order.ID{9}, OrderID: name + "-B", Process: name, Source: "shop", Activity: "order.paid", OccurredAt: at("2026-02-28 09:00:00.000")},
	} {
		f.Events = append(f.Events, listed{e, 100 + int64(i), i == 0})
	}
	visit := tracker.Visit{
		OrderID: name + "-A'1\\", Unit: "u1", Stage: 0, Number: 2, EnteredAt: at("2026-02-28 08:00:00.123"), LeftAt: at("2026-02-28 13:00:00.623"),
		DueAt: at("2026-02-28 12:00:00.123"), Limit: 4 * 3600 * 1000, Working: 3600_500, Breached: tracker.Yes, Outcome: tracker.Finished,
		Owner: "wang", Team: "sales-ops", Actor: "li", Dims: dims, Amount: order.Decimal{Units: 100, Valid: true}, Currency: "CNY", Live: true, Revision: rev,
	}
	openVisit := visit
	openVisit.Stage, openVisit.LeftAt, openVisit.Working, openVisit.Limit, openVisit.DueAt = 1, 0, 0, 0, 0
	openVisit.Breached, openVisit.Outcome = tracker.Undecided, tracker.InStage
	f.Effects = tracker.Gathered{
		Visits: []tracker.Visit{visit},
		Orders: []tracker.Order{{
			ID: name + "-A'1\\", Status: process.Open, OpenedAt: at("2026-02-28 08:00:00.123"), StageNow: 1, OwnerNow: "zhao",
			PromisedAt: at("2026-03-05 00:00:00.000"), PromiseDueAt: at("2026-03-05 23:59:59.999"), PromisedFirstAt: at("2026-03-04 00:00:00.000"),
			PromiseFirstDue: at("2026-03-04 23:59:59.999"), PromisedRequest: at("2026-03-03 00:00:00.000"), PromiseKept: tracker.Undecided,
			PromiseFirstKept: tracker.No, Amount: order.Decimal{Units: 100, Valid: true}, Currency: "CNY", CustomerKey: "c0ffee", Dims: dims,
			Stages: []uint8{0, 1}, Exceptions: 1, Reopened: 2, LateRecords: 3, Live: true, Open: []tracker.Visit{openVisit}, Tracked: true,
			State: []byte("state\x00A"), Revision: rev,
		}, {
			ID: name + "-B", Status: process.Completed, OpenedAt: at("2026-02-28 09:00:00.000"), ClosedAt: at("2026-02-28 10:00:00.000"), StageNow: -1,
			PromiseKept: tracker.Yes, State: []byte("state B"), Revision: rev,
		}},
		Exceptions: []tracker.Exception{{
			ID: 1<<64 - 7, OrderID: name + "-A'1\\", Unit: "u1", Stage: 0, Visit: 2, Kind: tracker.Overdue, Owner: "wang", Team: "sales-ops", Cause: "慢",
			Amount: order.Decimal{Units: 100, Valid: true}, Currency: "CNY", OpenedAt: at("2026-02-28 12:00:00.123"), DetectedAt: at("2026-02-28 12:00:01.000"),
			ResolvedAt: at("2026-02-28 13:00:00.623"), Dims: dims, Live: true, Revision: rev,
		}},
		Promises: []tracker.Promise{{
			OrderID: name + "-A'1\\", Event: 77, Kind: order.PromiseFirst, GivenAt: at("2026-02-28 08:00:00.123"), PromisedAt: at("2026-03-04 00:00:00.000"),
			DueAt: at("2026-03-04 23:59:59.999"), Revision: rev,
		}},
	}
	return f
}
