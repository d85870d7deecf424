package clickhouse

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// minWindow is the least deduplication window, in inserts, on which retries may rely.
const minWindow = 1000

// identities are the sorting keys of the storage tables: the identity of a row
// and nothing else.
func identities() map[string]string {
	return map[string]string{
		"events":            "event_id",
		"dead_letters":      "topic, epoch, partition, offset",
		"visits":            "process, order_id, unit, stage, visit",
		"orders":            "process, order_id",
		"exceptions":        "process, order_id, id",
		"promises":          "process, order_id, event",
		"escalations":       "process, kind, valid_from",
		"exception_changes": "process, order_id, exception, revision, change",
		"progress":          "topic, epoch, partition, next_offset, first_offset",
		"processes":         "process, valid_from",
		"views":             "name",
		"stages":            "process, stage, valid_from",
		"teams":             "process, team, valid_from",
		"calendar":          "calendar, date",
		"deliveries":        "receiver, key, at",
		"polls":             "source",
		"steps":             "process, day, order_id, unit, stage, visit",
		"rolled":            "name",
	}
}

var dedupWindow = regexp.MustCompile(`(?:^|[ ,])(?:non_)?replicated_deduplication_window = (\d+)`)

// VerifyDeduplication checks that every storage table collapses equal identities
// and repeated inserts: its engine, sorting key, want of partitions and
// deduplication window. Takt does not start without.
func (db *DB) VerifyDeduplication(ctx context.Context) error {
	rows, err := db.conn.Query(ctx, "SELECT name, engine, sorting_key, partition_key, engine_full FROM system.tables WHERE database = 'takt_store'")
	if err != nil {
		return fmt.Errorf("verify deduplication: %w", halted(err))
	}
	defer rows.Close()
	missing := identities()
	var wrong []string
	for rows.Next() {
		var name, engine, sorting, partition, full string
		if err := rows.Scan(&name, &engine, &sorting, &partition, &full); err != nil {
			return fmt.Errorf("verify deduplication: %w", err)
		}
		identity, ours := missing[name]
		if !ours {
			continue
		}
		delete(missing, name)
		window := 0
		if m := dedupWindow.FindStringSubmatch(full); m != nil {
			window, _ = strconv.Atoi(m[1])
		}
		switch {
		case !strings.HasSuffix(engine, "ReplacingMergeTree"):
			wrong = append(wrong, fmt.Sprintf("%s has engine %s", name, engine))
		case sorting != identity:
			wrong = append(wrong, fmt.Sprintf("%s is sorted by %q", name, sorting))
		case partition != "":
			wrong = append(wrong, fmt.Sprintf("%s is partitioned by %q", name, partition))
		case window < minWindow:
			wrong = append(wrong, fmt.Sprintf("%s remembers %d inserts", name, window))
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("verify deduplication: %w", err)
	}
	for name := range missing {
		wrong = append(wrong, name+" is missing")
	}
	if len(wrong) > 0 {
		return fmt.Errorf("verify deduplication: %w", &HaltError{
			Err:  fmt.Errorf("tables of takt_store do not collapse repeats: %s", strings.Join(wrong, "; ")),
			Hint: "run takt migrate on an empty takt_store, or restore the tables' keys and settings",
		})
	}
	return nil
}
