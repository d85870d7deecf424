package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// batchMost is how many alerts one request carries.
const batchMost = 256

// alertmanagers are all the Alertmanagers of one cluster: each is told everything,
// as Prometheus does, since any of them may be cut off from the others.
type alertmanagers struct {
	urls   []string
	client *http.Client
}

// post sends alerts to all. It fails if none took them all; the error tells who
// did not.
func (c *alertmanagers) post(ctx context.Context, all []*alert) (ok bool, err error) {
	errs := make([]error, len(c.urls))
	var wg sync.WaitGroup
	for i, base := range c.urls {
		wg.Go(func() { errs[i] = c.postTo(ctx, base, all) })
	}
	wg.Wait()
	for _, err := range errs {
		ok = ok || err == nil
	}
	return ok, errors.Join(errs...)
}

func (c *alertmanagers) postTo(ctx context.Context, base string, all []*alert) error {
	for len(all) > 0 {
		n := min(batchMost, len(all))
		body, err := json.Marshal(all[:n])
		if err != nil {
			return fmt.Errorf("encode alerts: %w", err)
		}
		if err := c.retry(ctx, base, body); err != nil {
			return fmt.Errorf("post alerts to %s: %w", shown(base), err)
		}
		all = all[n:]
	}
	return nil
}

// retry posts one batch, at most three times. What is not taken then goes along
// with the next pass, which tells everything anew.
func (c *alertmanagers) retry(ctx context.Context, base string, body []byte) error {
	for attempt := 1; ; attempt++ {
		_, err := c.do(ctx, http.MethodPost, base+"/api/v2/alerts", body)
		var e *sendError
		if err == nil || attempt == 3 || errors.As(err, &e) && e.refused {
			return err
		}
		if !pause(ctx, backoffFirst<<(attempt-1)) {
			return ctx.Err()
		}
	}
}

// active returns the alerts of Takt that fire at any Alertmanager that answers, by
// their labels. It fails if none does.
func (c *alertmanagers) active(ctx context.Context) (map[string]*alert, error) {
	filter := fmt.Sprintf(`alertname=~"%s"`, strings.Join(Names(), "|"))
	query := "/api/v2/alerts?" + url.Values{"filter": {filter}}.Encode()
	found := map[string]*alert{}
	var errs []error
	for _, base := range c.urls {
		answer, err := c.do(ctx, http.MethodGet, base+query, nil)
		if err != nil {
			errs = append(errs, fmt.Errorf("read alerts of %s: %w", shown(base), err))
			continue
		}
		var all []struct {
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
			StartsAt    time.Time         `json:"startsAt"`
		}
		if err := json.Unmarshal(answer, &all); err != nil {
			errs = append(errs, fmt.Errorf("read alerts of %s: %w", shown(base), err))
			continue
		}
		for _, a := range all {
			key := labelKey(a.Labels)
			if old := found[key]; old == nil || a.StartsAt.Before(old.StartsAt) {
				found[key] = &alert{Labels: a.Labels, Annotations: a.Annotations, StartsAt: a.StartsAt}
			}
		}
	}
	if len(errs) == len(c.urls) {
		return nil, errors.Join(errs...)
	}
	return found, nil
}

// maxAlerts bounds the answer with the alerts that fire, in bytes.
const maxAlerts = 64 << 20

func (c *alertmanagers) do(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, &sendError{text: "the address is none", refused: true}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, &sendError{text: withoutURL(err)}
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAlerts))
	if err != nil {
		return nil, &sendError{text: "the answer broke off"}
	}
	if err := httpError(resp); err != nil {
		return nil, fmt.Errorf("%w: %s", err, cut(strings.TrimSpace(string(answer)), 300))
	}
	return answer, nil
}

// shown is an address without the password that it may hold.
func shown(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that is none"
	}
	return u.Redacted()
}
