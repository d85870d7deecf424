package notify

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Source tells which exceptions are open.
type Source interface {
	// Open returns the open exceptions at now by group, those without any left out.
	// Since splits a group into old and new.
	Open(ctx context.Context, now, since time.Time) ([]Group, error)
}

// Group is the open exceptions of one kind in one stage that one team owns.
type Group struct {
	Process string
	Stage   string // empty: orders as a whole
	Kind    string
	Team    string // empty: nobody owns them

	Orders  int          // distinct orders
	New     int          // of them those whose exception opened at or after since
	Latest  time.Time    // when the youngest of the exceptions opened
	Amounts []Money      // sums by currency, the greatest first
	Worst   []Order      // at most ten, those longest open first
	Each    []Order      // of a kind that is told order by order: at most EachMost, the youngest
	Owner   string       // who has the most of them; empty: nobody is named
	Focus   string       // the warehouse, carrier, supplier or region that most of them share
	Normal  int          // orders at this hour of the week in the last weeks, median; -1: unknown
	Taken   int          // orders whose exception somebody has acknowledged
	Cause   process.Text // what probably lies behind it; empty: unknown
}

// Order is one order with an open exception.
type Order struct {
	ID       string
	Unit     string // line or parcel; empty: the order as a whole
	OpenedAt time.Time
	Entered  time.Time // when it entered the stage; zero: unknown
	Owner    string
	Amount   Money // zero currency and amount: unknown
}

// Money is an amount in a currency.
type Money struct {
	Amount   float64
	Currency string // ISO 4217; empty: unknown
}

// EachLimit is how many orders of one team may be alerts of their own at once.
const EachLimit = 50

// EachMost is how many orders of a group a Source looks up for them.
const EachMost = 1000

// key tells groups apart.
func (g *Group) key() string {
	return strings.Join([]string{g.Process, g.Stage, g.Kind, g.Team}, "\x00")
}

// since returns when the longest of the orders entered the stage or, where that is
// unknown, when its exception opened.
func (o *Order) since() time.Time {
	if o.Entered.IsZero() {
		return o.OpenedAt
	}
	return o.Entered
}

// without takes orders that are told by themselves out of the group.
func (g *Group) without(told []Order) {
	for _, o := range told {
		g.Orders--
		g.Worst = slices.DeleteFunc(g.Worst, func(w Order) bool { return w.ID == o.ID && w.Unit == o.Unit })
		for i := range g.Amounts {
			if g.Amounts[i].Currency == o.Amount.Currency {
				g.Amounts[i].Amount -= o.Amount.Amount
			}
		}
	}
}
