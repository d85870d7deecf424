package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/takt-orders/takt/ingest/simulate"
)

// faultFlags say which faults are put between the source and the log, and where the
// source's own list goes.
type faultFlags struct {
	Lose   int    `placeholder:"N" help:"Lose N orders: none of their events is written."`
	Repeat int    `placeholder:"N" help:"Tell of N orders twice that they were placed, the second time under another delivery number."`
	Change int    `placeholder:"N" help:"Write N orders with another amount than the source has."`
	List   string `type:"path" placeholder:"FILE" help:"Write the source's own list of orders to this file, as CSV that takt reconcile reads."`
}

func (f *faultFlags) any() bool { return f.Lose+f.Repeat+f.Change > 0 }

func (f *faultFlags) validate(source string) error {
	switch {
	case f.Lose < 0 || f.Repeat < 0 || f.Change < 0:
		return errors.New("--lose, --repeat, --change: a number of orders is not less than 0")
	case source != "" && (f.any() || f.List != ""):
		return errors.New("--lose, --repeat, --change, --list: not with --source, whose orders never end: write to stdout and use takt replay")
	}
	return nil
}

// inject draws the orders that go wrong; nil: none was asked for.
func (f *faultFlags) inject(cfg simulate.Config) (*simulate.Injected, error) {
	if !f.any() {
		return nil, nil
	}
	in, err := simulate.Inject(cfg, simulate.Faults{Lost: f.Lose, Repeated: f.Repeat, Changed: f.Change})
	if err != nil {
		return nil, usageError{err}
	}
	return in, nil
}

// writeList writes every order as the source placed it, whatever the log says.
func (f *faultFlags) writeList(cfg simulate.Config) (err error) {
	run, err := simulate.New(cfg)
	if err != nil {
		return usageError{err}
	}
	file, err := os.Create(f.List)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	rows := csv.NewWriter(file)
	row := []string{"order_id", "channel", "occurred_at", "amount", "currency", "quantity", "region"}
	if err := rows.Write(row); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	for d := range run.Placements() {
		e := d.Event
		row = append(row[:0], e.OrderID, e.Channel, e.OccurredAt.Time().Format(time.RFC3339Nano), e.Amount.Text(2), e.Currency, e.Quantity.Text(3), e.Region)
		if err := rows.Write(row); err != nil {
			return fmt.Errorf("write list: %w", err)
		}
	}
	rows.Flush()
	return rows.Error()
}
