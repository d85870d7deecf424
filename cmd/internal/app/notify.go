package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

// notifier is what tells people: a hub for messages, a poster for alerts about
// orders, and the daily digest.
type notifier struct {
	app    *App
	hub    *notify.Hub
	poster *notify.Poster // nil: no Alertmanager is configured
}

func (a *App) newNotifier() (*notifier, error) {
	n := &notifier{app: a}
	cfg := a.cfg.Notify
	source := &view.Open{Conn: a.db.Conn(), Processes: a.cfg.Processes, Each: each}
	var err error
	if n.hub, err = NewHub(a.cfg, func(c *notify.HubConfig) {
		c.Source, c.Store, c.Observer, c.Logger, c.Now = source, a.db, a.metrics, a.opt.Logger, a.opt.Now
		c.Ledger = acknowledger{a}
	}); err != nil {
		return nil, err
	}
	if len(cfg.Alertmanagers) == 0 {
		return n, nil
	}
	n.poster, err = notify.NewPoster(notify.PosterConfig{
		Context: NotifyContext(a.cfg), Source: source, Alertmanagers: cfg.Alertmanagers, Every: cfg.Every, Ready: a.metrics.Ready,
		Silences: acknowledger{a}, Observer: a.metrics, Logger: a.opt.Logger, Now: a.opt.Now,
	})
	return n, err
}

// start begins to work and returns what is closed when all has ended, after ctx.
func (n *notifier) start(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	if n == nil {
		close(done)
		return done
	}
	var wg sync.WaitGroup
	wg.Go(func() { n.hub.Run(ctx) })
	if n.poster != nil {
		wg.Go(func() { n.poster.Run(ctx) })
	}
	if n.app.cfg.Notify.Digest != nil {
		wg.Go(func() { n.digests(ctx) })
	}
	go func() {
		wg.Wait()
		close(done)
	}()
	return done
}

// digestSpread keeps several instances from sending the same digest: each waits a
// while of its own and then looks whether another was first.
const digestSpread = 30 * time.Second

// digests sends the digest of each working day until ctx ends.
func (n *notifier) digests(ctx context.Context) {
	for {
		at := nextDigest(n.app.cfg, n.app.opt.Now())
		t := time.NewTimer(time.Until(at) + rand.N(digestSpread))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		if err := SendDigests(ctx, n.app.cfg, n.app.db, n.hub, at); err != nil && ctx.Err() == nil {
			n.app.opt.Logger.Error("digest was not sent to everybody", "err", err)
		}
	}
}

// nextDigest returns when the next digest is due after now.
func nextDigest(cfg *config.Config, now time.Time) time.Time {
	zone := time.UTC
	if len(cfg.Processes) > 0 {
		zone = cfg.Processes[0].Zone
	}
	at := nextClock(cfg.Notify.Digest.At, now, zone)
	for !worksOn(cfg, at) {
		at = nextClock(cfg.Notify.Digest.At, at, zone)
	}
	return at
}

// nextClock returns when it is so late (HH:MM) in the zone for the first time after now.
func nextClock(clock string, now time.Time, zone *time.Location) time.Time {
	c, err := time.Parse("15:04", clock)
	if err != nil {
		panic("app: a time of day was checked before: " + err.Error())
	}
	local := now.In(zone)
	for day := 0; ; day++ {
		if at := time.Date(local.Year(), local.Month(), local.Day()+day, c.Hour(), c.Minute(), 0, 0, zone); at.After(now) {
			return at
		}
	}
}

// worksOn reports whether people work on the day of at: by the calendar of the
// first process that has one, Monday to Friday without.
func worksOn(cfg *config.Config, at time.Time) bool {
	y, m, d := at.Date()
	for _, p := range cfg.Processes {
		if p.Calendar != nil {
			from := time.Date(y, m, d, 0, 0, 0, 0, at.Location())
			return p.Calendar.Between(order.At(from), order.At(from.AddDate(0, 0, 1))) > 0
		}
	}
	return at.Weekday() != time.Saturday && at.Weekday() != time.Sunday
}

// NotifyContext is what messages know of the configuration.
func NotifyContext(cfg *config.Config) notify.Context {
	c := notify.Context{
		Processes: cfg.Processes, Staff: cfg.Notify.Staff,
		Links: notify.Links{
			External: cfg.Notify.ExternalURL, Board: cfg.Notify.BoardURL, Runbook: cfg.Notify.RunbookURL, Key: []byte(cfg.Notify.Token.Reveal()),
			Ledger: true,
		},
	}
	c.Kind = func(p *process.Process, kind string) notify.Kind { return kindOf(cfg, p, kind) }
	return c
}

// NewHub makes the hub of the configuration; change completes its configuration.
func NewHub(cfg *config.Config, change func(*notify.HubConfig)) (*notify.Hub, error) {
	h := notify.HubConfig{Context: NotifyContext(cfg), Token: cfg.Notify.Token.Reveal(), Logger: slog.New(slog.DiscardHandler)}
	for i := range cfg.Notify.Receivers {
		r := &cfg.Notify.Receivers[i]
		receiver := notify.Receiver{
			Name: r.Name, Channel: r.Type, Lang: r.Language, Teams: r.Teams, Managers: r.Managers,
			URL: r.URL.Reveal(), Secret: r.Secret.Reveal(), Template: r.Template,
			SMTP: notify.SMTP{Addr: r.Addr, From: r.From, To: r.To, User: r.User, Password: r.Password.Reveal(), Plain: r.Plain},
		}
		if r.TLS != nil {
			var err error
			if receiver.SMTP.TLS, err = r.TLS.Client(); err != nil {
				return nil, fmt.Errorf("configure receiver %q: %w", r.Name, err)
			}
		}
		h.Receivers = append(h.Receivers, receiver)
	}
	change(&h)
	return notify.NewHub(h)
}

// Digests returns the reports of a receiver: of the whole for managers, of each of
// its teams otherwise, all processes of a team together.
func Digests(ctx context.Context, cfg *config.Config, db *clickhouse.DB, r *config.Receiver, now time.Time) ([][]notify.Report, error) {
	teams := r.Teams
	if r.Managers {
		teams = []string{""}
	}
	var all [][]notify.Report
	for _, team := range teams {
		var reports []notify.Report
		for _, p := range cfg.Processes {
			if team != "" && !owns(p, team) {
				continue
			}
			report, err := view.Digest(ctx, db.Conn(), p, team, now)
			if err != nil {
				return nil, err
			}
			reports = append(reports, report)
		}
		if len(reports) > 0 {
			all = append(all, reports)
		}
	}
	return all, nil
}

func owns(p *process.Process, team string) bool {
	for i := range p.Stages {
		if p.Stages[i].Owner.Team == team {
			return true
		}
	}
	return false
}
