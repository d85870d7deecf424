package notify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// standing is one alert that fires, or one group that is told in a digest only.
type standing struct {
	alert   alert
	backlog bool // in its team's digest, not an alert of its own
	orders  int  // of the backlog, when it was found
	known   int  // orders of it that opened since Takt began
	group   Group
	seen    bool // in the pass under way
}

// state is what a Poster knows: nothing that Alertmanager does not know too, but
// which groups wait in a digest.
type state struct {
	context  *Context
	began    time.Time            // when everything was read for the first time
	looked   bool                 // at what was open then
	adopted  map[string]*alert    // by labels: what fired before this start, not seen yet
	standing map[string]*standing // by labels
	resolved []*alert             // what ended lately
}

// see takes what is open at now.
func (s *state) see(groups []Group, now time.Time) {
	first := !s.looked
	s.looked = true
	for _, st := range s.standing {
		st.seen = false
	}
	slices.SortFunc(groups, func(a, b Group) int { return strings.Compare(a.key(), b.key()) })
	each := map[string]int{} // by team: alerts of single orders
	for i := range groups {
		g := &groups[i]
		over := s.seeEach(g, each, now)
		if g.Orders > 0 {
			s.seeGroup(g, over, first, now)
		}
	}
	s.seeBacklogs(now)
	s.end(now)
}

// seeEach makes alerts of the orders of a group that are told by themselves, takes
// them out of it and returns how many had no room. What fires comes before news.
func (s *state) seeEach(g *Group, each map[string]int, now time.Time) (over int) {
	var told, news []Order
	tell := func(o *Order) {
		labels := s.context.orderLabels(g, o)
		if st := s.stand(labelKey(labels), labels, now); st != nil && each[g.Team] < EachLimit {
			each[g.Team]++
			st.alert.Annotations = s.context.orderNotes(g, o, st.alert.StartsAt)
			told = append(told, *o)
		}
	}
	for i := range g.Each {
		o := &g.Each[i]
		switch key := labelKey(s.context.orderLabels(g, o)); {
		case s.standing[key] != nil || s.adopted[key] != nil:
			tell(o)
		case !o.OpenedAt.Before(s.began) && now.Sub(o.OpenedAt) < fresh:
			news = append(news, *o) // the others were open before: they stay in the group
		}
	}
	slices.SortStableFunc(news, func(a, b Order) int { return a.OpenedAt.Compare(b.OpenedAt) })
	for i := range news {
		if each[g.Team] >= EachLimit {
			over = len(news) - i
			break
		}
		tell(&news[i])
	}
	g.without(told)
	return over
}

// stand returns the alert of these labels, which begins now unless it fires
// already; nil if there is no room.
func (s *state) stand(key string, labels map[string]string, now time.Time) *standing {
	st := s.standing[key]
	if st == nil {
		if len(s.standing) >= standingMost {
			return nil
		}
		st = &standing{alert: alert{Labels: labels, StartsAt: now}}
		if old := s.adopted[key]; old != nil {
			st.alert.StartsAt = old.StartsAt
			delete(s.adopted, key)
		}
		s.standing[key] = st
	}
	st.seen = true
	return st
}

// seeGroup makes an alert of a group, or keeps it in its team's digest as long as
// it holds little that is new.
func (s *state) seeGroup(g *Group, over int, first bool, now time.Time) {
	labels := s.context.groupLabels(g)
	key := labelKey(labels)
	isNew, fired := s.standing[key] == nil, s.adopted[key] != nil
	st := s.stand(key, labels, now)
	if st == nil {
		return
	}
	switch {
	case isNew && !fired && (first || now.Sub(g.Latest) >= fresh):
		st.backlog, st.orders, st.known = true, g.Orders, g.New
	case st.backlog && g.New-st.known > st.orders/5 && now.Sub(g.Latest) < fresh:
		st.backlog, st.alert.StartsAt = false, now
	}
	st.group = *g
	st.alert.Annotations = s.context.groupNotes(g, st.alert.StartsAt, over)
	s.escalate(st, now)
}

