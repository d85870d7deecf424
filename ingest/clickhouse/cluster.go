package clickhouse

import (
	"regexp"
	"strings"
)

// Keeper paths and names use the server's own macros {shard} and {replica}.
const keeperPath = "'/clickhouse/tables/{shard}/takt_store/"

var (
	createTable = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS takt_store\.(\w+)`)
	createJoin  = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS [\w.]+(?s:.*)\nENGINE = Join\(`)
	alterTable  = regexp.MustCompile(`^ALTER TABLE takt_store\.(\w+)`)
	// What the Distributed table has none of.
	alterStored = regexp.MustCompile(`^ALTER TABLE takt_store\.\w+ (ADD INDEX|MATERIALIZE INDEX|MATERIALIZE COLUMN) `)
	// A migration writes a column's default on a line of its own.
	columnDefault = regexp.MustCompile(`(?m)^\s*(DEFAULT|MATERIALIZED) .*\n`)
	createOther   = regexp.MustCompile(`^(CREATE DATABASE IF NOT EXISTS \w+|CREATE OR REPLACE VIEW [\w.]+|DROP VIEW IF EXISTS [\w.]+|CREATE OR REPLACE FUNCTION \w+|CREATE USER IF NOT EXISTS \w+|CREATE SETTINGS PROFILE IF NOT EXISTS \w+)`)
	grant         = regexp.MustCompile(`^GRANT `)
	engine        = regexp.MustCompile(`ENGINE = ReplacingMergeTree\(`)
	window        = regexp.MustCompile(`non_replicated_deduplication_window = (\d+)`)
	fromStore     = regexp.MustCompile(`\bFROM takt_store\.(\w+)`)
)

// clustered returns the statements that do in a cluster what s does on one
// server: tables become replicated, with a Distributed one beside each for
// reading, from which the views then read. Without a cluster it is s alone.
// Unproven until it ran on two servers.
func clustered(s, cluster string) []string {
	if cluster == "" {
		return []string{s}
	}
	on := " ON CLUSTER '" + cluster + "'"
	if createJoin.MatchString(s) {
		// Each server holds all of it: the Takt that writes to it sees to that.
		return []string{createTable.ReplaceAllString(s, "${0}"+on)}
	}
	if m := createTable.FindStringSubmatch(s); m != nil {
		name := m[1]
		t := createTable.ReplaceAllString(s, "${0}"+on)
		t = engine.ReplaceAllString(t, "ENGINE = ReplicatedReplacingMergeTree("+keeperPath+name+"', '{replica}', ")
		t = window.ReplaceAllString(t, "replicated_deduplication_window = $1, replicated_deduplication_window_seconds = 3600")
		all := "CREATE TABLE IF NOT EXISTS takt_store." + name + "_all" + on + " AS takt_store." + name +
			"\nENGINE = Distributed('" + cluster + "', takt_store, " + name + ")"
		return []string{t, all}
	}
	if alterStored.MatchString(s) {
		return []string{alterTable.ReplaceAllString(s, "${0}"+on)}
	}
	if m := alterTable.FindStringSubmatch(s); m != nil {
		// The Distributed table knows columns by name and type alone.
		plain := columnDefault.ReplaceAllString(s, "")
		return []string{
			alterTable.ReplaceAllString(s, "${0}"+on),
			alterTable.ReplaceAllString(plain, "ALTER TABLE takt_store.${1}_all"+on),
		}
	}
	if createOther.MatchString(s) {
		s = createOther.ReplaceAllString(s, "${0}"+on)
		return []string{fromStore.ReplaceAllString(s, "FROM takt_store.${1}_all")}
	}
	if grant.MatchString(s) {
		return []string{strings.Replace(s, "GRANT ", "GRANT"+on+" ", 1)}
	}
	return []string{s}
}
