package embedded

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// bar shows how far something is: on a terminal as a bar, elsewhere as a line
// every few seconds.
type bar struct {
	w        io.Writer
	label    string
	total    int64
	terminal bool
	now      int64
	last     time.Time
}

const (
	barPause  = 100 * time.Millisecond
	linePause = 3 * time.Second
	barWidth  = 30
)

func newBar(w io.Writer, label string, total int64) *bar {
	return &bar{w: w, label: label, total: total, terminal: isTerminal(w), last: time.Now()}
}

// isTerminal is true for /dev/null too, where a bar does no harm.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Write counts p; a bar can stand in an io.TeeReader.
func (b *bar) Write(p []byte) (int, error) {
	b.set(b.now + int64(len(p)))
	return len(p), nil
}

func (b *bar) set(n int64) {
	b.now = min(n, b.total)
	switch since := time.Since(b.last); {
	case b.terminal && since >= barPause:
		done := int(b.now * barWidth / b.total)
		fmt.Fprintf(b.w, "\r%s [%s%s] %d/%d MB", b.label, strings.Repeat("=", done), strings.Repeat(" ", barWidth-done), b.now/1_000_000, b.total/1_000_000)
	case !b.terminal && since >= linePause:
		fmt.Fprintf(b.w, "%s: %d of %d MB\n", b.label, b.now/1_000_000, b.total/1_000_000)
	default:
		return
	}
	b.last = time.Now()
}

// finish wipes the bar off the line.
func (b *bar) finish() {
	if b.terminal {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}

// watchSize shows the size of a directory that another program fills. stop ends
// the watch and waits for it.
func watchSize(w io.Writer, label string, total int64, dir string) (stop func()) {
	b, done := newBar(w, label, total), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				b.finish()
				return
			case <-tick.C:
				b.set(size(dir))
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// size sums the files below dir; those that vanish meanwhile count nothing.
func size(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // see above
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
