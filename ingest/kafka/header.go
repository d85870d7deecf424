package kafka

// HistoryHeader is the key of the record header that marks a record as history:
// it happened before, and no counter counts it. Its value says nothing.
const HistoryHeader = "takt-replay"
