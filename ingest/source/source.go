// Package source turns what a source system says into events: a Mapping, which
// is data, compiled into a Decoder, which is fast; and it reads the files that
// such records are replayed from.
//
// The contract of Decode:
//
//   - A record is taken whole or not at all. Either all of its events are appended
//     (none, if the mapping ignores the record) or one *order.Invalid says why it
//     is a dead letter and the events given are returned as they were.
//   - The whole record is checked: RFC 8259 JSON, UTF-8, an object, at most
//     MaxDepth deep and at most Mapping.MaxBytes long. Of several members with one
//     name the last counts. No time, memory or stack grows faster than the length.
//   - Only mapped members are read. Strings of events live in the caller's Arena or
//     in the Decoder's bounded dictionary, never in the record's buffer.
//   - A record that AppendOwn wrote is Takt's own report about an order of the source
//     and is read as such, whatever the mapping; one that Shorten wrote is a dead letter.
//   - Events are a function of the record, its append time and the Config alone, of
//     which the tables of lookups are a part.
//   - What a mapping says in CEL is compiled by whoever reads the mapping (Program):
//     this package knows no language of expressions.
//   - Neither errors nor masked records hold values of the record that the mapping
//     marks as personal; errors hold no values at all.
//
// Records are scanned by a scanner of its own and not by valyala/fastjson: that
// parser takes "nan", "1e", "01" and "\x" for JSON, and its validator needs time
// that grows with the square of the depth. The scanner is fuzzed against
// encoding/json.
package source

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/takt-orders/takt/ingest/order"
)

// MaxDepth is how deep a record may nest; a deeper one is not_json.
const MaxDepth = 256

// Config is what a Decoder is made of.
type Config struct {
	Mapping     Mapping
	Source      string         // configured name of the source; required
	Process     string         // process its events belong to; required
	Zone        *time.Location // zone of local times where the mapping names none; nil: UTC
	CustomerKey []byte         // the installation's key; required where the mapping has a customer
}

// Decoder makes events of records. It is for one goroutine.
type Decoder struct {
	source, process string
	max             int

	scan  scanner
	root  *node
	plan  plan
	names dictionary
	hash  order.Hasher

	personal *mask
	key      []byte
	mac      hash.Hash
	keys     keyCache
	sum      [sha256.Size]byte
	unknown  unknowns
	own      *Decoder // of Takt's own reports; nil: the mapping reads them as it is
}

// NewDecoder compiles the mapping. The error joins everything that is wrong.
func NewDecoder(c Config) (_ *Decoder, err error) {
	var errs []error
	for _, p := range c.Mapping.Validate() {
		errs = append(errs, fmt.Errorf("%s: %s", p.Path, p.Message))
	}
	if c.Source == "" || c.Process == "" {
		errs = append(errs, errors.New("source and process must be named"))
	}
	m := &c.Mapping
	if m.Fields.Customer.set() && len(c.CustomerKey) == 0 {
		errs = append(errs, errors.New("fields.customer: needs the installation's customer key"))
	}
	for at, v := range m.Values() {
		if v.CEL != "" && v.Program == nil || v.Lookup != nil && v.Lookup.Table == nil {
			errs = append(errs, fmt.Errorf("%s: its expression is not compiled or its table not read", at))
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("compile mapping of source %q: %w", c.Source, errors.Join(errs...))
	}
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	if m.Zone != "" {
		zone, _ = time.LoadLocation(m.Zone) // Validate loaded it
	}
	d := &Decoder{source: c.Source, process: c.Process, max: m.MaxBytes, key: c.CustomerKey, unknown: newUnknowns(m)}
	if d.max == 0 {
		d.max = DefaultMaxBytes
	}
	if len(c.CustomerKey) > 0 {
		d.mac = hmac.New(sha256.New, c.CustomerKey)
	}
	b := builder{root: newNode(), zone: zone, times: m.Times, counted: map[*Lookup]int{}}
	for at, v := range m.Values() {
		if v.Lookup != nil {
			b.counted[v.Lookup] = d.unknown.place(fieldOf(at))
		}
	}
	d.plan = b.plan(m)
	d.plan.activity.counted, d.plan.promiseKinds = d.unknown.place(activityField), d.unknown.place(promiseKindField)
	d.root = b.finish()
	d.scan.tokens = make([]token, b.leaves+b.results)
	d.scan.members = make([][]member, b.wilds)
	d.personal = newMask(m)
	if !ownMapping(m) {
		own := c
		own.Mapping = Canonical()
		if d.own, err = NewDecoder(own); err != nil {
			return nil, err
		}
	}
	return d, nil
}
