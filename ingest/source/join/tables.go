package join

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
)

// table is a joined table in memory.
type table struct {
	*Joined
	members map[string]json.RawMessage // by value of On
}

// tables returns the function that reads one table after the other.
func (r *Rows) tables(list []Table, dir string) (func() ([]byte, error), error) {
	with := make([][]table, len(list))
	for i := range list {
		if _, err := r.open(dir, list[i].File); err != nil {
			return nil, err
		}
		for j := range list[i].With {
			t, err := load(&list[i].With[j], dir)
			if err != nil {
				return nil, err
			}
			with[i] = append(with[i], t)
		}
	}
	at := 0
	return func() ([]byte, error) {
		for at < len(list) {
			row, err := r.files[at].next()
			if err == io.EOF {
				at++
				continue
			}
			if err != nil {
				return nil, err
			}
			for _, t := range with[at] {
				if member, ok := t.members[row.text(t.On)]; ok {
					row[t.Name] = member
				}
			}
			row["table"] = quoted(list[at].Name)
			return json.Marshal(row)
		}
		return nil, io.EOF
	}, nil
}

// gathered is what the rows with one value of On come to.
type gathered struct {
	first row
	lists [][]string
	sums  []*big.Rat
	scale int // digits after the point of the sums
}

func load(j *Joined, dir string) (table, error) {
	all := map[string]*gathered{}
	err := each(filepath.Join(dir, j.File), func(r row) error {
		key := r.text(j.On)
		if key == "" {
			return nil
		}
		g := all[key]
		if g == nil {
			g = &gathered{first: row{}, lists: make([][]string, len(j.List)), sums: make([]*big.Rat, len(j.Sum))}
			for _, column := range j.First {
				g.first[column] = r[column]
			}
			all[key] = g
		}
		return g.add(j, r)
	})
	if err != nil {
		return table{}, err
	}
	members := make(map[string]json.RawMessage, len(all))
	for key, g := range all {
		if members[key], err = g.member(j); err != nil {
			return table{}, fmt.Errorf("join table %q: %w", j.Name, err)
		}
	}
	return table{j, members}, nil
}

func (g *gathered) add(j *Joined, r row) error {
	for i, column := range j.List {
		if v := r.text(column); v != "" && !slices.Contains(g.lists[i], v) {
			g.lists[i] = append(g.lists[i], v)
		}
	}
	for i, column := range j.Sum {
		v := r.text(column)
		if v == "" {
			continue
		}
		n, ok := new(big.Rat), !strings.ContainsAny(v, "/eExXpP_") // a power would need memory without bound
		if ok {
			_, ok = n.SetString(v)
		}
		if !ok {
			return fmt.Errorf("column %q holds no decimal number, which sum needs", column)
		}
		if _, digits, found := strings.Cut(v, "."); found {
			g.scale = max(g.scale, len(digits))
		}
		if g.sums[i] == nil {
			g.sums[i] = new(big.Rat)
		}
		g.sums[i].Add(g.sums[i], n)
	}
	return nil
}

func (g *gathered) member(j *Joined) (json.RawMessage, error) {
	m := g.first
	for i, column := range j.List {
		m[column] = quoted(strings.Join(g.lists[i], ","))
	}
	for i, column := range j.Sum {
		if g.sums[i] != nil {
			m[column] = quoted(g.sums[i].FloatString(g.scale))
		}
	}
	return json.Marshal(m)
}
