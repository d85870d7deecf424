package config_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/takt-orders/takt/cmd/internal/config"
	"github.com/takt-orders/takt/ingest/source/presets"
)

var fenced = regexp.MustCompile("(?ms)^( *)```yaml\n(.*?)^ *```$")

// TestPages loads what the pages of presets show of gateways and pollers, in both
// languages, as it stands there.
func TestPages(t *testing.T) {
	for _, name := range []string{"jiandaoyun", "k3cloud", "u8"} {
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
			for _, secret := range []string{"jdy", "k3", "u8"} {
				write(t, dir, secret+".secret", "0123456789abcdef")
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
