package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	plugin "github.com/hashicorp/go-plugin"
	"go.uber.org/goleak"

	"github.com/takt-orders/takt/deploy/embedded"
	"github.com/takt-orders/takt/ingest/clickhouse"
	"github.com/takt-orders/takt/ingest/order"
	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

func TestMain(m *testing.M) {
	embedded.ChildMain()
	goleak.VerifyTestMain(m)
}

// build makes the executable.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gpx_takt_orders")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// store starts a ClickHouse that knows one process and returns its address.
func store(t *testing.T) string {
	t.Helper()
	engine, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseConfig{Dir: filepath.Join(t.TempDir(), "clickhouse")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	db, err := clickhouse.Open(t.Context(), clickhouse.Config{Addr: []string{engine.Addr}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.SyncProcesses(t.Context(), order.At(now), []*process.Process{{
		Name: "shop", Title: process.Text{EN: "Shop order", ZH: "店铺订单"}, Zone: time.UTC, OpensOn: []string{"order.placed"},
		ClosesOn: process.Closing{Completed: []string{"order.delivered"}}, Promise: process.Promise{Objective: 0.95, Granularity: process.Day},
		Stages: []process.Stage{{
			Name: "pack", Title: process.Text{EN: "Packing", ZH: "打包"}, StartsOn: []string{"order.placed"}, EndsOn: []string{"order.delivered"},
			Owner: process.Owner{Team: "warehouse"}, Limit: process.Limit{Within: 4 * time.Hour, Of: process.Wall, Objective: 0.95},
		}},
	}}); err != nil {
		t.Fatal(err)
	}
	if err := view.Apply(t.Context(), db, now); err != nil {
		t.Fatal(err)
	}
	return engine.Addr
}

// TestPluginProtocol starts the executable as Grafana does, and asks it over gRPC.
// https://grafana.com/developers/plugin-tools/key-concepts/backend-plugins/
func TestPluginProtocol(t *testing.T) {
	host, port, err := net.SplitHostPort(store(t))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(build(t))
	cmd.Env = append(os.Environ(), "GF_VERSION=12.2.0", "GF_PLUGIN_VERSION=test")
	client := plugin.NewClient(&plugin.ClientConfig{
		Cmd:              cmd,
		HandshakeConfig:  plugin.HandshakeConfig{ProtocolVersion: grpcplugin.ProtocolVersion, MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{}, "data": &grpcplugin.DataGRPCPlugin{}}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		SyncStderr:       os.Stderr,
	})
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	diagnostics := dispense[grpcplugin.DiagnosticsClient](t, protocol, "diagnostics")
	asker := dispense[grpcplugin.DataClient](t, protocol, "data")
	here := about(host, port)

	health, err := diagnostics.CheckHealth(t.Context(), &pluginv2.CheckHealthRequest{PluginContext: here})
	if err != nil || health.Status != pluginv2.CheckHealthResponse_OK || !strings.Contains(health.Message, "processes: shop") {
		t.Errorf("health is %v, %v", health, err)
	}
	health, err = diagnostics.CheckHealth(t.Context(), &pluginv2.CheckHealthRequest{PluginContext: about(host, "1")})
	if err != nil || health.Status != pluginv2.CheckHealthResponse_ERROR || !strings.Contains(health.Message, "check host, port") {
		t.Errorf("health of what is not there is %v, %v", health, err)
	}

	frames := query(t.Context(), t, asker, here, `{"kind": "variable"}`, `{"kind": "open_by_age", "lang": "zh"}`)
	if got := fmt.Sprint(frames[0].Fields[0].At(0), " ", frames[0].Fields[1].At(0)); got != "Shop order shop" {
		t.Errorf("the first process is %q", got)
	}
	if got := fmt.Sprint(frames[1].Rows(), frames[1].Fields[1].Config.DisplayNameFromDS); got != "8打包" {
		t.Errorf("ages are %q, want 8 bands of one stage", got)
	}

	metrics, err := diagnostics.CollectMetrics(t.Context(), &pluginv2.CollectMetricsRequest{PluginContext: here})
	if err != nil || !strings.Contains(string(metrics.GetMetrics().GetPrometheus()), "go_goroutines") {
		t.Errorf("metrics are %v, %v", metrics, err)
	}

	client.Kill()
	if !client.Exited() {
		t.Error("the plugin goes on after Grafana has stopped it")
	}
}

// dispense returns one of the plugin's services.
func dispense[T any](t *testing.T, protocol plugin.ClientProtocol, name string) T {
	t.Helper()
	raw, err := protocol.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	service, ok := raw.(T)
	if !ok {
		t.Fatalf("%s is a %T", name, raw)
	}
	return service
}

// about is what Grafana tells of a configured datasource.
func about(host, port string) *pluginv2.PluginContext {
	return &pluginv2.PluginContext{
		OrgId: 1, PluginId: "takt-orders-datasource", PluginVersion: "test",
		DataSourceInstanceSettings: &pluginv2.DataSourceInstanceSettings{
			Uid: "takt-" + port, Name: "Takt orders", JsonData: fmt.Appendf(nil, `{"host": %q, "port": %s}`, host, port),
			DecryptedSecureJsonData: map[string]string{}, LastUpdatedMS: 1,
		},
		GrafanaConfig: map[string]string{"GF_APP_URL": "http://localhost:3000/"},
	}
}

// query asks questions and returns the first frame of each answer.
func query(ctx context.Context, t *testing.T, asker grpcplugin.DataClient, here *pluginv2.PluginContext, questions ...string) []*data.Frame {
	t.Helper()
	request := &pluginv2.QueryDataRequest{PluginContext: here}
	now := time.Now()
	for i, q := range questions {
		request.Queries = append(request.Queries, &pluginv2.DataQuery{
			RefId: fmt.Sprint(i), Json: []byte(q), TimeRange: &pluginv2.TimeRange{FromEpochMS: now.Add(-time.Hour).UnixMilli(), ToEpochMS: now.UnixMilli()},
		})
	}
	response, err := asker.QueryData(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	var all []*data.Frame
	for i := range questions {
		r := response.Responses[fmt.Sprint(i)]
		if r.GetError() != "" {
			t.Fatalf("%s: %s", questions[i], r.GetError())
		}
		frames, err := data.UnmarshalArrowFrames(r.Frames)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, frames[0])
	}
	return all
}
