package tracker

import "github.com/takt-orders/takt/metrics/process"

// handle gives x its severity and whom it belongs to: the person its event names,
// else the stage's; the stage's team; else whom the rule that raised it names, else
// whom the process names for the kind.
func (d *deriver) handle(x *Exception) {
	h := d.t.plan.Handling(x.Kind)
	x.Severity = h.Severity
	if x.Stage >= 0 {
		x.assign(&d.t.plan.Stages[x.Stage].Owner)
	}
	if d.raised != nil {
		if d.raised.Severity != 0 {
			x.Severity = d.raised.Severity
		}
		x.assign(&d.raised.Owner)
	}
	x.assign(&h.Owner)
}

// assign gives x to owner, as far as it belongs to nobody yet.
func (x *Exception) assign(owner *process.Owner) {
	if x.Team == "" {
		if x.Owner == "" {
			x.Owner = owner.Person
		}
		x.Team = owner.Team
	}
}

// because gives x the reason that its order's events named.
func (d *deriver) because(x *Exception, reason ref) {
	x.Cause = d.t.text(d.r, reason)
	x.CauseTeam = d.t.plan.CauseTeam(x.Cause)
}

// rule notes which rule raised the exceptions to come: that of the place, from 1; 0
// is none.
func (d *deriver) rule(place int) {
	d.raised = nil
	if place > 0 {
		d.raised = d.t.plan.Rules[place-1].Raise
	}
}

// settle gives x the reason of the problem it comes from, and tells why its rule
// raised it.
func (d *deriver) settle(x *Exception, p *problem) {
	d.because(x, p.cause)
	if d.raised != nil && d.raised.Cause != (process.Text{}) {
		x.Cause = d.raised.Cause.Both()
	}
}
