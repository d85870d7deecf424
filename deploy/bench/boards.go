package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/takt-orders/takt/dashboards"
	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/metrics/view"
)

// browser is how many panels of a board are asked at once: a browser opens so many
// connections to one Grafana.
const browser = 6

// question is one query of a panel, as it stands when the board has just been opened.
type question struct {
	panel int
	title string
	sql   string
}

// askBoards opens each board as often as views are asked, its panels at once as a
// browser does, and asks each panel alone.
func askBoards(ctx context.Context, engine *embedded.ClickHouse, c *config, r *report, out io.Writer) error {
	now := time.Now()
	ask := func(sql string) ([]string, error) {
		a, err := askEngine(ctx, engine, sql)
		return a.first, err
	}
	var boards, panels [][]string
	for _, b := range dashboards.Boards(dashboards.English) {
		questions, err := questionsOf(&b, now, ask)
		if err != nil {
			return fmt.Errorf("board %s: %w", b.UID, err)
		}
		var whole []float64
		var rows uint64
		for _, q := range questions {
			cells, one, err := askOften(ctx, engine, q.sql)
			if err != nil {
				return fmt.Errorf("board %s, panel %d: %w", b.UID, q.panel, err)
			}
			rows += one.rows
			r.add(fmt.Sprintf("boards/%s/%d/p95", b.UID, q.panel), one.wall, "s", "")
			panels = append(panels, append([]string{fmt.Sprintf("%s %d %s", b.UID, q.panel, q.title)}, cells...))
		}
		if len(questions) == 0 {
			continue // of Prometheus alone
		}
		used := engineCPU(engine.Pid())
		for range repeats {
			took, err := openBoard(ctx, engine, questions)
			if err != nil {
				return fmt.Errorf("board %s: %w", b.UID, err)
			}
			whole = append(whole, took)
		}
		used = (engineCPU(engine.Pid()) - used) / repeats
		p50, p95 := quantiles(whole)
		r.add("boards/"+b.UID+"/p95", p95, "s", "<= 3")
		boards = append(boards, []string{b.UID, decimals(p50, 2), decimals(p95, 2), decimals(used, 2), view.Thousands(int64(rows))})
		fmt.Fprintf(c.progress, "%s %.2f s\n", b.UID, p50)
	}
	size := view.Thousands(int64(c.Visits))
	table(out, "Panels over "+size+" visits, asked alone", []string{"", "p50 s", "p95 s", "CPU s", "rows read"}, panels)
	table(out, fmt.Sprintf("Boards over %s visits, %d panels at once; goal: p95 <= 3 s", size, browser), []string{"", "p50 s", "p95 s", "CPU s", "rows read"}, boards)
	return nil
}

// questionsOf returns the queries of a board that ClickHouse answers.
func questionsOf(b *grafana.Dashboard, now time.Time, ask func(sql string) ([]string, error)) ([]question, error) {
	values, err := b.Opened(now, ask)
	if err != nil {
		return nil, err
	}
	for _, v := range b.Templating.List {
		if v.Type == "textbox" {
			if values[v.Name], err = ask("SELECT order_id FROM takt.orders_open ORDER BY opened_at LIMIT 1"); err != nil {
				return nil, err
			}
		}
	}
	from, err := b.Time.Begin(now)
	if err != nil {
		return nil, err
	}
	var all []question
	for _, p := range b.Asking() {
		for _, t := range p.Targets {
			if t.RawSQL == "" {
				continue
			}
			sql, err := grafana.Expand(t.RawSQL, values, from, now)
			if err != nil {
				return nil, fmt.Errorf("panel %d: %w", p.ID, err)
			}
			all = append(all, question{p.ID, p.Title, sql})
		}
	}
	return all, nil
}

// openBoard asks all questions and returns how long that took, in seconds.
func openBoard(ctx context.Context, engine *embedded.ClickHouse, questions []question) (float64, error) {
	began := time.Now()
	waiting := make(chan question, len(questions))
	for _, q := range questions {
		waiting <- q
	}
	close(waiting)
	wrong := make([]error, browser)
	var connections sync.WaitGroup
	for i := range browser {
		connections.Go(func() {
			for q := range waiting {
				if _, err := askEngine(ctx, engine, q.sql); err != nil {
					wrong[i] = errors.Join(wrong[i], fmt.Errorf("panel %d: %w", q.panel, err))
				}
			}
		})
	}
	connections.Wait()
	return time.Since(began).Seconds(), errors.Join(wrong...)
}
