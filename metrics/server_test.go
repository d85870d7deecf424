package metrics_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/takt-orders/takt/metrics"
)

// start serves until the test ends and returns the bound addresses.
func start(t *testing.T, c metrics.ServerConfig) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	bound := make(chan []net.Addr, 1)
	c.Listening = func(a []net.Addr) { bound <- a }
	done := make(chan error, 1)
	go func() { done <- metrics.Serve(ctx, c, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve after its context ended: %v", err)
		}
	})
	select {
	case addrs := <-bound:
		var out []string
		for _, a := range addrs {
			out = append(out, a.String())
		}
		return out
	case err := <-done:
		done <- nil
		t.Fatalf("serve: %v", err)
		return nil
	}
}

func get(t *testing.T, client *http.Client, url string, edit func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(req)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func client(t *testing.T, c *tls.Config) *http.Client {
	transport := &http.Transport{TLSClientConfig: c}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestServerPages(t *testing.T) {
	m, reg := mustNew(t, config(retail(), "web"))
	addresses := start(t, metrics.ServerConfig{
		Addresses: []string{"127.0.0.1:0", "127.0.0.1:0"}, Gatherer: reg, Ready: m.Ready, Version: "1.2.3",
	})
	if len(addresses) != 2 || addresses[0] == addresses[1] {
		t.Fatalf("listens on %q, want two addresses", addresses)
	}
	cl := client(t, nil)
	for _, recovered := range []bool{false, true} {
		m.SetReady(recovered)
		status, text := http.StatusServiceUnavailable, "not ready"
		if recovered {
			status, text = http.StatusOK, "ready\n"
		}
		for _, c := range []struct {
			path   string
			status int
			text   string
		}{
			{"/metrics", 200, "takt_stage_orders"},
			{"/healthz", 200, "ok\n"},
			{"/-/healthy", 200, "ok\n"},
			{"/readyz", status, text},
			{"/-/ready", status, text},
			{"/", 200, "Takt"},
			{"/nothing", 404, ""},
		} {
			if c.path == "/metrics" {
				c.text = map[bool]string{true: "\ntakt_ready 1\n", false: "\ntakt_ready 0\n"}[recovered]
			}
			for _, a := range addresses {
				got, body := get(t, cl, "http://"+a+c.path, nil)
				if got != c.status || !strings.Contains(body, c.text) {
					t.Errorf("recovered %t: GET %s: got %d with %.80q, want %d with %q", recovered, c.path, got, body, c.status, c.text)
				}
			}
		}
	}
	resp, err := cl.Post("http://"+addresses[0]+"/healthz", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /healthz: got %d, want 405", resp.StatusCode)
	}
}

// A further page may take the first one's place; the others stay.
func TestServerFirstPage(t *testing.T) {
	first := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the first page") })
	addr := start(t, metrics.ServerConfig{
		Addresses: []string{"127.0.0.1:0"}, Gatherer: prometheus.NewRegistry(), Ready: func() bool { return true },
		Handlers: map[string]http.Handler{"/": first},
	})[0]
	for path, want := range map[string]string{"/": "the first page", "/else": "the first page", "/healthz": "ok\n"} {
		if code, body := get(t, http.DefaultClient, "http://"+addr+path, nil); code != http.StatusOK || body != want {
			t.Errorf("%s: got %d %q, want %q", path, code, body, want)
		}
	}
}

func TestServerNegotiatesNativeHistograms(t *testing.T) {
	c := config(retail(), "web")
	c.NativeHistograms = true
	m, reg := mustNew(t, c)
	address := start(t, metrics.ServerConfig{Addresses: []string{"127.0.0.1:0"}, Gatherer: reg, Ready: m.Ready})[0]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.3")
	resp, err := client(t, nil).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/vnd.google.protobuf") {
		t.Errorf("Content-Type %q, want protobuf", got)
	}
}

func TestServerWithTLSAndBasicAuth(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir)
	// The password is "scrape".
	write(t, filepath.Join(dir, "web.yml"), `tls_server_config: {cert_file: server.crt, key_file: server.key}
basic_auth_users: {prometheus: "$2a$04$.L9kjtJv2hX209Rv1odm6Oq0WhLuBnJRl1HPvP2iLMRuWhx6EAFXK"}
`)
	m, reg := mustNew(t, config(retail(), "web"))
	address := start(t, metrics.ServerConfig{
		Addresses: []string{"127.0.0.1:0"}, ConfigFile: filepath.Join(dir, "web.yml"), Gatherer: reg, Ready: m.Ready,
	})[0]
	cl := client(t, &tls.Config{RootCAs: pool})
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/"} {
		if got, _ := get(t, cl, "https://"+address+path, nil); got != http.StatusUnauthorized {
			t.Errorf("GET %s without password: got %d, want 401", path, got)
		}
	}
	if got, _ := get(t, cl, "https://"+address+"/metrics", func(r *http.Request) { r.SetBasicAuth("prometheus", "guess") }); got != http.StatusUnauthorized {
		t.Errorf("GET /metrics with a wrong password: got %d, want 401", got)
	}
	got, body := get(t, cl, "https://"+address+"/metrics", func(r *http.Request) { r.SetBasicAuth("prometheus", "scrape") })
	if got != http.StatusOK || !strings.Contains(body, "takt_build_info") {
		t.Errorf("GET /metrics with the password: got %d with %.80q, want 200 with the metrics", got, body)
	}
	if got, _ := get(t, client(t, nil), "http://"+address+"/metrics", nil); got != http.StatusBadRequest {
		t.Errorf("GET /metrics without TLS: got %d, want 400", got)
	}
}

