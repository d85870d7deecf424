package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
)

type notifyCmd struct {
	Test notifyTestCmd `cmd:"" help:"Send an example message to a receiver, to see whether it arrives."`
}

type notifyTestCmd struct {
	Receiver string `arg:"" help:"Receiver of notify.receivers in takt.yaml."`
	Mention  string `placeholder:"NAME" help:"Mention this person of the staff file."`
}

// Help is shown by takt notify test --help.
func (*notifyTestCmd) Help() string {
	return `The message says that it is a test and concerns no order. Nothing else of Takt needs to run.

Examples:

	takt notify test warehouse
	takt notify test warehouse --mention 张伟`
}

func (c *notifyTestCmd) Run(ctx context.Context, e *env) error {
	cfg, err := e.loadNotify()
	if err != nil {
		return err
	}
	var names []string
	for i := range cfg.Notify.Receivers {
		names = append(names, cfg.Notify.Receivers[i].Name)
	}
	var people []notify.Person
	if c.Mention != "" {
		p, known := cfg.Notify.Staff.Named(c.Mention)
		if !known {
			return misused("nobody in the staff file is called %q", c.Mention)
		}
		people = append(people, p)
	}
	return withHub(ctx, cfg, e, nil, func(hub *notify.Hub) error {
		d := notify.Delivery{Key: fmt.Sprintf("test/%d", time.Now().UnixNano()), Status: notify.Test, Kind: "test"}
		d, err := hub.Send(ctx, c.Receiver, d, func(lang notify.Lang) notify.Message {
			m := notify.Example(lang)
			m.Mentions = people
			return m
		})
		if err != nil {
			return hinted{err, "Receivers in " + e.path + ": " + strings.Join(names, ", ")}
		}
		_, err = fmt.Fprintf(e.stdout, "%s has taken the message after %d ms\n", c.Receiver, d.Took.Milliseconds())
		return err
	})
}

// loadNotify reads a configuration that has receivers.
func (e *env) loadNotify() (*config.Config, error) {
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	if cfg.Notify == nil || len(cfg.Notify.Receivers) == 0 {
		return nil, usageError{fmt.Errorf("%s names no receivers: add notify.receivers", e.path)}
	}
	return cfg, nil
}

// withHub lets a hub work for as long as fn runs; what becomes of messages goes to
// the store, if there is one.
func withHub(ctx context.Context, cfg *config.Config, e *env, store notify.Store, fn func(*notify.Hub) error) error {
	hub, err := app.NewHub(cfg, func(c *notify.HubConfig) { c.Logger, c.Store = e.log, store })
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- hub.Run(work) }()
	err = fn(hub)
	stop()
	return errors.Join(err, <-done)
}
