package datasource

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// lanesMost is how many lanes of one order are drawn: more, nobody can read.
const lanesMost = 100

// story is an order in one of the processes that know it.
type story struct {
	view.OrderStory
	process *process.Process
}

// stories reads the order asked for, in the process asked for or in all.
func (q *question) stories(ctx context.Context) ([]story, error) {
	known, err := view.Stored(ctx, q.conn)
	if err != nil {
		return nil, err
	}
	found, err := view.Order(ctx, q.conn, q.Order)
	if err != nil {
		return nil, err
	}
	var all []story
	for _, p := range known {
		for i := range found {
			if found[i].Process == p.Name && (q.Process == "" || q.Process == p.Name) {
				all = append(all, story{found[i], p})
			}
		}
	}
	return all, nil
}

// without says why an order is not shown.
func (q *question) without(f *data.Frame) *data.Frame {
	if q.Order == "" {
		return told(f, q.say("Enter an order number.", "请输入订单号。"))
	}
	return told(f, q.say("No order with this number is stored. Numbers are compared letter by letter.", "没有该订单号的订单。订单号须逐字一致。"))
}

// judgement is how a stretch of time stands against its limit; a greater one hides a
// lesser one at the same time.
type judgement uint8

const (
	abandoned judgement = iota + 1
	unlimited
	within
	past
)

// word tells a judgement of a visit.
func (q *question) word(j judgement) string {
	return [...]string{"", q.say("abandoned", "已放弃"), q.say("no limit", "无时限"), q.say("within the limit", "时限内"), q.say("past the limit", "超时")}[j]
}

// stretch is a time in which one judgement holds. Without an end it lasts.
type stretch struct {
	from, to time.Time
	judgement
}

// lane is one row of the timeline.
type lane struct {
	name, title string
	place       int // among the stages of its process; the promise comes last
	stretches   []stretch
}

// lanes returns what the timeline shows of an order, in the order of its process: a lane
// for each stage and unit, and one for the promise.
func (q *question) lanes(s *story, several bool) []*lane {
	var all []*lane
	prefix := ""
	if several {
		prefix = q.title(s.process.Title, s.Process) + " · "
	}
	for i := range s.Visits {
		v := &s.Visits[i]
		if v.EnteredAt == nil || v.EnteredAt.After(q.now) {
			continue
		}
		title := prefix + q.stage(s.process, v.Stage)
		if v.Unit != "" {
			title += " " + v.Unit
		}
		name := s.Process + "/" + v.Stage + "/" + v.Unit
		at := slices.IndexFunc(all, func(l *lane) bool { return l.name == name })
		if at < 0 {
			place := s.process.StageIndex(v.Stage)
			if place < 0 {
				place = len(s.process.Stages)
			}
			if v.LimitSeconds != nil {
				title += q.say(" (limit ", "（时限 ") + q.span(seconds(*v.LimitSeconds)) + q.clock(s.process, v.Stage) + q.say(")", "）")
			}
			at, all = len(all), append(all, &lane{name: name, title: title, place: place})
		}
		all[at].stretches = append(all[at].stretches, q.stretches(v.EnteredAt, v.LeftAt, v.DueAt, judged(v))...)
	}
	if s.PromiseDueAt != nil && s.OpenedAt != nil && !s.OpenedAt.After(q.now) {
		all = append(all, &lane{
			name: s.Process + "/promise", title: prefix + q.say("Promise", "承诺交期"), place: len(s.process.Stages) + 1,
			stretches: q.stretches(s.OpenedAt, s.ClosedAt, s.PromiseDueAt, within),
		})
	}
	slices.SortStableFunc(all, func(a, b *lane) int { return cmp.Compare(a.place, b.place) })
	return all
}

// clock tells which time the limit of a stage counts, if it is not every hour.
func (q *question) clock(p *process.Process, stage string) string {
	if i := p.StageIndex(stage); i >= 0 && p.Stages[i].Limit.Of == process.Working {
		return q.say(" of working time", "工作时间")
	}
	return ""
}

// judged is how a visit stands before its deadline.
func judged(v *view.OrderVisit) judgement {
	switch {
	case v.Outcome == "abandoned":
		return abandoned
	case v.DueAt == nil:
		return unlimited
	}
	return within
}

// stretches cuts a time at its deadline, as things stood at the end of the range.
func (q *question) stretches(from, to, due *time.Time, j judgement) []stretch {
	whole := stretch{from: *from, judgement: j}
	if to != nil && !to.After(q.now) {
		whole.to = *to
	}
	until := cmp.Or(whole.to, q.now)
	if j != within || !due.Before(until) {
		return []stretch{whole}
	}
	if !due.After(*from) { // late from the beginning
		whole.judgement = past
		return []stretch{whole}
	}
	return []stretch{{from: *from, to: *due, judgement: within}, {from: *due, to: whole.to, judgement: past}}
}

