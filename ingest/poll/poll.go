// Package poll asks systems that only answer: a Poller lists what changed in a
// source, window after window, and brings each record into the log.
//
// The contract:
//
//   - A window is asked for in pages; its records stand in the log before the
//     cursor moves to its end. After a crash the window is asked for again: the
//     identity of the events makes repeats one.
//   - A record that is longer than the log takes does not hold the window up: what
//     Shorten makes of it stands in the log in its place, is counted and told.
//   - Each window reaches back into the one before by Overlap, for records that
//     were written late, moved between two pages, or lie on an edge. What a poller
//     wrote a window ago with the same content it does not write again.
//   - With Notices there are no windows: each order that a notice names is asked for by
//     its number, and the notice is done with once the answer stands in the log. After a
//     crash it is asked for again.
//   - Rows that leave a window while it is paged move others to pages that were
//     read. So a window of several pages is listed again until nothing new is found,
//     Passes times at most; systems that page by a cursor need no such thing.
//   - A time in a request is rounded outwards to what its format can say: a window
//     of dates is asked for in whole days.
//   - Requests keep the rate; 429, 5xx and a network that is away are tried again,
//     after Retry-After if the system names it. A window that fails leaves the
//     cursor where it was.
//   - A session that has ended is renewed once per request.
//
// What differs between systems is a Shape, which is configuration. Neither errors
// nor messages hold anything of a record.
package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Record is what goes to the log.
type Record struct {
	Key      []byte // number of the order; nil: the record names none
	Body     []byte // a JSON object
	Received time.Time
}

// Log takes records.
type Log interface {
	// Append returns when all records stand in the log for good, or all but those that
	// a Refused names.
	Append(ctx context.Context, all []Record) error
}

// Refused is the error of a Log that will never take some records, since they are
// longer than it takes; it has taken the others.
type Refused struct {
	Records []int // their places among those that were to be appended
	Err     error // says where and what to do
}

// Error is that of Err.
func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap returns Err.
func (r *Refused) Unwrap() error { return r.Err }

// Cursors keep how far each source was asked.
type Cursors interface {
	// Reached returns the end of the last window; ok is false if there was none.
	Reached(ctx context.Context, source string) (at time.Time, ok bool, err error)
	// Reach records it, with the number of records that the window had.
	Reach(ctx context.Context, source string, at time.Time, records int) error
}

// Observer counts.
type Observer interface {
	// Asked counts a request by its result: ok, absent, limited, expired or failed.
	Asked(source, result string)
	// Polled tells that a window is in the log: its end, and how many records of it
	// were new.
	Polled(source string, reached time.Time, written int)
	// TooLarge counts records that the log did not take for their length.
	TooLarge(source string, records int)
}

// Config describes a Poller. Source, Shape and Log are required.
type Config struct {
	Source string
	Shape
	Secret string // of the system: {secret}

	Log     Log
	Cursors Cursors // required by Run, and with them the Rhythm
	Rhythm
	// Notices name the orders to ask for, by {key}; nil: windows are asked for. Of the
	// Rhythm only Every counts then: how long it is waited for a notice, and after an error.
	Notices Notices
	// Key returns the number of the order that a record is about, nil if it names
	// none; ok is false if it is no record. nil: no keys.
	Key func(body []byte) (key []byte, ok bool)
	// Shorten returns the body that stands in the log for one that is longer than it
	// takes; nil: such a record fails its window.
	Shorten  func(body []byte) []byte
	Observer Observer     // default: none
	Logger   *slog.Logger // default: discard
	Now      func() time.Time
	// Sleep waits; it returns the context's error when that ends first.
	Sleep func(ctx context.Context, d time.Duration) error
	// Transport is that of the requests; default: http.DefaultTransport's like.
	Transport http.RoundTripper
}

// Poller lists one source. It is for one goroutine.
type Poller struct {
	cfg     Config
	zone    *time.Location
	session *session
	// Digests of what the windows before and under way had.
	before, under map[digest]struct{}
}

type digest [16]byte

// remembered bounds the digests of a window: more records are written again.
const remembered = 1_000_000

