package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/source/presets"
)

var fenced = regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$")

var secretFile = regexp.MustCompile(`secret_file: ([a-z0-9]+\.secret)`)

// TestPages loads what the pages of presets show of gateways and pollers, in both
// languages, as it stands there.
func TestPages(t *testing.T) {
	for _, name := range []string{
		"aftership", "chanjet", "cloudevents", "fxiaoke", "jiandaoyun", "k3cloud", "mingdao", "netsuite", "s4hana", "sap-b1", "u8", "xingchen",
	} {
		p, err := presets.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"en", "zh"} {
			page, err := p.Page(lang)
			if err != nil {
				t.Fatal(err)
			}
			dir, shown := t.TempDir(), ""
			for _, m := range fenced.FindAllStringSubmatch(page, -1) {
				text := strings.ReplaceAll("\n"+m[2], "\n"+m[1], "\n")[1:]
				if file, found := strings.CutPrefix(strings.SplitN(text, "\n", 2)[0], "# "); found {
					write(t, dir, file, text)
				}
				if strings.Contains(text, "\ngateway:") || strings.Contains(text, "\npoll:") {
					shown = text
				}
			}
			if shown == "" {
				t.Errorf("%s, %s: the page shows no gateway and no poller", name, lang)
				continue
			}
			for _, secret := range secretFile.FindAllStringSubmatch(shown, -1) {
				write(t, dir, secret[1], "0123456789abcdef")
			}
			certificate(t, dir)
			for from, to := range map[string]string{"cert.pem": "takt.crt", "key.pem": "takt.key"} {
				if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
					t.Fatal(err)
				}
			}
			path := write(t, dir, "takt.yaml", "processes: [retail, b2b]\n"+shown)
			cfg, err := config.Load(path, none)
			if err != nil {
				t.Errorf("%s, %s: %v", name, lang, err)
			} else if cfg.Gateway == nil && len(cfg.Polls) == 0 {
				t.Errorf("%s, %s: nothing is pushed or polled", name, lang)
			}
		}
	}
}
