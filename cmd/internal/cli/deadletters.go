package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/clickhouse"
)

type deadlettersCmd struct {
	List   deadlettersListCmd   `cmd:"" default:"withargs" help:"List dead letters as JSON lines."`
	Replay deadlettersReplayCmd `cmd:"" help:"Put dead letters back into their topic, after the mapping or the process was mended."`
}

type deadletterFlags struct {
	Source string `placeholder:"NAME" help:"Only those of this source."`
	Reason string `placeholder:"REASON" help:"Only those with this reason, such as bad_time."`
	Limit  int    `default:"0" help:"At most so many (default: all)."`
}

func (f *deadletterFlags) filter() clickhouse.DeadLetterFilter {
	return clickhouse.DeadLetterFilter{Source: f.Source, Reason: f.Reason, Limit: f.Limit}
}

type deadlettersListCmd struct{ deadletterFlags }

func (c *deadlettersListCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	db, err := app.OpenStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	out := json.NewEncoder(e.stdout)
	out.SetEscapeHTML(false)
	return db.DeadLetters(ctx, c.filter(), func(d clickhouse.DeadLetter) error {
		return out.Encode(map[string]any{
			"source": d.Source, "topic": d.Topic, "epoch": d.Epoch, "partition": d.Partition, "offset": d.Offset,
			"appended_at": d.Append.Time(), "reason": d.Reason, "field": d.Field, "key": readable(d.Key), "value": readable(d.Value),
		})
	})
}

// readable returns b as text, or as base64 where it is none.
func readable(b []byte) any {
	if utf8.Valid(b) {
		return string(b)
	}
	return map[string][]byte{"base64": b}
}

type deadlettersReplayCmd struct {
	deadletterFlags
	Masked bool `help:"Also replay letters of sources whose mapping masks personal fields: the masked values are gone for good."`
}

// Help is shown by takt deadletters replay --help.
func (*deadlettersReplayCmd) Help() string {
	return `The records go to the end of their topic again, with the order number that the mapping now finds as their key. Those that are still bad become dead letters anew; what was stored already collapses.`
}

func (c *deadlettersReplayCmd) Run(ctx context.Context, e *env) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	db, err := app.OpenStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if c.Source != "" && c.Source != s.Name {
			continue
		}
		if err := c.replay(ctx, e, cfg, db, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *deadlettersReplayCmd) replay(ctx context.Context, e *env, cfg *config.Config, db *clickhouse.DB, s *config.Source) (err error) {
	if (len(s.Mapping.Personal) > 0 || len(s.Mapping.Fields.Customer.Path) > 0) && !c.Masked {
		e.log.Warn("not replayed: the mapping masks personal fields, so the kept values are not whole; add --masked to replay them as they are", "source", s.Name)
		return nil
	}
	r, err := newReplayer(ctx, cfg, s, &replayCmd{Live: true, Partitions: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.producer.Close()) }()
	filter := c.filter()
	filter.Source = s.Name
	if err := db.DeadLetters(ctx, filter, func(d clickhouse.DeadLetter) error { return r.add(ctx, d.Value) }); err != nil {
		return err
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "replayed %d dead letters into topic %s\n", r.rows, s.Topic)
	return err
}
