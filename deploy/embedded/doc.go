// Package embedded puts Kafka and ClickHouse in the box, so that Takt runs on a
// laptop without anything else installed. Nothing outside this package knows
// that it is not talking to real servers.
//
// ClickHouse is the real engine, loaded as a library by a child process which
// serves ClickHouse's HTTP interface on a loopback port. The child is this
// very program, started again: a main function, or a TestMain, that may start
// it calls ChildMain before anything else. The child dies with its parent,
// however the parent dies. What it acknowledged survives a kill -9 of either.
//
// It differs from a server in these points, and in no others that Takt uses:
//
//   - Users are known to the HTTP interface only, without passwords:
//     takt_writer, and takt_boards and takt_reader, which only read and within
//     limits. A request without a user is takt_reader; "default" is refused
//     with code 516. currentUser() is always "default", and there are no grants
//     or roles.
//   - system.processes shows the query_id and user of the client and KILL QUERY
//     finds them, because the interface rewrites both; queryID() does not.
//     KILL QUERY without SYNC is delivered at once as well.
//   - Settings in the URL of a reader are changeable within the reader's limits,
//     or refused with code 164; a SETTINGS clause of a reader is always refused.
//   - INTO OUTFILE, FROM INFILE and external tables are refused.
//   - Results in formats with a head or a foot (JSON, Parquet, CSVWithNames) are
//     held in memory until they are complete; Native and the row formats stream.
//   - query_log and the other logs do not exist.
//
// Kafka is franz-go's kfake in this process, or, for tests, a real Apache Kafka
// broker made from its Maven artifacts. Downloads are kept under CacheDir.
package embedded
