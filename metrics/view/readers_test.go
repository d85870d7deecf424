package view

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/takt-orders/takt/metrics/process"
)

// What the pages read, against rows written by hand: A went from review to pick and was
// completed within its promise eight days ago, B waits in review, late, with two exceptions.
func TestReadersByHand(t *testing.T) {
	p := hand(t, "readers")
	db := open(t, p)
	ctx, conn, now := t.Context(), db.Conn(), time.Now()
	put(
		t, db, "visits", visitColumns,
		`'readers', 'A', 'review', 1, now64(3) - INTERVAL 200 HOUR, now64(3) - INTERVAL 198 HOUR, NULL, 0, NULL, false, 'finished', 'ann', 'desk', 10, 'CNY'`,
		`'readers', 'A', 'pick', 1, now64(3) - INTERVAL 197 HOUR, now64(3) - INTERVAL 196 HOUR, NULL, 0, NULL, false, 'finished', 'cai', 'east', 10, 'CNY'`)
	put(
		t, db, "orders", orderColumns,
		`'readers', 'A', 'completed', now64(3) - INTERVAL 200 HOUR, now64(3) - INTERVAL 196 HOUR, '', now64(3) - INTERVAL 190 HOUR, NULL, 10, 'CNY', ['review', 'pick'], []`,
		`'readers', 'B', 'open', now64(3) - INTERVAL 60 HOUR, NULL, 'review', now64(3) - INTERVAL 50 HOUR, NULL, 25, 'CNY', ['review'], [('', 'review', 1, now64(3) - INTERVAL 60 HOUR, now64(3) - INTERVAL 56 HOUR, 14400, true, 'bob', 'desk', '', true)]`)
	put(
		t, db, "exceptions", "process, order_id, id, stage, kind, severity, owner, owner_team, amount, currency, cause, opened_at, resolved_at, withdrawn",
		`'readers', 'B', 1, 'review', 'overdue', 'warning', 'bob', 'desk', 25, 'CNY', 'weather', '2026-03-01 01:00:00', NULL, false`,
		`'readers', 'B', 2, '', 'lost', 'critical', '', '', 25, 'CNY', '', '2026-03-01 02:00:00', NULL, false`,
		`'readers', 'B', 3, 'review', 'overdue', 'warning', 'bob', 'desk', 25, 'CNY', '', '2026-03-01 01:00:00', '2026-03-01 03:00:00', false`,
		`'readers', 'B', 4, 'review', 'overdue', 'warning', 'bob', 'desk', 25, 'CNY', '', '2026-03-01 01:00:00', NULL, true`)

	same := func(what string, got, want any, err error, options ...cmp.Option) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if d := cmp.Diff(want, got, options...); d != "" {
			t.Errorf("%s (-want +got)\n%s", what, d)
		}
	}
	about := cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < time.Minute })

	load, err := Loaded(ctx, conn, p)
	same("load", load, Load{Orders: 1, Amount: 25, Currency: "CNY", Exceptions: 2, Unanswered: 2}, err)
	late, err := LateOrders(ctx, conn, p, 5)
	same("late orders", late, []LateOrder{{OrderID: "B", Stage: "review", Owner: "bob", By: 50 * time.Hour, Amount: 25, Currency: "CNY"}}, err, about)
	groups, err := OpenExceptions(ctx, conn, p.Name)
	same("groups", groups, []ExceptionGroup{{"lost", "", "opened", "", 1}, {"overdue", "review", "assigned", "desk", 1}}, err)

	list := func(f ExceptionFilter) (ids []string, total int) {
		t.Helper()
		f.Process = p.Name
		found, total, err := Exceptions(ctx, conn, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range found {
			ids = append(ids, x.Kind+" "+x.State+" "+x.Owner+" "+x.Cause)
		}
		return ids, total
	}
	for _, tt := range []struct {
		name   string
		filter ExceptionFilter
		want   []string
		total  int
	}{
		{"open, the critical one first", ExceptionFilter{Open: true, Most: 9}, []string{"lost opened  ", "overdue assigned bob weather"}, 2},
		{"the first of them", ExceptionFilter{Open: true, Most: 1}, []string{"lost opened  "}, 2},
		{"of an order", ExceptionFilter{OrderID: "B", Most: 9}, []string{"lost opened  ", "overdue assigned bob weather", "overdue resolved bob "}, 3},
		{"by kind and team", ExceptionFilter{Kind: "overdue", Team: "desk", Stage: "review", State: "assigned", Most: 9}, []string{"overdue assigned bob weather"}, 1},
		{"none", ExceptionFilter{OrderID: "' OR 1 = 1 --", Most: 9}, nil, 0},
	} {
		ids, total := list(tt.filter)
		same(tt.name, ids, tt.want, nil)
		same(tt.name+", in all", total, tt.total, nil)
	}

	days, err := LateDays(ctx, conn, p, 3, now)
	if err != nil || len(days) != 3 || days[2].OpenLate != 1 || days[2].OpenAmount != 25 {
		t.Errorf("days: %+v, %v", days, err)
	}
	ranking, err := Ranking(ctx, conn, p, now)
	same("ranking", ranking, []Standing{
		{Rank: 1, Stage: "review", Title: process.Text{EN: "Review", ZH: "审核"}, Open: 1, Old: 1, Amount: 25, Currency: "CNY", Oldest: 60 * time.Hour, Owner: "bob", Late: 1},
		{Rank: 2, Stage: "pick", Late: 1, LateHadMet: 1},
	}, err, about, cmpopts.IgnoreFields(Standing{}, "Measured", "Score", "OpenNormal", "OldNormal", "Trend", "LateHadMet"))
	delays, err := WeekDelays(ctx, conn, p)
	if err != nil || len(delays.Hours) != 168 || len(delays.Old) != 2 || len(delays.Old[0]) != 168 || delays.Old[0][167] != 1 || delays.Old[0][0] != 0 {
		t.Errorf("delays: %+v, %v", delays, err)
	}
}

