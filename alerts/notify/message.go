package notify

import (
	"fmt"
	"slices"
	"strings"
)

// Message is a notification in one language, ready for any channel.
type Message struct {
	Lang     Lang
	Status   Status
	Severity string   // critical, warning or info
	Title    string   // what it is, in brackets, and where
	What     []string // how many, how long, how much; since when
	Mentions []Person // whom it calls
	Owner    string   // whom it names where nobody can be called
	Next     string   // when it goes to whom if nobody acts
	Cause    string   // what probably lies behind it
	Lines    []string // orders, or the lines of a digest
	Links    []Link
}

// Link is a link with its word.
type Link struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// style is how a channel writes what is not plain text.
type style struct {
	mention func(p *Person) string
	link    func(l Link) string
	escape  func(s string) string
}

func plain(s string) string { return s }

// line writes the message in one line: what, since when, who, why, where.
func (m *Message) line(s style) string {
	parts := []string{s.escape(m.Title)}
	for _, w := range m.What {
		parts = append(parts, s.escape(w))
	}
	if who := m.who(s); who != "" {
		parts = append(parts, who)
	}
	if m.Cause != "" {
		parts = append(parts, s.escape(m.Cause))
	}
	var links []string
	for _, l := range m.Links {
		links = append(links, s.link(l))
	}
	if len(links) > 0 {
		parts = append(parts, strings.Join(links, " "))
	}
	return strings.Join(parts, " | ")
}

// who writes whom the message calls and who is next.
func (m *Message) who(s style) string {
	var names []string
	for i := range m.Mentions {
		names = append(names, s.mention(&m.Mentions[i]))
	}
	if len(names) == 0 && m.Owner != "" {
		names = append(names, s.escape("@"+m.Owner))
	}
	who := strings.Join(names, " ")
	switch {
	case m.Next == "":
		return who
	case who == "":
		return s.escape(m.Next)
	default:
		return who + comma(m.Lang) + s.escape(m.Next)
	}
}

// first returns the first n further lines, and how many were left out.
func (m *Message) first(n int) []string {
	if n >= len(m.Lines) {
		return m.Lines
	}
	return append(slices.Clone(m.Lines[:n]), fmt.Sprintf(m.Lang.words().more, len(m.Lines)-n))
}

// text writes the line and at most n further lines under it.
func (m *Message) text(s style, n int, newline, bullet string) string {
	var b strings.Builder
	b.WriteString(m.line(s))
	for _, l := range m.first(n) {
		b.WriteString(newline + bullet + s.escape(l))
	}
	return b.String()
}

// fit returns the text with as many further lines as most bytes hold; a line that
// is too long by itself is cut.
func (m *Message) fit(most int, s style, newline, bullet string) string {
	for n := len(m.Lines); n > 0; n-- {
		if t := m.text(s, n, newline, bullet); len(t) <= most {
			return t
		}
	}
	if t := m.line(s); len(t) <= most {
		return t
	}
	// The links are what a phone needs most: the words before them give way.
	short := *m
	short.Cause = ""
	if t := short.line(s); len(t) <= most {
		return t
	}
	short.What, short.Title = nil, cut(m.Title, 200)
	return cut(short.line(s), most)
}

// named is the style of plain text.
func named() style {
	return style{
		mention: func(p *Person) string { return "@" + p.Name },
		link:    func(l Link) string { return l.Text },
		escape:  plain,
	}
}

// Line returns the message in one line without addresses, as people read it.
func (m *Message) Line() string { return m.line(named()) }

// Text returns the whole message as plain text, with the addresses of its links.
func (m *Message) Text() string {
	s := named()
	short := *m
	short.Links = nil
	t := short.text(s, len(m.Lines), "\n", "- ")
	for _, l := range m.Links {
		t += "\n" + l.Text + ": " + l.URL
	}
	return t
}