func TestServerTellsWhatIsWrong(t *testing.T) {
	m, reg := mustNew(t, config(retail(), "web"))
	bad := filepath.Join(t.TempDir(), "web.yml")
	write(t, bad, "tls_server_config: {cert_file: absent.crt, key_file: absent.key}\n")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		name string
		edit func(*metrics.ServerConfig)
		want string
	}{
		{"no file", func(c *metrics.ServerConfig) { c.ConfigFile = bad + "x" }, "read web configuration"},
		{"no certificate", func(c *metrics.ServerConfig) { c.ConfigFile = bad }, "read web configuration"},
		{"address taken", func(c *metrics.ServerConfig) { c.Addresses = []string{"127.0.0.1:0", taken.Addr().String()} }, "listen on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := metrics.ServerConfig{Addresses: []string{"127.0.0.1:0"}, Gatherer: reg, Ready: m.Ready}
			c.edit(&conf)
			if err := metrics.Serve(t.Context(), conf, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

// TestServerStopsGracefully ends the context while a request is under way.
func TestServerStopsGracefully(t *testing.T) {
	_, reg := mustNew(t, config(retail(), "web"))
	ctx, cancel := context.WithCancel(t.Context())
	asked, answer := make(chan struct{}), make(chan struct{})
	bound := make(chan []net.Addr, 1)
	done := make(chan error, 1)
	var log bytes.Buffer
	go func() {
		done <- metrics.Serve(ctx, metrics.ServerConfig{
			Addresses: []string{"127.0.0.1:0"}, Gatherer: reg, Listening: func(a []net.Addr) { bound <- a },
			Ready: func() bool { close(asked); <-answer; return true },
		}, slog.New(slog.NewTextHandler(&log, nil)))
	}()
	url := "http://" + (<-bound)[0].String() + "/readyz"
	status := make(chan int, 1)
	cl := client(t, nil)
	go func() {
		resp, err := cl.Get(url)
		if err != nil {
			status <- 0
			return
		}
		resp.Body.Close()
		status <- resp.StatusCode
	}()
	<-asked
	cancel()
	select {
	case err := <-done:
		t.Fatalf("stopped with a request under way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(answer)
	if got := <-status; got != http.StatusOK {
		t.Errorf("the request under way got %d, want 200", got)
	}
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
	if !strings.Contains(log.String(), "Listening on") {
		t.Errorf("log %q does not tell where it listens", log.String())
	}
}

// certificate writes server.crt and server.key for 127.0.0.1 and returns the pool
// that trusts them.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "takt"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, filepath.Join(dir, "server.crt"), string(cert))
	write(t, filepath.Join(dir, "server.key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
