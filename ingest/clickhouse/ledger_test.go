package clickhouse

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

var hour0 = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// raise stores exceptions as the tracker would.
func raise(t testing.TB, db *DB, all ...exception.Facts) {
	t.Helper()
	instant := func(at time.Time) string {
		if at.IsZero() {
			return "NULL"
		}
		return at.Format("'2006-01-02 15:04:05.000'")
	}
	var rows []string
	for _, f := range all {
		rows = append(rows, fmt.Sprintf("('%s', '%s', %d, '%s', '%s', '%s', '%s', '%s', 12.5, 'CNY', %s, %s, %s, %v)",
			f.Process, f.OrderID, f.ID, f.Stage, f.Kind, f.Owner, f.Team, f.Cause, instant(f.OpenedAt), instant(f.DetectedAt), instant(f.ResolvedAt), f.Withdrawn))
	}
	mustExec(t, db, "INSERT INTO takt_store.exceptions (process, order_id, id, stage, kind, owner, owner_team, cause, amount, currency,"+
		" opened_at, detected_at, resolved_at, withdrawn) VALUES "+strings.Join(rows, ", "))
}

func newFacts(process string, id uint64) exception.Facts {
	return exception.Facts{
		ID: id, Process: process, OrderID: fmt.Sprint("SO-", id), Stage: "review", Kind: "overdue",
		OpenedAt: hour0.Add(8 * time.Hour), DetectedAt: hour0.Add(9 * time.Hour),
	}
}

func newChange(id uint64, name string, step exception.Step, at time.Time) exception.Change {
	c := exception.Change{
		ID: name, Exception: id, On: exception.Latest, Step: step, Origin: exception.Person, Author: "li", At: at,
		Cause: "strike", Action: "rebooked", Note: "说明", Reason: "why",
	}
	if step == exception.Assign {
		c.Assignee, c.Team, c.Stage = "wang", "dispatch", "ship"
	}
	return c
}

