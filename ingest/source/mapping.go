package source

// DefaultMaxBytes is the greatest length of a record unless the mapping says
// otherwise.
const DefaultMaxBytes = 1 << 20

// Mapping says how records of one source become events. It is a plain value; its
// YAML form is what people write, and Validate finds what is wrong with it.
//
// A path names a member of the record: names separated by dots, a number for the
// place in an array, "\." for a dot within a name: "lines.0.sku".
type Mapping struct {
	// Format of a record; only "json" (an object), which is the default.
	Format string `yaml:"format,omitempty"`
	// Zone of local times, an IANA name; empty: the zone of the configuration.
	Zone string `yaml:"zone,omitempty"`
	// Times are the formats of times, tried in order: "rfc3339", "epoch_s",
	// "epoch_ms", "epoch_us", "epoch_ns", "date" or a layout of Go's package time.
	// "wall_ms", "wall_us", "wall_ns" and "wall_days" are local times counted since
	// 1970-01-01 00:00 of the zone, as databases without zones are told by Debezium.
	// Empty: rfc3339, then "2006-01-02 15:04:05".
	Times []string `yaml:"times,omitempty"`
	// MaxBytes is the greatest length of a record; 0: DefaultMaxBytes.
	MaxBytes int `yaml:"max_bytes,omitempty"`
	// Identity says how events are told apart.
	Identity Identity `yaml:"identity"`
	// Pairs are members whose text holds further members, "a=1;b=2".
	Pairs []Pairs `yaml:"pairs,omitempty"`
	// Fields of the event.
	Fields Fields `yaml:"fields"`
	// Aliases are the paths of further numbers under which other systems know the order:
	// what they tell under one of them belongs to this order.
	Aliases []string `yaml:"aliases,omitempty"`
	// Attributes of the event by name. The name "*" takes every member of the
	// object (or pairs) at its path; a named one has precedence.
	Attributes map[string]Value `yaml:"attributes,omitempty"`
	// Activity of the event. It or Dates is set; with both, a record makes the event
	// of its activity, which Identity tells apart, and one for each date, told apart
	// as slots: a row tells its dates again whenever it is told.
	Activity Activity `yaml:"activity,omitempty"`
	// Dates are the date columns of a row that carries several: one event each.
	Dates []Date `yaml:"dates,omitempty"`
	// Cleared says what an explicit null or empty date of Dates means: "ignore"
	// (the default) or "retract", which takes the slot's event back.
	Cleared string `yaml:"cleared,omitempty"`
	// Personal lists the paths masked in dead letters, where "*" is any name or
	// place. The customer's own paths are always masked.
	Personal []string `yaml:"personal,omitempty"`
}

// Value is where a field comes from. In YAML it is a path, a list of paths or
// {path: ..., cel: ..., lookup: ..., const: ..., times: [...], zone: ...}.
type Value struct {
	// Path lists the alternatives; the first that is neither absent, null nor ""
	// counts.
	Path []string `yaml:"path,omitempty"`
	// CEL is an expression over the record, instead of a path: row.a.b is a member, its
	// numbers doubles, and text.a.b the same as it is written, "" where there is none.
	// Program is what it was compiled to, which a Decoder needs.
	CEL     string   `yaml:"cel,omitempty"`
	Program *Program `yaml:"-"`
	// Lookup, if set, gives the value for what Path or CEL gives, its key.
	Lookup *Lookup `yaml:"lookup,omitempty"`
	// Const is the value where these give none.
	Const string `yaml:"const,omitempty"`
	// Times and Zone are the mapping's, overridden for this instant.
	Times []string `yaml:"times,omitempty"`
	Zone  string   `yaml:"zone,omitempty"`
}

// Reads reports whether the value depends on the record.
func (v Value) Reads() bool { return len(v.Path) > 0 || v.CEL != "" }

func (v Value) set() bool { return v.Reads() || v.Const != "" }

