package ocel

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sqliteLog = `
CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT);
INSERT INTO event_map_type VALUES ('place order', 'Place"Order'), ('it''s paid', 'Pay'), ('never', 'Never');
CREATE TABLE event (ocel_id TEXT, ocel_type TEXT);
INSERT INTO event VALUES ('e1', 'place order'), ('e2', 'it''s paid');
CREATE TABLE "event_Place""Order" (ocel_id TEXT, ocel_time TIMESTAMP, "价格" REAL, note TEXT, "ocel:eid" TEXT, paid BOOLEAN, at DATETIME);
INSERT INTO "event_Place""Order" VALUES ('e1', '2025-11-27 09:12:00', 12.50, 'a "b"', 'x', 1, '2025-11-28');
CREATE TABLE event_Pay (ocel_id TEXT, ocel_time TEXT);
INSERT INTO event_Pay VALUES ('e2', NULL);
CREATE TABLE event_Never (ocel_id TEXT, ocel_time TEXT, x TEXT);
CREATE TABLE object (ocel_id TEXT, ocel_type TEXT);
INSERT INTO object VALUES ('o1', '订单'), ('i1', 'items'), ('i2', 'items');
CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
INSERT INTO event_object VALUES ('e1', 'i2', 'item'), ('e2', 'lost', ''), ('e1', 'o1', 'order'), ('e1', 'i1', 'item'), ('e1', 'o1', 'again'), ('e0', 'o1', '');
`

// write makes a database and returns its path.
func write(t *testing.T, statements string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "日志 #1?.sqlite")
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("#", "%23", "?", "%3f").Replace(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSQLite(t *testing.T) {
	for _, encoding := range []string{"UTF-8", "UTF-16le"} {
		path := write(t, "PRAGMA encoding = '"+encoding+"';"+sqliteLog)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := OpenSQLite(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := all(d.Next, nil)
		if err != nil {
			t.Error(err)
		}
		if done, total := d.Progress(); done != 2 || total != 2 {
			t.Errorf("Progress() = %d of %d", done, total)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{
			`{"ocel:eid":"e1","ocel:activity":"place order","ocel:timestamp":"2025-11-27 09:12:00","ocel:type:items":["i1","i2"],"ocel:type:订单":["o1"],"价格":12.5,"note":"a \"b\"","paid":1,"at":"2025-11-28"}`,
			`{"ocel:eid":"e2","ocel:activity":"it's paid","ocel:timestamp":"","ocel:type:":["lost"]}`,
		}, got); diff != "" {
			t.Errorf("%s: %s", encoding, diff)
		}
		for _, row := range got {
			if !json.Valid([]byte(row)) {
				t.Errorf("%s is no JSON", row)
			}
		}
		after, err := os.ReadFile(path)
		if err != nil || string(before) != string(after) {
			t.Errorf("the file was written to (%v)", err)
		}
	}
}

func TestWrongSQLite(t *testing.T) {
	other := filepath.Join(t.TempDir(), "a.sqlite")
	if err := os.WriteFile(other, []byte(strings.Repeat("SECRET", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, want string }{
		{"no database", other, "not a database"},
		{"another database", write(t, "CREATE TABLE a (b); INSERT INTO a VALUES ('SECRET')"), "no such table: event"},
		{"a table is missing", write(t, strings.ReplaceAll(sqliteLog, "TABLE event_Never", "TABLE other")), `there is no table "event_Never"`},
		{"an event without id", write(t, sqliteLog+"INSERT INTO event_Pay VALUES (NULL, 'SECRET')"), errBroken.Error()},
		{"bytes", write(t, sqliteLog+"INSERT INTO event_Never VALUES ('e3', 'SECRET', x'ff')"), "BLOB"},
		{"not there", other + "x", "unable to open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := OpenSQLite(tt.path)
			if err == nil {
				_, err = all(d.Next, nil)
				if closing := d.Close(); closing != nil && err == nil {
					err = closing
				}
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
}
