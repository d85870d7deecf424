package dashboards_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/ingest"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
	"github.com/takt-orders/takt/metrics/view"
)

// tailor is a user's own process: its stages have Chinese names, and titles in one
// language alone. By the alphabet they would stand in another order.
func tailor(zone *time.Location) *process.Process {
	stage := func(name, title, starts, ends string) process.Stage {
		return process.Stage{
			Name: name, Title: process.Text{ZH: title}, StartsOn: []string{starts}, EndsOn: []string{ends},
			Owner: process.Owner{Team: title + "组"}, Limit: process.Limit{Within: 8 * time.Hour, Of: process.Wall, Objective: 0.9, WarnAt: 0.75},
		}
	}
	return &process.Process{
		Name: "定制", Title: process.Text{ZH: "服装定制"}, Zone: zone, OpensOn: []string{"量体.完成"},
		ClosesOn: process.Closing{Completed: []string{"试衣.完成"}, Cancelled: []string{"定制.取消"}},
		Stages: []process.Stage{
			stage("裁剪", "裁剪面料", "量体.完成", "裁剪.完成"), stage("缝制", "缝制成衣", "裁剪.完成", "缝制.完成"), stage("试衣", "到店试衣", "缝制.完成", "试衣.完成"),
		},
	}
}

// TestOwnProcess adds a user's process, provisions nothing, and finds its titles in what
// the boards show, stages in the order of the process.
func TestOwnProcess(t *testing.T) {
	p := tailor(shop.process.Zone)
	playOwn(t, p)
	titles := []string{p.Stages[0].Title.ZH, p.Stages[1].Title.ZH, p.Stages[2].Title.ZH}
	for _, b := range dashboards.Boards(dashboards.Chinese) {
		own := slices.IndexFunc(b.Templating.List, func(v grafana.Variable) bool { return v.Name == "process" })
		if own < 0 {
			continue
		}
		t.Run(b.UID, func(t *testing.T) {
			values := defaults(t, &b)
			if got := fmt.Sprint(labelsOf(t, &b.Templating.List[own], values)); !strings.Contains(got, p.Title.ZH) {
				t.Errorf("processes to choose from are %s", got)
			}
			values["process"] = []string{p.Name}
			for _, v := range b.Templating.List {
				if v.Name == "stage" {
					if got := labelsOf(t, &v, values); !slices.Equal(got, titles) {
						t.Errorf("stages to choose from are %v, want %v", got, titles)
					}
					values["stage"] = []string{p.Stages[0].Name}
				}
			}
			shown := shownBy(t, &b, values)
			if b.UID == dashboards.Overview && !inOrder(shown, titles) {
				t.Errorf("the stages' titles do not stand in the order of the process:\n%s", shown)
			}
			// Its orders have no promise, and channels are not of stages.
			wanted := b.UID != dashboards.Promise && b.UID != dashboards.Channels
			if wanted && !slices.ContainsFunc(titles, func(title string) bool { return strings.Contains(shown, title) }) {
				t.Errorf("no title of the process is shown:\n%s", shown)
			}
			if strings.Contains(shown, "备货") {
				t.Errorf("another process's stage is shown:\n%s", shown)
			}
		})
	}
}

// playOwn lets thirty orders go through the process: each waits in a stage.
func playOwn(t *testing.T, p *process.Process) {
	t.Helper()
	ctx := context.Background()
	if problems := p.Validate(); len(problems) > 0 {
		t.Fatal(problems)
	}
	if err := shop.db.SyncProcesses(ctx, order.At(time.Now()), []*process.Process{shop.process, p}); err != nil {
		t.Fatal(err)
	}
	if err := view.Apply(ctx, shop.db, time.Now()); err != nil {
		t.Fatal(err)
	}
	var hasher order.Hasher
	w := clickhouse.NewWriter(shop.db, p)
	states := tracker.New(tracker.Config{Plan: process.NewPlan(p), Linger: time.Hour, LingerOrders: 1000})
	f := &ingest.Flush{Source: "定制系统", Process: p.Name, Topic: "tailor", Partitions: 1, Number: 1, WrittenAt: order.At(shop.now)}
	f.Events = w.Events(f)
	for i := range 30 {
		for step, activity := range []string{"量体.完成", "裁剪.完成", "缝制.完成"}[:1+i%3] {
			e := order.Event{
				Process: p.Name, Source: f.Source, OrderID: fmt.Sprintf("定制-%03d", i), Activity: activity, Channel: "门店",
				OccurredAt: order.At(shop.now.Add(time.Duration(step-48+i/3) * time.Hour)),
			}
			hasher.SetContent(&e)
			hasher.SetID(&e, order.IdentityContent, "", "", 0)
			states.Apply(&e, f.Next, false)
			f.Events.Add(&e, f.Next, false)
			f.Next++
		}
	}
	f.Counts = ingest.Counts{Records: f.Next, Stored: f.Next, Events: f.Next}
	f.Last = ingest.Mark{Offset: f.Next - 1, Append: f.WrittenAt}
	states.Advance(order.At(shop.now), false)
	f.Rows = w.Rows(f)
	f.Effects = states.Cut(f.Rows)
	if err := w.Write(ctx, f); err != nil {
		t.Fatal(err)
	}
}

// labelsOf returns what people see when they choose.
func labelsOf(t *testing.T, v *grafana.Variable, values grafana.Chosen) []string {
	t.Helper()
	text, _ := v.Query.(string)
	sql, err := grafana.Expand(text, values, shop.now.AddDate(0, 0, -1), shop.now)
	if err != nil {
		t.Fatal(err)
	}
	f, err := ask(sql)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, row := range f.Data {
		all = append(all, fmt.Sprint(row[len(row)-1]))
	}
	return all
}

// shownBy returns every row of every panel, panel after panel.
func shownBy(t *testing.T, b *grafana.Dashboard, values grafana.Chosen) string {
	t.Helper()
	var shown strings.Builder
	from, to := span(t, b.Time)
	for _, p := range b.Panels {
		for _, q := range p.Targets {
			if q.RawSQL == "" {
				continue
			}
			sql, err := grafana.Expand(q.RawSQL, values, from, to)
			if err != nil {
				t.Fatal(err)
			}
			f, err := ask(sql)
			if err != nil {
				t.Fatalf("panel %d: %v\n%s", p.ID, err, sql)
			}
			for _, row := range f.Data {
				fmt.Fprintln(&shown, p.ID, row)
			}
		}
	}
	return shown.String()
}

// inOrder reports whether the table of stages shows the titles in this order.
func inOrder(shown string, titles []string) bool {
	var table strings.Builder
	for line := range strings.Lines(shown) {
		if strings.HasPrefix(line, fmt.Sprint(dashboards.OverviewStages, " ")) {
			table.WriteString(line)
		}
	}
	last := -1
	for _, title := range titles {
		at := strings.Index(table.String(), title)
		if at <= last {
			return false
		}
		last = at
	}
	return true
}
