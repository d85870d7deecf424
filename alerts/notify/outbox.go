package notify

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// What an outbox does at most.
const (
	attemptsMost  = 4                // requests for one message
	pendingMost   = 1000             // messages that wait
	collapseLeast = 8                // messages in one, which still fit a text of 2,048 bytes
	remembered    = 15 * time.Minute // for which a repeat is the same message
	sendTimeout   = 15 * time.Second
	backoffFirst  = 500 * time.Millisecond // before the second attempt; then doubling
)

var errFull = errors.New("too many messages wait for this receiver")

// item is one message on its way to one receiver.
type item struct {
	Delivery
	message func(now time.Time) Message // in the receiver's language
	arrived time.Time
	done    chan struct{} // closed when Result is set
}

// outbox sends the messages of one receiver, one at a time, within its limits.
type outbox struct {
	receiver *Receiver
	sender   sender
	limiter  limiter
	hub      *Hub
	wake     chan struct{}

	mu      sync.Mutex
	pending []*item
	known   map[string]*item // by key: what waits and what was sent lately
}

func newOutbox(h *Hub, r *Receiver) *outbox {
	s, limits := r.sender(h.client)
	return &outbox{
		receiver: r, sender: s, limiter: limiter{limits: limits}, hub: h,
		wake: make(chan struct{}, 1), known: map[string]*item{},
	}
}

// put takes a message, or finds the same one that waits or was sent lately.
func (o *outbox) put(d Delivery, message func(now time.Time) Message) (it *item, repeated bool, err error) {
	now := o.hub.now()
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, old := range o.known {
		if isDone(old) && now.Sub(old.At) > remembered {
			delete(o.known, key)
		}
	}
	if old := o.known[d.Key]; old != nil && (!isDone(old) || old.Result == Sent || old.Result == Collapsed) {
		return old, true, nil
	}
	if len(o.pending) >= pendingMost {
		return nil, false, errFull
	}
	d.Receiver, d.Channel = o.receiver.Name, o.receiver.Channel
	it = &item{Delivery: d, message: message, arrived: now, done: make(chan struct{})}
	o.known[d.Key] = it
	o.pending = append(o.pending, it)
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return it, false, nil
}

func isDone(it *item) bool {
	select {
	case <-it.done:
		return true
	default:
		return false
	}
}

// run sends until ctx ends.
func (o *outbox) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
		}
		for o.waiting() > 0 {
			if !pause(ctx, o.limiter.wait(o.hub.now())) {
				return
			}
			if !o.deliver(ctx, o.take()) {
				return
			}
		}
	}
}

func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending)
}

// take returns the next message; several, if the limit does not leave room to send
// each by itself: so many that all are told before it is reached.
func (o *outbox) take() []*item {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, left := 1, max(o.limiter.left(o.hub.now()), 1)
	if waiting := len(o.pending); waiting > left {
		n = min(waiting, max(collapseLeast, (waiting+left-1)/left))
	}
	batch := slices.Clone(o.pending[:n])
	o.pending = slices.Delete(o.pending, 0, n)
	return batch
}

// deliver sends a batch as one message until it is taken, refused or given up. It
// reports false if ctx ended before.
func (o *outbox) deliver(ctx context.Context, batch []*item) bool {
	for attempt := 1; ; attempt++ {
		now := o.hub.now()
		m := o.compose(batch, now)
		err := o.try(ctx, &m, now)
		o.limiter.took(o.hub.now())
		for _, it := range batch {
			it.Attempts++
		}
		if err == nil {
			o.settle(ctx, batch, nil)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		var e *sendError
		if !errors.As(err, &e) {
			e = &sendError{text: err.Error()}
		}
		if e.refused || attempt >= attemptsMost {
			o.settle(ctx, batch, e)
			return true
		}
		o.hub.log.Warn("message will be tried again", "receiver", o.receiver.Name, "attempt", attempt, "err", e)
		if e.wait > 0 {
			o.limiter.muted(o.hub.now(), e.wait)
		}
		if !pause(ctx, max(backoffFirst<<(attempt-1), o.limiter.wait(o.hub.now()))) {
			return false
		}
		if e.wait > 0 { // what has come meanwhile goes along
			o.mu.Lock()
			batch, o.pending = append(batch, o.pending...), nil
			o.mu.Unlock()
		}
	}
}

// try is one request.
func (o *outbox) try(ctx context.Context, m *Message, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return o.sender.send(ctx, m, now)
}

func (o *outbox) compose(batch []*item, now time.Time) Message {
	all := make([]Message, len(batch))
	for i, it := range batch {
		all[i] = it.message(now)
	}
	if len(all) == 1 {
		return all[0]
	}
	return collapse(all, o.receiver.Lang)
}

// settle notes what became of a batch and tells those who wait for it.
func (o *outbox) settle(ctx context.Context, batch []*item, e *sendError) {
	now := o.hub.now()
	all := make([]Delivery, len(batch))
	for i, it := range batch {
		it.At, it.Took = now, now.Sub(it.arrived)
		switch {
		case e == nil && len(batch) == 1:
			it.Result = Sent
		case e == nil:
			it.Result = Collapsed
		case e.refused:
			it.Result = Refused
		default:
			it.Result = Failed
		}
		if e != nil {
			it.Code, it.Error = e.code, e.text
		}
		all[i] = it.Delivery
	}
	if e != nil {
		o.hub.log.Error("message was not delivered", "receiver", o.receiver.Name, "messages", len(batch), "err", e)
	}
	o.hub.record(ctx, all)
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, it := range batch {
		close(it.done)
	}
}

// pause waits; it reports false if ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
