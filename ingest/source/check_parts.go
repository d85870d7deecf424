package source

import "strconv"

// fields checks the fields of the event.
func (c *check) fields(m *Mapping) {
	f := &m.Fields
	for name, v := range f.All() {
		instant := name == "occurred_at" || name == "recorded_at" || name == "promised_at"
		c.value("fields."+name, *v, instant)
	}
	if !f.OrderID.Reads() || f.OrderID.Const != "" {
		c.add("fields.order_id", "needs a path and takes no const")
	}
	if f.Customer.Const != "" {
		c.add("fields.customer", "takes no const")
	}
	if f.Customer.set() && f.CustomerKey.set() {
		c.add("fields.customer_key", "the customer gives it: one of both")
	}
	for name, v := range map[string]struct {
		value Value
		scale int
	}{"amount": {f.Amount, 2}, "quantity": {f.Quantity, 3}} {
		if v.value.Const != "" {
			if _, ok := parseDecimal([]byte(v.value.Const), v.scale); !ok {
				c.add("fields."+name+".const", "is no number")
			}
		}
	}
	switch f.PromiseKind.Const {
	case "", "requested", "first", "current":
	default:
		c.add("fields.promise_kind.const", "must be requested, first or current")
	}
}

func (c *check) activity(m *Mapping) {
	a := &m.Activity
	if len(m.Dates) > 0 && len(a.From) == 0 {
		if len(a.Map) > 0 || len(a.Rows) > 0 || a.Default != "" || a.Was.set() {
			c.add("activity", "needs from")
		}
		return
	}
	c.value("activity.was", a.Was, false)
	if !m.Fields.OccurredAt.Reads() {
		c.add("fields.occurred_at", "needs a path")
	}
	if len(a.From) == 0 {
		c.add("activity", "needs from, or the mapping needs dates")
	}
	for i, v := range a.From {
		at := "activity.from"
		if len(a.From) > 1 {
			at += "[" + strconv.Itoa(i) + "]"
		}
		if !v.set() {
			c.add(at, "needs a path, cel or const")
		}
		c.value(at, v, false)
	}
	switch {
	case len(a.Map) > 0 && len(a.Rows) > 0:
		c.add("activity", "has map and rows: one of both")
	case len(a.From) > 1 && len(a.Map) > 0:
		c.add("activity.map", "from has several values: use rows")
	case len(a.From) > 1 && len(a.Rows) == 0:
		c.add("activity.rows", "from has several values: needs rows")
	case a.Default != "" && len(a.Map) == 0 && len(a.Rows) == 0:
		c.add("activity.default", "without map and rows every value is known")
	}
	for value, is := range a.Map {
		if is == "" {
			c.add("activity.map."+value, "needs an activity or ignore")
		}
	}
	for i, r := range a.Rows {
		at := "activity.rows[" + strconv.Itoa(i) + "]"
		if len(r.When) != len(a.From) {
			c.add(at+".when", "has %d values, from has %d", len(r.When), len(a.From))
		}
		if r.Is == "" {
			c.add(at+".is", "needs an activity or ignore")
		}
	}
}

func (c *check) dates(m *Mapping) {
	seen := make(map[string]bool)
	for i, d := range m.Dates {
		at := "dates[" + strconv.Itoa(i) + "]"
		if len(d.From.Path) == 0 {
			c.add(at+".from", "needs a path")
		} else if seen[d.From.Path[0]] {
			c.add(at+".from", "%q is listed already", d.From.Path[0])
		} else {
			seen[d.From.Path[0]] = true
		}
		c.value(at+".from", d.From, true)
		if d.From.CEL != "" || d.From.Lookup != nil {
			c.add(at+".from", "takes a path only: it is what tells the dates of a record apart")
		}
		if d.Activity == "" {
			c.add(at+".activity", "needs an activity")
		}
	}
	if len(m.Dates) > 0 && len(m.Activity.From) == 0 && m.Fields.OccurredAt.set() {
		c.add("fields.occurred_at", "dates give it: one of both, or an activity for it")
	}
	switch {
	case m.Cleared != "" && m.Cleared != ignore && m.Cleared != retract:
		c.add("cleared", "must be ignore or retract")
	case m.Cleared == retract && (m.Identity.Kind != "slot" && len(m.Activity.From) == 0 || len(m.Dates) == 0):
		c.add("cleared", "retract needs dates and identity slot")
	}
}
