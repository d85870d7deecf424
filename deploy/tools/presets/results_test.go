package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// events are what go test -json says of tests that ended.
func events(ended ...string) string {
	var out strings.Builder
	for _, one := range ended {
		action, test, _ := strings.Cut(one, " ")
		line, _ := json.Marshal(map[string]string{"Action": "output", "Test": test, "Output": test + " speaks\n"})
		out.Write(line)
		line, _ = json.Marshal(map[string]string{"Action": action, "Test": test})
		out.Write(line)
	}
	return out.String()
}

// columns are what parts the cells of a table.
var columns = regexp.MustCompile(" {2,}")

func TestTable(t *testing.T) {
	rows := []preset{{"csv", "full"}, {"csv-events", "full"}, {"u8", "page"}}
	tests := []struct {
		name    string
		ended   []string
		want    string
		verdict string // part of it; empty: none
		log     string
	}{
		{
			name: "everything passed",
			ended: []string{
				"pass TestFixtures/csv/a.csv", "pass TestFixtures/csv/b.csv", "pass TestFixtures", "pass TestTraps/csv-events:_a_value/left_out", "skip TestWriters/csv",
				"pass TestPresets/u8", "pass TestPresetOrders/topic/u8", "pass TestPresetOrders/gateway/u8", "pass TestPresetOrders/gateway", "pass TestPresetOrders/poll/csv", "pass TestElse/u8",
			},
			want: `
csv|full|passed (2)|not there|not run|not there|not there|not there|passed
csv-events|full|not there|passed|not there|not there|not there|not there|not there
u8|page|not there|not there|not there|passed|passed|passed|not there
`,
		},
		{
			name: "one of several failed",
			ended: []string{
				"pass TestFixtures/csv/a.csv", "fail TestFixtures/csv/b.csv", "pass TestTraps/u8:_x", "pass TestWriters/u8",
				"pass TestPresets/u8", "pass TestPresetOrders/topic/u8", "pass TestPresetOrders/gateway/u8", "pass TestPresetOrders/poll/u8",
			},
			want: `
csv|full|FAILED|not there|not there|not there|not there|not there|not there
csv-events|full|not there|not there|not there|not there|not there|not there|not there
u8|page|not there|passed|passed|passed|passed|passed|passed
`,
			verdict: "failed proofs: 1",
			log:     "TestFixtures/csv/b.csv speaks\n",
		},
		{
			name: "a kind without results",
			ended: []string{
				"pass TestFixtures/u8/a.csv", "pass TestTraps/u8:_x", "pass TestWriters/u8", "pass TestPresets/u8", "pass TestPresetOrders/topic/u8", "pass TestPresetOrders/u8",
			},
			want: `
csv|full|not there|not there|not there|not there|not there|not there|not there
csv-events|full|not there|not there|not there|not there|not there|not there|not there
u8|page|passed|passed|passed|passed|passed|not there|not there
`,
			verdict: `no preset has a result of the kind "by gateway"`,
		},
		{
			name:  "a test of no preset",
			ended: []string{"pass TestFixtures/u9/a.csv"},
			want: `
csv|full|not there|not there|not there|not there|not there|not there|not there
csv-events|full|not there|not there|not there|not there|not there|not there|not there
u8|page|not there|not there|not there|not there|not there|not there|not there
`,
			verdict: `a test of the kind "samples" is of "u9", which is no preset`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log, out strings.Builder
			r := results{}
			if err := r.read(strings.NewReader(events(tt.ended...)), &log); err != nil {
				t.Fatal(err)
			}
			r.print(&out, rows)
			heading := "preset|tier|samples|traps|1,000 orders|program: samples|ten orders by topic|by gateway|by poller"
			if diff := cmp.Diff(heading+tt.want, columns.ReplaceAllString(out.String(), "|")); diff != "" {
				t.Errorf("table (-want +got):\n%s", diff)
			}
			if log.String() != tt.log {
				t.Errorf("got the log %q, want %q", log.String(), tt.log)
			}
			switch err := r.verdict(rows); {
			case tt.verdict == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case tt.verdict != "" && (err == nil || !strings.Contains(err.Error(), tt.verdict)):
				t.Errorf("got %v, want %q", err, tt.verdict)
			}
		})
	}
}
