// Package kafka reads and writes Kafka topics for the pipeline.
//
// A Source delivers one topic. Its assignments come from a consumer group with
// a sticky balancer, or are static (instance i of n); group or static, an
// assignment is only a licence: where reading starts is the caller's to say, the
// offsets that the group has stored are never looked at.
//
// A Reader reads one partition from an offset on and promises: records in the
// order of their offsets, each once; nothing of an aborted transaction; no gap
// that the log does not have. Offsets that retention took away end the Reader
// with *OffsetGone, a damaged batch with recordbatch.ErrCorrupt, one beyond the
// limit with recordbatch.ErrTooLarge: no record is passed over in silence. Whatever may heal by itself (a leader that moved,
// a broker that is away) is tried again until the Reader is closed, and holds up
// its own partition only.
package kafka

// HistoryHeader is the key of the record header that marks a record as history:
// it happened before, and no counter counts it. Its value says nothing.
const HistoryHeader = "takt-replay"
