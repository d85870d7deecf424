package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/alerts/notify"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
)

// SendDigests sends each team and the managers how things stand at now, one
// message each, unless it was sent that day.
func SendDigests(ctx context.Context, cfg *config.Config, db *clickhouse.DB, hub *notify.Hub, now time.Time) error {
	c := NotifyContext(cfg)
	var errs []error
	for i := range cfg.Notify.Receivers {
		r := &cfg.Notify.Receivers[i]
		all, err := Digests(ctx, cfg, db, r, now)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, reports := range all {
			team := reports[0].Team
			d := notify.Delivery{
				Key:    fmt.Sprintf("digest/%s/%s", now.In(cfg.Processes[0].Zone).Format("2006-01-02"), team),
				Status: notify.Digest, Team: team, Kind: "digest",
			}
			done, err := db.Delivered(ctx, r.Name, d.Key)
			if err == nil && done {
				continue
			}
			_, sendErr := hub.Send(ctx, r.Name, d, func(lang notify.Lang) notify.Message { return c.DigestMessage(reports, now, lang) })
			errs = append(errs, err, sendErr)
		}
	}
	return errors.Join(errs...)
}
