package notify

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// PosterConfig is what a Poster needs.
type PosterConfig struct {
	Context       Context
	Source        Source
	Alertmanagers []string      // required: base addresses
	Every         time.Duration // between two passes; default 1 min
	Ready         func() bool   // whether everything in the log has been read; default: always
	Silences      Silences      // nil: silences answer for nothing
	Observer      Observer      // default: nobody
	Logger        *slog.Logger
	Now           func() time.Time  // default time.Now
	Transport     http.RoundTripper // default http.DefaultTransport
}

// Poster keeps Alertmanager told which exceptions are open.
type Poster struct {
	cfg   PosterConfig
	to    alertmanagers
	state state
	taken silences
}

const (
	// fresh is how long an exception is news: older ones that come up at once were
	// loaded, not found.
	fresh = time.Hour
	// keepResolved is how long an end is told again, for Alertmanagers that were away.
	keepResolved = 15 * time.Minute
	// standingMost bounds the alerts that are kept.
	standingMost = 10_000
)

// NewPoster returns a Poster; Run makes it work.
func NewPoster(cfg PosterConfig) (*Poster, error) {
	if len(cfg.Alertmanagers) == 0 || cfg.Source == nil {
		return nil, errors.New("configure alerts: an Alertmanager and a source are needed")
	}
	if cfg.Every == 0 {
		cfg.Every = time.Minute
	}
	if cfg.Ready == nil {
		cfg.Ready = func() bool { return true }
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
	p := &Poster{cfg: cfg, state: state{context: &cfg.Context, standing: map[string]*standing{}}, taken: silences{}}
	p.to.client = &http.Client{Transport: cfg.Transport, Timeout: sendTimeout}
	for _, u := range cfg.Alertmanagers {
		p.to.urls = append(p.to.urls, strings.TrimSuffix(u, "/"))
	}
	return p, nil
}

// Run tells Alertmanager what is open, again and again, until ctx ends. Alerts are
// not ended then: the next start goes on with them, and if there is none they end
// by themselves.
func (p *Poster) Run(ctx context.Context) error {
	defer p.to.client.CloseIdleConnections()
	for {
		if err := p.pass(ctx); err != nil && ctx.Err() == nil {
			p.cfg.Logger.Warn("alerts were not told to everybody", "err", err)
		}
		if !pause(ctx, p.cfg.Every) {
			return nil
		}
	}
}

// pass looks once and tells what it sees.
func (p *Poster) pass(ctx context.Context) error {
	now := p.cfg.Now()
	if p.state.adopted == nil {
		found, err := p.to.active(ctx)
		if err != nil {
			p.cfg.Observer.Posted(0, false)
			return err
		}
		p.state.adopted = found
	}
	var failed error
	if p.cfg.Ready() {
		if p.state.began.IsZero() {
			p.state.began = now
		}
		groups, err := p.cfg.Source.Open(ctx, now, p.state.began)
		if err != nil {
			failed = err // what was known is told again, so that nothing ends by mistake
		} else {
			p.state.see(groups, now)
		}
	}
	all := p.state.alerts(now, 4*p.cfg.Every)
	firing := len(all) - len(p.state.resolved)
	if len(all) == 0 {
		p.cfg.Observer.Posted(0, failed == nil)
		return failed
	}
	ok, err := p.to.post(ctx, all)
	p.cfg.Observer.Posted(firing, ok && failed == nil)
	if p.cfg.Silences != nil {
		err = errors.Join(err, p.to.takeSilences(ctx, p.cfg.Silences, p.taken))
	}
	return errors.Join(failed, err)
}

// sorted returns the keys of a map in order, so that requests are alike.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
