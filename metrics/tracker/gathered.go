package tracker

// Gathered keeps rows in memory, with their strings.
type Gathered struct {
	Orders     []Order
	Visits     []Visit
	Exceptions []Exception
	Promises   []Promise

	arena arena
}

var _ Rows = (*Gathered)(nil)

// Order is Rows'.
func (g *Gathered) Order(o *Order) {
	c := *o
	g.keep(&c.ID, &c.OwnerNow, &c.Currency, &c.CustomerKey)
	g.keepDims(&c.Dims)
	c.Stages, c.State, c.Open = g.arena.bytes(o.Stages), g.arena.bytes(o.State), nil
	for i := range o.Open {
		c.Open = append(c.Open, g.kept(&o.Open[i]))
	}
	g.Orders = append(g.Orders, c)
}

// Visit is Rows'.
func (g *Gathered) Visit(v *Visit) { g.Visits = append(g.Visits, g.kept(v)) }

// Exception is Rows'.
func (g *Gathered) Exception(x *Exception) {
	c := *x
	g.keep(&c.OrderID, &c.Unit, &c.Kind, &c.Owner, &c.Team, &c.Cause, &c.Currency)
	g.keepDims(&c.Dims)
	g.Exceptions = append(g.Exceptions, c)
}

// Promise is Rows'.
func (g *Gathered) Promise(p *Promise) {
	c := *p
	g.keep(&c.OrderID)
	g.Promises = append(g.Promises, c)
}

// give hands every row on.
func (g *Gathered) give(to Rows) {
	for i := range g.Orders {
		to.Order(&g.Orders[i])
	}
	for i := range g.Visits {
		to.Visit(&g.Visits[i])
	}
	for i := range g.Exceptions {
		to.Exception(&g.Exceptions[i])
	}
	for i := range g.Promises {
		to.Promise(&g.Promises[i])
	}
}

func (g *Gathered) kept(v *Visit) Visit {
	c := *v
	g.keep(&c.OrderID, &c.Unit, &c.Owner, &c.Team, &c.Actor, &c.Currency)
	g.keepDims(&c.Dims)
	return c
}

func (g *Gathered) keep(texts ...*string) {
	for _, s := range texts {
		*s = g.arena.text(*s)
	}
}

func (g *Gathered) keepDims(d *Dims) {
	g.keep(&d.Source, &d.Channel, &d.Region, &d.Warehouse, &d.Carrier, &d.Supplier, &d.Product, &d.Currency)
}

// unwanted takes rows that nobody wants.
type unwanted struct{}

func (unwanted) Order(*Order)         {}
func (unwanted) Visit(*Visit)         {}
func (unwanted) Exception(*Exception) {}
func (unwanted) Promise(*Promise)     {}
