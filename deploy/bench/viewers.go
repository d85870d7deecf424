package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/metrics/view"
)

// askViewers lets several people open Overview in the same instant, each with as many
// panels at once as a browser asks, and one alone before them. A viewer waits from the
// first question, that for the board's choices, to the last panel.
func askViewers(ctx context.Context, engine *embedded.ClickHouse, c *config, r *report, out io.Writer) error {
	boards := dashboards.Boards(dashboards.English)
	b := &boards[slices.IndexFunc(boards, func(b grafana.Dashboard) bool { return b.UID == dashboards.Overview })]
	var lines [][]string
	for _, n := range []int{1, c.Viewers} {
		var took []float64
		var failed int
		used := engineCPU(engine.Pid())
		for range repeats {
			waits, wrong := openTogether(ctx, engine, b, n)
			took = append(took, waits...)
			for _, err := range wrong {
				if err != nil {
					failed++
					fmt.Fprintf(c.progress, "viewer: %s\n", brief(err))
				}
			}
		}
		used = (engineCPU(engine.Pid()) - used) / repeats
		p50, p95 := quantiles(took)
		name, goal := fmt.Sprintf("viewers/%d", n), ""
		if n == c.Viewers {
			goal = "<= 6"
		}
		r.add(name+"/p50", p50, "s", "")
		r.add(name+"/p95", p95, "s", goal)
		r.add(name+"/CPU", used, "s", "")
		r.add(name+"/failed", float64(failed), "", "0")
		lines = append(lines, []string{fmt.Sprint(n), decimals(p50, 2), decimals(p95, 2), decimals(used, 2), fmt.Sprint(failed)})
		fmt.Fprintf(c.progress, "%d viewers %.2f s\n", n, p95)
	}
	table(out, fmt.Sprintf("Overview over %s visits, opened by viewers at once, %d panels at once each; goal: p95 <= 6 s", view.Thousands(int64(c.Visits)), browser),
		[]string{"viewers", "p50 s", "p95 s", "CPU s", "failed"}, lines)
	return nil
}

// openTogether opens a board n times at once and returns how long each viewer waited, in
// seconds, and what went wrong for whom. A range ends at a full minute, so all of them
// ask the same.
func openTogether(ctx context.Context, engine *embedded.ClickHouse, b *grafana.Dashboard, n int) ([]float64, []error) {
	now := time.Now().Truncate(time.Minute)
	ask := func(sql string) ([]string, error) {
		a, err := askEngine(ctx, engine, sql)
		return a.first, err
	}
	took, wrong := make([]float64, n), make([]error, n)
	var viewers sync.WaitGroup
	for i := range n {
		viewers.Go(func() {
			began := time.Now()
			var questions []question
			if questions, wrong[i] = questionsOf(b, now, ask); wrong[i] == nil {
				_, wrong[i] = openBoard(ctx, engine, questions)
			}
			took[i] = time.Since(began).Seconds()
		})
	}
	viewers.Wait()
	return took, wrong
}
