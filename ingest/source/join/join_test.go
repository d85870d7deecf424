package join

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// folder writes files, by name, into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// all returns the rows that the Spec in join.yaml gives, or its error.
func all(t *testing.T, files map[string]string) ([]string, error) {
	t.Helper()
	dir := folder(t, files)
	spec, err := Read(filepath.Join(dir, "join.yaml"))
	if err != nil {
		return nil, err
	}
	rows, err := Open(spec, dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	var got []string
	for {
		row, err := rows.Next()
		if err == io.EOF {
			if read, total := rows.Progress(); read != total {
				t.Errorf("Progress() = %d of %d after the last row", read, total)
			}
			return got, nil
		}
		if err != nil {
			return got, err
		}
		got = append(got, string(row))
	}
}

const tables = `
tables:
  - table: orders
    file: orders.csv
    with:
      - {table: buyer, file: buyers.csv, on: buyer, first: [region]}
      - {table: items, file: items.jsonl, on: no, list: [line], sum: [price]}
  - {table: items, file: items.jsonl}
`

func TestTables(t *testing.T) {
	got, err := all(t, map[string]string{
		"join.yaml":   tables,
		"orders.csv":  "no,buyer\n1,b1\n2,\n3,b9\n",
		"buyers.csv":  "buyer,region\nb1,SP\nb1,later\n,nobody\n",
		"items.jsonl": `{"no":1,"line":1,"price":"0.1"}` + "\n" + `{"no":"1","line":"2","price":0.25}` + "\n" + `{"no":"1","line":"2","price":null}` + "\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"buyer":{"region":"SP"},"items":{"line":"1,2","price":"0.35"},"no":"1","table":"orders"}`,
		`{"buyer":"","no":"2","table":"orders"}`,
		`{"buyer":"b9","no":"3","table":"orders"}`,
		`{"line":1,"no":1,"price":"0.1","table":"items"}`,
		`{"line":"2","no":"1","price":0.25,"table":"items"}`,
		`{"line":"2","no":"1","price":null,"table":"items"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestObjects has units that find their order by others, one unit of two orders,
// and a row that concerns none.
func TestObjects(t *testing.T) {
	got, err := all(t, map[string]string{
		"join.yaml": "objects: {file: log.csv, order: orders, units: [items, packages]}",
		"log.csv": "what,orders,items,packages\n" +
			`deliver,,,"[""p1""]"` + "\n" + // before it is packed
			`place,o1,"['a','b']", ` + "\n" +
			`place,['o2'],['c'],` + "\n" +
			`pick, ,['b'],` + "\n" +
			`pack,,"['b', 'c']",['p1']` + "\n" +
			`sweep,,['x'],` + "\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"order":"o1","unit":"p1","what":"deliver"}`,
		`{"order":"o2","unit":"p1","what":"deliver"}`,
		`{"order":"o1","units":"a,b,p1","what":"place"}`,
		`{"order":"o2","units":"c,p1","what":"place"}`,
		`{"order":"o1","unit":"b","what":"pick"}`,
		`{"order":"o1","unit":"p1","what":"pack"}`,
		`{"order":"o2","unit":"p1","what":"pack"}`,
		`{"what":"sweep"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWrongJoins(t *testing.T) {
	good := map[string]string{"orders.csv": "no,buyer\n1,b1\n", "buyers.csv": "buyer,region\nb1,SP\n", "items.jsonl": `{"no":"1","line":"1","price":"1"}`}
	tests := []struct{ name, file, text, want string }{
		{"nothing named", "join.yaml", "", "name either tables or objects"},
		{"both named", "join.yaml", tables + "objects: {file: f, order: o, units: [u]}", "name either tables or objects"},
		{"an unknown key", "join.yaml", "tabels: []", "tabels"},
		{"no file", "join.yaml", "tables: [{table: a}]", "tables[0]"},
		{"nothing taken", "join.yaml", "tables: [{table: a, file: f, with: [{table: b, file: g, on: c}]}]", "tables[0].with[0]"},
		{"no units", "join.yaml", "objects: {file: f, order: o}", "objects: needs"},
		{"a word to sum", "items.jsonl", `{"no":"1","line":"1","price":"secret"}`, `row 1 of `},
		{"a power to sum", "items.jsonl", `{"no":"1","line":"1","price":"1e999999999"}`, `column "price" holds no decimal number`},
		{"no objects", "items.jsonl", "[1]", "it is no object"},
		{"a column twice", "buyers.csv", "buyer,buyer\n", "column 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"join.yaml": tables}
			for name, text := range good {
				files[name] = text
			}
			files[tt.file] = tt.text
			_, err := all(t, files)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzNames holds that no text of objects breaks the reader, and that what JSON
// writes is read back.
func FuzzNames(f *testing.F) {
	f.Add(`['a','b']`, "a")
	f.Add(`["a"`, "")
	f.Add("[", "[")
	f.Fuzz(func(t *testing.T, text, name string) {
		for _, n := range names(quoted(text)) {
			if n == "" {
				t.Errorf("%q holds an empty name", text)
			}
		}
		list, _ := json.Marshal([]string{"x", name})
		if got := names(list); len(got) != 2 || got[0] != "x" {
			t.Errorf("%s is read as %q", list, got)
		}
	})
}
