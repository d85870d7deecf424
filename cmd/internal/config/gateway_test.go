package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/takt-orders/takt/cmd/internal/config"
)

const pushed = `
processes: [retail, b2b]
sources:
  - {name: my-shop, topic: orders, process: retail, mapping: canonical}
  - name: jdy
    topic: jdy
    process: b2b
    mapping: {preset: jiandaoyun, fields: {order_no: no}, dates: {createTime: order.placed}}
gateway:
  tls: {cert_file: cert.pem, key_file: key.pem}
  endpoints: [{source: my-shop}, {source: jdy}]
`

// TestGateway holds where secrets come from, what is taken where nothing is said,
// and that the certificate can be shown.
func TestGateway(t *testing.T) {
	dir := t.TempDir()
	pair := certificate(t, dir)
	path := write(t, dir, "takt.yaml", pushed)
	env := map[string]string{"TAKT_GATEWAY_MY_SHOP_SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZg==", "TAKT_GATEWAY_JDY_SECRET": "short"}
	cfg := mustLoad(t, path, func(key string) string { return env[key] })
	g := cfg.Gateway
	shop, jdy := &g.Endpoints[0], &g.Endpoints[1]
	if shop.Auth != config.AuthWebhook || shop.Secret.Reveal() != env["TAKT_GATEWAY_MY_SHOP_SECRET"] || shop.Window != 5*time.Minute || shop.Rate != 0 {
		t.Errorf("got %+v", shop)
	}
	if jdy.Auth != config.AuthJiandaoyun || jdy.Secret.Reveal() != "short" {
		t.Errorf("got %+v", jdy)
	}
	if g.Listen != ":8390" || g.Memory != 64<<20 {
		t.Errorf("got %+v", g)
	}
	if shown, err := g.TLS.Server(nil); err != nil || !shown.Leaf.Equal(pair.Leaf) {
		t.Errorf("certificate: %v", err)
	}
	if text := string(cfg.Redacted()); strings.Contains(text, "whsec") || strings.Contains(text, "short") {
		t.Errorf("printed with secrets:\n%s", text)
	}
	env["TAKT_GATEWAY_MY_SHOP_SECRET"] = "whsec_not base64 at all"
	_, err := config.Load(path, func(key string) string { return env[key] })
	if err == nil || !strings.Contains(err.Error(), "what follows whsec_ is not base64") || strings.Contains(err.Error(), "at all") {
		t.Errorf("got %v", err)
	}
}
