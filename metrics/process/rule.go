package process

import "github.com/takt-orders/takt/ingest/order"

// Rule acts on the orders of which an event meets its condition: it raises an
// exception, or chooses the path that is expected of them.
type Rule struct {
	Name string
	When string // the condition as written
	// On is the activity of the events it is judged at; empty: of any that Holds.
	On string
	// Holds is the further part of the condition that the event alone decides; nil:
	// there is none. On and Holds are not both absent.
	Holds func(*order.Event) bool
	// Knows is the part that looks at the order too, as it was before the event;
	// nil: there is none. Of the event it may read what the tracker keeps: not its
	// identity, and of the quantity and the attributes those that Keeps names.
	Knows func(*order.Event, Known) bool
	// Keeps names the fields beyond the kept ones that Knows reads, of this event or
	// of earlier ones: "quantity", "attributes.recipient".
	Keeps   []string
	Raise   *Raise   // the exception it raises; nil: none
	Require []string // stages that the order has to pass
	Before  string   // the stage that the required ones come before; empty: the order's completion
	Skip    []string // stages that the order may leave out
}

// Known is what a rule may ask of an order: what its earlier events said.
type Known interface {
	// Visited reports whether the order has entered the stage.
	Visited(stage string) bool
	// Seen reports whether an event of the activity has happened.
	Seen(activity string) bool
	// Field returns the value that a field of an event had first or, if last is set,
	// had last; ok is false if no event gave one.
	Field(name string, last bool) (value string, ok bool)
	// Number is Field for what is a number: "amount" and "quantity".
	Number(name string, last bool) (value float64, ok bool)
}

// Raise is the exception that a rule raises.
type Raise struct {
	Kind     string
	Severity Severity // 0: that of its kind
	Stage    string   // empty: the order as a whole
	Owner    Owner    // where neither the event nor the stage names anyone
	Cause    Text     // why, for people; empty: the reason that the event gives
}
