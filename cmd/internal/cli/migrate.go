package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/metrics/view"
)

type migrateCmd struct {
	Users bool `help:"Also create the users takt_writer, takt_boards and takt_reader; print the statements first."`
	Print bool `help:"With --users: print the statements and do nothing."`
}

// Help is shown by takt migrate --help.
func (*migrateCmd) Help() string {
	return `takt run does the same at every start, users aside. Passwords of the users come from TAKT_WRITER_PASSWORD, TAKT_BOARDS_PASSWORD and TAKT_READER_PASSWORD; a user without one may connect from the server's own machine only. The embedded ClickHouse knows its users itself and refuses to create any.

For an administrator to read and run:

	takt migrate --users --print > users.sql`
}

// Validate is kong's.
func (c *migrateCmd) Validate() error {
	if c.Print && !c.Users {
		return errors.New("--print goes with --users only: the tables are made by numbered migrations, not by statements to copy")
	}
	return nil
}

func (c *migrateCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	statements := clickhouse.UsersSQL(cfg.ClickHouse.Cluster, map[string]string{
		clickhouse.WriterUser: e.getenv("TAKT_WRITER_PASSWORD"),
		clickhouse.BoardsUser: e.getenv("TAKT_BOARDS_PASSWORD"),
		clickhouse.ReaderUser: e.getenv("TAKT_READER_PASSWORD"),
	})
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
	db, err := openStore(ctx, cfg, func(c *clickhouse.Config) { c.Logger = e.log })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if err := view.Apply(ctx, db, time.Now()); err != nil {
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
