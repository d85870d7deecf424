package ocel

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver, by the name "sqlite"
)

// DB is a log in SQLite that is being read. It is for one goroutine.
type DB struct {
	db          *sql.DB
	parts       *sql.Rows // each event, and behind it the objects that it names
	part        part      // the one read last
	more        bool      // it is of the next event
	done, total int64     // events
	types       *types
	row         []byte
	err         error // of scan
}

// part is an event, or an object that it names.
type part struct {
	event      string
	isObject   bool
	what       string // the event's activity; the object
	more       string // the event's time; the object's type
	attributes string // of an event, as a JSON object
}

// OpenSQLite opens the log in the file at path, which is not written to. SQLite sorts
// it by the events' ids; what does not fit into memory, it puts into temporary files.
func OpenSQLite(path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&_pragma=trusted_schema(0)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	d := &DB{db: db, types: newTypes()}
	if err := d.start(); err != nil {
		return nil, fmt.Errorf("read it as a log in OCEL 2.0 in SQLite: %w", errors.Join(err, db.Close()))
	}
	return d, nil
}

func (d *DB) start() error {
	if err := d.db.QueryRow("SELECT count(*) FROM event").Scan(&d.total); err != nil {
		return err
	}
	tables, err := d.texts("SELECT ocel_type, ocel_type_map FROM event_map_type")
	if err != nil {
		return err
	}
	query := ""
	for i := 0; i < len(tables); i += 2 {
		one, err := d.eventsOf(tables[i], "event_"+tables[i+1])
		if err != nil {
			return err
		}
		query += one + "\nUNION ALL "
	}
	// One statement, so that the two halves are sorted alike, whatever the file's encoding.
	query += `SELECT CAST(r.ocel_event_id AS TEXT), 1, CAST(r.ocel_object_id AS TEXT), coalesce(o.ocel_type, ''), ''
		FROM event_object AS r LEFT JOIN object AS o ON o.ocel_id = r.ocel_object_id ORDER BY 1, 2, 4, 3`
	d.parts, err = d.db.Query(query)
	return err
}

// eventsOf returns the statement of the events of a type, which table holds.
func (d *DB) eventsOf(name, table string) (string, error) {
	columns, err := d.texts("SELECT name, '' FROM pragma_table_info(?) ORDER BY cid", table)
	if err != nil {
		return "", err
	}
	if len(columns) == 0 {
		return "", fmt.Errorf("there is no table %q, which event_map_type names", table)
	}
	var members []string
	for i := 0; i < len(columns); i += 2 {
		if c := columns[i]; !strings.HasPrefix(c, "ocel_") && !strings.HasPrefix(c, "ocel:") {
			members = append(members, quote(c, "'")+", "+quote(c, `"`))
		}
	}
	return fmt.Sprintf("SELECT CAST(ocel_id AS TEXT), 0, %s, coalesce(CAST(ocel_time AS TEXT), ''), json_object(%s) FROM %s",
		quote(name, "'"), strings.Join(members, ", "), quote(table, `"`)), nil
}

// texts returns the two texts of each row that query gives, one behind the other.
func (d *DB) texts(query string, args ...any) (all []string, err error) {
	rows, err := d.db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return nil, err
		}
		all = append(all, a, b)
	}
	return all, rows.Err()
}

// quote makes s a text or a name of SQL.
func quote(s, mark string) string { return mark + strings.ReplaceAll(s, mark, mark+mark) + mark }

// Next returns the next row, io.EOF after the last one. The bytes are valid until the
// call after it.
func (d *DB) Next() ([]byte, error) {
	for d.more || d.scan() {
		d.more = false
		if d.part.isObject {
			continue // of an event that is not listed
		}
		e := event{id: d.part.event, activity: d.part.what, at: d.part.more}
		attributes := d.part.attributes
		clear(d.types.of)
		for d.scan() {
			if d.more = !d.part.isObject || d.part.event != e.id; d.more {
				break
			}
			d.types.add(d.part.what, d.part.more)
			e.objects = append(e.objects, d.part.what)
		}
		if d.err != nil {
			return nil, d.err
		}
		d.done++
		d.row = d.types.appendRow(d.row[:0], &e)
		if len(attributes) > len("{}") {
			d.row = append(append(d.row[:len(d.row)-1], ','), attributes[1:]...)
		}
		return d.row, nil
	}
	if d.err != nil {
		return nil, d.err
	}
	return nil, io.EOF
}

// scan reads the next part, if there is one.
func (d *DB) scan() bool {
	if !d.parts.Next() {
		d.err = d.parts.Err()
		return false
	}
	p := &d.part
	if d.parts.Scan(&p.event, &p.isObject, &p.what, &p.more, &p.attributes) != nil {
		d.err = errBroken // an id is missing
	}
	return d.err == nil
}

// Progress returns how many events have become rows, and how many there are.
func (d *DB) Progress() (done, total int64) { return d.done, d.total }

// Close closes the file.
func (d *DB) Close() error { return errors.Join(d.parts.Close(), d.db.Close()) }