// Steps are those of the last whole week, or of the present one while there is none.
func TestWeekSteps(t *testing.T) {
	p := hand(t, "weeks")
	db := open(t, p)
	visit := func(order string, stage string, entered, left string) {
		put(t, db, "visits", visitColumns, `'weeks', '`+order+`', '`+stage+`', 1, '`+entered+`', '`+left+`', NULL, 0, NULL, false, 'finished', '', '', 1, 'CNY'`)
	}
	placed := func(order, at string) {
		put(t, db, "orders", orderColumns, `'weeks', '`+order+`', 'open', '`+at+`', NULL, '', NULL, NULL, 1, 'CNY', [], []`)
	}
	now := time.Date(2026, 3, 11, 4, 0, 0, 0, time.UTC) // a Wednesday
	read := func(at time.Time) Steps {
		t.Helper()
		s, err := WeekSteps(t.Context(), db.Conn(), p, at)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := read(now); got.Steps != nil {
		t.Errorf("before any: got %+v", got)
	}
	placed("A", "2026-03-09 01:00:00")
	visit("A", "review", "2026-03-09 01:00:00", "2026-03-09 02:00:00")
	monday := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	if d := cmp.Diff(Steps{Week: monday, Steps: []Step{{To: "review", Count: 1}}}, read(now)); d != "" {
		t.Errorf("the present week (-want +got)\n%s", d)
	}
	// 16:30 on Sunday in UTC is Monday in Shanghai; 15:30 is Sunday.
	placed("B", "2026-03-08 15:30:00")
	visit("B", "review", "2026-03-08 15:30:00", "2026-03-08 16:00:00")
	visit("B", "pick", "2026-03-08 16:30:00", "2026-03-08 17:00:00")
	if d := cmp.Diff(Steps{Week: monday.AddDate(0, 0, -7), Whole: true, Steps: []Step{{To: "review", Count: 1}}}, read(now)); d != "" {
		t.Errorf("the week before (-want +got)\n%s", d)
	}
	want := []Step{{To: "review", Count: 1}, {From: "review", To: "pick", Count: 1, Wait: 30 * time.Minute}}
	if got := read(now.AddDate(0, 0, 7)); !got.Whole || !cmp.Equal(got.Steps, want) {
		t.Errorf("a week later: got %+v", got)
	}
}

// A process that no order has come to ranks its stages beside one that is in use.
func TestRankingWithoutVisits(t *testing.T) {
	used, idle := hand(t, "inuse"), hand(t, "untouched")
	db := open(t, used, idle)
	put(t, db, "visits", visitColumns,
		`'inuse', 'A', 'review', 1, now64(3) - INTERVAL 30 HOUR, now64(3) - INTERVAL 28 HOUR, NULL, 0, NULL, false, 'finished', 'ann', 'desk', 10, 'CNY'`)
	ranking, err := Ranking(t.Context(), db.Conn(), idle, time.Now())
	if err != nil || len(ranking) != 2 || ranking[0].Measured || ranking[0].Bottleneck {
		t.Errorf("got %+v, %v", ranking, err)
	}
}
