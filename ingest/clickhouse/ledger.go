package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/ingest/order"
)

// Ledger keeps the changes of exceptions in takt_store.exception_changes.
//
// ClickHouse has no compare-and-set over rows, but it has one over inserts: of all
// inserts into a table under one deduplication token it takes the first and
// acknowledges the others without taking them, decided where parts are committed,
// in Keeper for replicated tables. So the token of a change is the exception and
// the revision that it asks for. Whoever writes reads back: the row of that
// revision is the winner's. A winner stays the winner, for its row is never
// replaced: the identity of the change is part of the sorting key.
//
// A table remembers its last 10,000 tokens, so a writer must not insert long after
// it has read which revision comes next: Append ends by a deadline within which
// nobody makes that many changes. A token that was spent without a row, as by a
// server that dies between the two, is followed by the next of the same revision.
type Ledger struct {
	db  *DB
	now func() time.Time
}

var _ exception.Store = (*Ledger)(nil)

// NewLedger returns the store of changes in db.
func NewLedger(db *DB, now func() time.Time) *Ledger { return &Ledger{db, now} }

const (
	appendPatience = 20 * time.Second       // of one change
	rowPatience    = 500 * time.Millisecond // until an acknowledged row must be seen
)

// Append is exception.Store's.
func (l *Ledger) Append(ctx context.Context, f exception.Facts, c exception.Change) (holder string, err error) {
	ctx, cancel := context.WithTimeout(ctx, appendPatience)
	defer cancel()
	if c.Refused || c.Revision == 0 {
		return c.ID, l.insert(ctx, &f, &c, "")
	}
	for try := 1; ; try++ {
		token := fmt.Sprintf("exception-%d-%d-%d", c.Exception, c.Revision, try)
		if err := l.insert(ctx, &f, &c, token); err != nil {
			return "", err
		}
		for began := time.Now(); ; {
			holder, err := l.holder(ctx, &f, &c)
			if err != nil || holder != "" {
				return holder, err
			}
			if time.Since(began) > rowPatience {
				break
			}
			if err := pause(ctx, 1, rowPatience); err != nil {
				return "", fmt.Errorf("read change back: %w", err)
			}
		}
	}
}

// insert sends one row until it is acknowledged.
func (l *Ledger) insert(ctx context.Context, f *exception.Facts, c *exception.Change, token string) error {
	rows := newChangeRows()
	rows.add(order.At(l.now()), f, c)
	name := "takt-ledger-" + l.db.cfg.Writer + "-" + strconv.FormatUint(c.Exception, 10)
	err := NewWriter(l.db).insertOnce(ctx, newBlocks(l.db.cfg.Compression), &rows.block, name, token, func() bool { return false })
	if refused := (*refusedError)(nil); errors.As(err, &refused) {
		return &HaltError{Err: err, Hint: hintSchema}
	}
	return err
}

// holder returns the identity of the change that has the revision of c, empty if
// none has.
func (l *Ledger) holder(ctx context.Context, f *exception.Facts, c *exception.Change) (string, error) {
	var id string
	err := l.db.conn.QueryRow(ctx, "SELECT min(change) FROM "+l.db.local("exception_changes")+
		" WHERE process = ? AND order_id = ? AND exception = ? AND revision = ? AND NOT refused",
		f.Process, f.OrderID, c.Exception, c.Revision).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("read change back: %w", halted(err))
	}
	return id, nil
}

// Exception is exception.Store's.
func (l *Ledger) Exception(ctx context.Context, id uint64) (exception.Facts, []exception.Change, error) {
	f := exception.Facts{ID: id}
	var opened, detected, resolved int64
	var visit uint32
	rows, err := l.db.conn.Query(ctx, "SELECT process, order_id, unit, stage, visit, kind, if(severity = '', 'warning', severity), owner, owner_team, cause, cause_team, ifNull(toString(amount), ''), currency,"+
		" toInt64(toUnixTimestamp64Milli(opened_at)), toInt64(ifNull(toUnixTimestamp64Milli(detected_at), 0)), toInt64(ifNull(toUnixTimestamp64Milli(resolved_at), 0)), withdrawn"+
		" FROM "+l.db.local("exceptions")+" FINAL WHERE id = ? AND NOT deleted LIMIT 1", id)
	if err != nil {
		return f, nil, fmt.Errorf("read exception: %w", halted(err))
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return f, nil, fmt.Errorf("read exception: %w", err)
		}
		return f, nil, fmt.Errorf("read exception %d: %w", id, exception.ErrUnknown)
	}
	if err := rows.Scan(&f.Process, &f.OrderID, &f.Unit, &f.Stage, &visit, &f.Kind, &f.Severity, &f.Owner, &f.Team, &f.Cause, &f.CauseTeam, &f.Amount, &f.Currency,
		&opened, &detected, &resolved, &f.Withdrawn); err != nil {
		return f, nil, fmt.Errorf("read exception: %w", err)
	}
	f.Visit = int(visit)
	f.OpenedAt, f.DetectedAt, f.ResolvedAt = order.Instant(opened).Time(), order.Instant(detected).Time(), order.Instant(resolved).Time()
	changes, err := l.changes(ctx, &f)
	return f, changes, err
}

// changes returns every change of an exception, by revision and time.
func (l *Ledger) changes(ctx context.Context, f *exception.Facts) ([]exception.Change, error) {
	rows, err := l.db.conn.Query(ctx, "SELECT change, revision, step, origin, author, toInt64(toUnixTimestamp64Milli(at)), reason, cause, action, note,"+
		" assignee, team, stage, refused, topic, partition, offset FROM "+l.db.local("exception_changes")+
		" FINAL WHERE process = ? AND order_id = ? AND exception = ? ORDER BY revision, refused, at, change", f.Process, f.OrderID, f.ID)
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", halted(err))
	}
	defer rows.Close()
	var all []exception.Change
	for rows.Next() {
		c := exception.Change{Exception: f.ID}
		var revision, partition uint32
		var offset uint64
		var step, origin string
		var at int64
		if err := rows.Scan(&c.ID, &revision, &step, &origin, &c.Author, &at, &c.Reason, &c.Cause, &c.Action, &c.Note,
			&c.Assignee, &c.Team, &c.Stage, &c.Refused, &c.Place.Topic, &partition, &offset); err != nil {
			return nil, fmt.Errorf("read changes: %w", err)
		}
		if err := errors.Join(c.Step.UnmarshalText([]byte(step)), c.Origin.UnmarshalText([]byte(origin))); err != nil {
			return nil, fmt.Errorf("read changes: %w", err)
		}
		c.Revision, c.On, c.At = int(revision), max(int(revision)-1, exception.Latest), order.Instant(at).Time()
		c.Place.Partition, c.Place.Offset = int(partition), int64(offset)
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return all, nil
}
