package clickhouse

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMigrateTwiceAtOnce(t *testing.T) {
	db := own(t) // migrated once
	mustExec(t, db, "DROP DATABASE takt SYNC")
	mustExec(t, db, "DROP DATABASE takt_store SYNC")
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { errs[i] = db.Migrate(t.Context()) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, "SELECT count() FROM takt_store.migrations FINAL"); n != len(all) {
		t.Errorf("got %d migrations recorded, want %d", n, len(all))
	}
	if err := db.VerifyDeduplication(t.Context()); err != nil {
		t.Error(err)
	}
	// Every statement can be repeated over what stands.
	for _, m := range all {
		for _, s := range m.statements {
			if err := db.Apply(t.Context(), s); err != nil {
				t.Errorf("repeat of %s: %v", m.name, err)
			}
		}
	}
	mustWrite(t, NewWriter(db, retail("after")), sample("after", "after"))
}

func TestMigrateRefusesOtherHistory(t *testing.T) {
	db := own(t)
	var halt *HaltError
	mustExec(t, db, "INSERT INTO takt_store.migrations (version, name, checksum, writer) VALUES (99, '0099_future.sql', 1, 'w')")
	if err := db.Migrate(t.Context()); !errors.As(err, &halt) || !strings.Contains(halt.Hint, "newer version") {
		t.Errorf("a newer database: got %v", err)
	}
	mustExec(t, db, "TRUNCATE TABLE takt_store.migrations")
	mustExec(t, db, "INSERT INTO takt_store.migrations (version, name, checksum, writer) VALUES (1, '0001_other.sql', 1, 'w')")
	if err := db.Migrate(t.Context()); !errors.As(err, &halt) || !strings.Contains(halt.Hint, "new migration") {
		t.Errorf("a changed file: got %v", err)
	}
}

func TestVerifyDeduplicationFindsFaults(t *testing.T) {
	db := own(t)
	mustExec(t, db, "ALTER TABLE takt_store.events MODIFY SETTING non_replicated_deduplication_window = 10")
	mustExec(t, db, "DROP TABLE takt_store.visits SYNC")
	mustExec(t, db, "CREATE TABLE takt_store.visits (a UInt8, revision UInt8) ENGINE = ReplacingMergeTree(revision) PARTITION BY a ORDER BY a")
	mustExec(t, db, "DROP TABLE takt_store.teams SYNC")
	err := db.VerifyDeduplication(t.Context())
	if halt := (*HaltError)(nil); !errors.As(err, &halt) {
		t.Fatalf("got %v, want a HaltError", err)
	}
	for _, want := range []string{"events remembers 10 inserts", `visits is sorted by "a"`, "teams is missing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to tell %q", err, want)
		}
	}
}

func TestEveryColumnHasAComment(t *testing.T) {
	db := open(t, nil)
	form := regexp.MustCompile(`^[A-Z][^;\p{Han}]*; .*\p{Han}.*$`)
	columns := table(t, db, "SELECT database, table, name, comment FROM system.columns WHERE database IN ('takt', 'takt_store')")
	if len(columns) < 300 {
		t.Errorf("got %d columns, want all", len(columns))
	}
	for _, c := range columns {
		if !form.MatchString(c["comment"].(string)) {
			t.Errorf("%v.%v.%v has comment %q, want it as `English, unit; 中文`", c["database"], c["table"], c["name"], c["comment"])
		}
	}
	relations := table(t, db, "SELECT name, comment FROM system.tables WHERE database = 'takt' ORDER BY name")
	var names []string
	for _, r := range relations {
		names = append(names, r["name"].(string))
		if !form.MatchString(r["comment"].(string)) {
			t.Errorf("takt.%v has comment %q", r["name"], r["comment"])
		}
	}
	if got, want := strings.Join(names, " "), "calendar dead_letters deliveries events exception_changes exception_states exception_times_daily exceptions orders polls processes progress promises stage_rests stages teams visits"; got != want {
		t.Errorf("got relations %s, want %s", got, want)
	}
}

func TestFiltersPruneThroughViews(t *testing.T) {
	db := open(t, nil)
	for _, query := range []string{
		"SELECT * FROM takt.visits WHERE process = '!' AND order_id = 'x'",
		"SELECT * FROM takt.orders WHERE process = '!' AND order_id = 'x'",
		"SELECT * FROM takt.exceptions WHERE process = '!' AND order_id = 'x'",
		"SELECT * FROM takt.exception_states WHERE process = '!' AND order_id = 'x'",
		"SELECT * FROM takt.dead_letters WHERE topic = '!'",
		"SELECT * FROM takt.progress WHERE topic = '!'",
		"SELECT * FROM takt.events WHERE order_id = 'x'",
	} {
		mustWrite(t, NewWriter(db, retail("prune")), sample("prune", "prune"))
		plan := ""
		for _, line := range table(t, db, "SELECT explain FROM (EXPLAIN indexes = 1 "+query+")") {
			plan += line["explain"].(string) + "\n"
		}
		if !strings.Contains(plan, "Granules: 0/") {
			t.Errorf("%s reads everything:\n%s", query, plan)
		}
	}
}

