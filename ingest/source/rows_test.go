package source

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeFile writes a file of that name, compressed if the name says so.
func writeFile(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var w io.WriteCloser = file
	if strings.HasSuffix(name, ".gz") {
		w = gzip.NewWriter(file)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// rowsOf returns the rows of a file and how reading ended.
func rowsOf(t testing.TB, path string) (rows []string, err error) {
	t.Helper()
	r, err := OpenRows(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		row, err := r.Next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, string(row))
		if r.Row() != len(rows) {
			t.Errorf("Row() = %d after %d rows", r.Row(), len(rows))
		}
	}
}

const xesLog = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a log -->
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
 <extension name="Concept" prefix="concept" uri="http://x"/>
 <global scope="event"><string key="concept:name" value="none"/></global>
 <classifier name="c" keys="concept:name"/>
 <string key="log" value="x"/>
 <trace>
  <string key="concept:name" value="A &amp; &quot;1&quot;"/>
  <float key="cost" value="1.50"/>
  <event>
   <string key="concept:name" value="made"><string key="by" value="u"/></string>
   <date key="time:timestamp" value="2025-01-01T00:00:00+01:00"/>
   <list key="l"><values><int key="a" value="1"/><int key="b" value="2"/></values></list>
  </event>
  <event/>
 </trace>
 <trace><event><boolean key="x" value="true"/></event></trace>
</log>`

func TestOpenRows(t *testing.T) {
	tests := []struct {
		name, file, content string
		rows                []string
		err                 string // its end
	}{
		{"csv", "a.csv", "b,a\n1,\"x, \"\"y\"\"\n z\"\n,中\\\n", []string{`{"b":"1","a":"x, \"y\"\u000a z"}`, `{"b":"","a":"中\\"}`}, ""},
		{"csv, compressed", "a.CSV.gz", "b,a\r\n1,2\r\n", []string{`{"b":"1","a":"2"}`}, ""},
		{"csv of a spreadsheet", "a.csv", "\xef\xbb\xbfb,a\n1,2\n", []string{`{"b":"1","a":"2"}`}, ""},
		{"csv, not UTF-8", "a.csv", "b\n\xff\n", []string{"{\"b\":\"\xff\"}"}, ""},
		{"csv, header only", "a.csv", "b,a\n", nil, ""},
		{"csv, empty", "a.csv", "", nil, "it has no header row"},
		{"csv, column twice", "a.csv", "a,a\n1,2\n", nil, "column 2 has no name of its own"},
		{"csv, short row", "a.csv", "b,a\n1,2\nSECRET\n", []string{`{"b":"1","a":"2"}`}, "record on line 3: wrong number of fields"},
		{"csv, open quote", "a.csv", "b,a\n1,\"SECRET\n", nil, "extraneous or missing \" in quoted-field"},
		{"lines", "a.jsonl", "{\"a\": 1}\r\n\n  {\"b\":2}  \nnot json", []string{`{"a": 1}`, `{"b":2}`, `not json`}, ""},
		{"lines, compressed", "a.ndjson.gz", "{\"a\":1}\n", []string{`{"a":1}`}, ""},
		{"long line", "a.json", `{"a":"` + strings.Repeat("x", 200_000) + `"}`, []string{`{"a":"` + strings.Repeat("x", 200_000) + `"}`}, ""},
		{"xes", "a.xes", xesLog, []string{
			`{"case:concept:name":"A & \"1\"","case:cost":"1.50","concept:name":"made","concept:name/by":"u",` +
				`"time:timestamp":"2025-01-01T00:00:00+01:00","l/a":"1","l/b":"2"}`,
			`{"case:concept:name":"A & \"1\"","case:cost":"1.50"}`, `{"x":"true"}`,
		}, ""},
		{"xes, cut off", "a.xes", xesLog[:strings.Index(xesLog, "<date")], nil, "line 13: it is no XML"},
		{"xes, bad", "a.xes", "<log><trace><event><string key='a' value='&SECRET;'/></event>", nil, "line 1: it is no XML"},
		{"xes, late attribute", "a.xes", "<log><trace><event/><string key='a' value='b'/></trace></log>", []string{"{}"}, "an attribute of a trace stands after its first event"},
		{"another kind", "a.txt", "x", nil, "its name must end in .xlsx or .sqlite, or in .csv, .jsonl, .ndjson, .json, .xes, .jsonocel, .xmlocel or .xml and perhaps .gz"},
		{"not compressed", "a.csv.gz.csv", "a\n1\n", []string{`{"a":"1"}`}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := rowsOf(t, writeFile(t, tt.file, tt.content))
			if diff := cmp.Diff(tt.rows, got); diff != "" {
				t.Error(diff)
			}
			switch {
			case (err == nil) != (tt.err == ""):
				t.Errorf("err = %v, want %q", err, tt.err)
			case err != nil && (!strings.HasSuffix(err.Error(), tt.err) || strings.Contains(err.Error(), "SECRET")):
				t.Errorf("err = %v, want %q", err, tt.err)
			}
		})
	}
	if _, err := OpenRows(filepath.Join(t.TempDir(), "none.csv")); err == nil {
		t.Error("a file that is not there opens")
	}
}

func TestRowErrorNamesRow(t *testing.T) {
	_, err := rowsOf(t, writeFile(t, "a.csv", "b,a\n1,2\n3\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "read row 2 of ") {
		t.Errorf("err = %v", err)
	}
}

// TestRowsOfRealFile holds that progress grows to the end and memory does not.
func TestRowsOfRealFile(t *testing.T) {
	r, err := OpenRows(dataFile(t, "olist/events.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	before := int64(0)
	for {
		row, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(row) {
			t.Fatalf("row %d is no JSON", r.Row())
		}
		read, total := r.Progress()
		if read < before || read > total {
			t.Fatalf("progress went from %d to %d of %d", before, read, total)
		}
		before = read
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,2\n")
	f.Add("a\n\"x\ny\"\n")
	f.Fuzz(func(t *testing.T, content string) {
		next, err := csvRows(strings.NewReader(content))
		for err == nil {
			var row []byte
			if row, err = next(); err == nil && !json.Valid(row) {
				t.Fatalf("row %q of %q is no JSON", row, content)
			}
		}
	})
}

func FuzzXES(f *testing.F) {
	f.Add(xesLog)
	f.Fuzz(func(t *testing.T, content string) {
		next := xesRows(strings.NewReader(content))
		for {
			row, err := next()
			if err != nil {
				return
			}
			if !json.Valid(row) {
				t.Fatalf("row %q of %q is no JSON", row, content)
			}
		}
	})
}