func TestLedgerKeepsChanges(t *testing.T) {
	db := open(t, nil)
	f := newFacts("keep", 1001)
	raise(t, db, f)
	store := NewLedger(db, time.Now)
	l := exception.NewLedger(store)
	want := []exception.Change{
		newChange(f.ID, "a", exception.Assign, hour0.Add(10*time.Hour)),
		newChange(f.ID, "b", exception.Note, hour0.Add(11*time.Hour)),
		newChange(f.ID, "n", exception.Notify, hour0.Add(12*time.Hour)),
	}
	want[1].Origin, want[1].Place = exception.Kafka, exception.Place{Topic: "ledger", Partition: 3, Offset: 42}
	for _, c := range append(want, want...) { // each sent twice
		if _, err := l.Record(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	want[0].Revision, want[1].Revision = 1, 2
	want[0].On, want[1].On = 0, 1
	facts, got, err := store.Exception(t.Context(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]exception.Change{want[2], want[0], want[1]}, got); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	f.Amount, f.Currency, f.Severity = "12.5", "CNY", "warning"
	if d := cmp.Diff(f, facts); d != "" {
		t.Errorf("facts (-want +got):\n%s", d)
	}
	if _, _, err := store.Exception(t.Context(), 1); !errors.Is(err, exception.ErrUnknown) {
		t.Errorf("unknown: got %v", err)
	}
}

// Writers of two processes race for each revision: one of them wins, every other
// is told, and all that they wrote is in the audit log.
func TestLedgerRace(t *testing.T) {
	const rounds, racers = 12, 6
	f := newFacts("race", 1002)
	ledgers := make([]*exception.Ledger, racers)
	var db *DB
	for i := range ledgers {
		db = open(t, nil)
		ledgers[i] = exception.NewLedger(NewLedger(db, time.Now))
	}
	raise(t, db, f)
	for round := range rounds {
		errs := make([]error, racers)
		entries := make([]exception.Entry, racers)
		var wg sync.WaitGroup
		for i, l := range ledgers {
			wg.Go(func() {
				c := newChange(f.ID, fmt.Sprintf("%d-%d", round, i), exception.Note, hour0.Add(time.Duration(10+round)*time.Hour))
				c.On, c.Author = round, fmt.Sprint("racer ", i)
				entries[i], errs[i] = l.Record(t.Context(), c)
			})
		}
		wg.Wait()
		winner := ""
		for i, err := range errs {
			if err == nil {
				if winner != "" {
					t.Fatalf("round %d: %s and %d won", round, winner, i)
				}
				winner = fmt.Sprint("racer ", i)
			}
		}
		for i, err := range errs {
			var lost *exception.Conflict
			if err != nil && (!errors.As(err, &lost) || lost.Current.ChangedBy != winner || lost.Current.Revision != round+1) {
				t.Fatalf("round %d, racer %d: %v, %q won", round, i, err, winner)
			}
		}
	}
	if n := count(t, db, "SELECT count() FROM takt.exception_changes WHERE process = 'race' AND NOT refused"); n != rounds {
		t.Errorf("%d changes hold, want %d", n, rounds)
	}
	if n := count(t, db, "SELECT count() FROM takt.exception_changes WHERE process = 'race' AND refused"); n != rounds*(racers-1) {
		t.Errorf("%d changes are kept as refused, want %d", n, rounds*(racers-1))
	}
	mustExec(t, db, "OPTIMIZE TABLE takt_store.exception_changes FINAL")
	if n := count(t, db, "SELECT count() FROM takt.exception_changes WHERE process = 'race'"); n != rounds*racers {
		t.Errorf("%d changes after a merge, want %d", n, rounds*racers)
	}
}

// A change that names no revision is made on whatever holds: nobody is refused.
func TestLedgerRaceForLatest(t *testing.T) {
	db := open(t, nil)
	f := newFacts("latest", 1003)
	raise(t, db, f)
	const racers = 6
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			if _, err := exception.NewLedger(NewLedger(db, time.Now)).Record(t.Context(), newChange(f.ID, fmt.Sprint(i), exception.Note, hour0)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, db, "SELECT max(revision) * 100 + count() FROM takt.exception_changes WHERE process = 'latest'"); n != racers*100+racers {
		t.Errorf("got %d, want %d changes on as many revisions", n, racers)
	}
}

func TestLedgerPassesASpentToken(t *testing.T) {
	db := open(t, nil)
	f := newFacts("spent", 1004)
	raise(t, db, f)
	store := NewLedger(db, time.Now)
	other := newFacts("spent elsewhere", 1005)
	c := newChange(other.ID, "x", exception.Note, hour0)
	if err := store.insert(t.Context(), &other, &c, "exception-1004-1-1"); err != nil {
		t.Fatal(err)
	}
	if e, err := exception.NewLedger(store).Record(t.Context(), newChange(f.ID, "y", exception.Note, hour0)); err != nil || e.Revision != 1 {
		t.Errorf("got revision %d, %v", e.Revision, err)
	}
}

// The view says of every exception what Fold says.
func TestExceptionStatesAreFold(t *testing.T) {
	db := open(t, nil)
	r := rand.New(rand.NewPCG(4, 9))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	at := func() time.Time { return hour0.Add(time.Duration(9+r.IntN(30)) * time.Hour) }
	rows := newChangeRows()
	want := map[uint64]exception.Entry{}
	var all []exception.Facts
	for i := range uint64(600) {
		f := newFacts("fold", 20_000+i)
		f.Stage, f.Owner, f.Team, f.Cause = pick("", "review"), pick("", "zhao"), pick("", "sales"), pick("", "address")
		f.Withdrawn = r.IntN(10) == 0
		if r.IntN(2) == 0 {
			f.ResolvedAt = at()
		}
		all = append(all, f)
		var changes []exception.Change
		for n := range r.IntN(7) {
			c := newChange(f.ID, fmt.Sprint(n), exception.Steps()[r.IntN(6)], at())
			c.Revision, c.Cause, c.Author = n+1, pick("", "strike", "rain"), pick("li", "wang")
			if c.Step == exception.Assign {
				c.Assignee, c.Team = pick("", "wang", "li"), pick("", "dispatch")
			}
			c.Stage = pick("", "", "ship")
			refused := newChange(f.ID, fmt.Sprint("refused ", n), exception.Archive, at())
			refused.Revision, refused.Refused = n+1, true
			notice := newChange(f.ID, fmt.Sprint("notice ", n), exception.Notify, at())
			changes = append(changes, c, refused, notice)
		}
		for j := range changes {
			rows.add(order.At(hour0), &f, &changes[j])
		}
		f.Amount, f.Currency, f.Severity = "12.5", "CNY", "warning"
		want[f.ID] = exception.Fold(f, changes)
	}
	raise(t, db, all...)
	w := NewWriter(db)
	if err := w.insertAs(t.Context(), newBlocks(db.cfg.Compression), &rows.block, "fold", func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	got, err := NewLedger(db, time.Now).List(t.Context(), exception.Filter{Process: "fold", All: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(all) {
		t.Fatalf("%d exceptions, want %d", len(got), len(all))
	}
	for _, e := range got {
		w := want[e.ID]
		w.Facts = e.Facts // the view shows what holds now
		if d := cmp.Diff(w, e.Entry); d != "" {
			t.Fatalf("exception %d (-Fold +view):\n%s\nfacts %+v", e.ID, d, want[e.ID].Facts)
		}
	}
}

func TestExceptionTimes(t *testing.T) {
	db := open(t, nil)
	p := retail("times")
	p.Stages[0].Owner.EscalateAfter = 2 * time.Hour
	p.Exceptions = []process.Handling{{Kind: "stuck", Owner: process.Owner{EscalateTo: "duty"}, EscalateAfter: time.Hour}, {Kind: "overdue"}}
	if err := db.SyncProcesses(t.Context(), order.At(hour0), []*process.Process{p}); err != nil {
		t.Fatal(err)
	}
	on := func(id uint64, edit func(*exception.Facts)) exception.Facts {
		f := newFacts("times", 30_000+id)
		f.OrderID, f.Team = fmt.Sprint("times-", id), "sales-ops"
		edit(&f)
		return f
	}
	raise(
		t, db,
		on(1, func(f *exception.Facts) {}),                                                        // answered in time
		on(2, func(f *exception.Facts) {}),                                                        // answered too late
		on(3, func(f *exception.Facts) {}),                                                        // never answered
		on(4, func(f *exception.Facts) { f.ResolvedAt = hour0.Add(10 * time.Hour) }),              // over before it escalates
		on(5, func(f *exception.Facts) { f.Withdrawn = true }),                                    // refuted
		on(6, func(f *exception.Facts) { f.ResolvedAt = hour0.Add(12 * time.Hour) }),              // over after that, reopened
		on(7, func(f *exception.Facts) { f.OrderID, f.Kind = "times-1", "complaint" }),            // at the same time
		on(8, func(f *exception.Facts) { f.Kind, f.OpenedAt = "complaint", hour0; f.Stage = "" }), // before
		on(9, func(f *exception.Facts) { f.Kind = "stuck" }),                                      // a kind with a rule of its own
	)
	l := exception.NewLedger(NewLedger(db, time.Now))
	for _, c := range []exception.Change{
		newChange(30_001, "a", exception.Acknowledge, hour0.Add(10*time.Hour)),
		newChange(30_002, "b", exception.Acknowledge, hour0.Add(12*time.Hour)),
		newChange(30_002, "c", exception.Resolve, hour0.Add(14*time.Hour)),
		newChange(30_002, "d", exception.Archive, hour0.Add(15*time.Hour)),
		newChange(30_006, "e", exception.Reopen, hour0.Add(13*time.Hour)),
	} {
		if _, err := l.Record(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, r := range table(t, db, "SELECT id - 30000 AS n, state, escalated_at, found_first, acknowledge_seconds AS a, resolve_seconds AS r"+
		" FROM takt.exception_states WHERE process = 'times' ORDER BY id") {
		got = append(got, fmt.Sprint(r["n"], " ", r["state"], " ", r["escalated_at"], " ", r["found_first"], " ", r["a"], " ", r["r"]))
	}
	const escalated = "2026-03-02 11:00:00.000"
	if d := cmp.Diff([]string{
		"1 acknowledged <nil> false 7200 <nil>",
		"2 archived " + escalated + " true 14400 21600",
		"3 assigned " + escalated + " true <nil> <nil>",
		"4 resolved <nil> true <nil> 7200",
		"5 withdrawn <nil> true <nil> <nil>",
		"6 reopened " + escalated + " true <nil> <nil>",
		"7 assigned " + escalated + " <nil> <nil> <nil>",
		"8 assigned <nil> <nil> <nil> <nil>",
		"9 assigned 2026-03-02 10:00:00.000 true <nil> <nil>",
	}, got); d != "" {
		t.Errorf("states (-want +got):\n%s", d)
	}
	rows := table(t, db, "SELECT * FROM takt.exception_times_daily WHERE process = 'times' AND kind = 'overdue'")
	if d := cmp.Diff([]map[string]any{{
		"process": "times", "day": "2026-03-02", "kind": "overdue", "stage": "review", "owner_team": "sales-ops", "owner": "",
		"exceptions": "5", "amount": 62.5, "still_open": "3", "acknowledged": "2", "acknowledge_p50_seconds": 10800., "acknowledge_p90_seconds": 13680.,
		"located": "5", "locate_p50_seconds": 3600., "locate_p90_seconds": 3600., "resolved": "2", "resolve_p50_seconds": 14400., "resolve_p90_seconds": 20160.,
		"archived": "1", "escalated": "3", "reopened": "1", "reopen_rate": 1. / 3, "found_first_rate": 0.8,
	}}, rows, cmpopts.EquateApprox(0, 1e-9)); d != "" {
		t.Errorf("times (-want +got):\n%s", d)
	}
	counts, err := NewLedger(db, time.Now).Counts(t.Context(), "", hour0.Add(11*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var sum LedgerCount
	for _, c := range counts {
		if c.Process == "times" {
			sum.Unanswered += c.Unanswered
			sum.Acknowledged += c.Acknowledged
			sum.AcknowledgeSeconds += c.AcknowledgeSeconds
			sum.Resolved += c.Resolved
		}
	}
	if want := (LedgerCount{Unanswered: 5, Acknowledged: 1, AcknowledgeSeconds: 14400}); sum != want {
		t.Errorf("counts: got %+v, want %+v", sum, want) // none resolved: they are not live
	}
}

// The query of the manual runs as it stands there.
func TestManualOfTheLedger(t *testing.T) {
	db := open(t, nil)
	text, err := os.ReadFile("../../alerts/exception/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, query, found := strings.Cut(string(text), "```sql\n")
	query, _, closed := strings.Cut(query, "FORMAT PrettyCompact")
	if !found || !closed {
		t.Fatal("the manual has no query")
	}
	raise(t, db, newFacts("retail", 40_001), exception.Facts{
		ID: 40_002, Process: "retail", OrderID: "SO-x", Stage: "pick", Kind: "overdue", OpenedAt: time.Now().UTC(),
	})
	if rows := table(t, db, query); len(rows) != 1 || rows[0]["total"] != "1" || rows[0]["still_open"] != "1" {
		t.Errorf("got %v", rows)
	}
}