// New returns a Poller.
func New(cfg Config) (*Poller, error) {
	err := cfg.Shape.Validate()
	if cfg.Notices != nil {
		err = cfg.Shape.ValidateKeyed()
	}
	if cfg.Cursors != nil && cfg.Notices == nil {
		err = errors.Join(err, cfg.Rhythm.Validate())
	}
	if err == nil && (cfg.Source == "" || cfg.Log == nil) {
		err = errors.New("source and log are required")
	}
	if err != nil {
		return nil, fmt.Errorf("configure poller of %q: %w", cfg.Source, err)
	}
	if cfg.Observer == nil {
		cfg.Observer = silent{}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Sleep == nil {
		cfg.Sleep = sleep
	}
	zone, err := time.LoadLocation(cfg.Zone)
	if err != nil {
		return nil, fmt.Errorf("configure poller of %q: %w", cfg.Source, err)
	}
	p := &Poller{cfg: cfg, zone: zone, under: map[digest]struct{}{}}
	p.session, err = newSession(&p.cfg)
	return p, err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type silent struct{}

func (silent) Asked(string, string)          {}
func (silent) Polled(string, time.Time, int) {}
func (silent) TooLarge(string, int)          {}

// Run polls until ctx ends. A window, or a notice, that fails is told and asked for again.
func (p *Poller) Run(ctx context.Context) error {
	round := p.round
	if p.cfg.Notices != nil {
		round = p.notified
	}
	for {
		behind, err := round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			p.cfg.Logger.ErrorContext(ctx, "source was not polled: it is asked again", "source", p.cfg.Source, "after", p.cfg.Every, "error", err)
		case behind:
			continue
		}
		if p.cfg.Sleep(ctx, p.cfg.Every) != nil {
			return nil
		}
	}
}

// round polls the next window. It reports whether another one lies before now.
func (p *Poller) round(ctx context.Context) (behind bool, err error) {
	reached, ok, err := p.cfg.Cursors.Reached(ctx, p.cfg.Source)
	if err != nil {
		return false, err
	}
	from := reached.Add(-p.cfg.Overlap)
	if !ok {
		reached, from = p.cfg.Since, p.cfg.Since
	}
	to := p.cfg.Now()
	if end := reached.Add(p.cfg.Window); end.Before(to) {
		to, behind = end, true
	}
	records, written, err := p.window(ctx, from, to)
	if err != nil {
		return false, err
	}
	if err := p.cfg.Cursors.Reach(ctx, p.cfg.Source, to, records); err != nil {
		return false, err
	}
	p.cfg.Observer.Polled(p.cfg.Source, to, written)
	return behind, nil
}

// Backfill polls from one instant to another, in windows, and leaves the cursor
// alone. It returns how many records it wrote.
func (p *Poller) Backfill(ctx context.Context, from, to time.Time) (written int, err error) {
	for at := from; at.Before(to); at = at.Add(p.cfg.Window) {
		end := at.Add(p.cfg.Window)
		if end.After(to) {
			end = to
		}
		_, n, err := p.window(ctx, at, end)
		written += n
		if err != nil {
			return written, fmt.Errorf("poll %q from %s: %w", p.cfg.Source, at.Format(time.RFC3339), err)
		}
		p.cfg.Observer.Polled(p.cfg.Source, end, n)
	}
	return written, nil
}

// Passes is how often a window of several pages is listed at most.
const Passes = 5

// window lists what changed between two instants and writes it.
func (p *Poller) window(ctx context.Context, from, to time.Time) (records, written int, err error) {
	p.turn()
	values := map[string]string{"from": p.instant(from, false), "to": p.instant(to, true)}
	for pass := 1; ; pass++ {
		pages, found, fresh, err := p.pass(ctx, values)
		records, written = max(records, found), written+fresh
		if err != nil {
			return records, written, err
		}
		if pages < 2 || p.cfg.Page.Style == ByCursor || fresh == 0 || pass == Passes {
			return records, written, nil
		}
	}
}

// turn begins another window.
func (p *Poller) turn() {
	if len(p.under) > 0 {
		p.before, p.under = p.under, map[digest]struct{}{}
	}
}

// pass lists a window once, page by page, and writes what is new.
func (p *Poller) pass(ctx context.Context, values map[string]string) (pages, records, written int, err error) {
	at := cursor{page: p.cfg.Page.First}
	for {
		at.fill(values, &p.cfg.Page)
		rows, more, err := p.page(ctx, values, &at)
		if err != nil {
			return pages, records, written, err
		}
		pages++
		records += len(rows)
		n, err := p.write(ctx, rows)
		written += n
		if err != nil {
			return pages, records, written, fmt.Errorf("write records: %w", err)
		}
		if !more {
			return pages, records, written, nil
		}
	}
}
