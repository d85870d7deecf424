package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/cmd/internal/app"
)

type digestCmd struct {
	Print bool `help:"Print the messages instead of sending them."`
}

// Help is shown by takt digest --help.
func (*digestCmd) Help() string {
	return `One message for each team and one for the managers: what was done and late yesterday, what is open, overdue and at risk now, with amounts; new exceptions and the oldest; the bottleneck; three orders to look at first. With notify.digest.at in takt.yaml, takt run sends it each working day by itself; this command sends it now, to whom it was not sent today.

Examples:

	takt digest --print
	takt digest`
}

func (c *digestCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.loadNotify()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	now := time.Now()
	if !c.Print {
		return withHub(ctx, cfg, e, db, func(hub *notify.Hub) error {
			return storeTrouble(cfg, app.SendDigests(ctx, cfg, db, hub, now))
		})
	}
	context := app.NotifyContext(cfg)
	for i := range cfg.Notify.Receivers {
		r := &cfg.Notify.Receivers[i]
		all, err := app.Digests(ctx, cfg, db, r, now)
		if err != nil {
			return storeTrouble(cfg, err)
		}
		for _, reports := range all {
			m := context.DigestMessage(reports, now, r.Language)
			if _, err := fmt.Fprintf(e.stdout, "%s:\n%s\n\n", r.Name, m.Text()); err != nil {
				return err
			}
		}
	}
	return nil
}
