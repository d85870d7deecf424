package console

import (
	"cmp"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/takt-orders/takt/metrics/process"
)

// Language is one that the pages are written in.
type Language string

// The languages of the pages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

func languages() []Language { return []Language{English, Chinese} }

// languageOf returns the language of a request: what its address says, else what
// the browser likes best of those there are.
func languageOf(r *http.Request) Language {
	if l := Language(r.URL.Query().Get("lang")); l == English || l == Chinese {
		return l
	}
	best, weight := English, 0.0
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, parameter, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if l := Language(base); (l == English || l == Chinese) && q > weight {
			best, weight = l, q
		}
	}
	return best
}

// tag is the language as HTML and HTTP name it.
func (l Language) tag() string {
	if l == Chinese {
		return "zh-CN"
	}
	return "en"
}

// Other is the language that the reader may change to.
func (l Language) Other() Language {
	if l == Chinese {
		return English
	}
	return Chinese
}

// text chooses from a title, which may be given in one language only.
func (l Language) text(t process.Text) string {
	if l == Chinese && t.ZH != "" || t.EN == "" {
		return t.ZH
	}
	return t.EN
}

// title is what a stage is called; "" is the order as a whole.
func (l Language) title(p *process.Process, stage string) string {
	if stage == "" {
		return l.say("whole_order")
	}
	if i := p.StageIndex(stage); i >= 0 {
		if t := l.text(p.Stages[i].Title); t != "" {
			return t
		}
	}
	return stage
}

// named is what a process is called.
func (l Language) named(p *process.Process) string {
	if t := l.text(p.Title); t != "" {
		return t
	}
	return p.Name
}

// cause is what a process calls the reason of a delay; others are shown as they came.
func (l Language) cause(p *process.Process, name string) string {
	if r, ok := p.Reason(name); ok {
		return cmp.Or(l.text(r.Title), name)
	}
	return name
}

// say returns a word.
func (l Language) say(name string) string { return l.text(words()[name]) }

// functions are what templates of the language call.
func (l Language) functions() template.FuncMap {
	all := words()
	return template.FuncMap{
		"t": func(name string) (string, error) {
			w, ok := all[name]
			if !ok {
				return "", errNoWord(name)
			}
			return l.text(w), nil
		},
		"tag": l.tag, "title": l.title, "named": l.named,
		// What is stored may have names that this version does not know.
		"state":   func(name string) string { return cmp.Or(l.say(name), name) },
		"promise": func(name string) string { return cmp.Or(l.say(name), name) },
		"cause":   l.cause,
		"kind":    func(p *process.Process, kind string) string { return l.text(p.Handling(kind).Title) },
		"span":    l.span, "n": count, "money": l.money, "percent": l.percent, "when": l.when, "day": l.day, "abs": func(n int) int { return max(n, -n) }, "pair": pair, "weekday": l.weekday, "clock": clock,
	}
}

type errNoWord string

func (e errNoWord) Error() string { return "there is no word " + strconv.Quote(string(e)) }
