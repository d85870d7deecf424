package join

import (
	"bufio"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// logEvent is an event of a log of objects.
type logEvent struct {
	id, activity, at string
	objects          []logObject
	attributes       [][2]string // names and values
}

type logObject struct{ id, kind string }

// readLog reads the published log, a table in which a column lists the objects of a
// kind as Python writes it.
func readLog(t *testing.T, path string) (all []logEvent) {
	t.Helper()
	err := each(path, func(r row) error {
		e := logEvent{id: r.text("ocel:eid"), activity: r.text("ocel:activity"), at: r.text("ocel:timestamp")}
		for column := range r {
			if kind, ok := strings.CutPrefix(column, "ocel:type:"); ok {
				for _, id := range names(r[column]) {
					e.objects = append(e.objects, logObject{id, kind})
				}
			} else if v := strings.TrimSpace(r.text(column)); v != "" && !strings.HasPrefix(column, "ocel:") {
				e.attributes = append(e.attributes, [2]string{column, v})
			}
		}
		all = append(all, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// objectsOf returns each object of a log once.
func objectsOf(events []logEvent) []logObject {
	seen := map[logObject]bool{}
	for _, e := range events {
		for _, o := range e.objects {
			seen[o] = true
		}
	}
	var all []logObject
	for o := range seen {
		all = append(all, o)
	}
	return all
}

func writeJSON(t *testing.T, path string, events []logEvent) {
	type object map[string]any
	log := struct { // in this order
		EventTypes  []object `json:"eventTypes"`
		Events      []object `json:"events"`
		ObjectTypes []object `json:"objectTypes"`
		Objects     []object `json:"objects"`
	}{EventTypes: []object{}, ObjectTypes: []object{}}
	for _, e := range events {
		var attributes, relations []object
		for _, a := range e.attributes {
			attributes = append(attributes, object{"name": a[0], "value": json.Number(a[1])})
		}
		for _, o := range e.objects {
			relations = append(relations, object{"objectId": o.id, "qualifier": "of " + o.kind})
		}
		log.Events = append(log.Events, object{"id": e.id, "type": e.activity, "time": e.at, "attributes": attributes, "relationships": relations})
	}
	for _, o := range objectsOf(events) {
		log.Objects = append(log.Objects, object{"id": o.id, "type": o.kind, "attributes": []object{}, "relationships": []object{}})
	}
	data, err := json.MarshalIndent(log, "", " ")
	if err == nil {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func writeXML(t *testing.T, path string, events []logEvent) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zipped := gzip.NewWriter(file)
	w := bufio.NewWriter(zipped)
	fmt.Fprintf(w, "<?xml version='1.0'?>\n<log><event-types/><events>\n")
	for _, e := range events {
		fmt.Fprintf(w, "<event id=%q type=%q time=%q><attributes>", e.id, e.activity, e.at)
		for _, a := range e.attributes {
			fmt.Fprintf(w, "<attribute name=%q>%s</attribute>", a[0], a[1])
		}
		fmt.Fprint(w, "</attributes><objects>")
		for _, o := range e.objects {
			fmt.Fprintf(w, "<relationship object-id=%q qualifier=\"\"/>", o.id)
		}
		fmt.Fprintln(w, "</objects></event>")
	}
	fmt.Fprintf(w, "</events><object-types/><objects>\n")
	for _, o := range objectsOf(events) {
		fmt.Fprintf(w, "<object id=%q type=%q><attributes/></object>\n", o.id, o.kind)
	}
	fmt.Fprintf(w, "</objects></log>\n")
	if err := errors.Join(w.Flush(), zipped.Close()); err != nil {
		t.Fatal(err)
	}
}

// writeSQLite writes tables without keys, as tools for tables of data do.
func writeSQLite(t *testing.T, path string, events []logEvent) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		if _, err := tx.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{
		"event (ocel_id, ocel_type)", "event_map_type (ocel_type, ocel_type_map)",
		"object (ocel_id, ocel_type)", "event_object (ocel_event_id, ocel_object_id, ocel_qualifier)",
	} {
		exec("CREATE TABLE " + table)
	}
	made := map[string]bool{}
	for _, e := range events {
		table := strings.ReplaceAll(e.activity, " ", "")
		if !made[table] {
			made[table] = true
			exec("CREATE TABLE event_" + table + " (ocel_id TEXT, ocel_time TIMESTAMP, price, weight)")
			exec("INSERT INTO event_map_type VALUES (?, ?)", e.activity, table)
		}
		values := map[string]any{}
		for _, a := range e.attributes {
			values[a[0]] = a[1]
		}
		exec("INSERT INTO event VALUES (?, ?)", e.id, e.activity)
		exec("INSERT INTO event_"+table+" VALUES (?, ?, ?, ?)", e.id, e.at, values["price"], values["weight"])
		for _, o := range e.objects {
			exec("INSERT INTO event_object VALUES (?, ?, '')", e.id, o.id)
		}
	}
	for _, o := range objectsOf(events) {
		exec("INSERT INTO object VALUES (?, ?)", o.id, o.kind)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// mapped returns what deploy/examples/ocel/sources/ocel.yaml reads of each row that
// join.yaml, given another file, makes of a log; sorted, as forms have their own order.
func mapped(t *testing.T, path string) (all []string) {
	t.Helper()
	spec, err := Read("../../../deploy/examples/ocel/join.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec.Objects.File = filepath.Base(path)
	rows, err := Open(spec, filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for {
		data, err := rows.Next()
		if err == io.EOF {
			break
		}
		var r row
		if err == nil {
			err = json.Unmarshal(data, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
		units := strings.Split(r.text("units"), ",")
		slices.Sort(units)
		all = append(all, strings.Join([]string{
			r.text("ocel:eid"), r.text("ocel:activity"), r.text("ocel:timestamp"), r.text("order"), r.text("unit"),
			strings.Join(units, ","), strings.TrimSpace(r.text("price")),
		}, "|"))
	}
	slices.Sort(all)
	return all
}

// TestForms holds that the published log comes to the same records in each form that
// a log of objects is written in.
func TestForms(t *testing.T) {
	path := "../../../../shared/data/ocel_orders/log.csv.gz"
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("needs the shared data: %v", err)
		}
		t.Skipf("SKIPPED, the shared data are not here: %v", err)
	}
	events, want := readLog(t, path), mapped(t, path)
	if len(events) != 22367 || len(want) != 32447 {
		t.Fatalf("%d rows become %d records", len(events), len(want))
	}
	forms := map[string]func(*testing.T, string, []logEvent){
		"log.json":   writeJSON,
		"log.xml.gz": writeXML,
		"log.sqlite": writeSQLite,
	}
	for name, write := range forms {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			write(t, path, events)
			if got := mapped(t, path); !slices.Equal(want, got) {
				diff := cmp.Diff(want, got)
				t.Error(diff[:min(len(diff), 2000)])
			}
		})
	}
}
