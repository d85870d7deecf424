package grafana

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
)

// Client puts boards and datasources into a running Grafana over its HTTP API.
type Client struct {
	URL   string       // of Grafana, required
	Token string       // of a service account that may write them, required
	HTTP  *http.Client // required
}

// Source is a datasource as the HTTP API and provisioning files name its parts.
type Source struct {
	UID        string            `json:"uid" yaml:"uid"`
	Name       string            `json:"name" yaml:"name"`
	Type       string            `json:"type" yaml:"type"`
	Access     string            `json:"access" yaml:"access"` // "proxy": Grafana's server asks
	URL        string            `json:"url,omitempty" yaml:"url,omitempty"`
	JSONData   map[string]any    `json:"jsonData,omitempty" yaml:"jsonData,omitempty"`
	SecureData map[string]string `json:"secureJsonData,omitempty" yaml:"secureJsonData,omitempty"`
}

// Folder makes the folder unless it is there.
func (c *Client) Folder(ctx context.Context, uid, title string) error {
	err := c.send(ctx, http.MethodGet, "/api/folders/"+url.PathEscape(uid), nil)
	if is(err, http.StatusNotFound) {
		err = c.send(ctx, http.MethodPost, "/api/folders", map[string]string{"uid": uid, "title": title})
	}
	if err != nil {
		return fmt.Errorf("make folder %q: %w", uid, err)
	}
	return nil
}

// Board puts the board into the folder, in place of what has its uid.
func (c *Client) Board(ctx context.Context, folder string, d *Dashboard) error {
	err := c.send(ctx, http.MethodPost, "/api/dashboards/db", struct {
		Dashboard *Dashboard `json:"dashboard"`
		FolderUID string     `json:"folderUid"`
		Overwrite bool       `json:"overwrite"`
		Message   string     `json:"message"`
	}{d, folder, true, "takt dashboards"})
	if err != nil {
		return fmt.Errorf("put board %q: %w", d.UID, err)
	}
	return nil
}

// Datasource makes the datasource, or changes the one that has its uid.
func (c *Client) Datasource(ctx context.Context, s *Source) error {
	path := "/api/datasources/uid/" + url.PathEscape(s.UID)
	err := c.send(ctx, http.MethodGet, path, nil)
	switch {
	case err == nil:
		err = c.send(ctx, http.MethodPut, path, s)
	case is(err, http.StatusNotFound):
		err = c.send(ctx, http.MethodPost, "/api/datasources", s)
	}
	if err != nil {
		return fmt.Errorf("put datasource %q: %w", s.UID, err)
	}
	return nil
}

// Refused is an answer of Grafana other than success.
type Refused struct {
	Status  int
	Message string
}

// Error says what Grafana answered and, where it is known, what to do.
func (r *Refused) Error() string {
	text := fmt.Sprintf("grafana answered %d: %s", r.Status, r.Message)
	switch r.Status {
	case http.StatusUnauthorized:
		text += " (is GRAFANA_TOKEN the token of a service account?)"
	case http.StatusForbidden:
		text += " (the service account needs the role Admin for datasources, Editor for boards)"
	}
	return text
}

func is(err error, status int) bool {
	var r *Refused
	return errors.As(err, &r) && r.Status == status
}

// longest is how much of an answer is read.
const longest = 1 << 20

func (c *Client) send(ctx context.Context, method, path string, body any) error {
	var text io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		text = bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, text)
	if err != nil {
		return fmt.Errorf("ask grafana: %w", err)
	}
	q.Header.Set("Authorization", "Bearer "+c.Token)
	q.Header.Set("Content-Type", "application/json")
	r, err := c.HTTP.Do(q)
	if err != nil {
		return fmt.Errorf("ask grafana: %w", err)
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(r.Body, longest))
	if err != nil {
		return fmt.Errorf("read grafana's answer: %w", err)
	}
	if r.StatusCode/100 == 2 {
		return nil
	}
	refused := &Refused{Status: r.StatusCode, Message: string(bytes.TrimSpace(answer))}
	var said struct{ Message string }
	if json.Unmarshal(answer, &said) == nil && said.Message != "" {
		refused.Message = said.Message
	}
	return refused
}
