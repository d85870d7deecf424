package source

import (
	"encoding/json"

	"github.com/takt-orders/takt/ingest/order"
)

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	// Reads lists the paths of the members it reads; "" is the whole record.
	Reads []string
	// Eval computes the value of these members, in the order of Reads: each is a
	// string, a bool, a json.Number, a json.RawMessage of an object or an array, nil
	// for null, or Absent. So is the result, but for objects and arrays, which no field
	// takes. ok is false if the record does not suit the expression.
	Eval func(members []any) (result any, ok bool)
	// Place is the key path of the expression in the mapping, by which a record that
	// does not suit it is told.
	Place string
}

// Absent is a member that a record does not have, and a result that says nothing.
type Absent struct{}

// computed is a token that the record does not hold: the result of an expression or
// what a table has for a key.
type computed struct {
	to      []int // its own number, alone
	from    []int // tokens that it is made of
	program *Program
	lookup  *Lookup
	counted int   // place of the field in Decoder.unknown; of a lookup
	members []any // scratch
}

// compute makes the tokens of the record scanned last, in order.
func (d *Decoder) compute(all []computed) *order.Invalid {
	for i := range all {
		c := &all[i]
		if c.lookup != nil {
			d.lookUp(c)
		} else if !d.evaluate(c) {
			return &order.Invalid{Reason: order.BadExpression, Field: c.program.Place}
		}
	}
	return nil
}

func (d *Decoder) lookUp(c *computed) {
	key := d.first(&field{tokens: c.from})
	if key == nil || key.kind == composite {
		return
	}
	to := &d.scan.tokens[c.to[0]]
	value, ok := c.lookup.Table[string(d.plain(key))]
	switch {
	case ok:
		*to = d.made(value, text)
		return
	case c.lookup.Missing == missingKeep:
		*to = *key
	}
	d.unknown.note(c.counted)
}

func (d *Decoder) evaluate(c *computed) (ok bool) {
	c.members = c.members[:0]
	for _, i := range c.from {
		c.members = append(c.members, d.member(&d.scan.tokens[i]))
	}
	result, ok := c.program.Eval(c.members)
	to := &d.scan.tokens[c.to[0]]
	switch v := result.(type) {
	case string:
		*to = d.made(v, text)
	case json.Number:
		*to = d.made(string(v), number)
	case bool:
		word := "false"
		if v {
			word = "true"
		}
		*to = d.made(word, boolean)
	}
	return ok
}

// member returns a token as an expression is given it.
func (d *Decoder) member(t *token) any {
	switch t.kind {
	case absent:
		return Absent{}
	case null:
		return nil
	case boolean:
		return t.raw[0] == 't'
	case number:
		return json.Number(t.raw)
	case composite:
		return json.RawMessage(t.raw)
	default:
		return string(d.plain(t))
	}
}

// made returns a token of what the record does not hold, valid until the next record.
func (d *Decoder) made(value string, k kind) token {
	s := &d.scan
	start := len(s.scratch)
	s.scratch = append(s.scratch, value...)
	return token{s.scratch[start:len(s.scratch):len(s.scratch)], k, false}
}
