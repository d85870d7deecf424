package view

import (
	"fmt"
	"testing"
	"time"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/ingest/simulate"
	"github.com/takt-orders/takt/metrics/process"
)

// What alerts and digests tell of an outage of the warehouse is what stands in the
// views, counted here in the plainest way.
func TestOpenOnEngine(t *testing.T) {
	p := retail(t)
	p.Name = "alerts"
	for i := range p.Stages {
		p.Stages[i].Owner.Team = "team-" + p.Stages[i].Name
	}
	from := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	now := from.AddDate(0, 0, 30)
	onset := now.Add(-simulate.WarehouseOutage.Lead())
	db := fill(t, simulate.Config{Process: p, Seed: 42, From: from, Scenario: simulate.WarehouseOutage, Onset: onset, OrdersPerDay: 700}, now)
	open := Open{Conn: db.Conn(), Processes: []*process.Process{p}, Each: func(_ *process.Process, kind string) bool { return kind == "overdue" }}
	began := time.Now()
	groups, err := open.Open(t.Context(), now, onset)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d groups in %v", len(groups), time.Since(began))
	var worst *notify.Group
	total := 0
	for i := range groups {
		g := &groups[i]
		t.Logf("%s/%s/%s: %d orders, %d new, normal %d, %v, owner %s, focus %q, cause %s", g.Stage, g.Kind, g.Team, g.Orders, g.New, g.Normal, g.Amounts, g.Owner, g.Focus, g.Cause.ZH)
		total += g.Orders
		if g.Kind == "overdue" && (worst == nil || g.Orders > worst.Orders) {
			worst = g
		}
	}
	scan := func(query string, args ...any) (n int64) {
		t.Helper()
		if err := db.Conn().QueryRow(t.Context(), "SELECT toInt64(("+query+"))", args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if want := scan("SELECT uniqExact(stage, kind, owner_team, order_id) FROM takt.exceptions WHERE process = 'alerts' AND state = 'open'"); int64(total) != want {
		t.Errorf("got %d orders, want %d", total, want)
	}
	if worst == nil || worst.Team != "team-pick" || worst.Cause.ZH == "" || worst.Normal < 0 || len(worst.Worst) != 10 {
		t.Fatalf("got %+v", worst)
	}
	for i, o := range worst.Worst {
		if o.Entered.IsZero() || !o.Entered.Before(o.OpenedAt) || i > 0 && o.OpenedAt.Before(worst.Worst[i-1].OpenedAt) {
			t.Errorf("order %d: %+v", i, o)
		}
	}
	if len(worst.Each) != min(worst.Orders, notify.EachMost) || len(worst.Amounts) == 0 {
		t.Errorf("%d orders, %d singly, %v", worst.Orders, len(worst.Each), worst.Amounts)
	}
	digest(t, p, now, scan, func(team string) notify.Report {
		r, err := Digest(t.Context(), db.Conn(), p, team, now)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}, worst.Team)
}

func digest(t *testing.T, p *process.Process, now time.Time, scan func(string, ...any) int64, report func(team string) notify.Report, team string) {
	c := notify.Context{Processes: []*process.Process{p}, Kind: func(_ *process.Process, kind string) notify.Kind {
		return notify.Kind{Title: process.Text{EN: kind, ZH: kind}}
	}}
	for _, who := range []string{"", team} {
		r := report(who)
		for _, lang := range []notify.Lang{notify.English, notify.Chinese} {
			m := c.DigestMessage([]notify.Report{r}, now, lang)
			t.Log(m.Text())
		}
		where := fmt.Sprintf("process = 'alerts' AND left_at IS NULL AND (owner_team = '%s' OR '%s' = '')", who, who)
		if want := scan("SELECT uniqExact(order_id) FROM takt.visits WHERE " + where); int64(r.Open.Orders) != want {
			t.Errorf("%q: open %d, want %d", who, r.Open.Orders, want)
		}
		if want := scan(fmt.Sprintf("SELECT uniqExact(order_id) FROM takt.visits WHERE due_at < fromUnixTimestamp64Milli(toInt64(%d)) AND ", now.UnixMilli()) + where); int64(r.Overdue.Orders) != want {
			t.Errorf("%q: overdue %d, want %d", who, r.Overdue.Orders, want)
		}
		if r.Completed == 0 || len(r.First) != 3 || len(r.Overdue.Amounts) == 0 || r.Oldest == nil || r.Bottleneck.ZH == "" {
			t.Errorf("%q: got %+v", who, r)
		}
	}
}
