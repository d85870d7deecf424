package clickhouse

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// The users of Takt.
const (
	WriterUser = "takt_writer" // the service
	BoardsUser = "takt_boards" // boards and the console
	ReaderUser = "takt_reader" // analysts
)

// sharedAnswers let what one viewer of a board was answered answer the others for a
// minute, which is how often boards renew themselves: their ranges end at a full minute,
// so their queries are equal. An answer that tells the present may be a minute old, and
// functions that the server takes for changing, as all of Takt's, do not forbid it; what
// asks about the server itself is not kept. A client may switch it off.
// https://clickhouse.com/docs/operations/query-cache
const sharedAnswers = ", use_query_cache = 1 CHANGEABLE_IN_READONLY, query_cache_ttl = 60 CHANGEABLE_IN_READONLY, " +
	"query_cache_nondeterministic_function_handling = 'save' CHANGEABLE_IN_READONLY, query_cache_system_table_handling = 'ignore' CHANGEABLE_IN_READONLY"

// UsersSQL returns the statements that create Takt's users with these passwords,
// by user; they hold the hashes only. A user without password may connect from
// the server's own machine and from nowhere else. Readers read the
// database takt only and change nothing (readonly = 1); the limits of one query
// are theirs to lower. With a cluster the statements hold for all of it.
func UsersSQL(cluster string, passwords map[string]string) []string {
	create := func(user string) string {
		login := "NOT IDENTIFIED HOST LOCAL"
		if p := passwords[user]; p != "" {
			sum := sha256.Sum256([]byte(p))
			login = "IDENTIFIED WITH sha256_hash BY '" + hex.EncodeToString(sum[:]) + "' HOST ANY"
		}
		return "CREATE USER IF NOT EXISTS " + user + " " + login + " DEFAULT DATABASE takt"
	}
	reader := func(user string, seconds, gigabytes int, more string) []string {
		return []string{
			fmt.Sprintf("CREATE SETTINGS PROFILE IF NOT EXISTS %s_profile SETTINGS readonly = 1, "+
				"max_execution_time = %d CHANGEABLE_IN_READONLY, max_result_rows = 1000000 CHANGEABLE_IN_READONLY, "+
				"max_memory_usage = %d000000000 CHANGEABLE_IN_READONLY, max_threads = 4 CHANGEABLE_IN_READONLY%s", user, seconds, gigabytes, more),
			create(user) + " SETTINGS PROFILE '" + user + "_profile'",
			"GRANT SELECT, SHOW ON takt.* TO " + user,
			"GRANT SELECT ON takt_store.calendar_spans TO " + user, // takt_working_seconds reads it
		}
	}
	all := []string{
		create(WriterUser),
		"GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, SELECT, INSERT, SHOW ON takt_store.* TO " + WriterUser,
		"GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, SELECT, INSERT, SHOW ON takt.* TO " + WriterUser,
		"GRANT CREATE FUNCTION, DROP FUNCTION ON *.* TO " + WriterUser,
		"GRANT SELECT ON system.processes TO " + WriterUser,
		"GRANT SELECT ON system.tables TO " + WriterUser,
		"GRANT KILL QUERY ON *.* TO " + WriterUser,
		"GRANT SET DEFINER ON " + WriterUser + " TO " + WriterUser,
	}
	all = append(all, reader(BoardsUser, 60, 4, sharedAnswers)...)
	all = append(all, reader(ReaderUser, 300, 8, "")...)
	var out []string
	for _, s := range all {
		out = append(out, clustered(s, cluster)...)
	}
	return out
}
