package join

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
)

// Objects says how a log is read in which a row names objects of several kinds: a
// log as OCEL defines it (https://www.ocel-standard.org), one column for each kind.
//
// A row concerns the orders that it names, else those of the units that it names. A
// unit belongs to the orders that any row names together with it, and to those of
// the units of kinds before its own that any row names together with it. Each order
// concerned becomes a record with the row's other columns, the member "order", and
//   - "units", the order's units of all kinds, "a,b", where the row names the order;
//   - else "unit": a record for each unit of the last kind that the row names.
type Objects struct {
	File  string   `yaml:"file"`
	Order string   `yaml:"order"` // column of the orders
	Units []string `yaml:"units"` // columns of the kinds of units, such as items and then packages
}

// belongs tells of each object the orders, and of each order the units.
type belongs struct {
	orders []map[string][]string // by kind, by unit
	units  map[string][]string   // by order
}

// objects returns the function that reads the log.
func (r *Rows) objects(o *Objects, dir string) (func() ([]byte, error), error) {
	b, err := relate(o, filepath.Join(dir, o.File))
	if err != nil {
		return nil, err
	}
	f, err := r.open(dir, o.File)
	if err != nil {
		return nil, err
	}
	var waiting [][]byte
	return func() ([]byte, error) {
		for len(waiting) == 0 {
			row, err := f.next()
			if err != nil {
				return nil, err
			}
			if waiting, err = b.split(o, row); err != nil {
				return nil, err
			}
		}
		next := waiting[0]
		waiting = waiting[1:]
		return next, nil
	}, nil
}

// relate reads the log once for each kind of unit, as a kind needs the one before.
func relate(o *Objects, path string) (*belongs, error) {
	b := &belongs{units: map[string][]string{}}
	for k := range o.Units {
		of := map[string][]string{}
		err := each(path, func(r row) error {
			orders := names(r[o.Order])
			for before := range k {
				for _, unit := range names(r[o.Units[before]]) {
					orders = append(orders, b.orders[before][unit]...)
				}
			}
			for _, unit := range names(r[o.Units[k]]) {
				for _, order := range orders {
					if !slices.Contains(of[unit], order) {
						of[unit] = append(of[unit], order)
						b.units[order] = append(b.units[order], unit)
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		b.orders = append(b.orders, of)
	}
	return b, nil
}

// split returns a record for each order that the row concerns; a row that concerns
// none stays one record without the member "order".
func (b *belongs) split(o *Objects, r row) ([][]byte, error) {
	base := make(row, len(r)+2)
	for column, v := range r {
		if column != o.Order && !slices.Contains(o.Units, column) {
			base[column] = v
		}
	}
	var all [][]byte
	add := func(order, member, value string) error {
		base["order"] = quoted(order)
		base[member] = quoted(value)
		data, err := json.Marshal(base)
		all = append(all, data)
		return err
	}
	for _, order := range names(r[o.Order]) {
		if err := add(order, "units", strings.Join(b.units[order], ",")); err != nil {
			return nil, err
		}
	}
	for k := len(o.Units) - 1; k >= 0 && len(all) == 0; k-- {
		for _, unit := range names(r[o.Units[k]]) {
			for _, order := range b.orders[k][unit] {
				if err := add(order, "unit", unit); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(all) == 0 {
		data, err := json.Marshal(base)
		return [][]byte{data}, err
	}
	return all, nil
}

// names returns the objects of a column: an array of texts, or a text that holds
// one as JSON or Python writes it, "['a','b']"; any other text is one name.
func names(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	s := strings.TrimSpace(row{"": raw}.text(""))
	inner, ok := strings.CutPrefix(s, "[")
	if !ok {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(inner, "]"), ",") {
		if name = strings.Trim(strings.TrimSpace(name), `'"`); name != "" {
			list = append(list, name)
		}
	}
	return list
}