func TestClusteredStatementsParse(t *testing.T) {
	db := open(t, nil)
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	sources := append([]string{}, bootstrap[:]...)
	for _, m := range all {
		sources = append(sources, m.statements...)
	}
	parses := func(s string) {
		t.Helper()
		var out string
		if err := db.conn.QueryRow(t.Context(), "SELECT formatQuerySingleLine("+literal(s)+")").Scan(&out); err != nil {
			t.Errorf("%v:\n%s", err, s)
		}
	}
	for _, s := range sources {
		for _, c := range clustered(s, "main") {
			if !strings.Contains(c, "ON CLUSTER 'main'") {
				t.Errorf("not on the cluster:\n%s", c)
			}
			if strings.Contains(c, "ENGINE = ReplacingMergeTree") || strings.Contains(c, "FINAL") && !strings.Contains(c, "_all") {
				t.Errorf("not replicated or distributed:\n%s", c)
			}
			parses(c)
		}
	}
	for _, cluster := range []string{"", "main"} {
		for _, s := range UsersSQL(cluster, map[string]string{WriterUser: "se'cret"}) {
			if strings.Contains(s, "cret") || strings.Contains(s, "NOT IDENTIFIED") && !strings.Contains(s, "HOST LOCAL") {
				t.Errorf("not safe: %s", s)
			}
			if strings.Contains(s, "ON CLUSTER") != (cluster != "") {
				t.Errorf("cluster %q: %s", cluster, s)
			}
			parses(s)
		}
	}
}

func literal(s string) string {
	var b strings.Builder
	quote(&b, s)
	return b.String()
}

// An order written before its open visits became one array keeps them.
func TestOpenVisitsOfEarlierRows(t *testing.T) {
	db := own(t)
	mustExec(t, db, "INSERT INTO takt_store.orders (process, order_id, channel, amount, open_unit, open_stage, open_visit, open_entered_at, open_due_at,"+
		" open_limit_seconds, open_breached, open_owner, open_owner_team, open_actor, open_live)"+
		" VALUES ('old', 'A', 'web', 12, ['', 'u'], ['pick', 'ship'], [1, 2], ['2026-01-02 03:04:05', '2026-01-02 04:00:00'], [NULL, '2026-01-03 00:00:00'],"+
		" [NULL, 60], [NULL, true], ['li', ''], ['w', 'd'], ['', 'bo'], [true, false])")
	got := table(t, db, "SELECT stage, unit, toInt32(visit) AS visit, owner, owner_team, actor, channel, amount, limit_seconds, breached FROM takt.visits WHERE process = 'old' ORDER BY stage")
	want := []map[string]any{
		{"stage": "pick", "unit": "", "visit": 1., "owner": "li", "owner_team": "w", "actor": "", "channel": "web", "amount": 12., "limit_seconds": nil, "breached": nil},
		{"stage": "ship", "unit": "u", "visit": 2., "owner": "", "owner_team": "d", "actor": "bo", "channel": "web", "amount": 12., "limit_seconds": 60., "breached": true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("visits (-want +got):\n%s", d)
	}
}

// Rows of before they were dated get one date, and not another whenever it is asked.
func TestStoredRowsOfEarlierAreDated(t *testing.T) {
	db := own(t)
	for _, table := range []string{"visits", "orders"} {
		mustExec(t, db, "ALTER TABLE takt_store."+table+" DROP INDEX stored_at_range SETTINGS mutations_sync = 1")
		mustExec(t, db, "ALTER TABLE takt_store."+table+" DROP COLUMN stored_at SETTINGS mutations_sync = 1")
	}
	mustExec(t, db, "DROP TABLE takt_store.steps")
	mustExec(t, db, "DROP TABLE takt_store.rolled")
	mustExec(t, db, "ALTER TABLE takt_store.migrations DELETE WHERE version >= 18 SETTINGS mutations_sync = 1")
	mustExec(t, db, "INSERT INTO takt_store.visits (process, order_id, stage) VALUES ('old', 'A', 'pick')")
	mustExec(t, db, "INSERT INTO takt_store.orders (process, order_id, stages) VALUES ('old', 'A', ['pick'])")
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	dates := func() []map[string]any {
		return table(t, db, "SELECT (SELECT toString(max(stored_at)) FROM takt_store.visits) AS visit, (SELECT toString(max(stored_at)) FROM takt_store.orders) AS stored, sleep(0.05) AS slept")
	}
	before := dates()
	mustExec(t, db, "OPTIMIZE TABLE takt_store.visits FINAL")
	if d := cmp.Diff(before, dates()); d != "" {
		t.Errorf("dates (-before +after):\n%s", d)
	}
}
