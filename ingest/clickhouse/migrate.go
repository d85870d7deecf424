package clickhouse

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one numbered file. Each of its statements can be repeated, alone
// and beside itself: that is what makes two starts at once safe, for ClickHouse
// has no transactions over DDL.
type migration struct {
	version    int
	name       string
	checksum   uint64
	statements []string
}

// bootstrap makes the place where migrations are recorded.
var bootstrap = [...]string{
	"CREATE DATABASE IF NOT EXISTS takt_store",
	`CREATE TABLE IF NOT EXISTS takt_store.migrations
(
    version UInt32 COMMENT 'Number of the migration; 迁移编号',
    name String COMMENT 'File of the migration; 迁移文件',
    checksum UInt64 COMMENT 'Hash of the file; 文件哈希',
    writer String COMMENT 'Start of the process that applied it; 执行进程的启动标识',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied, UTC; 执行时间，UTC',
    revision UInt64 MATERIALIZED 18446744073709551615 - toUInt64(toUnixTimestamp64Milli(applied_at)) COMMENT 'Version of the row, the first application holds; 行版本，首次执行者有效'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY version
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Migrations applied; 已执行的迁移'`,
}

func migrations() ([]migration, error) {
	entries, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var all []migration
	for i, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("read migrations: %s does not continue the numbers", e.Name())
		}
		text, err := migrationFiles.ReadFile("migrations/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		all = append(all, migration{version, e.Name(), xxhash.Sum64(text), statements(string(text))})
	}
	return all, nil
}

// statements cuts a file where a line ends with a semicolon and drops comment lines.
func statements(file string) []string {
	var all []string
	var current strings.Builder
	for line := range strings.Lines(file) {
		if strings.HasPrefix(line, "--") {
			continue
		}
		trimmed := strings.TrimRight(line, " \r\n")
		if end, found := strings.CutSuffix(trimmed, ";"); found {
			current.WriteString(end)
			all = append(all, strings.TrimSpace(current.String()))
			current.Reset()
			continue
		}
		current.WriteString(line)
	}
	if rest := strings.TrimSpace(current.String()); rest != "" {
		all = append(all, rest)
	}
	return all
}

// Migrate brings the databases takt_store and takt to this version of Takt. It
// may run in several processes at once.
func (db *DB) Migrate(ctx context.Context) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	for _, s := range bootstrap {
		if err := db.Apply(ctx, s); err != nil {
			return fmt.Errorf("create takt_store: %w", err)
		}
	}
	applied, err := db.applied(ctx)
	if err != nil {
		return err
	}
	for version := range applied {
		if version > len(all) {
			return fmt.Errorf("migrate: %w", &HaltError{
				Err:  fmt.Errorf("migration %d is applied, this Takt knows %d", version, len(all)),
				Hint: "run the newer version of Takt",
			})
		}
	}
	for _, m := range all {
		if sum, done := applied[m.version]; done {
			if sum != m.checksum {
				return fmt.Errorf("migrate: %w", &HaltError{
					Err:  fmt.Errorf("migration %s is not the one that was applied", m.name),
					Hint: "restore the file and put changes into a new migration",
				})
			}
			continue
		}
		for _, s := range m.statements {
			if err := db.Apply(ctx, s); err != nil {
				return fmt.Errorf("apply migration %s: %w", m.name, err)
			}
		}
		if err := db.conn.Exec(ctx, "INSERT INTO takt_store.migrations (version, name, checksum, writer) SETTINGS async_insert = 0 VALUES (?, ?, ?, ?)",
			m.version, m.name, m.checksum, db.cfg.Writer); err != nil {
			return fmt.Errorf("record migration %s: %w", m.name, halted(err))
		}
		db.cfg.Logger.Info("migration applied", "migration", m.name)
	}
	return nil
}

// Apply runs a statement of DDL, in a cluster on all of its servers.
func (db *DB) Apply(ctx context.Context, statement string) error {
	for _, s := range clustered(statement, db.cfg.Cluster) {
		if err := db.conn.Exec(ctx, s); err != nil {
			return halted(err)
		}
	}
	return nil
}

// applied returns the checksums of the migrations applied, by version.
func (db *DB) applied(ctx context.Context) (map[int]uint64, error) {
	rows, err := db.conn.Query(ctx, "SELECT version, checksum FROM takt_store.migrations FINAL")
	if err != nil {
		return nil, fmt.Errorf("read migrations applied: %w", halted(err))
	}
	defer rows.Close()
	applied := map[int]uint64{}
	for rows.Next() {
		var version uint32
		var checksum uint64
		if err := rows.Scan(&version, &checksum); err != nil {
			return nil, fmt.Errorf("read migrations applied: %w", err)
		}
		applied[int(version)] = checksum
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read migrations applied: %w", err)
	}
	return applied, nil
}
