package config

import (
	"path/filepath"
	"time"
)

// Reconcile says when a source's own lists are compared with Takt without being asked for.
type Reconcile struct {
	Lists   string        `yaml:"lists"`             // pattern of the lists' files, absolute: the newest is compared
	At      string        `yaml:"at,omitempty"`      // HH:MM of each day in the process's zone; empty: Every
	Every   time.Duration `yaml:"every,omitempty"`   // 0: At
	Settle  time.Duration `yaml:"settle,omitempty"`  // with Every: orders placed so shortly before a list was written are left to the next
	System  string        `yaml:"system,omitempty"`  // that the lists are of, as events name it; empty: the source
	Channel string        `yaml:"channel,omitempty"` // that the lists are of; empty: every channel
}

// settle is how long after its placement an order has come to a list and to Takt,
// unless told otherwise.
const settle = 10 * time.Minute

// reconcile takes the key reconcile of a source, nil if it is absent.
func (l *loader) reconcile(o *object) *Reconcile {
	if !o.has("reconcile") {
		return nil
	}
	o = o.object("reconcile")
	r := &Reconcile{
		Lists: l.path(o, "lists"), At: o.text("at", ""), Every: o.duration("every", 0, time.Second), Settle: o.duration("settle", 0, 0),
		System: o.text("system", ""), Channel: o.text("channel", ""),
	}
	if r.Lists == "" && o.ok("lists") {
		o.report("lists", "is missing: name the files of the source's own lists, such as exports/orders-*.csv")
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
	case r.At != "" && o.has("settle"):
		o.report("settle", "belongs to every: at a time of day only days that are over are compared; take it out")
	case r.Every > 0 && !o.has("settle"):
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
