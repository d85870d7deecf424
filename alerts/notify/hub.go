package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// HubConfig is what a Hub needs.
type HubConfig struct {
	Context   Context
	Receivers []Receiver // required; names are unique
	Token     string     // that Alertmanager has to show; empty: none
	Source    Source     // of the page of orders; nil: there is none
	Ledger    Ledger     // takes acknowledgements; nil: none are taken
	Store     Store      // default: nothing is kept
	Observer  Observer   // default: nobody
	Logger    *slog.Logger
	Now       func() time.Time  // default time.Now
	Transport http.RoundTripper // default http.DefaultTransport
}

// Hub takes notifications and sends them to receivers.
type Hub struct {
	cfg    HubConfig
	client *http.Client
	boxes  []*outbox
	log    *slog.Logger
	now    func() time.Time
}

// NewHub returns a Hub; Run makes it work.
func NewHub(cfg HubConfig) (*Hub, error) {
	if cfg.Store == nil {
		cfg.Store = discard{}
	}
	if cfg.Observer == nil {
		cfg.Observer = discard{}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	h := &Hub{cfg: cfg, log: cfg.Logger, now: cfg.Now}
	h.client = &http.Client{
		Transport: cfg.Transport, Timeout: sendTimeout,
		// A robot does not move; what redirects would be shown the secret.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for i := range cfg.Receivers {
		r := &cfg.Receivers[i]
		if r.Name == "" || slices.ContainsFunc(cfg.Receivers[:i], func(o Receiver) bool { return o.Name == r.Name }) {
			return nil, fmt.Errorf("configure receivers: %q is no name or stands twice", r.Name)
		}
		h.boxes = append(h.boxes, newOutbox(h, r))
	}
	return h, nil
}

// Run sends messages until ctx ends. What has not been taken then is not lost:
// Alertmanager has no answer yet and tries again.
func (h *Hub) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, o := range h.boxes {
		wg.Go(func() { o.run(ctx) })
	}
	wg.Wait()
	h.client.CloseIdleConnections()
	return nil
}

// box returns the outbox of a receiver, nil if there is none.
func (h *Hub) box(name string) *outbox {
	for _, o := range h.boxes {
		if o.receiver.Name == name {
			return o
		}
	}
	return nil
}

// record keeps deliveries; a store that does not take them stops no message.
func (h *Hub) record(ctx context.Context, all []Delivery) {
	for i := range all {
		h.cfg.Observer.Message(string(all[i].Channel), string(all[i].Result))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := h.cfg.Store.Record(ctx, all); err != nil {
		h.log.Warn("delivery was not recorded", "err", err)
	}
}

// Send sends one message to a receiver and waits until it is settled; for tries
// and digests. Message is asked for it in the receiver's language.
func (h *Hub) Send(ctx context.Context, receiver string, d Delivery, message func(Lang) Message) (Delivery, error) {
	o := h.box(receiver)
	if o == nil {
		return d, fmt.Errorf("send message: there is no receiver %q", receiver)
	}
	it, _, err := o.put(d, func(time.Time) Message { return message(o.receiver.Lang) })
	if err != nil {
		return d, fmt.Errorf("send message to %q: %w", receiver, err)
	}
	select {
	case <-it.done:
	case <-ctx.Done():
		return d, fmt.Errorf("send message to %q: %w", receiver, ctx.Err())
	}
	if it.Result == Refused || it.Result == Failed {
		return it.Delivery, fmt.Errorf("send message to %q: %w", receiver, &sendError{code: it.Code, text: it.Error})
	}
	return it.Delivery, nil
}

// errRefused is the error of a notification that no repetition delivers.
var errRefused = errors.New("a receiver refused the message")

// notify gives a notification to the receivers that it concerns, or to the one
// named, and waits until each has taken it.
func (h *Hub) notify(ctx context.Context, n *notice, receiver string) error {
	var waits []*item
	var errs []error
	for _, o := range h.boxes {
		part := n
		if receiver == "" {
			part = n.of(o.receiver.Teams)
		} else if o.receiver.Name != receiver {
			continue
		}
		if part == nil {
			continue
		}
		first := part.Alerts[0]
		d := Delivery{
			Key: part.key(), Status: part.status(), Process: first.Labels["process"], Stage: first.Labels["stage"],
			Kind: first.Labels["kind"], Team: first.Labels[payloadOwner], Alerts: len(part.Alerts),
		}
		if d.Kind == "" {
			d.Kind = first.Labels["alertname"]
		}
		it, repeated, err := o.put(d, func(now time.Time) Message { return part.message(&h.cfg.Context, now, o.receiver.Lang) })
		switch {
		case err != nil:
			errs = append(errs, err)
		case repeated && isDone(it):
			h.cfg.Observer.Message(string(o.receiver.Channel), string(Duplicate))
		default:
			waits = append(waits, it)
		}
	}
	refused := false
	for _, it := range waits {
		select {
		case <-it.done:
			refused = refused || it.Result == Refused
			if it.Result == Failed {
				errs = append(errs, errors.New("a receiver failed"))
			}
		case <-ctx.Done():
			return errors.Join(append(errs, ctx.Err())...)
		}
	}
	if len(errs) == 0 && refused {
		return errRefused
	}
	return errors.Join(errs...)
}
