package propose

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// column is what the samples say at one path.
type column struct {
	path   string
	values []string // by row; "" where the row has none
	filled int
	unique int
	format string // of times; "": they are none
	times  []time.Time
	number bool // every value is a number
	cents  bool // some value has decimals
}

// sheet is the samples as columns.
type sheet struct {
	zone    *time.Location
	rows    int
	columns []*column // in the order they were met
	at      map[string]*column
}

// add adds a payload, its objects flattened; arrays are left out.
func (t *sheet) add(payload []byte) error {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber()
	var object map[string]any
	if dec.Decode(&object) != nil || object == nil {
		return errors.New("it is no JSON object")
	}
	t.rows++
	t.flatten("", object)
	return nil
}

func (t *sheet) flatten(prefix string, object map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if name == "" {
			continue // no path says it
		}
		path := prefix + strings.NewReplacer(`\`, `\\`, ".", `\.`).Replace(name)
		switch v := object[name].(type) {
		case map[string]any:
			t.flatten(path+".", v)
		case string:
			t.set(path, strings.TrimSpace(v))
		case json.Number:
			t.set(path, v.String())
		}
	}
}

func (t *sheet) set(path, value string) {
	if t.at == nil {
		t.at = map[string]*column{}
	}
	c := t.at[path]
	if c == nil {
		c = &column{path: path}
		t.at[path] = c
		t.columns = append(t.columns, c)
	}
	for len(c.values) < t.rows-1 {
		c.values = append(c.values, "")
	}
	c.values = append(c.values, value)
}

// formats are those that a time may be written in, and their layouts.
func formats() [][2]string {
	return [][2]string{
		{"rfc3339", time.RFC3339},
		{"2006-01-02 15:04:05", time.DateTime},
		{"2006-01-02T15:04:05", "2006-01-02T15:04:05"},
		{"2006-01-02 15:04", "2006-01-02 15:04"},
		{"date", time.DateOnly},
		{"2006/1/2 15:04:05", "2006/1/2 15:04:05"},
		{"2006/1/2 15:04", "2006/1/2 15:04"},
		{"2006/1/2", "2006/1/2"},
		{"2.1.2006 15:04:05", "2.1.2006 15:04:05"},
		{"2.1.2006 15:04", "2.1.2006 15:04"},
		{"2.1.2006", "2.1.2006"},
		{"epoch_s", ""},
		{"epoch_ms", ""},
	}
}

// judge finds out what kind of values each column has.
func (t *sheet) judge() {
	for _, c := range t.columns {
		for len(c.values) < t.rows {
			c.values = append(c.values, "")
		}
		seen := map[string]bool{}
		c.number = true
		for _, v := range c.values {
			if v == "" {
				continue
			}
			c.filled++
			seen[v] = true
			c.number = c.number && number(v)
			c.cents = c.cents || strings.Contains(v, ".")
		}
		c.unique = len(seen)
		c.number = c.number && c.filled > 0
		for _, f := range formats() {
			if c.filled > 0 && c.read(f, t.zone) {
				break
			}
		}
	}
}

// number reports whether v is written as a decimal number that is no code: a code
// may begin with zeros.
func number(v string) bool {
	digits := strings.TrimPrefix(v, "-")
	whole, part, _ := strings.Cut(digits, ".")
	all := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	return whole != "" && all(whole) && all(part) && (len(whole) == 1 || whole[0] != '0')
}

// read takes the column for times of the format, if all of its values are.
func (c *column) read(f [2]string, zone *time.Location) bool {
	times := make([]time.Time, len(c.values))
	for i, v := range c.values {
		if v == "" {
			continue
		}
		at, ok := instant(f, v, zone)
		if !ok || at.Year() < 2000 || at.Year() > 2100 {
			return false
		}
		times[i] = at
	}
	c.format, c.times = f[0], times
	return true
}

func instant(f [2]string, v string, zone *time.Location) (time.Time, bool) {
	var n json.Number
	switch f[0] {
	case "epoch_s":
		n = json.Number(v)
		at, err := n.Int64()
		return time.Unix(at, 0), err == nil && len(v) == 10
	case "epoch_ms":
		n = json.Number(v)
		at, err := n.Int64()
		return time.UnixMilli(at), err == nil && len(v) == 13
	}
	at, err := time.ParseInLocation(f[1], v, zone)
	return at, err == nil
}
