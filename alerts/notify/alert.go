package notify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The names of the alerts that Takt itself posts.
const (
	OrdersAlert  = "TaktOrders"  // a group of exceptions
	OrderAlert   = "TaktOrder"   // one order that is told by itself
	BacklogAlert = "TaktBacklog" // what was open before Takt looked, by team
	// EscalatedAlert joins a group that nobody has taken in time, so that Alertmanager
	// notifies once more.
	EscalatedAlert = "TaktEscalated"
)

// Names returns the names of the alerts that Takt itself posts.
func Names() []string { return []string{OrdersAlert, OrderAlert, BacklogAlert, EscalatedAlert} }

// alert is an alert as Alertmanager's API takes it, and with Status as its
// webhook tells it.
type alert struct {
	Status       string            `json:"status,omitempty"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
	Fingerprint  string            `json:"fingerprint,omitempty"`
}

// labelKey returns a string that is the same for the same labels.
func labelKey(labels map[string]string) string {
	var parts []string
	for k, v := range labels {
		if v != "" { // Alertmanager drops empty labels
			parts = append(parts, k+"\x00"+v)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "\x00\x00")
}

func (a *alert) scope() Scope {
	return Scope{a.Labels["process"], a.Labels["stage"], a.Labels["kind"], a.Labels["owner_team"]}
}

// labels returns what names an alert; empty values are left out.
func labels(name, severity string, g *Group) map[string]string {
	all := map[string]string{
		"alertname": name, "severity": severity, "process": g.Process, "stage": g.Stage, "kind": g.Kind, "owner_team": g.Team,
	}
	for k, v := range all {
		if v == "" {
			delete(all, k)
		}
	}
	return all
}

// groupLabels returns the labels of a group's alert.
func (c *Context) groupLabels(g *Group) map[string]string {
	return labels(OrdersAlert, c.kind(g.Process, g.Kind).Severity, g)
}

// orderLabels returns the labels of the alert of one order of the group.
func (c *Context) orderLabels(g *Group, o *Order) map[string]string {
	all := labels(OrderAlert, c.kind(g.Process, g.Kind).Severity, g)
	all["order_id"] = o.ID
	if o.Unit != "" {
		all["unit"] = o.Unit
	}
	return all
}

// groupNotes returns the annotations of a group's alert that has fired since
// starts. Over is how many orders should be alerts of their own and are not.
func (c *Context) groupNotes(g *Group, starts time.Time, over int) map[string]string {
	scope := Scope{g.Process, g.Stage, g.Kind, g.Team}
	notes := map[string]string{
		"count": strconv.Itoa(g.Orders), "amount": amounts(g.Amounts), "owner": g.Owner, "focus": g.Focus,
		"cause": g.Cause.EN, "cause_zh": g.Cause.ZH, "orders": orders(g.Worst),
		"dashboard_url": c.Links.board(scope), "runbook_url": c.Links.runbook(OrdersAlert),
		"orders_url": c.Links.page("orders", scope), "acknowledge_url": c.Links.page("acknowledge", scope),
	}
	if len(g.Worst) > 0 {
		oldest := g.Worst[0].since()
		for i := range g.Worst {
			if s := g.Worst[i].since(); s.Before(oldest) {
				oldest = s
			}
		}
		notes["oldest"] = oldest.UTC().Format(time.RFC3339)
	}
	if g.Normal >= 0 {
		notes["normal"] = strconv.Itoa(g.Normal)
	}
	if over > 0 {
		notes["each_over"] = strconv.Itoa(over)
	}
	c.stageNotes(notes, scope, starts)
	c.summaries(notes, OrdersAlert, scope, starts)
	return notes
}

// stageNotes adds what the stage says: its limit and whom it is escalated to.
func (c *Context) stageNotes(notes map[string]string, s Scope, starts time.Time) {
	stage := c.stage(s.Process, s.Stage)
	if stage == nil {
		return
	}
	if stage.Limit.Within > 0 && s.Kind == "overdue" {
		notes["limit"] = stage.Limit.Within.String()
	}
	if after := c.kind(s.Process, s.Kind).Escalate; after > 0 && stage.Owner.EscalateTo != "" {
		notes["escalate_to"] = stage.Owner.EscalateTo
		notes["escalate_at"] = starts.Add(after).UTC().Format(time.RFC3339)
	}
}

// orderNotes returns the annotations of the alert of one order.
func (c *Context) orderNotes(g *Group, o *Order, starts time.Time) map[string]string {
	scope := Scope{g.Process, g.Stage, g.Kind, g.Team}
	notes := map[string]string{
		"count": "1", "owner": o.Owner, "oldest": o.since().UTC().Format(time.RFC3339), "orders": orders([]Order{*o}),
		"dashboard_url": c.Links.board(scope), "runbook_url": c.Links.runbook(OrderAlert),
		"orders_url": c.Links.page("orders", scope), "acknowledge_url": c.Links.page("acknowledge", scope),
	}
	if o.Amount.Amount != 0 {
		notes["amount"] = amounts([]Money{o.Amount})
	}
	c.stageNotes(notes, scope, starts)
	c.summaries(notes, OrderAlert, scope, starts)
	return notes
}

// summaries adds what other receivers than Takt's show, and drops what is empty.
func (c *Context) summaries(notes map[string]string, name string, s Scope, starts time.Time) {
	a := alert{Labels: map[string]string{"alertname": name, "process": s.Process, "stage": s.Stage, "kind": s.Kind, "owner_team": s.Team}, Annotations: notes, StartsAt: starts}
	for lang, key := range map[Lang]string{English: "summary", Chinese: "summary_zh"} {
		m := c.told(&a, starts, lang)
		notes[key] = m.Title + " " + strings.Join(m.What[:1], "")
	}
	for k, v := range notes {
		if v == "" {
			delete(notes, k)
		}
	}
}

// amounts writes sums for machines: "182000.00 CNY; 12.50 USD".
func amounts(all []Money) string {
	var parts []string
	for _, m := range all {
		if m.Amount > 0 {
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("%.2f %s", m.Amount, m.Currency)))
		}
	}
	return strings.Join(parts, "; ")
}

// readAmounts reads what amounts wrote.
func readAmounts(s string) []Money {
	var all []Money
	for part := range strings.SplitSeq(s, "; ") {
		number, currency, _ := strings.Cut(part, " ")
		if f, err := strconv.ParseFloat(number, 64); err == nil {
			all = append(all, Money{f, currency})
		}
	}
	return all
}

// orders writes orders, one a line: number, since when, amount, owner.
func orders(all []Order) string {
	var lines []string
	for i := range all {
		o := &all[i]
		lines = append(lines, strings.Join([]string{
			strings.TrimSuffix(o.ID+"/"+o.Unit, "/"), o.since().UTC().Format(time.RFC3339), amounts([]Money{o.Amount}), o.Owner,
		}, " | "))
	}
	return strings.Join(lines, "\n")
}

// readOrders reads what orders wrote.
func readOrders(s string) []Order {
	var all []Order
	for line := range strings.SplitSeq(s, "\n") {
		parts := strings.Split(line, " | ")
		if len(parts) != 4 {
			continue
		}
		o := Order{ID: parts[0], Owner: parts[3]}
		o.OpenedAt, _ = time.Parse(time.RFC3339, parts[1]) // an instant that is none is unknown
		if m := readAmounts(parts[2]); len(m) > 0 {
			o.Amount = m[0]
		}
		all = append(all, o)
	}
	return all
}
