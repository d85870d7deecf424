package order

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Reason says why a record is a dead letter. The set is closed: it is a metric
// label and a column.
type Reason uint8

// The reasons.
const (
	NotJSON Reason = iota + 1
	TooLarge
	BadUTF8
	NoOrder
	NoActivity
	UnknownActivity
	BadTime
	TimeOutOfRange
	NumberOutOfRange
	BadExpression
	WrongPartition
	RefusedByStore
)

var reasonNames = [...]string{
	"", "not_json", "too_large", "bad_utf8", "no_order", "no_activity", "unknown_activity",
	"bad_time", "time_out_of_range", "number_out_of_range", "bad_expression", "wrong_partition", "refused_by_store",
}

// String returns the reason's name as it stands in labels and columns.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}

// Reasons returns the closed set, in order.
func Reasons() []Reason {
	all := make([]Reason, 0, len(reasonNames)-1)
	for r := NotJSON; int(r) < len(reasonNames); r++ {
		all = append(all, r)
	}
	return all
}

// Invalid is the error of an event or record that cannot be taken.
type Invalid struct {
	Reason Reason
	Field  string // the field at fault, never its value
}

// Error tells reason and field, never the value.
func (e *Invalid) Error() string {
	if e.Field == "" {
		return e.Reason.String()
	}
	return e.Reason.String() + ": " + e.Field
}

// Bounds of valid events.
const (
	// MaxName bounds every name (order number, unit, activity, dimension), in bytes.
	MaxName = 512
	// MaxText bounds Reason and an attribute's value, in bytes.
	MaxText = 8192
	// maxUnits bounds Decimal.Units so that Decimal(18, 2) holds it.
	maxUnits = 999_999_999_999_999_999
)

var earliest = At(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))

// Validate reports the first thing that makes e unusable, nil if there is none.
// appended is when the log took the record: an event occurs at most a day later.
func (e *Event) Validate(appended Instant) *Invalid {
	switch {
	case e.OrderID == "":
		return &Invalid{NoOrder, "order_id"}
	case e.Activity == "":
		return &Invalid{NoActivity, "activity"}
	case !e.OccurredAt.Known():
		return &Invalid{BadTime, "occurred_at"}
	}
	latest := appended.Add(24 * time.Hour)
	if e.OccurredAt < earliest || e.OccurredAt > latest {
		return &Invalid{TimeOutOfRange, "occurred_at"}
	}
	if e.RecordedAt.Known() && (e.RecordedAt < earliest || e.RecordedAt > latest) {
		return &Invalid{TimeOutOfRange, "recorded_at"}
	}
	if e.PromisedAt.Known() && (e.PromisedAt < earliest || e.PromisedAt > farthest) {
		return &Invalid{TimeOutOfRange, "promised_at"}
	}
	if out(e.Amount) {
		return &Invalid{NumberOutOfRange, "amount"}
	}
	if out(e.Quantity) {
		return &Invalid{NumberOutOfRange, "quantity"}
	}
	if e.Activity == Counted {
		if inv := e.validateCount(); inv != nil {
			return inv
		}
	}
	return e.validateText()
}

// validateCount checks what Counted needs.
func (e *Event) validateCount() *Invalid {
	if _, err := time.Parse(time.DateOnly, e.Attr(AttrDay)); err != nil {
		return &Invalid{BadTime, AttrDay}
	}
	if n, err := strconv.ParseInt(e.Attr(AttrOrders), 10, 64); err != nil || n < 0 || n > maxUnits {
		return &Invalid{NumberOutOfRange, AttrOrders}
	}
	return nil
}

// farthest is what DateTime64(3) and people both still mean by a date.
var farthest = At(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))

func out(d Decimal) bool { return d.Valid && (d.Units > maxUnits || d.Units < -maxUnits) }

func (e *Event) validateText() *Invalid {
	for _, f := range [...]struct{ name, value string }{
		{"order_id", e.OrderID},
		{"source_order", e.SourceOrder},
		{"unit", e.Unit},
		{"channel", e.Channel},
		{"activity", e.Activity},
		{"actor", e.Actor},
		{"owner", e.Owner},
		{"region", e.Region},
		{"warehouse", e.Warehouse},
		{"carrier", e.Carrier},
		{"supplier", e.Supplier},
		{"product", e.Product},
		{"currency", e.Currency},
		{"source", e.Source},
		{"customer_key", e.CustomerKey},
	} {
		if inv := text(f.name, f.value, MaxName); inv != nil {
			return inv
		}
	}
	if inv := text("reason", e.Reason, MaxText); inv != nil {
		return inv
	}
	for i := range e.Attributes {
		if inv := text("attributes", e.Attributes[i].Key, MaxName); inv != nil {
			return inv
		}
		if inv := text("attributes", e.Attributes[i].Value, MaxText); inv != nil {
			return inv
		}
	}
	return nil
}

func text(field, s string, limit int) *Invalid {
	if len(s) > limit {
		return &Invalid{TooLarge, field}
	}
	if !utf8.ValidString(s) {
		return &Invalid{BadUTF8, field}
	}
	return nil
}
