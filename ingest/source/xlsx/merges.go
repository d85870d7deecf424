package xlsx

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
)

const maxMerges = 1 << 20

// merge is a column of cells that are one.
type merge struct{ column, from, to int }

// merged is a merge that the row read last lies in.
type merged struct {
	merge
	value string
}

// mergeTag finds what a mergeCell element names.
var mergeTag = regexp.MustCompile(`mergeCell\s[^>]*\bref=["']([A-Z]+)([0-9]+):[A-Z]+([0-9]+)["']`)

// readMerges returns what is merged downward below the header, by first row. The
// file tells it behind the rows, so that the part is looked through here before it is
// read. No text can be taken for a tag, as it holds no "<" and ends before one.
func (b *book) readMerges(name string, header int) ([]merge, error) {
	part, err := b.part(name)
	if err != nil {
		return nil, err
	}
	defer part.Close()
	tags := bufio.NewScanner(part)
	tags.Buffer(nil, maxRow)
	tags.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, '>'); i >= 0 {
			return i + 1, data[bytes.LastIndexByte(data[:i], '<')+1 : i+1], nil
		}
		if atEOF {
			return len(data), nil, nil
		}
		return 0, nil, nil
	})
	var all []merge
	for tags.Scan() {
		if !bytes.Contains(tags.Bytes(), []byte("mergeCell")) {
			continue
		}
		m := mergeTag.FindSubmatch(tags.Bytes())
		if m == nil {
			continue
		}
		from, err1 := strconv.Atoi(string(m[2]))
		to, err2 := strconv.Atoi(string(m[3]))
		if err1 != nil || err2 != nil || from <= header || to <= from {
			continue
		}
		if len(all) == maxMerges {
			return nil, errors.New("it has too many merged cells")
		}
		all = append(all, merge{columnOf(string(m[1])), from, to})
	}
	slices.SortFunc(all, func(a, b merge) int { return cmp.Compare(a.from, b.from) })
	return all, tags.Err()
}

// spread gives cells of the row read last the value of the first one that they are
// merged with.
func (r *Reader) spread(cells []string) []string {
	row := r.sheet.row
	r.current = slices.DeleteFunc(r.current, func(m merged) bool { return m.to < row })
	for ; len(r.merges) > 0 && r.merges[0].from <= row; r.merges = r.merges[1:] {
		if m := r.merges[0]; m.from == row && m.column < len(cells) {
			r.current = append(r.current, merged{m, cells[m.column]})
		}
	}
	for _, m := range r.current {
		for len(cells) <= m.column {
			cells = append(cells, "")
		}
		if cells[m.column] == "" {
			cells[m.column] = m.value
		}
	}
	return cells
}
