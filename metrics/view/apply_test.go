package view

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
)

// open connects with tables, the processes given and views.
func open(t testing.TB, processes ...*process.Process) *clickhouse.DB {
	t.Helper()
	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{engine.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Now()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.SyncProcesses(t.Context(), order.At(now), processes); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	return db
}

// Two starts at once make the same views; a third changes nothing; one that is no
// longer defined is dropped.
func TestApply(t *testing.T) {
	db := open(t)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := Apply(t.Context(), db, time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := db.Apply(t.Context(), "CREATE OR REPLACE VIEW takt.vanished AS SELECT 1 AS one"); err != nil {
		t.Fatal(err)
	}
	if err := (&records{[]string{"vanished"}, []uint64{1}, []bool{false}}).write(t.Context(), db.Conn(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), db, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := text(t, db, "SELECT count() FROM system.tables WHERE database = 'takt' AND name = 'vanished'"); got != "0" {
		t.Errorf("got %s of a view that is defined no more", got)
	}
}

// Every relation and column says in both languages what it is.
func TestCommentsOfViews(t *testing.T) {
	db := open(t)
	form := regexp.MustCompile(`^[A-Z][^;\p{Han}]*; .*\p{Han}.*$`)
	all, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		for i, line := range lines(t, db, "SELECT name || ': ' || comment FROM system.columns WHERE database = 'takt' AND table = '"+d.name+
			"' UNION ALL SELECT name || ': ' || comment FROM system.tables WHERE database = 'takt' AND name = '"+d.name+"'") {
			if _, comment, _ := strings.Cut(line, ": "); !form.MatchString(comment) {
				t.Errorf("takt.%s, %d: got %q, want `English, unit; 中文`", d.name, i, line)
			}
		}
	}
}

// lines returns a query's rows, each as the text of a tuple without its parentheses;
// a single text stands without quotes.
func lines(t testing.TB, db *clickhouse.DB, query string) []string {
	t.Helper()
	rows, err := db.Conn().Query(t.Context(), "SELECT toString(tuple(*)) FROM ("+query+")")
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	var out []string
	if err := scan(rows, func() error {
		var s string
		err := rows.Scan(&s)
		s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
		if strings.Count(s, "'") == 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
			s = s[1 : len(s)-1]
		}
		out = append(out, s)
		return err
	}); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return out
}

// text returns the only row of a query.
func text(t testing.TB, db *clickhouse.DB, query string) string {
	t.Helper()
	all := lines(t, db, query)
	if len(all) != 1 {
		t.Fatalf("got %d rows, want 1: %s", len(all), query)
	}
	return all[0]
}

// Every relation can be read as it stands, with every column and without parameters.
func TestEveryViewRuns(t *testing.T) {
	db := open(t)
	all, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if strings.HasSuffix(d.name, "_at") {
			continue
		}
		rows, err := db.Conn().Query(t.Context(), "SELECT * FROM takt."+d.name+" LIMIT 1")
		if err == nil {
			err = scan(rows, func() error { return nil })
		}
		if err != nil {
			t.Errorf("takt.%s: %v", d.name, err)
		}
	}
}
