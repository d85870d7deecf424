package metrics

import (
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/tracker"
)

// moveOrder moves what is counted by order.
func (p *Partition) moveOrder(d *tracker.Delta) {
	switch d.Kind {
	case tracker.OrdersOpened:
		p.cell(d).opened.Add(d.Value)
	case tracker.OrdersReopened:
		p.cell(d).reopened.Add(d.Value)
	case tracker.OrdersOpen:
		c := p.cell(d)
		c.open += int64(d.Value)
		p.put(&c.openMoney, d)
	case tracker.OrdersLate:
		c := p.cell(d)
		c.late += int64(d.Value)
		p.put(&c.lateMoney, d)
	case tracker.OrdersClosed:
		if s := process.Status(d.A); s == process.Completed || s == process.Cancelled {
			p.cell(d).closed[s-process.Completed].Add(d.Value)
		}
	case tracker.PromisesDue:
		if d.A >= 1 && d.A <= 2 && (d.B == uint8(tracker.No) || d.B == uint8(tracker.Yes)) {
			p.cell(d).promises[d.A-1][d.B-uint8(tracker.No)].Add(d.Value)
		}
	}
}

// cell returns the cell that d counts in, that of "other" if its labels were refused.
func (p *Partition) cell(d *tracker.Delta) *cell {
	c := p.find(d.Dims)
	if c.other {
		p.count(d.Dims)
	}
	return c
}

// stage returns the stage that d counts in, nil if the process has none of that number.
func (p *Partition) stage(d *tracker.Delta) *stageCell {
	if !p.has(d.Stage) {
		return nil
	}
	c := p.find(d.Dims)
	s := c.at[d.Stage]
	if s == nil {
		s = p.enter(c, int(d.Stage))
	}
	if s.owner.other {
		p.count(d.Dims)
	}
	return s
}

// find returns the cell of the dimensions; a run of deltas of one order asks for
// the same ones.
func (p *Partition) find(d *tracker.Dims) *cell {
	if d == p.last && p.lastCell != nil {
		return p.lastCell
	}
	var c *cell
	if p.channels != nil && d != nil {
		c = p.channels[d.Channel]
	} else {
		c = p.cells[p.labels(d)]
	}
	if c == nil {
		c = p.admit(p.labels(d))
	}
	p.last, p.lastCell = d, c
	return c
}

func (p *Partition) labels(d *tracker.Dims) labels {
	if d == nil {
		return labels{}
	}
	l := labels{channel: d.Channel}
	for i, name := range p.m.config.ExtraLabels {
		l.extra[i] = dimension(d, name)
	}
	return l
}

// admit makes the cell of l, or returns that of "other". A refused l is not
// remembered: there is no bound on how many there are.
func (p *Partition) admit(l labels) *cell {
	p.m.mu.Lock()
	t := p.family.tuple(l)
	p.m.mu.Unlock()
	c := p.cells[t.labels]
	if c == nil {
		c = &cell{tuple: t, at: make([]*stageCell, len(t.stages))}
		p.cells[t.labels] = c
		if p.channels != nil {
			p.channels[t.labels.channel] = c
		}
	}
	return c
}

// enter makes stage i of c, or takes that of "other" into it.
func (p *Partition) enter(c *cell, i int) *stageCell {
	p.m.mu.Lock()
	v := p.family.stage(c.tuple, i)
	p.m.mu.Unlock()
	if v != nil {
		c.at[i] = &stageCell{visits: v, owner: c}
		return c.at[i]
	}
	o := p.admit(p.family.others())
	if o.at[i] == nil {
		p.enter(o, i)
	}
	c.at[i] = o.at[i]
	return c.at[i]
}

// count tells the labels of d whose values became "other".
func (p *Partition) count(d *tracker.Dims) {
	l := p.labels(d)
	p.countValue("channel", l.channel)
	for i, name := range p.m.config.ExtraLabels {
		p.countValue(name, l.extra[i])
	}
}

func (p *Partition) countValue(label, value string) {
	if value != "" && value != Other {
		p.m.overflow[label].Inc()
	}
}

// exception returns the cell of the exception that d counts.
func (p *Partition) exception(d *tracker.Delta) *exceptionCell {
	k := exceptionKey{-1, d.Exception, d.Team}
	if p.has(d.Stage) {
		k.stage = int(d.Stage)
	}
	if c := p.exceptions[k]; c != nil {
		return c
	}
	p.m.mu.Lock()
	e := p.family.exception(k)
	p.m.mu.Unlock()
	if e.key != k {
		p.countValue("kind", d.Exception)
		p.countValue("owner_team", d.Team)
	}
	c := p.exceptions[e.key]
	if c == nil {
		c = &exceptionCell{exception: e}
		p.exceptions[e.key] = c
	}
	return c
}

func dimension(d *tracker.Dims, name string) string {
	switch name {
	case "region":
		return d.Region
	case "warehouse":
		return d.Warehouse
	default:
		return d.Carrier
	}
}