// Identity says how events of a source are told apart. In YAML it is the kind's
// name or {kind: ..., path: ...}.
type Identity struct {
	// Kind is "content", "delivery" or "slot"; empty: content.
	Kind string `yaml:"kind"`
	// Path of the delivery's id, with its alternatives. A record without one is
	// told apart by its content.
	Path []string `yaml:"path,omitempty"`

	// Given is the path of an identity that Takt gave before, which has precedence.
	Given []string `yaml:"-"`
	// Moves is that of Event.Moves, beside it.
	Moves []string `yaml:"-"`
}

// Pairs names a member whose text holds pairs.
type Pairs struct {
	Field string `yaml:"field"` // path of the member; its pairs are members below it
	Sep   string `yaml:"sep"`   // between pairs, such as ";"
	Eq    string `yaml:"eq"`    // between name and value, such as "="
}

// Fields are the fields of an event but its activity and attributes.
type Fields struct {
	OrderID     Value `yaml:"order_id"`
	SourceOrder Value `yaml:"source_order,omitempty"` // absent: order_id
	Unit        Value `yaml:"unit,omitempty"`
	Source      Value `yaml:"source,omitempty"` // absent: the configured name
	Channel     Value `yaml:"channel,omitempty"`
	OccurredAt  Value `yaml:"occurred_at,omitempty"` // of the activity's event, which needs it
	RecordedAt  Value `yaml:"recorded_at,omitempty"` // absent: the record's append time
	Actor       Value `yaml:"actor,omitempty"`
	Owner       Value `yaml:"owner,omitempty"`
	Region      Value `yaml:"region,omitempty"`
	Warehouse   Value `yaml:"warehouse,omitempty"`
	Carrier     Value `yaml:"carrier,omitempty"`
	Supplier    Value `yaml:"supplier,omitempty"`
	Product     Value `yaml:"product,omitempty"`
	Customer    Value `yaml:"customer,omitempty"`     // personal: only its keyed hash is kept
	CustomerKey Value `yaml:"customer_key,omitempty"` // such a hash, made by Takt before
	Amount      Value `yaml:"amount,omitempty"`
	Currency    Value `yaml:"currency,omitempty"`
	Quantity    Value `yaml:"quantity,omitempty"`
	PromisedAt  Value `yaml:"promised_at,omitempty"`
	PromiseKind Value `yaml:"promise_kind,omitempty"` // absent or unknown: current
	Reason      Value `yaml:"reason,omitempty"`
}

// Activity says what happened.
type Activity struct {
	// From lists the values that together tell the activity; in YAML one value or
	// a list. One without Map and Rows is the activity itself.
	From Values `yaml:"from"`
	// Was is the value that the first of From had before the record's change, where
	// a record tells it. Where both are equal nothing happened: no event but those of
	// Dates.
	Was Value `yaml:"was,omitempty"`
	// Map gives the activity for each value of a single From.
	Map map[string]string `yaml:"map,omitempty"`
	// Rows give it for values of all of From; the first that fits counts.
	Rows []Row `yaml:"rows,omitempty"`
	// Default is the activity of unknown values; "" makes them dead letters,
	// "ignore" skips the record, "dates" leaves the record's dates, "keep" takes the first of From as it is.
	Default string `yaml:"default,omitempty"`
}

// Values are one or more values.
type Values []Value

// Row is one line of an activity table.
type Row struct {
	When []string `yaml:"when"` // a value for each of From; "*" is any, "+" any that is not empty
	Is   string   `yaml:"is"`   // the activity, "ignore" or "dates"

	Others bool `yaml:"-"` // it stands for all values that no other row names
}

// Date is one date column.
type Date struct {
	From     Value  `yaml:"from"`     // where the date is; its first path names the slot
	Activity string `yaml:"activity"` // what happened at that date
}

// Words with a meaning of their own where an activity is expected.
const (
	ignore     = "ignore"
	keep       = "keep"
	retract    = "retract"
	anyValue   = "*"
	datesAlone = "dates"
	// someValue is what a row's when calls a value that is there.
	someValue = "+"
)
