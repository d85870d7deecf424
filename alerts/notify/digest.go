package notify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Report is how one process stands for one team, or as a whole.
type Report struct {
	Process string
	Team    string    // empty: the whole process
	Day     time.Time // the day before, at its beginning in the process's zone

	Completed int // of a team: visits finished that day; of the whole: orders completed
	Late      int // of them past the limit, or the promise

	Open    Tally
	Overdue Tally
	AtRisk  Tally

	New        int          // exceptions that opened since the day began
	Unsettled  int          // exceptions open now
	Oldest     *Order       // of those; nil: none is open
	OldestKind string       // its kind
	Bottleneck process.Text // a sentence; empty: none
	First      []Order      // at most three to look at first
	Stages     []string     // the stages of First
}

// Tally is a number of orders and their money.
type Tally struct {
	Orders  int
	Amounts []Money // by currency, the greatest first
}

// Add counts n orders of an amount.
func (t *Tally) Add(n int, m Money) {
	t.Orders += n
	if n == 0 || m.Amount == 0 {
		return
	}
	i := slices.IndexFunc(t.Amounts, func(o Money) bool { return o.Currency == m.Currency })
	if i < 0 {
		t.Amounts = append(t.Amounts, m)
	} else {
		t.Amounts[i].Amount += m.Amount
	}
	slices.SortFunc(t.Amounts, func(a, b Money) int { return cmp.Compare(b.Amount, a.Amount) })
}

func (t *Tally) told(lang Lang) string {
	s := fmt.Sprintf(lang.words().count, grouped(int64(t.Orders)))
	if lang == English && t.Orders == 1 {
		s = "1 order"
	}
	if sum := spellAll(t.Amounts, lang); sum != "" {
		if lang == Chinese {
			return s + "(" + sum + ")"
		}
		return s + " (" + sum + ")"
	}
	return s
}

// DigestMessage puts the reports of one team, or of the managers, into one message.
func (c *Context) DigestMessage(reports []Report, now time.Time, lang Lang) Message {
	m := Message{Lang: lang, Status: Digest, Severity: "info"}
	if len(reports) == 0 {
		return m
	}
	team := reports[0].Team
	if lang == Chinese {
		m.Title = "【日报】" + now.In(c.zone(reports[0].Process)).Format("1月2日") + " " + cmp.Or(team, "管理层")
	} else {
		m.Title = "[Daily] " + now.In(c.zone(reports[0].Process)).Format("Jan 2") + " " + cmp.Or(team, "managers")
	}
	for i := range reports {
		r := &reports[i]
		head := ""
		if len(reports) > 1 {
			if p := c.process(r.Process); p != nil {
				head = cmp.Or(in(p.Title, lang), r.Process) + ": "
			}
		}
		lines := c.reportLines(r, now, lang)
		if i == 0 && head == "" {
			m.What, lines = lines[:2], lines[2:]
		}
		for _, l := range lines {
			m.Lines = append(m.Lines, head+l)
		}
	}
	if board := c.Links.board(Scope{Process: reports[0].Process, Team: team}); board != "" {
		m.Links = []Link{{lang.words().board, board}}
	}
	return m
}

// reportLines tells a report: yesterday, now, exceptions, bottleneck, first orders.
func (c *Context) reportLines(r *Report, now time.Time, lang Lang) []string {
	pair := func(zh, en string) string { return in(process.Text{EN: en, ZH: zh}, lang) }
	lines := []string{
		fmt.Sprintf(pair("昨日完成%s,逾期%s", "yesterday %s done, %s late"), grouped(int64(r.Completed)), grouped(int64(r.Late))),
		fmt.Sprintf(pair("在办%s,超时%s,即将超时%s", "open %s, overdue %s, at risk %s"), r.Open.told(lang), r.Overdue.told(lang), r.AtRisk.told(lang)),
	}
	exceptions := fmt.Sprintf(pair("新增异常%s,未处理%s", "%s new exceptions, %s open"), grouped(int64(r.New)), grouped(int64(r.Unsettled)))
	if r.Oldest != nil {
		exceptions += fmt.Sprintf(pair(",最早:%s %s(%s)", ", oldest: %s %s (%s)"),
			in(c.kind(r.Process, r.OldestKind).Title, lang), r.Oldest.ID, lasting(now.Sub(r.Oldest.OpenedAt), lang))
	}
	lines = append(lines, exceptions)
	if b := in(r.Bottleneck, lang); b != "" {
		lines = append(lines, b)
	}
	var first []string
	for i := range r.First {
		name := r.Stages[i]
		if s := c.stage(r.Process, name); s != nil {
			name = cmp.Or(in(s.Title, lang), name)
		}
		first = append(first, name+" "+r.First[i].told(now, lang))
	}
	if len(first) > 0 {
		lines = append(lines, pair("先看:", "Look first at: ")+strings.Join(first, pair(";", "; ")))
	}
	return lines
}
