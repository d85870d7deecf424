package notify

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// worstShown is how many of the worst orders a message names.
const worstShown = 3

// words are the fixed texts of messages.
type words struct {
	count, over, normal, oldest, amount, since, resolved, lasted, next, cause, each, worst string
	escalated, backlog, board, orders, runbook, acknowledge, more, of, collapsed           string
}

func (l Lang) words() words {
	if l == Chinese {
		return words{
			count: "%s单", over: "%s单超过%s", normal: "(平时%d)", oldest: "最久%s", amount: "金额%s", since: "%s起",
			resolved: "已恢复", lasted: "%s恢复,历时%s", next: "%s升级%s", escalated: "%s已升级%s", cause: "疑似:%s", each: "另有%d单超出单独通知上限,并入本条",
			worst: "%s 已%s", backlog: "积压", board: "看板", orders: "超时订单", runbook: "处置手册", acknowledge: "认领",
			more: "另有%d条未列出", of: "【%s】%s", collapsed: "【汇总】%d条消息合并为一条(达到机器人频率限制)",
		}
	}
	return words{
		count: "%s orders", over: "%s orders over %s", normal: " (normal %d)", oldest: "oldest %s", amount: "%s", since: "since %s",
		resolved: "Resolved", lasted: "resolved %s after %s", next: "%s escalates to %s", escalated: "%s escalated to %s", cause: "Likely: %s",
		each:  "%d more orders exceed the limit of single alerts and are counted here",
		worst: "%s for %s", backlog: " backlog", board: "Board", orders: "Orders", runbook: "Runbook", acknowledge: "Acknowledge",
		more: "%d more not listed", of: "[%s] %s", collapsed: "[Digest] %d messages in one (the robot's limit was reached)",
	}
}

// told puts one alert into words at now.
func (c *Context) told(a *alert, now time.Time, lang Lang) Message {
	if a.Labels["alertname"] == BacklogAlert || a.Labels["kind"] == "" {
		return c.toldRule(a, now, lang)
	}
	w, s, n := lang.words(), a.scope(), a.Annotations
	kind := c.kind(s.Process, s.Kind)
	m := Message{Lang: lang, Status: Firing, Severity: cmp.Or(a.Labels["severity"], kind.Severity)}
	m.Title = fmt.Sprintf(w.of, in(kind.Title, lang), c.subject(a, lang))
	m.What = []string{c.howMany(a, now, lang), fmt.Sprintf(w.since, clock(a.StartsAt, now, c.zone(s.Process), lang))}
	c.call(&m, a, now, lang)
	if cause := pick(n, "cause", lang); cause != "" {
		m.Cause = fmt.Sprintf(w.cause, cause)
	}
	if worst := readOrders(n["orders"]); a.Labels["order_id"] == "" {
		for i := range worst[:min(worstShown, len(worst))] {
			m.Lines = append(m.Lines, worst[i].told(now, lang))
		}
	}
	if over, _ := strconv.Atoi(n["each_over"]); over > 0 {
		m.Lines = append(m.Lines, fmt.Sprintf(w.each, over))
	}
	m.links(a, lang)
	return m
}

// toldRule puts an alert of a Prometheus rule, or a digest, into words.
func (c *Context) toldRule(a *alert, now time.Time, lang Lang) Message {
	severity := cmp.Or(a.Labels["severity"], "warning")
	tags := map[string]process.Text{"critical": {EN: "Critical", ZH: "紧急"}, "warning": {EN: "Warning", ZH: "警告"}, "info": {EN: "Notice", ZH: "提示"}}
	tag := in(tags[severity], lang)
	if a.Labels["alertname"] == BacklogAlert {
		tag = in(process.Text{EN: "Backlog", ZH: "积压汇总"}, lang)
	}
	m := Message{Lang: lang, Status: Firing, Severity: severity}
	m.Title = fmt.Sprintf(lang.words().of, cmp.Or(tag, severity), cmp.Or(pick(a.Annotations, "summary", lang), a.Labels["alertname"]))
	m.What = []string{fmt.Sprintf(lang.words().since, clock(a.StartsAt, now, c.zone(a.Labels["process"]), lang))}
	m.Cause = pick(a.Annotations, "description", lang)
	if lines := pick(a.Annotations, "lines", lang); lines != "" {
		m.Lines = strings.Split(lines, "\n")
	}
	c.call(&m, a, now, lang)
	m.links(a, lang)
	return m
}

