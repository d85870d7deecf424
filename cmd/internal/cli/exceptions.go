package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/alerts/exception/rest"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
)

type exceptionsCmd struct {
	List    exceptionsListCmd    `cmd:"" default:"withargs" help:"List exceptions on which somebody has to act (also without \"list\")."`
	Show    exceptionsShowCmd    `cmd:"" help:"Show one exception and everything that was done about it."`
	Ack     exceptionsAckCmd     `cmd:"" help:"Take an exception: acknowledge it."`
	Assign  exceptionsAssignCmd  `cmd:"" help:"Name who is responsible."`
	Note    exceptionsNoteCmd    `cmd:"" help:"Tell how it goes."`
	Resolve exceptionsResolveCmd `cmd:"" help:"Say that it is over."`
	Archive exceptionsArchiveCmd `cmd:"" help:"Close a resolved exception, with its cause."`
	Reopen  exceptionsReopenCmd  `cmd:"" help:"Say that it is not over after all."`
}

// tellFlags say how to answer.
type tellFlags struct {
	JSON bool   `help:"Tell it as JSON."`
	Lang string `enum:"en,zh,auto" default:"auto" placeholder:"LANG" help:"Language of the words: en or zh (default: as LANG says)."`
}

type exceptionsListCmd struct {
	tellFlags
	Process string `placeholder:"NAME" help:"Only those of this process."`
	Order   string `placeholder:"NUMBER" help:"Only those of this order."`
	Kind    string `placeholder:"KIND" help:"Only those of this kind, such as overdue."`
	Stage   string `placeholder:"NAME" help:"Only those of this stage."`
	Owner   string `placeholder:"NAME" help:"Only those of this person."`
	Team    string `placeholder:"NAME" help:"Only those of this team."`
	State   string `placeholder:"STATE" help:"Only those in this state: ${states}."`
	All     bool   `help:"Also those on which nobody has to act any more."`
	Limit   int    `default:"50" placeholder:"N" help:"At most so many, those opened last (default: ${default}; 0: all)."`

	state exception.State
}

// Validate is kong's.
func (c *exceptionsListCmd) Validate() error {
	if c.Limit < 0 {
		return fmt.Errorf("--limit: %d is less than 0", c.Limit)
	}
	if c.State == "" {
		return nil
	}
	if err := c.state.UnmarshalText([]byte(c.State)); err != nil {
		return fmt.Errorf("--state: %q is none of %s", c.State, stateNames())
	}
	return nil
}

// stateNames lists the states for the help.
func stateNames() string {
	var names []string
	for _, s := range exception.States() {
		names = append(names, s.String())
	}
	return strings.Join(names, ", ")
}

func (c *exceptionsListCmd) Run(ctx context.Context, e *env) error {
	return withLedger(ctx, e, func(cfg *config.Config, store *clickhouse.Ledger) error {
		found, err := store.List(ctx, exception.Filter{
			Process: c.Process, OrderID: c.Order, Kind: c.Kind, Stage: c.Stage, Owner: c.Owner, Team: c.Team,
			State: c.state, All: c.All, Limit: c.Limit,
		})
		if err != nil {
			return err
		}
		if c.JSON {
			all := []rest.Exception{}
			for i := range found {
				all = append(all, rest.NewException(found[i].Entry, nil))
			}
			return encode(e, all)
		}
		printExceptions(e, cfg, found, chinese(e, c.Lang))
		return nil
	})
}

// withLedger runs do on the configured store.
func withLedger(ctx context.Context, e *env, do func(*config.Config, *clickhouse.Ledger) error) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	db, err := openStore(ctx, cfg, func(c *clickhouse.Config) { c.Logger = e.log })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return ledgerTrouble(storeTrouble(cfg, do(cfg, clickhouse.NewLedger(db, time.Now))))
}

// ledgerTrouble says what to do about an error of the ledger.
func ledgerTrouble(err error) error {
	var conflict *exception.Conflict
	var invalid *exception.Invalid
	switch {
	case errors.As(err, &conflict):
		return hinted{err, fmt.Sprintf("Look at it (takt exceptions show %d) and decide anew; without --revision a change is made on whatever holds.", conflict.Current.ID)}
	case errors.Is(err, exception.ErrUnknown):
		return hinted{err, "Identities stand in takt exceptions list and in takt.exceptions, column id."}
	case errors.As(err, &invalid):
		return usageError{invalid.Err}
	}
	return err
}

func encode(e *env, v any) error {
	out := json.NewEncoder(e.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// changeFlags are those of every change.
type changeFlags struct {
	tellFlags
	ID       uint64 `arg:"" help:"Identity of the exception."`
	As       string `placeholder:"NAME" help:"Who does it (default: the user, from USER)."`
	Revision int    `default:"-1" placeholder:"N" help:"Revision that you saw: refused if somebody was faster (default: whichever holds)."`
	Reason   string `placeholder:"TEXT" help:"Why."`
}

// record makes the change c completes and tells how the exception stands then.
func (f *changeFlags) record(ctx context.Context, e *env, c exception.Change) error {
	as := cmp.Or(f.As, e.getenv("USER"))
	if as == "" {
		return misused("--as: is missing: name who does it")
	}
	c.ID, c.Exception, c.On, c.Origin, c.Author, c.At, c.Reason = rand.Text(), f.ID, f.Revision, exception.Person, as, time.Now(), f.Reason
	return withLedger(ctx, e, func(cfg *config.Config, store *clickhouse.Ledger) error {
		entry, err := exception.NewLedger(store).Record(ctx, c)
		if err != nil {
			return err
		}
		if f.JSON {
			return encode(e, rest.NewException(entry, nil))
		}
		printExceptions(e, cfg, []exception.Listed{{Entry: entry}}, chinese(e, f.Lang))
		return nil
	})
}
