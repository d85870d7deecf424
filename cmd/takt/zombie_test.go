package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestZombie stops a member with SIGSTOP at a named point of a flush, until the
// group has given its partitions away and their new owner has stored everything,
// and lets it go on from there: it still holds a cut that it believes its own.
// Nothing of what it then does may be seen.
func TestZombie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := killLog(rng(31), 3000)
	w.calm(t, "zombie-calm", log, 0, run{})
	for point, times := range map[string]int{
		"before:events":   2,                  // between cut and send
		"inside:orders":   2,                  // in the middle of sending
		"after:orders":    2,                  // after one send, before the next
		"before:progress": 2 + killPartitions, // all is sent but the proof; the first progress of each partition passes too
		"after:progress":  2 + killPartitions, // all is sent, which nobody knows in here
	} {
		t.Run(strings.ReplaceAll(point, ":", " "), func(t *testing.T) {
			t.Parallel()
			name := "zombie-" + strings.ReplaceAll(point, ":", "-")
			r := run{assignment: "group", rows: 100, every: 50 * time.Millisecond}
			config := w.setup(t, name, r)
			zombie := w.start(t, config, "--failpoint", fmt.Sprintf("stop:%s@%d", point, times))
			w.untilBegun(t, name, r)
			heir := w.start(t, config)
			heir.ready(t)

			third := len(log) / 3
			for from := 0; from < third; from += 100 { // many flushes: the point is met
				w.produce(t, name, log[from:min(from+100, third)])
				time.Sleep(60 * time.Millisecond)
			}
			zombie.frozen(t)
			w.produce(t, name, log[third:2*third])
			w.untilStored(t, name, 2*third) // by the heir alone, once the session has run out
			before := w.made(t, zombie.writer())
			zombie.thaw()
			time.Sleep(time.Second) // what it does at once, it does while it is a zombie
			if after := w.made(t, zombie.writer()); after != before {
				t.Errorf("the zombie made %d records durable after it had lost its partitions\n%s\n%s", after-before,
					one(t, w.engine, "SELECT groupArray((partition, first_offset, next_offset, flush, writer, written_at)) FROM (SELECT * FROM takt_store.progress WHERE topic = '"+name+"' ORDER BY written_at DESC LIMIT 12)"), tail(zombie.log.String()))
			}
			w.produce(t, name, log[2*third:])
			w.untilStored(t, name, len(log))
			zombie.stop(t)
			heir.stop(t)
			w.untilStored(t, name, len(log))
			w.audited(t, name, config, len(log))
			w.equal(t, name, "zombie-calm")
			if taken := w.made(t, heir.writer()); taken < int64(third) {
				t.Errorf("the heir took %d records: the zombie's partitions never were its own", taken)
			}
		})
	}
}
