package datasource

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/metrics/view"
)

// health asserts what Save & test says.
func health(t *testing.T, s settings, status backend.HealthStatus, want string) {
	t.Helper()
	r, err := shop.datasource(t, s).CheckHealth(t.Context(), &backend.CheckHealthRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != status || !strings.Contains(r.Message, want) {
		t.Errorf("%v %q, want %v %q", r.Status, r.Message, status, want)
	}
}

func TestHealth(t *testing.T) {
	well := shop.settings(t)
	health(t, well, backend.HealthStatusOk, "processes: retail, idle")
	well.Lang = chinese
	health(t, well, backend.HealthStatusOk, "流程：retail, idle")

	off := shop.settings(t)
	off.Port = 1
	health(t, off, backend.HealthStatusError, "does not answer at 127.0.0.1:1: check host, port")

	stranger := shop.settings(t)
	stranger.User = "stranger"
	health(t, stranger, backend.HealthStatusError, `refuses the user "stranger": check user and password`)
}

// A server on which Takt is not, or not wholly, says what is missing.
func TestHealthOfAnEmptyServer(t *testing.T) {
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: filepath.Join(t.TempDir(), "clickhouse")})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	s := settingsOf(t, engine.Addr)
	health(t, s, backend.HealthStatusError, "sees no relation of the database takt")

	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{engine.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	health(t, s, backend.HealthStatusError, "lacks ")
	if err := view.Apply(t.Context(), db, shop.now); err != nil {
		t.Fatal(err)
	}
	health(t, s, backend.HealthStatusError, "no process is known yet: start takt run")
}

func TestSettings(t *testing.T) {
	for name, c := range map[string]struct{ json, authority, want string }{
		"none":     {``, "", "host is missing"},
		"broken":   {`{"host": 7}`, "", "save the datasource's configuration anew"},
		"port":     {`{"host": "h", "port": 70000}`, "", "port is none"},
		"protocol": {`{"host": "h", "protocol": "ftp"}`, "", "use http or native"},
		"limits":   {`{"host": "h", "timeoutSeconds": 600, "maxRows": 1000000}`, "", "1 to 10000"},
		"chinese":  {`{"lang": "zh"}`, "", "缺少服务器主机名"},
		"pem":      {`{"host": "h", "secure": true}`, "none", "no PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(t.Context(), backend.DataSourceInstanceSettings{
				JSONData: []byte(c.json), DecryptedSecureJSONData: map[string]string{"tlsCACert": c.authority, "password": "hidden"},
			})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	s, err := parseSettings(backend.DataSourceInstanceSettings{JSONData: []byte(`{"host": "h", "protocol": "native", "secure": true}`)})
	if err != nil || s.address() != "h:9440" || s.User != "takt_boards" || s.Timeout != defaultTimeout || s.Rows != defaultRows {
		t.Errorf("defaults are %+v, %v", s, err)
	}
}
