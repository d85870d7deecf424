package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/ingest/poll"
	"github.com/takt-orders/takt/ingest/reconcile"
	"github.com/takt-orders/takt/ingest/source"
)

// listOf says how a source's own list is read. An empty system is the source.
func listOf(cfg *config.Config, s *config.Source, system string, now time.Time) reconcile.ReadConfig {
	p := s.Process
	return reconcile.ReadConfig{
		Config: source.Config{
			Mapping: s.Mapping, Source: cmp.Or(system, s.Name), Process: p.Name, Zone: p.Zone, CustomerKey: []byte(cfg.CustomerKey.Reveal()),
		},
		Opens: p.OpensOn, Now: now,
	}
}

// ReadList reads a list of the source from a file. An empty system is the source.
func ReadList(cfg *config.Config, s *config.Source, system, file string, now time.Time) (*reconcile.List, error) {
	return reconcile.Read(file, listOf(cfg, s, system, now))
}

// PollList asks a source's system for its own list, by reconcile.poll: for orders of the
// days before now, and of today until now. The list is whole from the day from on.
func PollList(ctx context.Context, cfg *config.Config, s *config.Source, system string, now time.Time, log *slog.Logger) (_ *reconcile.List, from reconcile.Day, err error) {
	p := s.Reconcile.Poll
	c := listOf(cfg, s, system, now)
	c.Polled = true
	reader := reconcile.NewReader(c)
	poller, err := poll.New(poll.Config{Source: s.Name, Shape: p.Shape, Secret: p.Secret.Reveal(), Log: listing{reader}, Logger: log})
	if err != nil {
		return nil, 0, err
	}
	from = reconcile.DayOf(order.At(now), s.Process.Zone) - reconcile.Day(p.Days)
	if _, err := poller.Backfill(ctx, from.Begin(s.Process.Zone).Time(), now); err != nil {
		return nil, 0, fmt.Errorf("ask for a list: %w", err)
	}
	list := reader.List()
	if first, _ := list.Days(); first == 0 {
		return nil, 0, fmt.Errorf("ask for a list: the source names no order since %v: nothing is compared, lest all that Takt has is taken for extra", from)
	}
	return list, from, nil
}

// listing is the log of a poller whose records are a source's own list.
type listing struct{ *reconcile.Reader }

// Append reads the records.
func (l listing) Append(_ context.Context, all []poll.Record) error {
	for i := range all {
		if err := l.Take(all[i].Body); err != nil {
			return err
		}
	}
	return nil
}

// newestList returns a source's newest list, the first day that it is compared from, zero
// for its own first one, and when it was written.
func (a *App) newestList(ctx context.Context, s *config.Source) (list *reconcile.List, from reconcile.Day, written time.Time, err error) {
	r := s.Reconcile
	if r.Poll != nil {
		written = a.opt.Now()
		list, from, err = PollList(ctx, a.cfg, s, r.System, written, a.opt.Logger)
		return list, from, written, err
	}
	file, written, err := newest(r.Lists)
	if err != nil {
		return nil, 0, written, err
	}
	list, err = ReadList(a.cfg, s, r.System, file, a.opt.Now())
	return list, 0, written, err
}

// newest returns the file of a pattern that was written last, and when.
func newest(pattern string) (file string, written time.Time, err error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return "", written, fmt.Errorf("look for lists: %w", err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return "", written, fmt.Errorf("look for lists: %w", err)
		}
		if info.Mode().IsRegular() && (file == "" || info.ModTime().After(written)) {
			file, written = f, info.ModTime()
		}
	}
	if file == "" {
		return "", written, fmt.Errorf("no list is named %s: let the source's own system write one there, or correct reconcile.lists", pattern)
	}
	return file, written, nil
}
