package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/ingest/clickhouse"
)

type migrateCmd struct {
	Users bool `help:"Also create the users takt_writer, takt_boards and takt_reader; prints the statements first."`
	Print bool `help:"With --users: only print the statements."`
}

func (c *migrateCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	statements := clickhouse.UsersSQL(cfg.ClickHouse.Cluster)
	if c.Users {
		for _, s := range statements {
			if _, err := fmt.Fprintln(e.stdout, s+";"); err != nil {
				return err
			}
		}
		if c.Print {
			return nil
		}
	}
	db, err := app.OpenStore(ctx, cfg, func(c *clickhouse.Config) { c.Logger = e.log })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	e.log.Info("tables and views are up to date")
	if !c.Users {
		return nil
	}
	for _, s := range statements {
		if err := db.Conn().Exec(ctx, s); err != nil {
			return fmt.Errorf("create users: %w; run the statements above as an administrator", err)
		}
	}
	return nil
}
