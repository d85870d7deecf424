package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Silence is a silence that somebody has set in Alertmanager.
type Silence struct {
	ID  string
	By  string // who set it
	Why string
	At  time.Time // from when it mutes
}

// Silences takes silences as answers: whoever mutes an alert about orders has it.
type Silences interface {
	// Silenced notes that q mutes the alert of s, or of one order of it if orderID is
	// not empty. What opened after the silence began is not meant by it.
	Silenced(ctx context.Context, s Scope, orderID string, q Silence) error
}

// silences are those already taken, by identity and alert.
type silences map[string]bool

// takeSilences tells to of each silence over each alert once. Alertmanager itself
// says which alert is muted by which, so that no matcher is judged here.
func (c *alertmanagers) takeSilences(ctx context.Context, to Silences, taken silences) error {
	query := "/api/v2/alerts?" + url.Values{
		"filter": {fmt.Sprintf(`alertname=~"%s"`, strings.Join([]string{OrdersAlert, OrderAlert, EscalatedAlert}, "|"))},
		"active": {"false"}, "inhibited": {"false"}, "unprocessed": {"false"},
	}.Encode()
	var errs []error
	still := silences{}
	for _, base := range c.urls {
		var muted []struct {
			Labels map[string]string `json:"labels"`
			Status struct {
				By []string `json:"silencedBy"`
			} `json:"status"`
		}
		if err := c.read(ctx, base+query, &muted); err != nil {
			errs = append(errs, fmt.Errorf("read silenced alerts of %s: %w", shown(base), err))
			continue
		}
		for i := range muted {
			a := alert{Labels: muted[i].Labels}
			for _, id := range muted[i].Status.By {
				key := id + "\x00" + labelKey(a.Labels)
				if !taken[key] && !still[key] {
					if err := c.takeSilence(ctx, base, id, &a, to); err != nil {
						errs = append(errs, fmt.Errorf("take silence of %s: %w", shown(base), err))
						continue
					}
				}
				still[key] = true
			}
		}
	}
	if len(errs) == 0 { // one that did not answer may still know the others
		clear(taken)
	}
	for key := range still {
		taken[key] = true
	}
	return errors.Join(errs...)
}

func (c *alertmanagers) takeSilence(ctx context.Context, base, id string, a *alert, to Silences) error {
	var found struct {
		By  string    `json:"createdBy"`
		Why string    `json:"comment"`
		At  time.Time `json:"startsAt"`
	}
	if err := c.read(ctx, base+"/api/v2/silence/"+url.PathEscape(id), &found); err != nil {
		return err
	}
	return to.Silenced(ctx, a.scope(), a.Labels["order_id"], Silence{id, found.By, found.Why, found.At})
}

// read decodes the answer to a question.
func (c *alertmanagers) read(ctx context.Context, address string, into any) error {
	answer, err := c.do(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}
