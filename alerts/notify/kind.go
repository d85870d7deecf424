package notify

import (
	"time"

	"github.com/takt-orders/takt/metrics/process"
)

// Kind is how one kind of exception is told.
type Kind struct {
	Title    process.Text
	Severity string        // critical, warning or info
	Escalate time.Duration // after which a group nobody has taken is escalated; 0: never
}

// Context is what messages know of processes and people.
type Context struct {
	Processes []*process.Process
	Kind      func(p *process.Process, kind string) Kind // required
	Staff     Staff
	Links     Links
}

// process returns the process of that name, nil if there is none.
func (c *Context) process(name string) *process.Process {
	for _, p := range c.Processes {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// zone returns the zone of a process, else of the first one.
func (c *Context) zone(name string) *time.Location {
	if p := c.process(name); p != nil && p.Zone != nil {
		return p.Zone
	}
	if len(c.Processes) > 0 && c.Processes[0].Zone != nil {
		return c.Processes[0].Zone
	}
	return time.UTC
}

// stage returns a stage of a process, nil if there is none.
func (c *Context) stage(process, name string) *process.Stage {
	p := c.process(process)
	if p == nil {
		return nil
	}
	if i := p.StageIndex(name); i >= 0 {
		return &p.Stages[i]
	}
	return nil
}

// kind returns how a kind is told in a process.
func (c *Context) kind(process, kind string) Kind {
	k := c.Kind(c.process(process), kind)
	if k.Severity == "" {
		k.Severity = "warning"
	}
	return k
}

// in returns a title in the language.
func in(t process.Text, lang Lang) string {
	if lang == Chinese && t.ZH != "" {
		return t.ZH
	}
	if t.EN == "" {
		return t.ZH
	}
	return t.EN
}
