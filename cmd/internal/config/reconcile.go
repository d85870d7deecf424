package config

import (
	"path/filepath"
	"time"

	"github.com/takt-orders/takt/ingest/poll"
)

// Reconcile says when and with what Takt is compared with Takt without being asked for.
type Reconcile struct {
	Lists   string        `yaml:"lists,omitempty"`   // pattern of the lists' files, absolute: the newest is compared; empty: Poll
	Poll    *ListPoll     `yaml:"poll,omitempty"`    // nil: Lists
	Counts  bool          `yaml:"counts,omitempty"`  // what the source's own events count is compared
	At      string        `yaml:"at,omitempty"`      // HH:MM of each day in the process's zone; empty: Every
	Every   time.Duration `yaml:"every,omitempty"`   // 0: At
	Settle  time.Duration `yaml:"settle,omitempty"`  // with Every: orders placed so shortly before a list was written are left to the next
	System  string        `yaml:"system,omitempty"`  // that the lists are of, as events name it; empty: the source
	Channel string        `yaml:"channel,omitempty"` // that the lists are of; empty: every channel
}

// ListPoll is how a source's system is asked for its own list.
type ListPoll struct {
	Days       int    `yaml:"days"` // that are over and are asked for, beside the day on which it is asked
	SecretFile string `yaml:"secret_file,omitempty"`
	Secret     Secret `yaml:"-"`
	poll.Shape `yaml:",inline"`
}

// listPoll takes the key poll of a source's reconcile.
func (l *loader) listPoll(o *object, source string) *ListPoll {
	p := &ListPoll{Days: o.integer("days", 1, 1, 35)}
	p.SecretFile, p.Secret = l.secretOf(o, "secret", variableOf("TAKT_RECONCILE", source, "SECRET"))
	p.Shape = asked(o)
	return p
}

// settle is how long after its placement an order has come to a list and to Takt,
// unless told otherwise.
const settle = 10 * time.Minute

// reconcile takes the key reconcile of a source, nil if it is absent.
func (l *loader) reconcile(o *object, source string) *Reconcile {
	if !o.has("reconcile") {
		return nil
	}
	o = o.object("reconcile")
	r := &Reconcile{
		Lists: l.path(o, "lists"), At: o.text("at", ""), Every: o.duration("every", 0, time.Second), Settle: o.duration("settle", 0, 0),
		System: o.text("system", ""), Channel: o.text("channel", ""), Counts: o.boolean("counts"),
	}
	if o.has("poll") {
		r.Poll = l.listPoll(o.object("poll"), source)
	}
	switch {
	case r.Poll != nil && o.has("lists"):
		o.report("lists", "stands beside poll: take one of them out")
	case r.Counts && (r.Poll != nil || o.has("lists")):
		o.report("counts", "stands beside lists or poll: take one of them out")
	case r.Poll == nil && !r.Counts && r.Lists == "" && o.ok("lists"):
		o.report("lists", "is missing: name the files of the source's own lists, such as exports/orders-*.csv, or poll, which asks for one, or counts: true")
	}
	if _, err := filepath.Match(r.Lists, ""); err != nil {
		o.report("lists", "is no pattern of files: write it as exports/orders-*.csv")
	}
	timeOfDay(o, "at", r.At)
	switch {
	case !o.ok("at") || !o.ok("every"):
	case r.At != "" && r.Every > 0:
		o.report("every", "stands beside at: take one of them out")
	case r.At == "" && r.Every == 0:
		o.report("at", `is missing: set it, such as "07:30", or every, such as 1h`)
	case (r.At != "" || r.Counts) && o.has("settle"):
		o.report("settle", "belongs to every, and to lists of orders: else only days that are over are compared; take it out")
	case r.Every > 0 && !r.Counts && !o.has("settle"):
		r.Settle = settle
	}
	o.done()
	return r
}

// timeOfDay reports a text of the key that is no time of day; an empty one is none yet.
func timeOfDay(o *object, key, text string) {
	if _, err := time.Parse("15:04", text); err != nil && text != "" {
		o.report(key, "%q is no time of day: write it as \"08:30\"", text)
	}
}
