package clickhouse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	driver "github.com/ClickHouse/clickhouse-go/v2"
	chcolumn "github.com/ClickHouse/clickhouse-go/v2/lib/column"

	"github.com/takt-orders/takt/ingest"
)

// errDone ends a retry: progress shows that the flush has been written already.
var errDone = errors.New("flush is already written")

// refusedError is the error of an insert of which a row is at fault.
type refusedError struct {
	code string
	err  error
}

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// queryPrefix begins the query id of every insert for the partition of f. The
// writer's id holds no "-" and three fields follow it, so prefixes of other
// topics can be told apart; see Quiesce.
func queryPrefix(topic string, partition int) string {
	return "takt-" + topic + "-" + strconv.Itoa(partition) + "-"
}

// insert sends b until it is acknowledged.
func (w *Writer) insert(ctx context.Context, f *ingest.Flush, bs *blocks, b *block) error {
	name := queryPrefix(f.Topic, f.Partition) + strconv.Itoa(f.Epoch) + "-" + w.db.cfg.Writer + "-" + strconv.FormatInt(f.Number, 10) + "-" + b.table
	return w.insertAs(ctx, bs, b, name, func() bool {
		done, err := w.written(ctx, f)
		return err == nil && done
	})
}

// insertAs sends b until it is acknowledged. The token is the first attempt's
// query id, which no other insert of this start has: a flush cut anew after its
// partition was lost and won back has its number again, but not its bytes, and the
// server would drop them without an error. done is asked before an old retry.
func (w *Writer) insertAs(ctx context.Context, bs *blocks, b *block, name string, done func() bool) error {
	return w.insertOnce(ctx, bs, b, name, "", done)
}

// insertOnce is insertAs under a token of the caller's, empty for none: of all
// inserts into the table under one token the server takes the first.
func (w *Writer) insertOnce(ctx context.Context, bs *blocks, b *block, name, token string, done func() bool) error {
	if err := b.fits(); err != nil {
		return err
	}
	body, err := b.encode(bs.body[:0], bs.framer)
	if err != nil {
		return err
	}
	bs.body = body
	cfg := &w.db.cfg
	began := time.Now()
	for attempt := 1; ; attempt++ {
		id := name + "." + strconv.FormatUint(w.db.calls.Add(1), 36)
		if token == "" {
			token = id
		}
		sent := time.Now()
		err := w.send(ctx, b, body, id, token)
		if err == nil {
			cfg.Observer.Inserted(b.table, b.rows, time.Since(sent))
			return nil
		}
		bs.body = nil // the transport may still read what it failed to send
		if ctx.Err() != nil {
			return fmt.Errorf("insert into %s: %w", b.table, errors.Join(ctx.Err(), errors.New(brief(err))))
		}
		v := judge(err)
		switch v.action {
		case halt:
			return fmt.Errorf("insert into %s: %w", b.table, &HaltError{Err: err, Hint: v.what})
		case refuse:
			return &refusedError{v.what, fmt.Errorf("insert into %s: %s", b.table, brief(err))}
		}
		cfg.Observer.Retried(v.what)
		cfg.Logger.Warn("insert will be tried again", "insert", id, "attempt", attempt, "reason", v.what, "err", brief(err))
		if err := pause(ctx, attempt, cfg.RetryMax); err != nil {
			return fmt.Errorf("insert into %s: %w", b.table, err)
		}
		if time.Since(began) > cfg.DedupAge && done() {
			return errDone
		}
	}
}

// pause waits before the next attempt: 50 ms, doubling up to most, with jitter.
func pause(ctx context.Context, attempt int, most time.Duration) error {
	d := min(50*time.Millisecond<<min(attempt-1, 20), most)
	t := time.NewTimer(d/2 + rand.N(d/2+1))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// statement returns the insert into b's table under a token. Its settings hold
// whatever the server's profile says: no async insert, and one block.
func (w *Writer) statement(b *block, token, id string) string {
	var s strings.Builder
	s.WriteString(b.insert())
	s.WriteString(" SETTINGS async_insert = 0, insert_deduplicate = 1, max_insert_block_size = 1048449," +
		" min_insert_block_size_rows = 1048449, min_insert_block_size_bytes = 268402944, insert_deduplication_token = ")
	quote(&s, token)
	s.WriteString(", log_comment = ")
	quote(&s, id)
	if w.db.cfg.Cluster != "" {
		s.WriteString(", insert_quorum = 'auto'")
	}
	return s.String()
}

// send is one attempt.
func (w *Writer) send(ctx context.Context, b *block, body []byte, id, token string) error {
	cfg := &w.db.cfg
	ctx, cancel := context.WithTimeout(ctx, cfg.InsertTimeout)
	defer cancel()
	statement := w.statement(b, token, id)
	if cfg.Protocol == Native {
		return w.sendNative(driver.Context(ctx, driver.WithQueryID(id)), b, statement)
	}
	var r io.Reader = bytes.NewReader(body)
	if cfg.Failpoint != nil {
		r = &halfway{r: r, left: len(body) / 2, call: func() { cfg.Failpoint("inside:" + b.table) }}
	}
	ctx = driver.Context(ctx, driver.WithQueryID(id))
	return w.db.conn.InsertFormat(ctx, "Native", statement, r)
}

// sendNative hands the encoded columns to the driver's own, which send them over TCP.
func (w *Writer) sendNative(ctx context.Context, b *block, statement string) error {
	batch, err := w.db.conn.PrepareBatch(ctx, statement)
	if err != nil {
		return err
	}
	if err := b.fill(batch.Columns()); err != nil {
		_ = batch.Abort()
		return err
	}
	return batch.Send()
}

// fill decodes the block's columns into the driver's.
func (b *block) fill(cols []chcolumn.Interface) error {
	if len(cols) != len(b.cols) {
		return fmt.Errorf("fill block: server takes %d columns, not %d", len(cols), len(b.cols))
	}
	for i, c := range b.cols {
		var readers []io.Reader
		for _, p := range append([][]byte{c.state(nil)}, c.parts(nil)...) {
			readers = append(readers, bytes.NewReader(p))
		}
		r := chproto.NewReader(io.MultiReader(readers...))
		if s, ok := cols[i].(chcolumn.CustomSerialization); ok {
			if err := s.ReadStatePrefix(r); err != nil {
				return fmt.Errorf("fill column %s: %w", b.names[i], err)
			}
		}
		if err := cols[i].Decode(r, b.rows); err != nil {
			return fmt.Errorf("fill column %s: %w", b.names[i], err)
		}
	}
	return nil
}

// halfway calls call once when half of a body has been read.
type halfway struct {
	r    io.Reader
	left int
	call func()
}

func (h *halfway) Read(p []byte) (int, error) {
	if h.left > 0 && len(p) > h.left {
		p = p[:h.left]
	}
	n, err := h.r.Read(p)
	if h.left > 0 {
		if h.left -= n; h.left <= 0 {
			h.call()
		}
	}
	return n, err
}
