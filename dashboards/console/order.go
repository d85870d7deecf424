package console

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// eventsMost is how many events of one order a page lists, the latest ones.
const eventsMost = 500

// orderPage is one number's orders: several processes may know it.
type orderPage struct {
	Stories panel[[]story]
}

// story is an order in one process.
type story struct {
	view.OrderStory
	Process    *process.Process
	Opened     time.Time
	Closed     time.Time // zero: open
	Took       time.Duration
	Due        time.Time // zero: no promise
	Left       time.Duration
	Late       bool
	Days       []tick
	DueAt      float64 // percent of the axis; negative: not on it
	Bars       []visitBar
	Past       []event
	More       int // events before those
	Exceptions panel[[]exceptionRow]
	Ladder     []promise
}

// visitBar is a stay in a stage on the axis of time, in percent.
type visitBar struct {
	Stage, Unit, Owner string
	Rework             bool
	Open               bool
	Abandoned          bool
	Entered, Left      time.Time
	Took, Limit, Over  time.Duration
	At, Wide           float64
	OverAt, OverWide   float64
}

type event struct {
	view.OrderEvent
	At     time.Time
	NewDay bool
}

type promise struct {
	Kind       string
	Given, Due time.Time
}

func (h *console) order(w http.ResponseWriter, r *http.Request) {
	p := h.begin(r, "order")
	id := cmp.Or(r.PathValue("id"), strings.TrimSpace(p.links.query.Get("id")))
	p.Search, p.Title = id, cmp.Or(id, p.Lang.say("order"))
	p.Sources = h.readings[p.Process.Name].freshness(r.Context())
	status, body := http.StatusOK, &orderPage{}
	if id == "" {
		body.Stories = panel[[]story]{State: unmatched, Word: "which_order"}
	} else {
		stories, err := h.stories(r.Context(), p, id)
		body.Stories = filled(stories, err, len(stories) > 0, unmatched, "no_order")
		switch body.Stories.State {
		case broken:
			status = http.StatusServiceUnavailable
		case unmatched:
			status = http.StatusNotFound
		}
	}
	p.Body = body
	h.show(w, status, "order.html", p)
}

