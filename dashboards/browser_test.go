package dashboards_test

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/takt-orders/takt/dashboards/grafana"
	"github.com/takt-orders/takt/deploy/embedded"
)

// browser starts Chromium without a window for as long as the test runs. It reaches one
// host and no other: what it is given to sign in with goes nowhere else.
func browser(t *testing.T, host string) context.Context {
	t.Helper()
	chromium, err := embedded.FindChromium(t.Context(), os.Stderr)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium.Path), chromedp.Env(chromium.Env...), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE "+host))
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// page is what is seen of a board in Grafana's page.
type page struct {
	Panels []struct {
		Title   string
		Errors  []string // of the datasource
		Said    []string // instead of a picture
		Drawn   bool
		Loading bool
	}
	Alerts []string // over the page: a variable that cannot be asked, for one
	Text   string   // how the page begins
}

// seen reads it, by the names that Grafana gives its elements for tests
// (https://github.com/grafana/grafana/tree/main/packages/grafana-e2e-selectors).
//
//go:embed testdata/seen.js
var seen string

// expected is a panel of a board, in each language that may be provisioned.
type expected struct{ titles, empty []string }

// find returns what is seen of the panel.
func (p *page) find(e expected) int {
	for i := range p.Panels {
		if slices.Contains(e.titles, p.Panels[i].Title) {
			return i
		}
	}
	return -1
}

// whole reports whether every panel is there and none is under way.
func (p *page) whole(all []expected) bool {
	for _, e := range all {
		i := p.find(e)
		if i < 0 || p.Panels[i].Loading || !p.Panels[i].Drawn && len(p.Panels[i].Errors)+len(p.Panels[i].Said) == 0 {
			return false
		}
	}
	return true
}

// judge returns what is wrong, and what panels say themselves because nothing is there
// to be shown.
func (p *page) judge(all []expected) (wrong, empty []string) {
	for _, a := range p.Alerts {
		wrong = append(wrong, fmt.Sprintf("the page says %q", a))
	}
	if len(p.Panels) == 0 {
		return append(wrong, fmt.Sprintf("no panel is there (who may not see the board is asked to sign in): %q", p.Text)), nil
	}
	for _, e := range all {
		i := p.find(e)
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("panel %q is not there", e.titles[0]))
			continue
		}
		found := &p.Panels[i]
		for _, text := range found.Errors {
			wrong = append(wrong, fmt.Sprintf("panel %q shows an error: %s", found.Title, text))
		}
		for _, text := range found.Said {
			if slices.Contains(e.empty, text) {
				empty = append(empty, fmt.Sprintf("panel %q: %s", found.Title, text))
			} else {
				wrong = append(wrong, fmt.Sprintf("panel %q says %q", found.Title, text))
			}
		}
		switch {
		case found.Loading:
			wrong = append(wrong, fmt.Sprintf("panel %q is still loading", found.Title))
		case !found.Drawn && len(found.Errors)+len(found.Said) == 0:
			wrong = append(wrong, fmt.Sprintf("panel %q is blank", found.Title))
		}
	}
	return wrong, empty
}

// look opens the page of a board, looks at it twice a second until every panel is there,
// at most so often, and returns what is seen, and a picture. Panels below the window are loaded when they
// are scrolled to, so the window is as high as the board; and the page is scrolled too.
func look(ctx context.Context, address, token string, rows int64, all []expected, looks int) (*page, []byte, error) {
	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	tab, end := context.WithTimeout(tab, 5*time.Minute)
	defer end()
	const rowHeight, head = 38, 300 // pixels: of a row of the grid with its gap, of what stands above
	prepare := []chromedp.Action{network.Enable(), emulation.SetDeviceMetricsOverride(1920, rows*rowHeight+head, 1, false)}
	if token != "" {
		prepare = append(prepare, network.SetExtraHTTPHeaders(network.Headers{"Authorization": "Bearer " + token}))
	}
	if err := chromedp.Run(tab, append(prepare, chromedp.Navigate(address))...); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", address, err)
	}
	p := &page{}
	// Panels ask anew when a variable has its value: whole is what stays so.
	for stays := 0; stays < 3 && looks > 0; looks-- {
		if err := chromedp.Run(tab, chromedp.Sleep(500*time.Millisecond), chromedp.Evaluate(seen, p)); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", address, err)
		}
		stays++
		if !p.whole(all) {
			stays = 0
		}
	}
	var picture []byte
	if err := chromedp.Run(tab, chromedp.CaptureScreenshot(&picture)); err != nil {
		return nil, nil, fmt.Errorf("picture %s: %w", address, err)
	}
	return p, picture, nil
}

// expect returns a board's panels, which both languages have in the same order.
func expect(languages ...*grafana.Dashboard) (all []expected, rows int64) {
	for i := range languages[0].Panels {
		var e expected
		for _, b := range languages {
			e.titles = append(e.titles, b.Panels[i].Title)
			if empty := b.Panels[i].FieldConfig.Defaults.NoValue; empty != "" {
				e.empty = append(e.empty, empty)
			}
		}
		place := languages[0].Panels[i].GridPos
		all, rows = append(all, e), max(rows, int64(place.Y+place.H))
	}
	return all, rows
}
