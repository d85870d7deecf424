package notify

import (
	"time"
)

// limit is how many messages a receiver takes within a time.
type limit struct {
	n   int
	per time.Duration
}

// limiter keeps the limits of one receiver, counting each message from the end of
// its request, which is never before the receiver counts it.
type limiter struct {
	limits []limit
	sent   []time.Time // the latest, the oldest first
	mute   time.Time   // nothing is sent before
}

// wait returns how long nothing may be sent.
func (l *limiter) wait(now time.Time) time.Duration {
	d := l.mute.Sub(now)
	for _, each := range l.limits {
		if len(l.sent) >= each.n {
			d = max(d, l.sent[len(l.sent)-each.n].Add(each.per).Sub(now))
		}
	}
	return max(d, 0)
}

// left returns how many messages may be sent at once.
func (l *limiter) left(now time.Time) int {
	most := 1 << 20
	for _, each := range l.limits {
		used := 0
		for _, t := range l.sent {
			if now.Sub(t) < each.per {
				used++
			}
		}
		most = min(most, each.n-used)
	}
	return max(most, 0)
}

// took counts a message.
func (l *limiter) took(now time.Time) {
	keep := 0
	for _, each := range l.limits {
		keep = max(keep, each.n)
	}
	if l.sent = append(l.sent, now); len(l.sent) > keep {
		l.sent = l.sent[len(l.sent)-keep:]
	}
}

// muted keeps everything back for a while, because the receiver said so.
func (l *limiter) muted(now time.Time, d time.Duration) { l.mute = now.Add(d) }
