package datasource

import (
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// Texts of a question never become SQL, even where the database user may write.
func TestHostileValues(t *testing.T) {
	s := shop.settings(t)
	s.User = "takt_writer"
	d := shop.datasource(t, s)
	state := func() string {
		return shop.one(t, "SELECT concat((SELECT toString(groupArray((database, name))) FROM (SELECT database, name FROM system.tables WHERE database IN ('takt', 'takt_store') ORDER BY ALL)),"+
			" (SELECT toString(count()) FROM takt.orders), (SELECT toString(count()) FROM takt.events))")
	}
	before := state()
	for _, text := range []string{
		"' OR 1=1 --", `\' OR 1=1 --`, `\`, `\\' OR '1'='1`, "') OR ('1'='1", "'; DROP TABLE takt_store.orders; --", "x' UNION ALL SELECT name FROM system.users --",
		"?", `\?`, "{x:String}", "$1", "@x", "%s", "`takt`", "/* */ --", "'\x00", "\xff'", "’ OR 1=1", "1 OR 1=1", "[]", "[''] OR 1", "']) OR 1=1 --",
	} {
		for _, kind := range []string{kindMap, kindRanking, kindSentence, kindOpenOrders, kindOpenByAge, kindVariable} {
			q := asked{"kind": kind, "process": text, "variable": "stages"}
			if r := ask(t, d, q); r.Status != backend.StatusBadRequest {
				t.Errorf("%v: status %v, want that there is no such process", q, r.Status)
			}
		}
		for _, kind := range []string{kindTimeline, kindVisits, kindOpenOrders} {
			q := asked{"kind": kind, "order": text, "stages": []string{text, "'"}, "teams": []string{text}, "lang": text}
			if r := ask(t, d, q); r.Error != nil || r.Frames[0].Rows() != 0 {
				t.Errorf("%v: %v, want an answer without rows", q, r)
			}
		}
		if r := ask(t, d, asked{"kind": kindVariable, "variable": text}); r.Status != backend.StatusBadRequest {
			t.Errorf("variable %q: status %v", text, r.Status)
		}
		if r := ask(t, d, asked{"kind": text}); r.Status != backend.StatusBadRequest {
			t.Errorf("kind %q: status %v", text, r.Status)
		}
	}
	if after := state(); after != before {
		t.Errorf("the database has changed: %s, before %s", after, before)
	}
}

// An order with a hostile number is found by it, whole.
func TestHostileOrder(t *testing.T) {
	d := shop.datasource(t, shop.settings(t))
	f := answered(t, d, asked{"kind": "order_timeline", "order": hostile})[0]
	if len(f.Fields) != 2 || f.Fields[1].Config.DisplayNameFromDS != "Review "+hostile+" (limit 4 h)" {
		t.Errorf("the order's timeline has %d fields", len(f.Fields))
	}
	f = answered(t, d, asked{"kind": "open_orders", "stages": []string{"review"}})[0]
	numbers, _ := f.FieldByName("order_id")
	for i := range numbers.Len() {
		if strings.Contains(numbers.At(i).(string), "OR 1=1") {
			return
		}
	}
	t.Error("the order is not in the list of what is open")
}