// at returns the judgement of a lane at an instant, nil if the order is not in it.
func (l *lane) at(t time.Time) judgement {
	var greatest judgement
	for _, s := range l.stretches {
		if !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to)) {
			greatest = max(greatest, s.judgement)
		}
	}
	return greatest
}

// orderTimeline returns one wide frame for Grafana's state timeline: a row for each
// instant at which something changed, a column for each lane; a lane that the order is
// not in is null.
func (q *question) orderTimeline(ctx context.Context) (data.Frames, error) {
	found, err := q.stories(ctx)
	if err != nil {
		return nil, err
	}
	var lanes []*lane
	for i := range found {
		lanes = append(lanes, q.lanes(&found[i], len(found) > 1)...)
	}
	crowded := len(lanes) > lanesMost
	lanes = lanes[:min(len(lanes), lanesMost)]
	var times []time.Time
	for _, l := range lanes {
		for _, s := range l.stretches {
			if times = append(times, s.from.UTC()); !s.to.IsZero() {
				times = append(times, s.to.UTC())
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	times = slices.CompactFunc(times, time.Time.Equal)
	times, more := cut(q, times)
	colours := map[string]string{q.word(past): red, q.word(within): green, q.word(unlimited): blue, q.word(abandoned): grey}
	f := as(data.NewFrame("order_timeline", column("time", q.say("Time", "时间"), times)), data.VisType("state-timeline"))
	for _, l := range lanes {
		f.Fields = append(f.Fields, painted(column(l.name, l.title, gather(times, func(t *time.Time) *string {
			j := l.at(*t)
			if j == 0 {
				return nil
			}
			text := q.word(j)
			return &text
		})), colours))
	}
	switch {
	case more:
		q.wasCut(f)
	case crowded:
		f.AppendNotices(data.Notice{Severity: data.NoticeSeverityWarning, Text: q.say("The order has more lines or parcels than can be drawn: the first 100 are shown.", "订单行/包裹过多：仅显示前 100 条。")})
	case len(found) == 0:
		q.without(f)
	}
	return data.Frames{f}, nil
}

// visited is one row of the table of visits.
type visited struct {
	*view.OrderVisit
	process *process.Process
	j       judgement
	took    time.Duration
}

// orderVisits lists the order's stays in stages with their limits.
func (q *question) orderVisits(ctx context.Context) (data.Frames, error) {
	found, err := q.stories(ctx)
	if err != nil {
		return nil, err
	}
	var all []visited
	for i := range found {
		for j := range found[i].Visits {
			v := &found[i].Visits[j]
			if v.EnteredAt == nil || v.EnteredAt.After(q.now) {
				continue
			}
			row := visited{OrderVisit: v, process: found[i].process}
			last := q.stretches(v.EnteredAt, v.LeftAt, v.DueAt, judged(v))
			end := last[len(last)-1]
			row.j, row.took = end.judgement, cmp.Or(end.to, q.now).Sub(*v.EnteredAt)
			all = append(all, row)
		}
	}
	all, more := cut(q, all)
	text := func(name, title string, value func(*visited) string) *data.Field {
		return column(name, title, gather(all, value))
	}
	f := as(data.NewFrame("order_visits",
		text("process", q.say("Process", "流程"), func(v *visited) string { return q.title(v.process.Title, v.process.Name) }),
		text("stage", q.say("Stage", "环节"), func(v *visited) string { return q.stage(v.process, v.Stage) }),
		text("unit", q.say("Line or parcel", "订单行/包裹"), func(v *visited) string { return v.Unit }),
		column("entered_at", q.say("Entered", "进入"), gather(all, func(v *visited) time.Time { return v.EnteredAt.UTC() })),
		column("left_at", q.say("Left", "离开"), gather(all, func(v *visited) *time.Time { return v.LeftAt })),
		q.inHours(column("took_hours", q.say("Time there", "停留时长"), gather(all, func(v *visited) float64 { return v.took.Hours() }))),
		q.inHours(column("limit_hours", q.say("Limit", "时限"), gather(all, func(v *visited) *float64 { return inHours(v.LimitSeconds) }))),
		column("due_at", q.say("Deadline", "截止"), gather(all, func(v *visited) *time.Time { return v.DueAt })),
		painted(text("state", q.say("Judgement", "判定"), func(v *visited) string { return q.word(v.j) }),
			map[string]string{q.word(past): red, q.word(within): green, q.word(unlimited): blue, q.word(abandoned): grey}),
		text("owner_team", q.say("Team", "负责团队"), func(v *visited) string { return v.OwnerTeam }),
		text("owner", q.say("Owner", "责任人"), func(v *visited) string { return v.Owner }),
	), data.VisTypeTable)
	switch {
	case more:
		q.wasCut(f)
	case len(found) == 0:
		q.without(f)
	}
	return data.Frames{f}, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// inHours is nil where there are no seconds.
func inHours(s *float64) *float64 {
	if s == nil {
		return nil
	}
	h := *s / 3600
	return &h
}