// pick returns an annotation in the language, English if there is no other.
func pick(notes map[string]string, key string, lang Lang) string {
	if lang == Chinese {
		return cmp.Or(notes[key+"_zh"], notes[key])
	}
	return notes[key]
}

// subject names the stage, and where most of its orders are.
func (c *Context) subject(a *alert, lang Lang) string {
	s, w := a.scope(), lang.words()
	name := s.Stage
	if stage := c.stage(s.Process, s.Stage); stage != nil {
		name = cmp.Or(in(stage.Title, lang), name)
	}
	if p := c.process(s.Process); p != nil && len(c.Processes) > 1 || name == "" {
		title := s.Process
		if p != nil {
			title = cmp.Or(in(p.Title, lang), title)
		}
		name = strings.TrimSpace(title + " " + name)
	}
	switch id := a.Labels["order_id"]; {
	case id != "":
		name += " " + strings.TrimSuffix(id+"/"+a.Labels["unit"], "/")
	case s.Kind == "overdue" || s.Kind == "at_risk" || s.Kind == "stuck":
		name += w.backlog
	}
	if focus := a.Annotations["focus"]; focus != "" {
		name += " · " + focus
		if lang == Chinese {
			name = strings.Replace(name, " · ", "·", 1)
		}
	}
	return name
}

// howMany tells orders, normal, age and amount.
func (c *Context) howMany(a *alert, now time.Time, lang Lang) string {
	w, n := lang.words(), a.Annotations
	count, _ := strconv.ParseInt(n["count"], 10, 64)
	what := fmt.Sprintf(w.count, grouped(count))
	if limit, err := time.ParseDuration(n["limit"]); err == nil {
		what = fmt.Sprintf(w.over, grouped(count), lasting(limit, lang))
	}
	if lang == English && count == 1 {
		what = strings.Replace(what, "orders", "order", 1)
	}
	if normal, err := strconv.Atoi(n["normal"]); err == nil {
		what += fmt.Sprintf(w.normal, normal)
	}
	parts := []string{what}
	if oldest, err := time.Parse(time.RFC3339, n["oldest"]); err == nil {
		parts = append(parts, fmt.Sprintf(w.oldest, lasting(now.Sub(oldest), lang)))
	}
	if amount := spellAll(readAmounts(n["amount"]), lang); amount != "" {
		parts = append(parts, fmt.Sprintf(w.amount, amount))
	}
	return strings.Join(parts, comma(lang))
}

func comma(lang Lang) string {
	if lang == Chinese {
		return ","
	}
	return ", "
}

// call adds whom the message mentions; once it is escalated, that person too.
func (c *Context) call(m *Message, a *alert, now time.Time, lang Lang) {
	n := a.Annotations
	m.Mentions = c.Staff.owners(n["owner"], a.Labels["owner_team"])
	m.Owner = cmp.Or(n["owner"], a.Labels["owner_team"])
	at, err := time.Parse(time.RFC3339, n["escalate_at"])
	if err != nil {
		return
	}
	next := lang.words().next
	if !now.Before(at) {
		next = lang.words().escalated
		if to, known := c.Staff.Named(n["escalate_to"]); known {
			m.alsoCall([]Person{to})
		}
	}
	m.Next = fmt.Sprintf(next, clock(at, now, c.zone(a.Labels["process"]), lang), n["escalate_to"])
}

// told puts one order into words: "SO-1 for 5 h 40 m, CNY 1,200, Zhang Wei".
func (o *Order) told(now time.Time, lang Lang) string {
	parts := []string{fmt.Sprintf(lang.words().worst, o.ID, lasting(now.Sub(o.since()), lang))}
	if o.Amount.Amount > 0 {
		parts = append(parts, o.Amount.spell(lang))
	}
	if o.Owner != "" {
		parts = append(parts, o.Owner)
	}
	return strings.Join(parts, comma(lang))
}

// links adds the links that the alert gives, as far as a phone may follow them.
func (m *Message) links(a *alert, lang Lang) {
	w := lang.words()
	if lang == Chinese && a.Labels["kind"] != "overdue" {
		w.orders = "异常订单"
	}
	for _, l := range []Link{
		{w.board, a.Annotations["dashboard_url"]},
		{w.orders, a.Annotations["orders_url"]},
		{w.runbook, a.Annotations["runbook_url"]},
		{w.acknowledge, a.Annotations["acknowledge_url"]},
	} {
		if strings.HasPrefix(l.URL, "https://") || strings.HasPrefix(l.URL, "http://") {
			m.Links = append(m.Links, l)
		}
	}
}
