package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress tells people how far a long step is: a bar with rate and remaining time
// on a terminal, a line now and then elsewhere.
type progress struct {
	w     io.Writer
	what  string
	total int64
	bar   *progressbar.ProgressBar // nil: not a terminal
	began time.Time
	told  time.Time
}

// tellEvery is how often a log is told.
const tellEvery = 5 * time.Second

// newProgress begins a step of total units; bytes tells that they are bytes.
// An unknown total is -1.
func newProgress(w io.Writer, what string, total int64, bytes bool) *progress {
	p := &progress{w: w, what: what, total: total, began: time.Now(), told: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(bytes),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(200*time.Millisecond),
			progressbar.OptionSetWidth(24), progressbar.OptionClearOnFinish(),
		)
	}
	return p
}

// set tells that n units are done. What cannot be drawn stops no work.
func (p *progress) set(n int64) {
	if p.bar != nil {
		_ = p.bar.Set64(n)
		return
	}
	if now := time.Now(); now.Sub(p.told) >= tellEvery {
		p.told = now
		if p.total > 0 {
			left := time.Duration(float64(now.Sub(p.began)) * float64(p.total-n) / float64(max(n, 1)))
			fmt.Fprintf(p.w, "%s: %d %%, %s left\n", p.what, 100*n/p.total, left.Round(time.Second))
		} else {
			fmt.Fprintf(p.w, "%s: %d\n", p.what, n)
		}
	}
}

// done ends the step.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
