package console_test

import (
	"flag"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/takt-orders/takt/dashboards/console"
	"github.com/takt-orders/takt/metrics/view"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// get asks for a page.
func get(t testing.TB, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func handler(t testing.TB, change func(*console.Config)) http.Handler {
	t.Helper()
	c := shop.config()
	if change != nil {
		change(&c)
	}
	h, err := console.NewHandler(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

var (
	piece  = regexp.MustCompile(`(?s)<(h1|h2|dt|th scope="col"|label|button|summary|nav|main|header|footer)(?:[^>]*aria-label="([^"]*)")?[^>]*>(?:<svg.*?</svg>)?([^<]*)`)
	digits = regexp.MustCompile(`[0-9]+`)
)

// outline is the structure of a page: its landmarks, headings and names, each once,
// without numbers.
func outline(page string) string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, m := range piece.FindAllStringSubmatch(page, -1) {
		tag, _, _ := strings.Cut(m[1], " ")
		line := tag + " " + digits.ReplaceAllString(strings.TrimSpace(html.UnescapeString(m[2]+" "+strings.TrimSpace(m[3]))), "N")
		if !seen[line] {
			b.WriteString(strings.TrimSpace(line) + "\n")
		}
		seen[line] = true
	}
	return b.String()
}

// What stands on each page, in both languages, and that nothing of it is broken.
func TestStructure(t *testing.T) {
	h := handler(t, nil)
	order := "/orders/" + shop.waiting(t)
	for _, tt := range []struct {
		name, path string
		want       int
		en, zh     string // said besides, where something is missing
	}{
		{"overview", "/?", 200, "", ""},
		{"idle", "/?process=idle", 200, "Nothing measured yet", "尚无数据"},
		{"exceptions", "/exceptions?", 200, "", ""},
		{"no-exceptions", "/exceptions?process=idle", 200, "nobody has to act", "没有待处理的异常"},
		{"unmatched", "/exceptions?team=nobody", 200, "No open exception matches", "没有符合筛选条件的异常"},
		{"order", order + "?", 200, "", ""},
		{"no-order", "/orders/nobody?", 404, "No order with this number", "没有该订单号的订单"},
		{"which-order", "/orders/?", 200, "Enter an order number", "请在上方输入订单号"},
		{"missing", "/nothing/here?", 404, "To the overview", "返回总览"},
	} {
		for lang, says := range map[string]string{"en": tt.en, "zh": tt.zh} {
			name := tt.name + "-" + lang
			code, body := get(t, h, tt.path+"&lang="+lang)
			if code != tt.want {
				t.Errorf("%s: got %d, want %d", name, code, tt.want)
			}
			if !strings.Contains(body, says) {
				t.Errorf("%s: does not say %q", name, says)
			}
			if strings.Contains(body, `nothing broken`) {
				t.Errorf("%s: a panel is broken", name)
			}
			file, got := filepath.Join("testdata", name+".txt"), outline(body)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s: rewrite it with -update (-want +got)\n%s", name, d)
			}
		}
	}
}

var (
	silent = regexp.MustCompile(`(?s)<(?:script|style|code)[^>]*>.*?</(?:script|style|code)>|<a class="language".*?</a>|<a class="brand".*?</a>|<footer>.*?</footer>`)
	marks  = regexp.MustCompile(`<[^>]*>`)
	spoken = regexp.MustCompile(`(?:aria-label|title|placeholder|data-name)="([^"]*)"`)
	latin  = regexp.MustCompile(`[A-Za-z][A-Za-z-]+`)
)

// No page mixes languages: what is not data is in the reader's.
func TestOneLanguage(t *testing.T) {
	h := handler(t, nil)
	// Names in the data, and what is written so in Chinese too.
	data := regexp.MustCompile(`^(Takt|shop|SO-|p|sales-ops.*|cashier.*|warehouse.*|carrier-desk.*|logistics|oms|wms|tms|rescheduled|CNY|api|in|on|nobody)$`)
	for _, path := range []string{"/?", "/?process=idle&", "/exceptions?", "/exceptions?team=nobody&", "/orders/" + shop.waiting(t) + "?", "/orders/nobody?", "/nothing?"} {
		for _, lang := range []string{"en", "zh"} {
			_, body := get(t, h, path+"lang="+lang)
			body = silent.ReplaceAllString(body, "")
			text := html.UnescapeString(marks.ReplaceAllString(body, "\n"))
			for _, m := range spoken.FindAllStringSubmatch(body, -1) {
				text += "\n" + html.UnescapeString(m[1])
			}
			text = strings.ReplaceAll(text, hostile, "")
			for line := range strings.Lines(text) {
				if lang == "en" && strings.ContainsFunc(line, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
					t.Errorf("%s in English: %s", path, line)
				}
				if lang == "zh" {
					for _, word := range latin.FindAllString(line, -1) {
						if !data.MatchString(word) {
							t.Errorf("%s in Chinese: %q in %s", path, word, line)
						}
					}
				}
			}
		}
	}
}

// Whatever an order is called, and whatever an address asks for, is shown as text; a
// link to the order leads to it.
func TestHostile(t *testing.T) {
	h := handler(t, nil)
	_, list := get(t, h, "/exceptions?stage=review")
	link := regexp.MustCompile(`href="(/orders/%3C[^"]*)"`).FindStringSubmatch(list)
	if link == nil {
		t.Fatal("no link leads to the order")
	}
	paths := []string{"/", "/exceptions?stage=review", html.UnescapeString(link[1])}
	for _, name := range []string{"lang", "process", "state", "kind", "stage", "team", "id"} {
		paths = append(paths, "/exceptions?"+name+"="+url.QueryEscape(hostile), "/?"+name+"="+url.QueryEscape(hostile), "/orders/?"+name+"="+url.QueryEscape(hostile))
	}
	for _, path := range paths {
		code, body := get(t, h, path)
		if code >= 500 {
			t.Errorf("%s: %d", path, code)
		}
		if strings.Contains(body, "<script>alert") || strings.Contains(body, `alert("1")`) {
			t.Errorf("%s: shows it as it came", path)
		}
	}
	code, body := get(t, h, html.UnescapeString(link[1]))
	if want := "<h1>" + template(hostile) + "</h1>"; code != http.StatusOK || !strings.Contains(body, want) {
		t.Errorf("the link leads to %d, want %s", code, want)
	}
	for _, id := range []string{".", "..", "a/b", "a//b", "a b", "%2e"} {
		if _, body := get(t, h, "/orders/?id="+url.QueryEscape(id)); !strings.Contains(body, `value="`+id+`"`) {
			t.Errorf("%q is not looked for", id)
		}
	}
}

// template escapes a text as html/template does.
func template(s string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;", "&", "&amp;").Replace(s)
}

// A query that fails costs its own panel alone.
func TestBroken(t *testing.T) {
	if err := shop.db.Apply(t.Context(), "DROP VIEW takt.delay_hourly"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := view.Apply(t.Context(), shop.db, time.Now()); err != nil {
			t.Error(err)
		}
	}()
	code, body := get(t, handler(t, nil), "/?lang=en")
	if n := strings.Count(body, `class="nothing broken"`); code != http.StatusOK || n != 1 {
		t.Errorf("got %d and %d panels broken, want 200 and 1", code, n)
	}
	if !strings.Contains(body, "<h2>Picking</h2>") {
		t.Error("the bottleneck is gone too")
	}
	code, body = get(t, handler(t, func(c *console.Config) { c.Within = time.Nanosecond }), "/?lang=en")
	if n := strings.Count(body, `class="nothing broken"`); code != http.StatusOK || n != 8 {
		t.Errorf("without time: got %d and %d panels broken, want 200 and all 8", code, n)
	}
	if n := strings.Count(body, "cannot be read"); n != 7 {
		t.Errorf("without time: %d indicators and sources say so, want 7", n)
	}
}

// The pages say what a browser may do with them, and nothing of them is kept.
func TestHeaders(t *testing.T) {
	h := handler(t, nil)
	for path, kept := range map[string]bool{"/": false, "/orders/x": false, "/assets/style.css": true, "/assets/renew.js": true, "/assets/icon.svg": true} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: got policy %q", path, policy)
		}
		if got := w.Header().Get("Cache-Control") != "no-store"; got != kept {
			t.Errorf("%s: kept %v, want %v", path, got, kept)
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: sets a cookie", path)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d", w.Code)
	}
}
