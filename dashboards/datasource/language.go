package datasource

import (
	"cmp"

	"github.com/takt-orders/takt/metrics/process"
)

// language is one that people read.
type language string

const (
	english language = "en"
	chinese language = "zh"
)

// languageOf returns the language with that name, otherwise the other one.
func languageOf(name string, otherwise language) language {
	if l := language(name); l == english || l == chinese {
		return l
	}
	return otherwise
}

func (l language) say(en, zh string) string {
	if l == chinese {
		return zh
	}
	return en
}

// title returns a title in the question's language, or the name without one.
func (q *question) title(t process.Text, name string) string {
	return cmp.Or(q.say(t.EN, t.ZH), t.EN, name)
}

// stage returns the title of a stage, which may have left the process.
func (q *question) stage(p *process.Process, name string) string {
	if i := p.StageIndex(name); i >= 0 {
		return q.title(p.Stages[i].Title, name)
	}
	return name
}

// limit writes a limit, with the clock that it counts.
func (q *question) limit(s *process.Stage) string {
	switch {
	case s.Limit.Within == 0:
		return ""
	case s.Limit.Of == process.Working:
		return q.span(s.Limit.Within) + q.say(" working time", "（工作时间）")
	}
	return q.span(s.Limit.Within)
}
