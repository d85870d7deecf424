// Package console is the web page that Takt serves itself: what a manager has to see
// where there is no Grafana, and where every order number leads.
//
// What it shows is read from the relations of metrics/view when it is asked for, no
// older than Fresh, and never written. A panel whose query fails, or takes longer than
// Within, says so; the others stand. Zero, nothing that matches, not measured yet and
// broken are four different texts. Stages stand in the order of their process, under
// its titles, in the reader's language: ?lang=en or zh, else what the browser prefers.
//
// Pages are HTML made by templates that escape what they are given, with charts as
// SVG inside: they need no script, no library and no address but Takt's own, print
// well, and follow the reader's colours. The one script that there is renews the page
// each minute in place. There are no cookies. Who may read is what Guard decides.
package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/takt-orders/takt/metrics/process"
	"github.com/takt-orders/takt/metrics/view"
)

const (
	// Fresh is how old what is shown may be: so long all readers share one answer.
	Fresh = 10 * time.Second
	// Within is how long one query may take unless the configuration says otherwise.
	Within = 10 * time.Second
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// Config is what the console needs.
type Config struct {
	Store     view.Store         // required
	Processes []*process.Process // at least one, in the order shown
	Guard     Guard              // required
	Now       func() time.Time   // required
	Within    time.Duration      // that one query may take; default Within
	Version   string             // shown at the foot
	Logger    *slog.Logger       // nil: discard
}

type console struct {
	Config
	templates map[Language]*template.Template
	readings  map[string]*readings // by process
}

// NewHandler returns the pages: /, /exceptions, /orders/ID and what they need below
// /assets/.
func NewHandler(c Config) (http.Handler, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Within == 0 {
		c.Within = Within
	}
	if len(c.Processes) == 0 {
		return nil, fmt.Errorf("make console: no process is configured")
	}
	h := &console{Config: c, templates: map[Language]*template.Template{}, readings: map[string]*readings{}}
	for _, l := range languages() {
		t, err := template.New("").Funcs(l.functions()).ParseFS(pageFiles, "pages/*.html")
		if err != nil {
			return nil, fmt.Errorf("read pages of the console: %w", err)
		}
		h.templates[l] = t
	}
	for _, p := range c.Processes {
		h.readings[p.Name] = &readings{console: h, process: p}
	}
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("read assets of the console: %w", err)
	}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", h.overview)
	pages.HandleFunc("GET /exceptions", h.exceptions)
	pages.HandleFunc("GET /orders/{$}", h.order)
	pages.HandleFunc("GET /orders/{id...}", h.order)
	pages.HandleFunc("GET /", h.notFound)
	mux := http.NewServeMux()
	mux.Handle("/", c.Guard.protect(secured(pages)))
	mux.Handle("GET /assets/", secured(kept(http.StripPrefix("/assets/", http.FileServerFS(assets)))))
	return mux, nil
}

// secured sends the headers that keep a page to itself.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"+
			" form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// kept lets a browser keep what is not data for a while.
func kept(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=300")
		next.ServeHTTP(w, r)
	})
}

// page is what every template is given.
type page struct {
	Lang      Language
	Kind      string // overview, exceptions or order: which entry of the navigation is the present one
	Title     string
	Process   *process.Process
	Processes []*process.Process
	Sources   panel[[]source]
	Now       time.Time // when it was made, in the process's zone
	Version   string
	Search    string // order number looked for
	Body      any

	links links
}

// show writes a page. What is broken in it has been said in it.
func (h *console) show(w http.ResponseWriter, status int, name string, p *page) {
	var text bytes.Buffer
	if err := h.templates[p.Lang].ExecuteTemplate(&text, name, p); err != nil {
		h.Logger.Error("page of the console could not be made", "page", name, "err", err)
		http.Error(w, "the page could not be made / 页面生成失败", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Lang.tag())
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = text.WriteTo(w) // the client may be gone
}

// begin returns the page that a request asks for, without its body.
func (h *console) begin(r *http.Request, kind string) *page {
	p := &page{Lang: languageOf(r), Kind: kind, Processes: h.Processes, Process: h.Processes[0], Version: h.Version}
	p.links = links{path: r.URL.EscapedPath(), query: r.URL.Query()}
	for _, one := range h.Processes {
		if one.Name == p.links.query.Get("process") {
			p.Process = one
		}
	}
	p.Now = h.Now().In(p.Process.Zone)
	return p
}

func (h *console) notFound(w http.ResponseWriter, r *http.Request) {
	p := h.begin(r, "")
	p.Title = p.Lang.say("not_found")
	p.Sources = h.readings[p.Process.Name].freshness(r.Context())
	h.show(w, http.StatusNotFound, "missing.html", p)
}
