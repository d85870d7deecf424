package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/ingest/source/presets"
)

// way is how a preset's page brings records into the topic: what it writes into
// takt.yaml for takt gateway and for takt poll, nil where it does not.
type way struct{ push, poll map[string]any }

var (
	fenced = regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$")
	host   = regexp.MustCompile(`^https://[^/]+`)
)

// wayOf reads the page of a preset.
func wayOf(t *testing.T, name string) way {
	t.Helper()
	p, err := presets.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	page, err := p.Page("en")
	if err != nil {
		t.Fatal(err)
	}
	var w way
	for _, m := range fenced.FindAllStringSubmatch(page, -1) {
		var shown struct {
			Sources []struct {
				Mapping any
			}
			Gateway struct{ Endpoints []map[string]any }
			Poll    []map[string]any
		}
		if err := yaml.Unmarshal([]byte(strings.ReplaceAll("\n"+m[2], "\n"+m[1], "\n")), &shown); err != nil || len(shown.Sources) == 0 {
			continue // a mapping, or a file of its own
		}
		if _, preset := shown.Sources[0].Mapping.(map[string]any); !preset {
			continue // another mapping of the same system
		}
		for _, e := range shown.Gateway.Endpoints {
			w.push = e
		}
		for _, p := range shown.Poll {
			w.poll = p
		}
	}
	return w
}

// names are those of the ways, as subtests are called.
func (w way) names() (all []string) {
	if w.push != nil {
		all = append(all, "gateway")
	}
	if w.poll != nil {
		all = append(all, "poll")
	}
	if all == nil {
		all = append(all, "topic")
	}
	return all
}

// endpoint is the page's, for the source of that name.
func (w way) endpoint(name string) map[string]any {
	e := maps.Clone(w.push)
	e["source"], e["secret_file"] = name, "secret"
	return e
}

// polled is the page's poller, for the source of that name and a vendor that is served
// at an address and knows fields beyond those that the page asks for. What the page
// does in minutes and hundreds happens in seconds and in threes.
func (w way) polled(t *testing.T, name, address string, fields []string) map[string]any {
	t.Helper()
	p := maps.Clone(w.poll)
	p["source"], p["secret_file"] = name, "secret"
	p["every"], p["rate"], p["since"] = "1s", 1000, time.Now().Add(-time.Hour).Format(time.RFC3339)
	for _, key := range []string{"request", "login"} {
		if r, ok := p[key].(map[string]any); ok {
			r["url"] = host.ReplaceAllString(r["url"].(string), address)
		}
	}
	page := maps.Clone(p["page"].(map[string]any))
	page["size"] = 3
	p["page"] = page
	columns, ok := p["columns"].([]any)
	if !ok {
		return p
	}
	request := p["request"].(map[string]any)
	for _, f := range fields {
		if slices.Contains(columns, any(f)) {
			continue
		}
		// The page's own advice: who wants another field names its key in both.
		last := fmt.Sprint(columns[len(columns)-1])
		body := strings.Replace(request["body"].(string), last+`"`, last+","+f+`"`, 1)
		if body == request["body"] {
			t.Fatalf("%s: no place for %s in %s", name, f, body)
		}
		request["body"], columns = body, append(columns, f)
	}
	p["columns"] = columns
	return p
}

// pusher is a system that pushes, to takt gateway behind TLS.
type pusher struct {
	client *http.Client
	listen string
}

// newPusher writes a certificate and its key for the gateway, and trusts it.
func newPusher(t *testing.T, dir, listen string) *pusher {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	key, err := x509.MarshalPKCS8PrivateKey(s.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"takt.crt": {Type: "CERTIFICATE", Bytes: s.Certificate().Raw}, "takt.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		write(t, filepath.Join(dir, name), string(pem.EncodeToMemory(block)))
	}
	p := &pusher{client: s.Client(), listen: listen}
	t.Cleanup(p.client.CloseIdleConnections)
	return p
}

// all pushes each body twice, as a system does that did not hear the answer.
func (p *pusher) all(ctx context.Context, name, auth string, bodies [][]byte) error {
	for n, body := range bodies {
		for range 2 {
			if err := p.push(ctx, name, auth, fmt.Sprint(n), body); err != nil {
				return err
			}
		}
	}
	return nil
}

// push pushes a body, signed, once the gateway listens.
func (p *pusher) push(ctx context.Context, name, auth, id string, body []byte) error {
	path, header := signed(name, auth, id, body)
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+p.listen+path, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header = header
		res, err := p.client.Do(req)
		if err != nil {
			select {
			case <-time.After(50 * time.Millisecond):
				continue // it does not listen yet
			case <-ctx.Done():
				return fmt.Errorf("push to %s: %w", name, err)
			}
		}
		text, _ := io.ReadAll(res.Body) // the status says it
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("push to %s: %s %s", name, res.Status, text)
		}
		return nil
	}
}

// signed returns where a body is pushed to and the headers that prove it genuine.
func signed(name, auth, id string, body []byte) (path string, header http.Header) {
	at := fmt.Sprint(time.Now().Unix())
	path, header = "/in/"+name, http.Header{}
	switch auth {
	case "jiandaoyun":
		sum := sha1.Sum(fmt.Appendf(nil, "%s:%s:%s:%s", id, body, pushSecret, at)) // the nonce is new for each delivery
		path += "?nonce=" + id + "&timestamp=" + at
		header.Set("X-JDY-Signature", hex.EncodeToString(sum[:]))
		header.Set("X-JDY-DeliverId", id)
	case "bearer":
		header.Set("Authorization", "Bearer "+pushSecret)
	default:
		h := hmac.New(sha256.New, []byte(pushSecret))
		fmt.Fprintf(h, "%s.%s.%s", id, at, body)
		header.Set("Webhook-Id", id)
		header.Set("Webhook-Timestamp", at)
		header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return path, header
}