// escalate adds an alert to a group that nobody has taken in time.
func (s *state) escalate(st *standing, now time.Time) {
	at, err := time.Parse(time.RFC3339, st.alert.Annotations["escalate_at"])
	if err != nil || now.Before(at) || st.backlog || st.group.Taken > 0 {
		return
	}
	labels := maps.Clone(st.alert.Labels)
	labels["alertname"] = EscalatedAlert
	if e := s.stand(labelKey(labels), labels, now); e != nil {
		e.alert.Annotations = maps.Clone(st.alert.Annotations)
		if link := s.context.Links.runbook(EscalatedAlert); link != "" {
			e.alert.Annotations["runbook_url"] = link
		}
	}
}

// seeBacklogs makes one alert per team of what is in no alert of its own.
func (s *state) seeBacklogs(now time.Time) {
	teams := map[string][]*Group{}
	for _, key := range sorted(s.standing) {
		if st := s.standing[key]; st.backlog && st.seen {
			teams[st.group.Team] = append(teams[st.group.Team], &st.group)
		}
	}
	for _, team := range sorted(teams) {
		labels := labels(BacklogAlert, "info", &Group{Team: team})
		if st := s.stand(labelKey(labels), labels, now); st != nil {
			st.alert.Annotations = s.context.backlogNotes(team, teams[team], now)
		}
	}
}

// end resolves what is open no more.
func (s *state) end(now time.Time) {
	for key, st := range s.standing {
		if st.seen {
			continue
		}
		delete(s.standing, key)
		if !st.backlog {
			s.resolve(&st.alert, now)
		}
	}
	for _, a := range s.adopted { // it ended while nobody looked
		s.resolve(a, now)
	}
	clear(s.adopted)
	s.resolved = slices.DeleteFunc(s.resolved, func(a *alert) bool { return now.Sub(a.EndsAt) > keepResolved })
}

func (s *state) resolve(a *alert, now time.Time) {
	a.EndsAt = now
	if len(s.resolved) < standingMost {
		s.resolved = append(s.resolved, a)
	}
}

// alerts returns everything to tell; what fires ends by itself if it is not told
// again for hold.
func (s *state) alerts(now time.Time, hold time.Duration) []*alert {
	var all []*alert
	for _, key := range sorted(s.standing) {
		st := s.standing[key]
		if st.backlog {
			continue
		}
		a := st.alert
		a.EndsAt = now.Add(hold)
		all = append(all, &a)
	}
	for _, key := range sorted(s.adopted) { // until it is known how they stand
		a := *s.adopted[key]
		a.EndsAt = now.Add(hold)
		all = append(all, &a)
	}
	s.resolved = slices.DeleteFunc(s.resolved, func(a *alert) bool { return s.standing[labelKey(a.Labels)] != nil })
	return append(all, s.resolved...)
}

// backlogNotes returns the annotations of a team's digest.
func (c *Context) backlogNotes(team string, groups []*Group, now time.Time) map[string]string {
	orders := 0
	sums := map[string]float64{}
	var lines, linesZH []string
	for _, g := range groups {
		orders += g.Orders
		for _, m := range g.Amounts {
			sums[m.Currency] += m.Amount
		}
		a := alert{
			Labels:      c.groupLabels(g),
			Annotations: c.groupNotes(g, now, 0), StartsAt: now,
		}
		en, zh := c.told(&a, now, English), c.told(&a, now, Chinese)
		lines = append(lines, en.Title+" "+en.What[0])
		linesZH = append(linesZH, zh.Title+" "+zh.What[0])
	}
	var all []Money
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, Money{sums[currency], currency})
	}
	summary := process.Text{
		EN: fmt.Sprintf("%s: %s exceptions were open already", team, grouped(int64(orders))),
		ZH: fmt.Sprintf("%s:%s条异常在此前已经发生,尚未处理", team, grouped(int64(orders))),
	}
	if sum := spellAll(all, English); sum != "" {
		summary.EN += ", " + sum
		summary.ZH += ",金额" + spellAll(all, Chinese)
	}
	notes := map[string]string{
		"count": strconv.Itoa(orders), "amount": amounts(all), "summary": summary.EN, "summary_zh": summary.ZH,
		"lines": strings.Join(lines, "\n"), "lines_zh": strings.Join(linesZH, "\n"),
		"runbook_url": c.Links.runbook(BacklogAlert), "dashboard_url": c.Links.board(Scope{Team: team}),
	}
	maps.DeleteFunc(notes, func(_, v string) bool { return v == "" })
	return notes
}
