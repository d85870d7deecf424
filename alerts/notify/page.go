package notify

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// Ledger takes what people do about exceptions.
type Ledger interface {
	// Acknowledge notes that somebody has taken the open exceptions of a scope and
	// returns how many it took. Of very many it may leave some for the next call, to
	// answer in time: it says how many.
	Acknowledge(ctx context.Context, s Scope, by string) (taken, left int, err error)
}

// page is what the template of a page shows, in both languages.
type page struct {
	Scope   Scope
	Title   string
	Line    string
	Orders  []string
	People  []string
	Confirm bool   // ask whether to acknowledge
	By      string // who goes on with what is left; empty: nobody has begun
	Done    string // what was done
	Query   string // of the signed link
}

func pages() *template.Template {
	return template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{.Title}}</title>
<meta name="color-scheme" content="light dark">
<style>
:root{--page:#f4f5f7;--card:#fff;--line:#e3e6ea;--text:#16191d;--soft:#5b6470;--accent:#1d4ed8;--on:#fff}
@media(prefers-color-scheme:dark){:root{--page:#0f1216;--card:#181c22;--line:#2a303a;--text:#e8ebef;--soft:#9aa4b1;--accent:#8ab1ff;--on:#0f1216}}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:40em;margin:1em auto;padding:1em 1.2em;background:var(--card);border:1px solid var(--line);border-radius:12px;overflow-wrap:anywhere}
h1{font-size:1.3em;margin:0 0 .4em}label{color:var(--soft)}li{padding:.2em 0}
button,input{font:inherit;color:inherit;background:var(--card);padding:.6em 1em;margin:.3em 0;width:100%;box-sizing:border-box;border:1px solid var(--line);border-radius:8px}
button{background:var(--accent);color:var(--on);border:0;font-weight:600}
</style>
</head>
<body>
<main>
<h1>{{.Title}}</h1>
<p>{{.Line}}</p>
{{if .Done}}<p><strong>{{.Done}}</strong></p>{{end}}
{{if .Confirm}}<form method="post" action="acknowledge?{{.Query}}">
<label>认领人 / Taken by<input name="by" required maxlength="100" list="people" autocomplete="name" value="{{.By}}"></label>
<datalist id="people">{{range .People}}<option value="{{.}}">{{end}}</datalist>
<button type="submit">{{if .By}}继续认领其余 / Acknowledge the rest{{else}}确认认领 / Acknowledge{{end}}</button>
</form>{{end}}
<ol>{{range .Orders}}<li>{{.}}</li>{{end}}</ol>
</main>
</body>
</html>
`))
}

// ordersPage shows the worst orders of a group.
func (h *Hub) ordersPage(w http.ResponseWriter, r *http.Request) { h.show(w, r, &page{}) }

// confirmPage asks whether to acknowledge: programs that prefetch links change nothing.
func (h *Hub) confirmPage(w http.ResponseWriter, r *http.Request) { h.show(w, r, &page{Confirm: true}) }

// acknowledge notes that somebody has taken a group.
func (h *Hub) acknowledge(w http.ResponseWriter, r *http.Request) {
	s, ok := h.cfg.Context.Links.scope(r.URL.Query())
	if !ok {
		h.forbidden(w)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	by := strings.TrimSpace(r.PostFormValue("by"))
	if by == "" || len(by) > 100 {
		http.Error(w, "请填写姓名 / Say who you are.", http.StatusBadRequest)
		return
	}
	if h.cfg.Ledger == nil {
		http.Error(w, "未启用异常台账，无法认领 / There is no ledger that takes acknowledgements.", http.StatusNotImplemented)
		return
	}
	n, left, err := h.cfg.Ledger.Acknowledge(r.Context(), s, by)
	if err != nil {
		h.log.Error("acknowledgement was not taken", "err", err)
		http.Error(w, "认领未成功，请重试 / The acknowledgement was not taken; try again.", http.StatusServiceUnavailable)
		return
	}
	done := fmt.Sprintf("%s 已认领 %d 条 / %d taken by %s", by, n, n, by)
	if left > 0 {
		done = fmt.Sprintf("%s 已认领 %d 条，还剩 %d 条 / %d taken by %s, %d left", by, n, left, n, by, left)
	}
	h.show(w, r, &page{Confirm: left > 0, By: by, Done: done})
}

func (h *Hub) forbidden(w http.ResponseWriter) {
	http.Error(w, "链接无效 / The link is not valid.", http.StatusForbidden)
}

// show completes p for the group that the link names, and writes it.
func (h *Hub) show(w http.ResponseWriter, r *http.Request, p *page) {
	s, ok := h.cfg.Context.Links.scope(r.URL.Query())
	if !ok {
		h.forbidden(w)
		return
	}
	p.Scope, p.Confirm, p.Query = s, p.Confirm && h.cfg.Ledger != nil, r.URL.RawQuery
	for _, person := range h.cfg.Context.Staff.Of(s.Team) {
		p.People = append(p.People, person.Name)
	}
	if err := h.fill(r.Context(), p); err != nil {
		h.log.Error("orders of a page could not be read", "err", err)
		http.Error(w, "暂时无法读取订单 / Orders cannot be read now.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the link is a key
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	if err := pages().Execute(w, p); err != nil {
		h.log.Warn("page broke off", "err", err)
	}
}

// fill adds how the group stands now.
func (h *Hub) fill(ctx context.Context, p *page) error {
	now := h.now()
	c := &h.cfg.Context
	a := alert{
		Labels:   map[string]string{"alertname": OrdersAlert, "process": p.Scope.Process, "stage": p.Scope.Stage, "kind": p.Scope.Kind, "owner_team": p.Scope.Team},
		StartsAt: now,
	}
	p.Title = c.told(&a, now, Chinese).Title + " " + c.told(&a, now, English).Title
	p.Line = "目前没有未处理的订单 / No order is open."
	if h.cfg.Source == nil {
		p.Line = ""
		return nil
	}
	groups, err := h.cfg.Source.Open(ctx, now, now)
	if err != nil {
		return err
	}
	for i := range groups {
		g := &groups[i]
		if (Scope{g.Process, g.Stage, g.Kind, g.Team}) != p.Scope {
			continue
		}
		a.Annotations = c.groupNotes(g, now, 0)
		p.Line = c.howMany(&a, now, Chinese) + " / " + c.howMany(&a, now, English)
		for j := range g.Worst {
			o := &g.Worst[j]
			p.Orders = append(p.Orders, strings.Join([]string{
				o.told(now, Chinese), o.since().In(c.zone(g.Process)).Format("2006-01-02 15:04"),
			}, " · "))
		}
	}
	return nil
}
