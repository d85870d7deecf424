package source

import (
	"bufio"
	"errors"
	"io"

	"github.com/takt-orders/takt/ingest/source/ocel"
)

// startJSON starts a .json file: a log in OCEL 2.0 if it is one, else lines.
func (r *RowReader) startJSON() error {
	in, err := r.begin()
	if err != nil {
		return err
	}
	buffered := bufio.NewReaderSize(in, 512)
	head, _ := buffered.Peek(512) // what is wrong is found again
	if ocel.MayBeJSON(head) {
		if err := r.startLog(ocel.JSON); !errors.Is(err, ocel.ErrOther) {
			return err
		}
	}
	if in, err = r.begin(); err == nil {
		r.next = jsonRows(in)
	}
	return err
}

// startLog starts a log that is read from begin to end, twice.
func (r *RowReader) startLog(read func(func() (io.Reader, error)) (func() ([]byte, error), error)) error {
	next, err := read(r.begin)
	if err == nil {
		r.next, r.log = r.whole(next), true
	}
	return err
}

// startSQLite starts a log in SQLite, which reads the file by itself.
func (r *RowReader) startSQLite() error {
	db, err := ocel.OpenSQLite(r.path)
	if err != nil {
		return err
	}
	r.also, r.log = db, true
	r.next = r.whole(func() ([]byte, error) {
		row, err := db.Next()
		done, total := db.Progress()
		r.file.n.Store(int64(float64(r.total) * float64(done) / float64(max(total, 1))))
		return row, err
	})
	return nil
}

// whole makes the last row of next the end of the file, though some of it has not been
// read.
func (r *RowReader) whole(next func() ([]byte, error)) func() ([]byte, error) {
	return func() ([]byte, error) {
		row, err := next()
		if err == io.EOF {
			r.file.n.Store(r.total)
		}
		return row, err
	}
}
