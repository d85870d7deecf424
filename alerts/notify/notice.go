package notify

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// notice is what one call of Alertmanager's webhook tells: the alerts of a group.
type notice struct {
	Version   string   `json:"version"`
	GroupKey  string   `json:"groupKey"`
	Truncated int      `json:"truncatedAlerts"`
	Status    string   `json:"status"`
	Receiver  string   `json:"receiver"`
	Alerts    []*alert `json:"alerts"`
}

const (
	maxPayload   = 4 << 20 // bytes of one call of the webhook
	linesShown   = 10      // further alerts that a message lists
	payloadOwner = "owner_team"
)

// readNotice decodes a call of the webhook. The version has been "4" since
// Alertmanager 0.16; see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
func readNotice(r io.Reader) (*notice, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPayload+1))
	if err != nil {
		return nil, fmt.Errorf("read notification: %w", err)
	}
	if len(data) > maxPayload {
		return nil, fmt.Errorf("read notification: more than %d bytes", maxPayload)
	}
	var n notice
	if err := json.Unmarshal(data, &n); err != nil {
		return nil, fmt.Errorf("read notification: %w", err)
	}
	if n.Version != "4" {
		return nil, fmt.Errorf("read notification: version %q is not 4, that of Alertmanager's webhook", n.Version)
	}
	n.Alerts = slices.DeleteFunc(n.Alerts, func(a *alert) bool { return a == nil })
	if len(n.Alerts) == 0 {
		return nil, fmt.Errorf("read notification: it holds no alert")
	}
	// What a group tells comes before what single orders tell.
	slices.SortStableFunc(n.Alerts, func(a, b *alert) int { return rank(a) - rank(b) })
	return &n, nil
}

func rank(a *alert) int {
	switch {
	case a.Status == "resolved":
		return 2
	case a.Labels["alertname"] == OrderAlert, a.Labels["alertname"] == EscalatedAlert:
		return 1
	default:
		return 0
	}
}

// key identifies what the notice tells: the same alerts in the same state, told by
// any of several Alertmanagers, at any try.
func (n *notice) key() string {
	parts := make([]string, len(n.Alerts))
	for i, a := range n.Alerts {
		parts[i] = a.Status + "\x00" + labelKey(a.Labels) + "\x00" + a.StartsAt.UTC().Format(time.RFC3339)
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(n.GroupKey + "\x00" + strings.Join(parts, "\x00\x00")))
	return hex.EncodeToString(sum[:12])
}

// of returns the notice with the alerts of these teams; nil if it has none. No
// teams are all of them.
func (n *notice) of(teams []string) *notice {
	if len(teams) == 0 {
		return n
	}
	some := *n
	some.Alerts = nil
	for _, a := range n.Alerts {
		if slices.Contains(teams, a.Labels[payloadOwner]) {
			some.Alerts = append(some.Alerts, a)
		}
	}
	if len(some.Alerts) == 0 {
		return nil
	}
	return &some
}

// status is firing as long as one of the alerts is.
func (n *notice) status() Status {
	for _, a := range n.Alerts {
		if a.Status != "resolved" {
			return Firing
		}
	}
	return Resolved
}

// message puts the notice into words: its first alert, and the others as lines.
func (n *notice) message(c *Context, now time.Time, lang Lang) Message {
	first := n.Alerts[0]
	m := c.told(first, now, lang)
	if m.Status = n.status(); m.Status == Resolved {
		m.resolve(first, c.zone(first.Labels["process"]), now, lang)
	}
	w := lang.words()
	others := slices.Clone(n.Alerts[1:])
	others = slices.DeleteFunc(others, func(a *alert) bool { return a.Labels["alertname"] == EscalatedAlert }) // says what the group's says
	for _, a := range others[:min(linesShown, len(others))] {
		t := c.told(a, now, lang)
		line := t.Title + " " + strings.Join(t.What, comma(lang))
		if a.Status == "resolved" && m.Status == Firing {
			line = w.resolved + " " + t.Title
		}
		m.Lines = append(m.Lines, line)
		if a.Status != "resolved" {
			m.alsoCall(t.Mentions)
		}
	}
	if more := len(others) - linesShown + n.Truncated; more > 0 && len(others) > linesShown || n.Truncated > 0 {
		m.Lines = append(m.Lines, fmt.Sprintf(w.more, max(len(others)-linesShown, 0)+n.Truncated))
	}
	return m
}

// resolve turns a message into that of the end. It calls nobody: nobody has to act.
func (m *Message) resolve(a *alert, zone *time.Location, now time.Time, lang Lang) {
	ended := a.EndsAt
	if ended.IsZero() || ended.After(now) {
		ended = now
	}
	w := lang.words()
	m.Title = fmt.Sprintf(w.of, w.resolved, trimTag(m.Title))
	m.What = []string{
		fmt.Sprintf(w.since, clock(a.StartsAt, now, zone, lang)),
		fmt.Sprintf(w.lasted, clock(ended, now, zone, lang), lasting(ended.Sub(a.StartsAt), lang)),
	}
	m.Owner, m.Mentions, m.Next, m.Cause, m.Lines = "", nil, "", "", nil
	if len(m.Links) > 0 && a.Annotations["acknowledge_url"] != "" {
		m.Links = m.Links[:len(m.Links)-1] // nothing is left to take
	}
}

// trimTag takes the brackets off a title, but keeps what stood in them.
func trimTag(title string) string {
	return strings.TrimLeft(strings.NewReplacer("【", "", "】", " ", "[", "", "]", "").Replace(title), " ")
}

// alsoCall adds people that the message does not call yet.
func (m *Message) alsoCall(people []Person) {
	for _, p := range people {
		if len(m.Mentions) < mentionsMost && !slices.Contains(m.Mentions, p) {
			m.Mentions = append(m.Mentions, p)
		}
	}
}

// collapse makes one message of several that a limit keeps from being sent singly.
func collapse(all []Message, lang Lang) Message {
	m := Message{Lang: lang, Status: Firing, Severity: "info", Title: fmt.Sprintf(lang.words().collapsed, len(all))}
	ranks := map[string]int{"info": 0, "warning": 1, "critical": 2}
	for i := range all {
		each := &all[i]
		m.Lines = append(m.Lines, each.Title+" "+strings.Join(each.What, comma(lang)))
		m.alsoCall(each.Mentions)
		if ranks[each.Severity] > ranks[m.Severity] {
			m.Severity = each.Severity
		}
	}
	if len(all) > 0 {
		m.Links = all[0].Links[:min(1, len(all[0].Links))] // the board
	}
	return m
}
