package reconcile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/source"
)

// ReadConfig says how a list is read.
type ReadConfig struct {
	source.Config          // of the source whose list it is; Source, Process and Zone are required
	Opens         []string // activities that place an order; required
	Now           time.Time
	// Polled says that the list comes in pages and windows of a system that answers:
	// what it tells again it lists once.
	Polled bool
}

// The columns of plain lists, by their English or Chinese names.
var (
	columnOrder  = []string{"order_id", "订单号"}
	columnDay    = []string{"day", "日期"}
	columnOrders = []string{"orders", "订单数"}
	columnAmount = []string{"amount", "金额"}
	columnChan   = []string{"channel", "渠道"}
)

// Read reads a source's own list from a file, as source.Payloads reads it. Its first
// record tells what it is:
//
//   - day and orders, and no order_id: counts, one row a day, or a day and channel;
//   - order_id, and no activity: a plain list, one row an order or a line of it;
//   - anything else: records of the source, which its mapping reads.
//
// A list that cannot be read whole is an error: what is left out would be extra.
func Read(path string, c ReadConfig) (*List, error) {
	r := NewReader(c)
	for payload, err := range source.Payloads(path) {
		if err != nil {
			return nil, fmt.Errorf("read list: %w", err)
		}
		if err := r.Take(payload); err != nil {
			return nil, fmt.Errorf("read list of %q: %w", path, err)
		}
	}
	return r.list, nil
}

// Reader reads a list record by record. It is for one goroutine.
type Reader struct {
	cfg     ReadConfig
	list    *List
	rows    int
	decoder *source.Decoder // nil: counts
	arena   source.Arena
	events  []order.Event
}

// NewReader returns a reader of one list.
func NewReader(c ReadConfig) *Reader {
	r := &Reader{cfg: c, list: NewList(c.Zone)}
	r.list.once = c.Polled
	return r
}

// List returns what has been read.
func (r *Reader) List() *List { return r.list }

// Take reads one record, as Read reads one of a file. After an error the list is not
// whole.
func (r *Reader) Take(payload []byte) error {
	if r.rows++; r.rows == 1 {
		if err := r.begin(payload); err != nil {
			return err
		}
	}
	if err := r.take(payload); err != nil {
		return fmt.Errorf("row %d: %w", r.rows, err)
	}
	return nil
}

// begin finds out what the list holds.
func (r *Reader) begin(payload []byte) error {
	row := map[string]json.RawMessage{}
	if err := json.Unmarshal(payload, &row); err != nil {
		return errors.New("its first row is no JSON object")
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { _, ok := row[n]; return ok })
	}
	switch plain := has(columnOrder...) && !has("activity", "type"); {
	case !has(columnOrder...) && has(columnDay...) && has(columnOrders...):
		return nil
	case plain:
		r.cfg.Mapping = plainList(r.cfg.Opens[0])
	}
	var err error
	r.decoder, err = source.NewDecoder(r.cfg.Config)
	return err
}

// plainList is the mapping of a list that names its columns as Takt does.
func plainList(opens string) source.Mapping {
	at := func(names ...string) source.Value { return source.Value{Path: names} }
	return source.Mapping{
		Times: []string{
			"rfc3339", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006/1/2 15:04:05", "2006/1/2 15:04", "date", "2006/1/2",
		},
		Activity: source.Activity{From: source.Values{{Const: opens}}},
		Fields: source.Fields{
			OrderID: at(columnOrder...), Unit: at("unit", "行号"), OccurredAt: at(append([]string{"occurred_at", "下单时间"}, columnDay...)...),
			Channel: at(columnChan...), Amount: at(columnAmount...), Currency: at("currency", "币种"), Quantity: at("quantity", "数量"),
			Region: at("region", "地区"), CustomerKey: at("customer_key"),
		},
		Attributes: map[string]source.Value{AttrAddress: at(AttrAddress, "地址")},
	}
}

func (r *Reader) take(payload []byte) error {
	if r.decoder == nil {
		return r.count(payload)
	}
	r.arena.Reset()
	var invalid *order.Invalid
	r.events, invalid = r.decoder.Decode(r.events[:0], payload, order.At(r.cfg.Now), &r.arena)
	if invalid != nil {
		return invalid
	}
	placed := slices.IndexFunc(r.events, func(e order.Event) bool { return slices.Contains(r.cfg.Opens, e.Activity) && !e.Retracted() })
	switch {
	case placed >= 0:
		r.list.Add(&r.events[placed])
	case len(r.events) > 0:
		r.list.Mention(&r.events[0])
	}
	return nil
}

// count takes a row of counts.
func (r *Reader) count(payload []byte) error {
	row := map[string]any{}
	in := json.NewDecoder(bytes.NewReader(payload))
	in.UseNumber() // a great count as it stands
	if err := in.Decode(&row); err != nil {
		return errors.New("is no JSON object")
	}
	text := func(names []string) string {
		for _, n := range names {
			if v, ok := row[n]; ok && v != nil {
				return strings.TrimSpace(fmt.Sprint(v))
			}
		}
		return ""
	}
	day, err := ParseDay(text(columnDay))
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(text(columnOrders), 10, 64)
	if err != nil || n < 0 {
		return errors.New("orders: is no count")
	}
	amount := 0.0
	if v := text(columnAmount); v != "" {
		if amount, err = strconv.ParseFloat(v, 64); err != nil || math.Abs(amount) > 1e13 {
			return errors.New("amount: is no amount of money")
		}
	}
	r.list.Count(day, text(columnChan), n, int64(math.Round(100*amount)))
	return nil
}
