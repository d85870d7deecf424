package datasource

import (
	"context"
	"math"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// ranked reads the ranking of the process asked for.
func (q *question) ranked(ctx context.Context) (*process.Process, []view.Standing, error) {
	p, err := q.process(ctx)
	if err != nil {
		return nil, nil, err
	}
	ranking, err := view.Ranking(ctx, q.conn, p, q.now)
	return p, ranking, err
}

// ranking returns the stages by how far they are above their normal level.
func (q *question) ranking(ctx context.Context) (data.Frames, error) {
	p, all, err := q.ranked(ctx)
	if err != nil {
		return nil, err
	}
	all, more := cut(q, all)
	bottleneck, abnormal := q.say("bottleneck", "瓶颈"), q.say("more than usual", "明显积压")
	normal, unmeasured := q.say("normal", "正常"), q.say("not measured yet", "尚无数据")
	number := func(name, title string, value func(*view.Standing) int) *data.Field {
		return column(name, title, gather(all, func(s *view.Standing) int64 { return int64(value(s)) }))
	}
	f := as(data.NewFrame("ranking",
		number("rank", q.say("Rank", "名次"), func(s *view.Standing) int { return s.Rank }),
		column("stage", q.say("Stage", "环节"), gather(all, func(s *view.Standing) string { return s.Stage })),
		column("title", q.say("Title", "名称"), gather(all, func(s *view.Standing) string { return q.stage(p, s.Stage) })),
		painted(column("state", q.say("State", "状态"), gather(all, func(s *view.Standing) string {
			switch {
			case s.Bottleneck:
				return bottleneck
			case s.Abnormal:
				return abnormal
			case !s.Measured:
				return unmeasured
			}
			return normal
		})), map[string]string{bottleneck: red, abnormal: orange, normal: green, unmeasured: grey}),
		column("since", q.say("Since", "开始时间"), gather(all, func(s *view.Standing) *time.Time { return instant(s.Since) })),
		column("score", q.say("Above normal, in usual variations", "高出平时（以波动幅度计）"), gather(all, func(s *view.Standing) float64 { return math.Round(10*s.Score) / 10 })),
		number("open", q.say("Under way", "在办"), func(s *view.Standing) int { return s.Open }),
		number("open_normal", q.say("Normal", "平时"), func(s *view.Standing) int { return s.OpenNormal }),
		number("old", q.say("Too long", "超常"), func(s *view.Standing) int { return s.Old }),
		number("old_normal", q.say("Normally too long", "平时超常"), func(s *view.Standing) int { return s.OldNormal }),
		number("trend", q.say("In an hour", "近一小时变化"), func(s *view.Standing) int { return s.Trend }),
		q.inHours(column("oldest_hours", q.say("Oldest", "最久"), gather(all, func(s *view.Standing) float64 { return s.Oldest.Hours() }))),
		column("amount", q.say("Money", "金额"), gather(all, func(s *view.Standing) float64 { return s.Amount })),
		column("currency", q.say("Currency", "币种"), gather(all, func(s *view.Standing) string { return s.Currency })),
		column("owner", q.say("Owner", "责任人"), gather(all, func(s *view.Standing) string { return s.Owner })),
		number("late", q.say("Open orders late", "未交付逾期"), func(s *view.Standing) int { return s.Late }),
		number("late_had_met", q.say("Late had it met its limit", "若未超时仍逾期"), func(s *view.Standing) int { return s.LateHadMet }),
	), data.VisTypeTable)
	if more {
		q.wasCut(f)
	}
	return data.Frames{f}, nil
}

// sentence returns one row: what holds the process up, as a sentence.
func (q *question) sentence(ctx context.Context) (data.Frames, error) {
	p, ranking, err := q.ranked(ctx)
	if err != nil {
		return nil, err
	}
	state, colour, text := "unmeasured", grey, q.say("Not measured yet: Takt has to see a day of orders before it can tell what is normal.",
		"尚无数据：积累一天的订单后，才能判断何为平时水平。")
	for i := range ranking {
		if ranking[i].Measured {
			state, colour, text = "normal", green, q.say("No bottleneck: every stage is at its normal level.", "没有瓶颈：各环节均处于平时水平。")
		}
	}
	stage, waiting := "", int64(0)
	if f, found := view.FindingIn(ranking, p, q.now); found {
		state, colour, text, stage, waiting = "bottleneck", red, q.say(f.Sentence(), f.SentenceZH()), f.Stage, int64(f.Waiting)
	}
	return data.Frames{as(data.NewFrame("sentence",
		painted(column("sentence", q.say("Bottleneck", "瓶颈"), []string{text}), map[string]string{text: colour}),
		column("state", q.say("State", "状态"), []string{state}),
		column("stage", q.say("Stage", "环节"), []string{stage}),
		column("waiting", q.say("Waiting", "等待"), []int64{waiting}),
	), data.VisTypeTable)}, nil
}
