package tracker

import "github.com/takt-orders/takt/ingest/order"

// problem is an exception seen while folding, not derived from a visit's time.
type problem struct {
	kind       string
	stage      int
	unit       ref
	visit      int
	n          int
	at         order.Instant
	resolved   order.Instant
	cause      ref
	owner      ref
	reported   bool // by an event or a rule, not derived
	reconciled bool // reported by a reconciliation
	rule       int  // place of the rule that raised it plus one; 0: none
}

// problem notes p as the n-th of its kind.
func (d *folder) problem(p problem) {
	for i := range d.f.problems {
		q := &d.f.problems[i]
		if q.kind == p.kind && q.unit == p.unit && q.stage == p.stage && q.visit == p.visit {
			p.n++
		}
	}
	d.f.problems = append(d.f.problems, p)
}
