package datasource

import (
	"context"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// The nodes at which orders begin and end; no stage has such a name.
const (
	opened = "(opened)"
	closed = "(closed)"
)

// node is a stage, or an end, of the map.
type node struct {
	id, title, team     string
	p90, open           string
	over, risk, fine    float64 // parts of its arc
	limit, oldest, p50  string
	overCount, riskOnes int64
	bottleneck          bool
}

// processMap returns the frames nodes and edges of Grafana's node graph: stages with the
// time that nine of ten visits of the last seven days kept, what is open, and arcs of
// its overdue and risky parts; steps of the last whole week with counts and waits.
// https://grafana.com/docs/grafana/latest/panels-visualizations/visualizations/node-graph/
func (q *question) processMap(ctx context.Context) (data.Frames, error) {
	p, err := q.process(ctx)
	if err != nil {
		return nil, err
	}
	stages, err := view.Summary(ctx, q.conn, p, q.now)
	if err != nil {
		return nil, err
	}
	ranking, err := view.Ranking(ctx, q.conn, p, q.now)
	if err != nil {
		return nil, err
	}
	week, err := view.WeekSteps(ctx, q.conn, p, q.now)
	if err != nil {
		return nil, err
	}
	return data.Frames{q.nodes(p, stages, ranking), q.edges(p, week)}, nil
}

func (q *question) nodes(p *process.Process, o view.Overview, ranking []view.Standing) *data.Frame {
	held, _ := view.FindingIn(ranking, p, q.now)
	all := []node{{id: opened, title: q.say("opened", "下单"), fine: 1}}
	for i := range o.Stages {
		s := &o.Stages[i]
		n := node{
			id: s.Stage, title: q.stage(p, s.Stage), team: s.Owner, open: view.Thousands(int64(s.Open)) + q.say(" open", " 在办"), p90: "-", p50: "-",
			fine: 1, limit: q.limit(&p.Stages[i]), overCount: int64(s.Over), riskOnes: int64(s.AtRisk), bottleneck: s.Stage == held.Stage,
		}
		if s.Left > 0 {
			n.p90, n.p50 = q.span(s.P90), q.span(s.P50)
		}
		if s.Open > 0 {
			n.over = float64(s.Over) / float64(s.Open)
			n.risk = float64(min(s.AtRisk, s.Open-s.Over)) / float64(s.Open)
			n.fine, n.oldest = 1-n.over-n.risk, q.span(s.Oldest)
		}
		all = append(all, n)
	}
	all = append(all, node{id: closed, title: q.say("closed", "结束"), fine: 1})
	arc := func(name, title, colour string, share func(*node) float64) *data.Field {
		f := column("arc__"+name, title, gather(all, share))
		f.Config.Color = map[string]any{"mode": "fixed", "fixedColor": colour}
		return f
	}
	return as(data.NewFrame("nodes",
		column("id", q.say("Stage", "环节"), gather(all, func(n *node) string { return n.id })),
		column("title", q.say("Title", "名称"), gather(all, func(n *node) string { return n.title })),
		column("subtitle", q.say("Owner", "责任人"), gather(all, func(n *node) string { return n.team })),
		column("mainstat", q.say("Nine of ten within, 7 days", "近 7 天九成不超过"), gather(all, func(n *node) string { return n.p90 })),
		column("secondarystat", q.say("Under way", "在办"), gather(all, func(n *node) string { return n.open })),
		arc("overdue", q.say("overdue", "超时"), red, func(n *node) float64 { return n.over }),
		arc("at_risk", q.say("at risk", "即将超时"), orange, func(n *node) float64 { return n.risk }),
		arc("fine", q.say("within the limit", "时限内"), green, func(n *node) float64 { return n.fine }),
		column("highlighted", q.say("Bottleneck", "瓶颈"), gather(all, func(n *node) bool { return n.bottleneck })),
		column("detail__overdue", q.say("Overdue", "超时"), gather(all, func(n *node) int64 { return n.overCount })),
		column("detail__at_risk", q.say("At risk", "即将超时"), gather(all, func(n *node) int64 { return n.riskOnes })),
		column("detail__oldest", q.say("Oldest", "最久"), gather(all, func(n *node) string { return n.oldest })),
		column("detail__p50", q.say("Median, 7 days", "近 7 天中位耗时"), gather(all, func(n *node) string { return n.p50 })),
		column("detail__limit", q.say("Limit", "时限"), gather(all, func(n *node) string { return n.limit })),
	), data.VisTypeNodeGraph)
}

func (q *question) edges(p *process.Process, week view.Steps) *data.Frame {
	var steps []view.Step
	most := 1
	for _, s := range week.Steps {
		// Steps of stages that have left the process since lead nowhere.
		if known(p, s.From) && known(p, s.To) && s.From+s.To != "" {
			steps, most = append(steps, s), max(most, s.Count)
		}
	}
	steps, more := cut(q, steps)
	from := func(s *view.Step) string { return end(s.From, opened) }
	to := func(s *view.Step) string { return end(s.To, closed) }
	f := as(data.NewFrame("edges",
		column("id", q.say("Step", "流转"), gather(steps, func(s *view.Step) string { return from(s) + " > " + to(s) })),
		column("source", q.say("From", "从"), gather(steps, from)),
		column("target", q.say("To", "到"), gather(steps, to)),
		column("mainstat", q.say("Steps", "流转次数"), gather(steps, func(s *view.Step) int64 { return int64(s.Count) })),
		column("secondarystat", q.say("Wait between, median", "环节间等待（中位）"), gather(steps, func(s *view.Step) string {
			if s.Wait < time.Minute {
				return ""
			}
			return q.say("wait ", "等待 ") + q.span(s.Wait)
		})),
		column("thickness", q.say("Share of the busiest", "相对最忙流转"), gather(steps, func(s *view.Step) float64 { return 1 + 4*float64(s.Count)/float64(most) })),
		column("detail__again", q.say("Into a stage entered before", "其中返工"), gather(steps, func(s *view.Step) int64 { return int64(s.Again) })),
	), data.VisTypeNodeGraph)
	switch {
	case more:
		q.wasCut(f)
	case len(steps) == 0:
		told(f, q.say("No order has gone from stage to stage in the last two weeks.", "近两周没有订单在环节间流转。"))
	case week.Whole:
		told(f, q.say("Steps of the week of ", "所示为该周的流转：")+week.Week.Format(time.DateOnly))
	default:
		told(f, q.say("Steps of the present week, which is not over: ", "所示为本周至今的流转：")+week.Week.Format(time.DateOnly))
	}
	return f
}

// known reports whether a step's end is one of the process.
func known(p *process.Process, stage string) bool { return stage == "" || p.StageIndex(stage) >= 0 }

func end(stage, otherwise string) string {
	if stage == "" {
		return otherwise
	}
	return stage
}
