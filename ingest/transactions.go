package ingest

import "context"

// Transactions write records to the topic that they are for and move the offset of
// one partition of the topic that they come from, both or neither.
type Transactions interface {
	// Begin takes the partition over from whoever had it: what that one has not
	// committed is undone, and it can commit no more. next is the partition's next
	// offset as the last transaction stored it, -1 if there is none.
	Begin(ctx context.Context, a Assignment, partition int) (t Transaction, next int64, err error)
}

// Transaction writes for one partition of the source, one transaction after another.
type Transaction interface {
	// Commit writes the records, placed by their keys, and stores next. It is fenced
	// like Assignment.Commit. After an error it may have happened or not: only Begin
	// tells.
	Commit(ctx context.Context, out []Record, next int64) error
}
