package poll

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
)

// write brings the rows into the log that the window before had not.
func (p *Poller) write(ctx context.Context, rows []json.RawMessage) (int, error) {
	var fresh []Record
	var digests []digest
	now := p.cfg.Now()
	for _, row := range rows {
		sum := sha256.Sum256(row)
		d := digest(sum[:16])
		_, was := p.before[d]
		_, is := p.under[d]
		if was {
			digests = append(digests, d)
		}
		if was || is {
			continue
		}
		r := Record{Body: row, Received: now}
		if p.cfg.Key != nil {
			r.Key, _ = p.cfg.Key(row) // what is wrong with it is found, and kept, where it is read
		}
		fresh, digests = append(fresh, r), append(digests, d)
	}
	if len(fresh) > 0 {
		if err := p.append(ctx, fresh); err != nil {
			return 0, err
		}
	}
	for _, d := range digests {
		if len(p.under) < remembered {
			p.under[d] = struct{}{}
		}
	}
	return len(fresh), nil
}

// append brings records into the log, shortened where they are too long for it.
func (p *Poller) append(ctx context.Context, all []Record) error {
	err := p.cfg.Log.Append(ctx, all)
	var refused *Refused
	if !errors.As(err, &refused) || p.cfg.Shorten == nil {
		return err
	}
	var short []Record
	for _, i := range refused.Records {
		r := all[i]
		r.Body = p.cfg.Shorten(r.Body)
		short = append(short, r)
	}
	if err := p.cfg.Log.Append(ctx, short); err != nil {
		return err
	}
	p.cfg.Logger.ErrorContext(ctx, "records are longer than their topic takes: a dead letter stands in the place of each",
		"source", p.cfg.Source, "records", len(short), "error", err)
	p.cfg.Observer.TooLarge(p.cfg.Source, len(short))
	return nil
}
