// Package propose reads sample payloads of a system that nobody has described and
// proposes how they become events and what process they follow.
//
// The contract: From is a function of the samples and the Config. What it proposes are
// texts that the configuration reads without a change, and Undecided says every
// choice that people have to look at, as no sample proves it. Samples are not kept.
package propose

import (
	"errors"
	"fmt"
	"iter"
	"time"
)

// Config says what the samples do not.
type Config struct {
	Name string         // of the source and its process
	Zone *time.Location // of times without one, and of the process's days
	Max  int            // samples read at most; 0: 200,000
}

// Proposal is what the samples look like.
type Proposal struct {
	Mapping   string   // of the source, YAML
	Process   string   // YAML
	Order     string   // path of the order number
	Samples   int      // that were read
	Undecided []string // what people have to decide or look at, a sentence each
}

// From reads payloads, each a JSON object, and proposes.
func From(payloads iter.Seq2[[]byte, error], c Config) (*Proposal, error) {
	if c.Max == 0 {
		c.Max = 200_000
	}
	t := &sheet{zone: c.Zone}
	for payload, err := range payloads {
		if err != nil {
			return nil, err
		}
		if err := t.add(payload); err != nil {
			return nil, fmt.Errorf("sample %d: %w", t.rows+1, err)
		}
		if t.rows == c.Max {
			break
		}
	}
	if t.rows < 2 {
		return nil, errors.New("read samples: there are fewer than two; a few hundred orders tell how they go")
	}
	t.judge()
	p := &Proposal{Samples: t.rows}
	if t.rows == c.Max {
		p.say("Only the first %d samples were read.", c.Max)
	}
	way := t.log()
	if way == nil {
		if way = t.dates(); way == nil {
			return nil, errors.New("find orders: no columns look like an order number, an activity and a time, nor like an order number of its own in each row and several dates; write the mapping by hand")
		}
	}
	p.Order = way.order.path
	p.write(c, t, way)
	return p, nil
}

func (p *Proposal) say(format string, args ...any) {
	p.Undecided = append(p.Undecided, fmt.Sprintf(format, args...))
}