// stories reads what is known of an order.
func (h *console) stories(ctx context.Context, p *page, id string) ([]story, error) {
	bound, cancel := context.WithTimeout(ctx, h.Within)
	defer cancel()
	found, err := view.Order(bound, h.Store.Conn(), id)
	if err != nil {
		h.Logger.Warn("panel of the console cannot be read", "panel", "order", "err", err)
		return nil, err
	}
	var all []story
	for i := range found {
		for _, known := range h.Processes {
			if known.Name == found[i].Process {
				s := tell(p, known, found[i])
				s.Exceptions = h.troubles(bound, &s, p.Now)
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// troubles reads the exceptions of an order as they stand.
func (h *console) troubles(ctx context.Context, s *story, now time.Time) panel[[]exceptionRow] {
	found, _, err := view.Exceptions(ctx, h.Store.Conn(), view.ExceptionFilter{Process: s.Process.Name, OrderID: s.OrderID, Most: exceptionsMost})
	if err != nil {
		h.Logger.Warn("panel of the console cannot be read", "panel", "exceptions of an order", "err", err)
	}
	rows := make([]exceptionRow, len(found))
	for i := range found {
		found[i].OpenedAt = found[i].OpenedAt.In(s.Process.Zone)
		end := now
		if found[i].ResolvedAt != nil {
			end = *found[i].ResolvedAt
		}
		rows[i] = exceptionRow{found[i], end.Sub(found[i].OpenedAt)}
	}
	return filled(rows, err, len(rows) > 0, zero, "order_fine")
}

// tell puts an order on the axis of time.
func tell(p *page, known *process.Process, o view.OrderStory) story {
	zone := known.Zone
	local := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return t.In(zone)
	}
	now := p.Now.In(zone)
	s := story{OrderStory: o, Process: known, Opened: local(o.OpenedAt), Closed: local(o.ClosedAt), Due: local(o.PromiseDueAt), DueAt: -1}
	until := now
	if !s.Closed.IsZero() {
		until = s.Closed
	}
	if !s.Opened.IsZero() {
		s.Took = until.Sub(s.Opened)
	}
	if !s.Due.IsZero() {
		s.Left = s.Due.Sub(until)
		s.Late = s.Left < 0
	}
	from, to := s.Opened, until
	for _, v := range o.Visits {
		if v.EnteredAt != nil && (from.IsZero() || v.EnteredAt.Before(from)) {
			from = v.EnteredAt.In(zone)
		}
		if v.LeftAt != nil && v.LeftAt.After(to) {
			to = v.LeftAt.In(zone)
		}
	}
	if s.Due.After(to) && s.Due.Sub(to) < to.Sub(from) { // near enough to be shown
		to = s.Due
	}
	whole := max(to.Sub(from), time.Minute)
	place := func(t time.Time) float64 { return round(min(100, max(0, 100*float64(t.Sub(from))/float64(whole)))) }
	if !s.Due.IsZero() && !s.Due.After(to) && !s.Due.Before(from) {
		s.DueAt = place(s.Due)
	}
	s.Days = ticks(p.Lang, from, to, place)
	seen := map[string]bool{}
	for i := range o.Visits {
		b := bar(&o.Visits[i], now, local, place)
		b.Rework = seen[b.Stage+"\x00"+b.Unit]
		seen[b.Stage+"\x00"+b.Unit] = true
		s.Bars = append(s.Bars, b)
	}
	last := ""
	for i, e := range o.Events {
		if len(o.Events)-i > eventsMost {
			s.More++
			continue
		}
		at := local(e.OccurredAt)
		day := at.Format(time.DateOnly)
		s.Past = append(s.Past, event{e, at, day != last})
		last = day
	}
	for _, given := range o.Promises {
		s.Ladder = append(s.Ladder, promise{given.Kind, local(given.GivenAt), local(given.DueAt)})
	}
	return s
}

// bar draws one visit.
func bar(v *view.OrderVisit, now time.Time, local func(*time.Time) time.Time, place func(time.Time) float64) visitBar {
	b := visitBar{Stage: v.Stage, Unit: v.Unit, Owner: cmp.Or(v.Owner, v.OwnerTeam), Entered: local(v.EnteredAt), Left: local(v.LeftAt), Abandoned: v.Outcome == "abandoned"}
	end := b.Left
	if b.Open = v.LeftAt == nil; b.Open {
		end = now
	}
	if b.Took = end.Sub(b.Entered); v.WallSeconds != nil {
		b.Took = seconds(*v.WallSeconds)
	}
	if v.LimitSeconds != nil {
		b.Limit = seconds(*v.LimitSeconds)
	}
	b.At = place(b.Entered)
	b.Wide = max(0.6, place(end)-b.At)
	due := local(v.DueAt)
	if !due.IsZero() && end.After(due) && v.Outcome != "abandoned" {
		b.Over = end.Sub(due)
		b.OverAt = max(b.At, place(due))
		b.OverWide = max(0.6, b.At+b.Wide-b.OverAt)
	}
	return b
}

// ticks are the marks of an axis: midnights, or full hours where it is short; not more
// than fit on a phone.
func ticks(l Language, from, to time.Time, place func(time.Time) float64) []tick {
	const fit = 6
	if from.IsZero() || !to.After(from) {
		return nil
	}
	var all []tick
	y, m, d := from.Date()
	hours, days := 1, 0
	for _, hours = range []int{1, 2, 3, 4, 6, 12, 0} {
		if hours > 0 && int(to.Sub(from)/time.Hour) <= fit*hours {
			break
		}
	}
	if hours == 0 {
		days = int(to.Sub(from)/(24*time.Hour))/fit + 1
	}
	for i := 1; ; i++ {
		at := time.Date(y, m, d+i*days, i*hours, 0, 0, 0, from.Location())
		switch {
		case !at.Before(to):
			return all
		case !at.After(from):
		case hours > 0 && at.Hour() != 0:
			all = append(all, tick{place(at), at.Format("15:04")})
		default:
			all = append(all, tick{place(at), l.day(at)})
		}
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
