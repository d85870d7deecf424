package console

import (
	"github.com/takt-orders/takt/metrics/view"
)

// indicator is one of the six numbers that a manager follows.
type indicator struct {
	Name  string // word of its name
	State state
	Value string
	Note  string
	Tone  string // good, warn, bad or plain; what it says is in the value too
	Link  string // where to look further; empty: nowhere
}

// indicators returns them in the order shown.
func indicators(p *page, o view.Overview, sumErr error, load view.Load, loadErr error, late []view.LateDay, lateErr error) []indicator {
	l := p.Lang
	var risk, over int
	var riskMoney, overMoney float64
	for i := range o.Stages {
		s := &o.Stages[i]
		risk, over = risk+s.AtRisk, over+s.Over
		riskMoney, overMoney = riskMoney+s.RiskAmount, overMoney+s.OverAmount
	}
	currency := o.Late.Currency
	amount := func(a float64) string {
		if a == 0 {
			return ""
		}
		return l.money(a, currency)
	}
	seen := func(err error) state {
		switch {
		case err != nil:
			return broken
		case sumErr == nil && !seenAny(o):
			return unmeasured
		}
		return shown
	}
	promised := func() state {
		switch {
		case sumErr != nil || lateErr != nil:
			return broken
		case !seenAny(o):
			return unmeasured
		case len(late) == 0:
			return unfed
		}
		return shown
	}
	all := []indicator{
		{Name: "open_orders", State: seen(loadErr), Value: count(load.Orders), Note: l.money(load.Amount, load.Currency), Tone: "plain", Link: p.To("/") + "#stages"},
		{Name: "at_risk", State: seen(sumErr), Value: count(risk), Note: amount(riskMoney), Tone: tone(risk, "warn"), Link: p.To("/exceptions", "kind", "at_risk")},
		{Name: "overdue", State: seen(sumErr), Value: count(over), Note: amount(overMoney), Tone: tone(over, "bad"), Link: p.To("/exceptions", "kind", "overdue")},
		{Name: "late_delivered", State: promised(), Value: l.percent(o.Late.Share()), Note: l.share(o.Late.Late, o.Late.Delivered), Tone: tone(o.Late.Late, "warn"), Link: p.To("/") + "#late"},
		{Name: "late_open", State: promised(), Value: count(o.Late.OpenLate), Note: amount(o.Late.OpenAmount), Tone: tone(o.Late.OpenLate, "bad"), Link: p.To("/") + "#late"},
		{Name: "exceptions_open", State: seen(loadErr), Value: count(load.Exceptions), Note: l.unanswered(load.Unanswered), Tone: tone(load.Exceptions, "warn"), Link: p.To("/exceptions")},
	}
	if o.Late.Delivered == 0 && all[3].State == shown {
		all[3].Value, all[3].Note = "–", l.say("none_delivered")
	}
	return all
}

// tone is how a number looks that should be zero.
func tone(n int, otherwise string) string {
	if n == 0 {
		return "good"
	}
	return otherwise
}

// share tells a part of a whole.
func (l Language) share(part, whole int) string {
	if l == Chinese {
		return "近 7 天 " + count(whole) + " 单中 " + count(part) + " 单"
	}
	return count(part) + " of " + count(whole) + " in 7 days"
}

// unanswered tells how many exceptions nobody has answered.
func (l Language) unanswered(n int) string {
	if l == Chinese {
		return "其中未认领 " + count(n)
	}
	return count(n) + " not acknowledged"
}
