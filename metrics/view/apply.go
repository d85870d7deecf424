package view

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cespare/xxhash/v2"
)

// Store is where the views are made.
type Store interface {
	// Apply runs a statement of DDL, wherever it has to run.
	Apply(ctx context.Context, statement string) error
	Conn() driver.Conn
}

// Apply makes the views as this version of Takt defines them, those that are not so
// yet, and drops those that an earlier version had. Days are those of the zones in
// takt.processes. It may run in several processes at once: each statement replaces
// a view whole.
func Apply(ctx context.Context, store Store, now time.Time) error {
	all, err := definitions()
	if err != nil {
		return err
	}
	zones, err := readZones(ctx, store.Conn())
	if err != nil {
		return err
	}
	applied, err := readApplied(ctx, store.Conn())
	if err != nil {
		return err
	}
	functions := zones.functions()
	salt := strings.Join(functions, "\n")
	var done records
	// A function is written into a view when the view is made: functions come first.
	if sum := xxhash.Sum64String(salt); applied[functionsName] != sum {
		for _, f := range functions {
			if err := store.Apply(ctx, f); err != nil {
				return fmt.Errorf("make functions of days: %w", err)
			}
		}
		done.add(functionsName, sum, false)
	}
	delete(applied, functionsName)
	for _, d := range all {
		sum := d.hash(salt)
		if applied[d.name] != sum {
			if err := store.Apply(ctx, d.statement); err != nil {
				return fmt.Errorf("make view %s: %w", d.name, err)
			}
			done.add(d.name, sum, false)
		}
		delete(applied, d.name)
	}
	if err := unroll(ctx, store.Conn(), &done, applied, salt); err != nil {
		return err
	}
	delete(applied, rolledName)
	for name := range applied {
		if err := store.Apply(ctx, "DROP VIEW IF EXISTS takt."+name); err != nil {
			return fmt.Errorf("drop view %s: %w", name, err)
		}
		done.add(name, 0, true)
	}
	return done.write(ctx, store.Conn(), now)
}

// functionsName stands for the functions among the names of views.
const functionsName = "takt_day"

// hash tells definitions apart; salt is what the functions stand for.
func (d definition) hash(salt string) uint64 {
	if !callsFunction.MatchString(d.statement) {
		salt = ""
	}
	return xxhash.Sum64String(salt + "\x00" + d.statement)
}

// readApplied returns the hashes of the views that stand.
func readApplied(ctx context.Context, conn driver.Conn) (map[string]uint64, error) {
	rows, err := conn.Query(ctx, "SELECT name, definition FROM takt_store.views FINAL WHERE NOT dropped AND"+
		" (name IN ('"+functionsName+"', '"+rolledName+"') OR name IN (SELECT name FROM system.tables WHERE database = 'takt'))")
	if err != nil {
		return nil, fmt.Errorf("read views applied: %w", err)
	}
	applied := map[string]uint64{}
	err = scan(rows, func() error {
		var name string
		var sum uint64
		err := rows.Scan(&name, &sum)
		applied[name] = sum
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read views applied: %w", err)
	}
	return applied, nil
}

// records are what was made or dropped. They are written when all is done: whoever is
// cut off before does it once more, which changes nothing.
type records struct {
	names   []string
	sums    []uint64
	dropped []bool
}

func (r *records) add(name string, sum uint64, dropped bool) {
	r.names, r.sums, r.dropped = append(r.names, name), append(r.sums, sum), append(r.dropped, dropped)
}

func (r *records) write(ctx context.Context, conn driver.Conn, now time.Time) error {
	if len(r.names) == 0 {
		return nil
	}
	err := conn.Exec(ctx, "INSERT INTO takt_store.views (name, definition, dropped, written_at) SETTINGS async_insert = 0"+
		" SELECT name, definition, dropped, fromUnixTimestamp64Milli(toInt64(?), 'UTC') FROM (SELECT 1) ARRAY JOIN ? AS name, ? AS definition, ? AS dropped",
		milliseconds(now), r.names, r.sums, r.dropped)
	if err != nil {
		return fmt.Errorf("record views applied: %w", err)
	}
	return nil
}

// zones are the processes of each zone.
type zones map[string][]string

func readZones(ctx context.Context, conn driver.Conn) (zones, error) {
	rows, err := conn.Query(ctx, "SELECT toString(process), toString(timezone) FROM takt.processes ORDER BY process")
	if err != nil {
		return nil, fmt.Errorf("read zones of processes: %w", err)
	}
	z := zones{}
	err = scan(rows, func() error {
		var process, zone string
		err := rows.Scan(&process, &zone)
		z[zone] = append(z[zone], process)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read zones of processes: %w", err)
	}
	return z, nil
}

// functions returns the statements that make the functions of days. ClickHouse's
// functions want a zone that is constant, so each zone in use is written out; with
// one zone alone the day is monotonic in the instant, which lets filters prune.
func (z zones) functions() []string {
	names := make([]string, 0, len(z))
	for name := range z {
		names = append(names, name)
	}
	// The zone of most processes comes last and needs no list of them: another such
	// process then changes no function, and no view is made anew.
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(z[a]), len(z[b])), cmp.Compare(a, b))
	})
	if len(names) == 0 {
		names = []string{"UTC"}
	}
	each := func(expression string) string {
		in := func(zone string) string { return strings.ReplaceAll(expression, "$", quote(zone)) }
		last := len(names) - 1
		if last == 0 {
			return in(names[0])
		}
		var b strings.Builder
		b.WriteString("multiIf(")
		for _, name := range names[:last] {
			quoted := make([]string, len(z[name]))
			for i, p := range z[name] {
				quoted[i] = quote(p)
			}
			b.WriteString("process IN (" + strings.Join(quoted, ", ") + "), " + in(name) + ", ")
		}
		return b.String() + in(names[last]) + ")"
	}
	return []string{
		"CREATE OR REPLACE FUNCTION takt_day AS (process, instant) -> " + each("toDate(instant, $)"),
		"CREATE OR REPLACE FUNCTION takt_week AS (process, instant) -> toMonday(" + each("toDate(instant, $)") + ")",
		"CREATE OR REPLACE FUNCTION takt_month AS (process, instant) -> toStartOfMonth(" + each("toDate(instant, $)") + ")",
		"CREATE OR REPLACE FUNCTION takt_day_start AS (process, day) -> " + each("toTimeZone(toDateTime64(day, 3, $), 'UTC')"),
		"CREATE OR REPLACE FUNCTION takt_clock AS (process, instant) -> " + each("formatDateTime(instant, '%T', $)"),
		// ClickHouse takes constants that differ by their zone alone for one and the same:
		// materialize keeps an instant that is constant from becoming such.
		"CREATE OR REPLACE FUNCTION takt_days_before AS (process, instant, days) -> " + each("toTimeZone(addDays(toTimeZone(materialize(instant), $), -(days)), 'UTC')"),
		// Each of the instants asked, with the seconds to the first of the answers before the
		// next, NULL if there is none.
		"CREATE OR REPLACE FUNCTION takt_answers AS (asked, answers) -> arrayMap((t, i) -> (t, arrayFirstIndex(a -> a >= t AND (i = length(asked) OR a < asked[i + 1]), answers) AS n," +
			" if(n = 0, NULL, dateDiff('millisecond', t, answers[n]) / 1000)), asked, arrayEnumerate(asked))",
	}
}

func quote(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'" }
