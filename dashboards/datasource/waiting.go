package datasource

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/takt-orders/takt/metrics/view"
)

// openOrders lists the visits under way, the oldest first.
func (q *question) openOrders(ctx context.Context) (data.Frames, error) {
	p, err := q.process(ctx)
	if err != nil {
		return nil, err
	}
	all, err := view.OpenVisits(ctx, q.conn, p, view.VisitFilter{Stages: q.Stages, Teams: q.Teams, Most: q.Most + 1}, q.now)
	if err != nil {
		return nil, err
	}
	all, more := cut(q, all)
	over, risk, fine := q.say("overdue", "超时"), q.say("at risk", "即将超时"), q.say("within the limit", "时限内")
	text := func(name, title string, value func(*view.OpenVisit) string) *data.Field {
		return column(name, title, gather(all, value))
	}
	f := as(data.NewFrame("open_orders",
		text("order_id", q.say("Order", "订单号"), func(v *view.OpenVisit) string { return v.OrderID }),
		text("unit", q.say("Line or parcel", "订单行/包裹"), func(v *view.OpenVisit) string { return v.Unit }),
		text("stage", q.say("Stage", "环节"), func(v *view.OpenVisit) string { return v.Stage }),
		text("title", q.say("Title", "名称"), func(v *view.OpenVisit) string { return q.stage(p, v.Stage) }),
		q.inHours(column("age_hours", q.say("Age", "已停留"), gather(all, func(v *view.OpenVisit) float64 { return v.Age.Hours() }))),
		painted(text("state", q.say("State", "状态"), func(v *view.OpenVisit) string {
			switch {
			case v.Overdue:
				return over
			case v.AtRisk:
				return risk
			}
			return fine
		}), map[string]string{over: red, risk: orange, fine: green}),
		text("owner_team", q.say("Team", "负责团队"), func(v *view.OpenVisit) string { return v.Team }),
		text("owner", q.say("Owner", "责任人"), func(v *view.OpenVisit) string { return v.Owner }),
		column("amount", q.say("Money", "金额"), gather(all, func(v *view.OpenVisit) float64 { return v.Amount })),
		text("currency", q.say("Currency", "币种"), func(v *view.OpenVisit) string { return v.Currency }),
		column("entered_at", q.say("Entered", "进入时间"), gather(all, func(v *view.OpenVisit) time.Time { return v.EnteredAt.UTC() })),
		column("visit", q.say("Visit", "第几次"), gather(all, func(v *view.OpenVisit) int64 { return int64(v.Visit) })),
	), data.VisTypeTable)
	switch {
	case more:
		q.wasCut(f)
	case len(all) == 0 && len(q.Stages)+len(q.Teams) > 0:
		told(f, q.say("Nothing under way matches the filter.", "没有符合筛选条件的在办。"))
	case len(all) == 0:
		told(f, q.say("Nothing is under way.", "没有在办。"))
	}
	return data.Frames{f}, nil
}

// openByAge returns one row for each age band and one column for each stage, in the
// order of the process.
func (q *question) openByAge(ctx context.Context) (data.Frames, error) {
	p, err := q.process(ctx)
	if err != nil {
		return nil, err
	}
	all, err := view.OpenByAge(ctx, q.conn, p, q.now)
	if err != nil {
		return nil, err
	}
	var bands []string
	counts := make([][]int64, len(p.Stages))
	for _, b := range all {
		title := q.say(b.Title.EN, b.Title.ZH)
		at := slices.Index(bands, title)
		if at < 0 {
			at, bands = len(bands), append(bands, title)
			for i := range counts {
				counts[i] = append(counts[i], 0)
			}
		}
		if i := p.StageIndex(b.Stage); i >= 0 {
			counts[i][at] = int64(b.Open)
		}
	}
	f := as(data.NewFrame("open_by_age", column("age", q.say("Age", "已停留"), bands)), data.VisTypeTable)
	for i := range p.Stages {
		f.Fields = append(f.Fields, column(p.Stages[i].Name, q.stage(p, p.Stages[i].Name), counts[i]))
	}
	return data.Frames{f}, nil
}

// values returns what a variable may be: its text and its value.
func (q *question) values(ctx context.Context) (data.Frames, error) {
	var texts, values []string
	add := func(text, value string) { texts, values = append(texts, text), append(values, value) }
	if q.Variable == defaultVariable {
		all, err := view.Stored(ctx, q.conn)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			add(q.title(p.Title, p.Name), p.Name)
		}
	} else if err := q.valuesOf(ctx, add); err != nil {
		return nil, err
	}
	more := false
	if texts, more = cut(q, texts); more {
		values = values[:len(texts)]
	}
	f := data.NewFrame(q.Variable, column("text", q.say("Text", "文字"), texts), column("value", q.say("Value", "值"), values))
	if more {
		q.wasCut(f)
	}
	return data.Frames{f}, nil
}

// valuesOf adds the values of a variable that belongs to a process.
func (q *question) valuesOf(ctx context.Context, add func(text, value string)) error {
	p, err := q.process(ctx)
	if err != nil {
		return err
	}
	switch q.Variable {
	case "stages":
		for i := range p.Stages {
			add(q.stage(p, p.Stages[i].Name), p.Stages[i].Name)
		}
	case "teams":
		seen := map[string]bool{"": true}
		for i := range p.Stages {
			if team := p.Stages[i].Owner.Team; !seen[team] {
				seen[team] = true
				add(team, team)
			}
		}
	case "late_orders":
		late, err := view.LateOrders(ctx, q.conn, p, q.Most+1)
		if err != nil {
			return err
		}
		for _, o := range late {
			add(o.OrderID, o.OrderID)
		}
	default:
		return wrongError(fmt.Sprintf(q.say("the variable %q is unknown: use processes, stages, teams or late_orders", "未知的变量 %q：请用 processes、stages、teams 或 late_orders"), q.Variable))
	}
	return nil
}
