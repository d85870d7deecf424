package notify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// The line of the manual, word by word.
func TestLine(t *testing.T) {
	c := example()
	m := c.told(firing(&c), at(10, 20), Chinese)
	const want = "【超时】备货积压·华东仓 | 214单超过4小时(平时35),最久5小时40分,金额18.2万元 | 10:20起 | @张伟,12:20升级运营负责人" +
		" | 疑似:仓库扫码数据中断,上游审核正常 | 看板 超时订单 处置手册 认领"
	if got := m.Line(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	m = c.told(firing(&c), at(10, 20), English)
	const wantEN = "[Overdue] Picking backlog · 华东仓 | 214 orders over 4 h (normal 35), oldest 5 h 40 m, CNY 182,000 | since 10:20 | " +
		"@张伟, 12:20 escalates to 运营负责人 | Likely: no scans from the warehouse, review upstream is normal | Board Orders Runbook Acknowledge"
	if got := m.Line(); got != wantEN {
		t.Errorf("got:\n%s\nwant:\n%s", got, wantEN)
	}
}

// notices are the notifications of which every channel has a golden.
func notices(c *Context) map[string]*notice {
	group := firing(c)
	order := &Order{ID: "SO-20261124-9001", Entered: at(9, 0), OpenedAt: at(9, 30), Owner: "李娜", Amount: Money{98_000, "CNY"}}
	lost := &Group{Process: "retail", Stage: "picking", Kind: "lost", Team: "warehouse"}
	single := &alert{Status: "firing", Labels: c.orderLabels(lost, order), Annotations: c.orderNotes(lost, order, at(9, 30)), StartsAt: at(9, 30)}
	rule := &alert{
		Status: "firing", StartsAt: at(9, 50),
		Labels: map[string]string{"alertname": "TaktSourceSilent", "severity": "critical", "process": "retail", "owner_team": "operations"},
		Annotations: map[string]string{
			"summary": "Source shop is silent", "summary_zh": "数据源 shop 静默", "description": "no event for 35 minutes (normal: 2)",
			"description_zh": "已35分钟没有事件(平时2分钟)", "runbook_url": "https://takt.example.com/runbooks/TaktSourceSilent",
		},
	}
	ended := *group
	ended.Status, ended.EndsAt = "resolved", at(12, 30)
	backlogged := overdue()
	backlog := &alert{
		Status: "firing", StartsAt: at(10, 20), Labels: labels(BacklogAlert, "info", &Group{Team: "warehouse"}),
		Annotations: c.backlogNotes("warehouse", []*Group{&backlogged}, at(10, 20)),
	}
	return map[string]*notice{
		"firing":    {GroupKey: "g", Alerts: []*alert{group}},
		"several":   {GroupKey: "g", Alerts: []*alert{group, single}},
		"escalated": {GroupKey: "g", Alerts: []*alert{group}},
		"rule":      {GroupKey: "g", Alerts: []*alert{rule}},
		"resolved":  {GroupKey: "g", Alerts: []*alert{&ended}},
		"backlog":   {GroupKey: "g", Alerts: []*alert{backlog}},
	}
}

// moment is when a notification is rendered.
func moment(name string) time.Time {
	switch name {
	case "escalated", "resolved":
		return at(12, 30)
	default:
		return at(10, 20)
	}
}

func TestGoldens(t *testing.T) {
	c := example()
	for name, n := range notices(&c) {
		for _, lang := range []Lang{English, Chinese} {
			now := moment(name)
			m := n.message(&c, now, lang)
			golden(t, fmt.Sprintf("%s.%s.txt", name, lang), m.Line()+"\n\n"+m.Text()+"\n")
			golden(t, fmt.Sprintf("%s.%s.wecom.json", name, lang), pretty(t, (&wecom{}).body(&m)))
			golden(t, fmt.Sprintf("%s.%s.dingtalk.json", name, lang), pretty(t, (&dingtalk{}).body(&m)))
			golden(t, fmt.Sprintf("%s.%s.feishu.json", name, lang), pretty(t, (&feishu{secret: "s"}).body(&m, now)))
			body, err := (&webhook{lang: lang}).body(&m)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("%s.%s.webhook.json", name, lang), pretty(t, body))
			s := SMTP{From: "takt@example.com", To: []string{"duty@example.com"}}
			sent := s.mail(&m, s.recipients(&m), now)
			golden(t, fmt.Sprintf("%s.%s.mail.txt", name, lang), readMail(t, sent))
		}
	}
}

// readMail shows a mail as its reader sees it.
func readMail(t *testing.T, data []byte) string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("To: %s\nSubject: %s\n\n%s", m.Header.Get("To"), subject, decodeBody(t, m.Body))
}

func pretty(t *testing.T, body []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "  "); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return b.String() + "\n"
}

// A message is within its robot's size, whatever it holds.
func TestSizes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.Rune(), 0, 3000, 12_000)
		m := Message{
			Title: text.Draw(t, "title"), What: rapid.SliceOfN(text, 1, 3).Draw(t, "what"), Cause: text.Draw(t, "cause"),
			Lines: rapid.SliceOfN(text, 0, 30).Draw(t, "lines"), Links: []Link{{"看板", "https://grafana.example.com/d/takt"}},
			Mentions: []Person{{Name: "张伟", WeCom: "zhangwei", Feishu: "ou_1", Mobile: "13800000001"}},
		}
		for _, mobile := range []bool{false, true} {
			if mobile {
				m.Mentions[0].WeCom = ""
			}
			var body struct {
				Type           string
				Text, Markdown *struct{ Content string }
			}
			if err := json.Unmarshal(bytes.Replace((&wecom{}).body(&m), []byte(`"msgtype"`), []byte(`"Type"`), 1), &body); err != nil {
				t.Fatal(err)
			}
			content, most := "", wecomText
			if body.Text != nil {
				content = body.Text.Content
			} else {
				content, most = body.Markdown.Content, wecomMarkdown
			}
			if len(content) > most || !utf8.ValidString(content) {
				t.Fatalf("%s of %d bytes", body.Type, len(content))
			}
		}
	})
}

func TestTemplate(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"json", `{"phones": {{json .Mobiles}}, "text": {{json .Line}}}`, ""},
		{"unknown field", `{{.Phone}}`, "can't evaluate field Phone"},
		{"syntax", `{{.Line`, "parse template"},
	} {
		_, err := ParseTemplate(test.text)
		if got := fmt.Sprint(err); (test.want == "") != (err == nil) || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func FuzzReadNotice(f *testing.F) {
	data, err := os.ReadFile("testdata/payload.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	c := example()
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := readNotice(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, lang := range []Lang{English, Chinese} {
			m := n.message(&c, at(10, 20), lang)
			(&wecom{}).body(&m)
			(&dingtalk{}).body(&m)
			(&feishu{}).body(&m, at(10, 20))
			m.Text()
		}
	})
}
