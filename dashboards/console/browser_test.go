package console_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/takt-orders/takt/deploy/embedded"
)

// browser starts Chromium without a window for as long as the test runs.
func browser(t *testing.T) context.Context {
	t.Helper()
	chromium, err := embedded.FindChromium(t.Context(), os.Stderr)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium.Path), chromedp.Env(chromium.Env...), chromedp.NoSandbox, chromedp.DisableGPU)
	ctx, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// complaints gathers what a browser says went wrong on a page.
type complaints struct {
	mu  sync.Mutex
	all []string
}

func (c *complaints) hear(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.all = append(c.all, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			c.all = append(c.all, fmt.Sprintf("console: %v", e.Args))
		}
	case *log.EventEntryAdded: // violations of the content security policy too
		c.all = append(c.all, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
	}
}

// Each page opens in a browser without complaint, on a desk and on a phone; on a phone
// nothing needs to be pushed sideways. TAKT_SCREENSHOTS=DIR keeps what they look like,
// by day and by night.
func TestBrowser(t *testing.T) {
	ctx := browser(t)
	server := httptest.NewServer(handler(t, nil))
	t.Cleanup(server.Close)
	order := "/orders/" + shop.waiting(t)
	schemes := []string{"light"}
	if os.Getenv("TAKT_SCREENSHOTS") != "" {
		schemes = append(schemes, "dark")
	}
	for _, tt := range []struct{ name, path, sees string }{
		{"overview-en", "/?lang=en", "Picking"},
		{"overview-zh", "/?lang=zh", "备货"},
		{"order-en", order + "?lang=en", "Picking"},
		{"order-zh", order + "?lang=zh", "备货"},
		{"exceptions-en", "/exceptions?lang=en&stage=pick", "Picking"},
		{"exceptions-zh", "/exceptions?lang=zh&stage=pick", "备货"},
		{"hostile", "/orders/" + url.PathEscape(hostile) + "?lang=en", hostile},
		{"idle-zh", "/?lang=zh&process=idle", "尚无数据"},
	} {
		for _, width := range []int64{1440, 390} {
			for _, scheme := range schemes {
				name := fmt.Sprintf("%s-%d-%s", tt.name, width, scheme)
				t.Run(name, func(t *testing.T) { visit(ctx, t, server.URL+tt.path, name, tt.sees, width, scheme) })
			}
		}
	}
}

// The page renews itself in place: what one reads stays where it is, what is opened stays
// open; and it says so when Takt does not answer.
func TestRenew(t *testing.T) {
	ctx := browser(t)
	server := httptest.NewServer(handler(t, nil))
	t.Cleanup(server.Close)
	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	tab, end := context.WithTimeout(tab, time.Minute)
	defer end()
	var before, after float64
	var opened, replaced, staleBefore, staleAfter bool
	awaited := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	err := chromedp.Run(
		tab, emulation.SetDeviceMetricsOverride(390, 800, 1, true),
		chromedp.ActionFunc(func(ctx context.Context) error { // the minute passes when the test says so
			_, err := page.AddScriptToEvaluateOnNewDocument("window.setInterval = (renew) => { window.renew = renew }").Do(ctx)
			return err
		}),
		chromedp.Navigate(server.URL+"/?lang=en"), chromedp.WaitVisible("footer"),
		chromedp.Evaluate(`document.querySelector("h1").dataset.old = "yes"; document.querySelector("#late-numbers").open = true; scrollTo(0, 700); scrollY`, &before),
		chromedp.Evaluate(`renew().then(() => scrollY)`, &after, awaited),
		chromedp.Evaluate(`document.querySelector("#late-numbers").open`, &opened),
		chromedp.Evaluate(`document.querySelector("h1").dataset.old !== "yes"`, &replaced),
		chromedp.Evaluate(`!document.querySelector(".stale").hidden`, &staleBefore),
		chromedp.ActionFunc(func(context.Context) error { server.Close(); return nil }),
		chromedp.Evaluate(`renew().then(() => !document.querySelector(".stale").hidden)`, &staleAfter, awaited),
	)
	if err != nil {
		t.Fatal(err)
	}
	if before != 700 || after != before {
		t.Errorf("it was read at %v, and at %v once renewed", before, after)
	}
	if !opened || !replaced {
		t.Errorf("opened %v, renewed %v", opened, replaced)
	}
	if staleBefore || !staleAfter {
		t.Errorf("it says that it is stale: %v while Takt answers, %v when not", staleBefore, staleAfter)
	}
}

func visit(ctx context.Context, t *testing.T, url, name, sees string, width int64, scheme string) {
	tab, cancel := chromedp.NewContext(ctx)
	defer cancel()
	tab, end := context.WithTimeout(tab, time.Minute)
	defer end()
	heard := &complaints{}
	chromedp.ListenTarget(tab, heard.hear)
	var wide, room float64
	var first string
	err := chromedp.Run(
		tab, log.Enable(), runtime.Enable(),
		emulation.SetDeviceMetricsOverride(width, 900, 1, width < 500),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate(url), chromedp.WaitVisible("footer"),
		chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide),
		chromedp.Evaluate(`document.documentElement.clientWidth`, &room),
		// What stands in the first screen.
		chromedp.Evaluate(`[...document.querySelectorAll("main h1, main h2, main p, main b, main th, main td")].filter(e => { const r = e.getBoundingClientRect(); return r.top < innerHeight && r.left >= 0 && r.right <= innerWidth && r.height > 0 }).map(e => e.innerText).join("\n")`, &first),
	)
	if err != nil {
		t.Fatal(err)
	}
	if wide > room {
		t.Errorf("the page is %v wide in a window of %v", wide, room)
	}
	if !strings.Contains(first, sees) {
		t.Errorf("the first screen does not show %q:\n%s", sees, first)
	}
	if dir := os.Getenv("TAKT_SCREENSHOTS"); dir != "" {
		keep(tab, t, filepath.Join(dir, name+".png"))
	}
	heard.mu.Lock()
	defer heard.mu.Unlock()
	for _, complaint := range heard.all {
		t.Error(complaint)
	}
}

// keep writes a picture of the whole page.
func keep(tab context.Context, t *testing.T, path string) {
	var picture []byte
	err := chromedp.Run(tab, chromedp.FullScreenshot(&picture, 100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
