package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const jsonLog = `{
 "objectTypes": [], "eventTypes": [], "objects": [{"id": "o1", "type": "orders"}],
 "events": [{"id": "1", "type": "pay", "time": "2025-11-27T09:12:00Z", "attributes": [], "relationships": [{"objectId": "o1", "qualifier": ""}]}]
}`

const xmlLog = `<log><events><event id="1" type="pay" time="2025-11-27T09:12:00Z"><objects><object object-id="o1"/></objects></event></events>` +
	`<objects><object id="o1" type="orders"/></objects></log>`

// TestLogs holds that a log is known by its name, or by what it holds.
func TestLogs(t *testing.T) {
	row := []string{`{"ocel:eid":"1","ocel:activity":"pay","ocel:timestamp":"2025-11-27T09:12:00Z","ocel:type:orders":["o1"]}`}
	line := `{"events": [{"a": 1}], "order": "1"}`
	tests := []struct {
		file, content string
		want          []string
		err           string
	}{
		{"log.json", jsonLog, row, ""},
		{"log.JSON.gz", jsonLog, row, ""},
		{"log.jsonocel", jsonLog, row, ""},
		{"log.jsonocel.gz", jsonLog, row, ""},
		{"log.xml", xmlLog, row, ""},
		{"log.xmlocel.gz", xmlLog, row, ""},
		{"text.sqlite", strings.Repeat("text", 300), nil, "file is not a database (26)"},
		{"log.sqlite.gz", "x", nil, "must end in " + endings},
		{"other.xml", "<log><trace/></log>", nil, "it is no log in OCEL 2.0"},
		{"lines.json", line + "\n" + line, []string{line, line}, ""},
		{"lines.jsonl", jsonLog[:1] + "}", []string{"{}"}, ""},
		{"lines.jsonocel", line, nil, "it holds no objects and events, as OCEL 2.0 has them"},
		{"cut.json", jsonLog[:len(jsonLog)-5], nil, "it is no log in OCEL 2.0"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			path := writeFile(t, tt.file, tt.content)
			rows, err := rowsOf(t, path)
			if diff := cmp.Diff(tt.want, rows); diff != "" {
				t.Error(diff)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.HasSuffix(err.Error(), tt.err) {
				t.Errorf("err = %v, want %q", err, tt.err)
			}
			var payloads []string
			for payload, err := range Payloads(path) {
				if err == nil {
					payloads = append(payloads, string(payload))
				}
			}
			if diff := cmp.Diff(tt.want, payloads); diff != "" {
				t.Error(diff)
			}
		})
	}
}
