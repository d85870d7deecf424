package config

import (
	"net/url"
	"regexp"
	"strings"
	"text/template"
	"time"

	"github.com/takt-orders/takt/alerts/notify"
)

// Notify is how alerts and messages reach people.
type Notify struct {
	Alertmanagers []string      `yaml:"alertmanagers,flow,omitempty"` // base addresses; empty: no alerts about orders
	Every         time.Duration `yaml:"every"`                        // between two looks at what is open
	EscalateAfter time.Duration `yaml:"escalate_after"`               // without acknowledgement
	ExternalURL   string        `yaml:"external_url,omitempty"`       // Takt's pages, as a phone reaches them
	BoardURL      string        `yaml:"board_url,omitempty"`          // with {process}, {stage}, {kind}, {team}
	RunbookURL    string        `yaml:"runbook_url,omitempty"`        // with {alert}
	TokenFile     string        `yaml:"token_file,omitempty"`         // Alertmanager's, and the key of links
	Token         Secret        `yaml:"-"`
	StaffFile     string        `yaml:"staff,omitempty"`
	Staff         notify.Staff  `yaml:"-"`
	Receivers     []Receiver    `yaml:"receivers,omitempty"`
	Digest        *Digest       `yaml:"digest,omitempty"` // nil: nobody gets one by itself
}

// Digest is when everybody gets a message about how things stand.
type Digest struct {
	At string `yaml:"at"` // HH:MM of working days, in the first process's zone
}

// Receiver is one place that messages go to.
type Receiver struct {
	Name         string             `yaml:"name"`
	Type         notify.Channel     `yaml:"type"`
	Language     notify.Lang        `yaml:"language"`
	Teams        []string           `yaml:"teams,flow,omitempty"` // empty: all
	Managers     bool               `yaml:"managers,omitempty"`   // gets the digest of the whole
	URLFile      string             `yaml:"url_file,omitempty"`   // of robots and webhooks
	URL          Secret             `yaml:"-"`
	SecretFile   string             `yaml:"secret_file,omitempty"` // signs requests
	Secret       Secret             `yaml:"-"`
	TemplateFile string             `yaml:"template,omitempty"` // of a webhook's body
	Template     *template.Template `yaml:"-"`
	Addr         string             `yaml:"addr,omitempty"` // of mail: host:port
	From         string             `yaml:"from,omitempty"`
	To           []string           `yaml:"to,flow,omitempty"`
	User         string             `yaml:"user,omitempty"`
	PasswordFile string             `yaml:"password_file,omitempty"`
	Password     Secret             `yaml:"-"`
	Plain        bool               `yaml:"plain,omitempty"` // no STARTTLS
	TLS          *TLS               `yaml:"tls,omitempty"`
}

var receiverName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// notify takes the key notify, nil if it is absent.
func (l *loader) notify(o *object, cfg *Config) *Notify {
	if !o.has("notify") {
		return nil
	}
	o = o.object("notify")
	n := &Notify{
		Alertmanagers: o.distinct("alertmanagers"),
		Every:         o.duration("every", time.Minute, time.Second),
		EscalateAfter: o.duration("escalate_after", 2*time.Hour, time.Minute),
		ExternalURL:   webText(o, "external_url"),
		BoardURL:      webText(o, "board_url"),
		RunbookURL:    webText(o, "runbook_url"),
	}
	for i, a := range n.Alertmanagers {
		if !webAddress(a) && a != "" {
			o.report(index("alertmanagers", i), "%q is no address of the web, such as http://localhost:9093", a)
		}
	}
	n.TokenFile, n.Token = l.secretOf(o, "token", "TAKT_NOTIFY_TOKEN")
	if o.has("digest") {
		d := o.object("digest")
		n.Digest = &Digest{At: d.required("at", "name the time of day, such as \"08:30\"")}
		timeOfDay(d, "at", n.Digest.At)
		d.done()
	}
	if n.StaffFile = l.path(o, "staff"); n.StaffFile != "" {
		if d := l.open(l.shown(o.text("staff", "")), n.StaffFile); d != nil {
			n.Staff = readStaff(d.mapping(d.root, ""))
		}
	}
	for _, item := range o.objects("receivers") {
		r := l.receiver(item)
		for i := range n.Receivers {
			if n.Receivers[i].Name == r.Name && r.Name != "" {
				item.report("name", "%q stands twice: name each receiver differently", r.Name)
			}
		}
		n.Receivers = append(n.Receivers, r)
	}
	if len(n.Alertmanagers) == 0 && len(n.Receivers) == 0 && o.ok("alertmanagers") && o.ok("receivers") {
		o.report("", "does nothing: name alertmanagers, receivers or both")
	}
	if n.Digest != nil && len(n.Receivers) == 0 && o.ok("receivers") {
		o.report("digest", "needs receivers: name at least one")
	}
	o.done()
	l.notifyWarnings(n, cfg)
	return n
}

// webText takes the key as an address of the web.
func webText(o *object, key string) string {
	s := o.text(key, "")
	if s != "" && !webAddress(s) {
		o.report(key, "%q is no address of the web, such as https://takt.example.com", s)
	}
	return s
}

// webAddress reports whether s is an address of http or https.
func webAddress(s string) bool {
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(s))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil // a password would be shown
}

// secretOf takes the key name_file; the environment's variable supersedes it. The
// secret itself does not belong into the file.
func (l *loader) secretOf(o *object, name, variable string) (path string, s Secret) {
	o.forbid(name, "a secret does not belong here: put it into a file and name that as "+name+"_file, or set "+variable)
	if text := l.getenv(variable); text != "" {
		l.path(o, name+"_file")
		return "", Secret{text}
	}
	return l.secretFile(o, name+"_file")
}

func (l *loader) receiver(o *object) Receiver {
	r := Receiver{Name: o.required("name", "name the receiver, such as warehouse")}
	if r.Name != "" && !receiverName.MatchString(r.Name) {
		o.report("name", "%q must be of letters, digits, - and _: it is part of an address and of variables", r.Name)
	}
	choices := []string{}
	for _, c := range notify.Channels() {
		choices = append(choices, string(c))
	}
	r.Type = notify.Channel(o.oneOf("type", "", choices...))
	if r.Type == "" && o.ok("type") {
		o.report("type", "is missing: choose one of %s", list(choices))
	}
	r.Language = notify.Lang(o.oneOf("language", "zh", "zh", "en"))
	r.Teams = o.distinct("teams")
	r.Managers = o.boolean("managers")
	prefix := "TAKT_NOTIFY_" + strings.ToUpper(strings.ReplaceAll(r.Name, "-", "_"))
	if r.Type == notify.Mail {
		l.mail(o, &r, prefix)
	} else if r.Type != "" {
		l.robot(o, &r, prefix)
	} else {
		return r // what else it may hold depends on its type
	}
	o.done()
	return r
}

func (l *loader) robot(o *object, r *Receiver, prefix string) {
	r.URLFile, r.URL = l.secretOf(o, "url", prefix+"_URL")
	switch {
	case !r.URL.Known() && !o.has("url_file") && !o.has("url"):
		o.report("url_file", "is missing: name a file with the address, which is as secret as a password, or set %s_URL", prefix)
	case r.URL.Known() && !webAddress(r.URL.Reveal()):
		o.report("url_file", "holds no address of the web")
	}
	if r.Type != notify.WeCom { // whose robots do not sign
		r.SecretFile, r.Secret = l.secretOf(o, "secret", prefix+"_SECRET")
	}
	if r.Type != notify.Webhook {
		return
	}
	if r.TemplateFile = l.path(o, "template"); r.TemplateFile == "" {
		return
	}
	data, err := l.read(r.TemplateFile)
	if err != nil {
		o.report("template", "cannot read %s: %s", o.text("template", ""), cause(err))
		return
	}
	if r.Template, err = notify.ParseTemplate(string(data)); err != nil {
		o.report("template", "%s: %s", o.text("template", ""), err)
	}
}

func (l *loader) mail(o *object, r *Receiver, prefix string) {
	r.Addr = o.required("addr", "name the mail server, such as smtp.example.com:587")
	if wrong := address(r.Addr); wrong != "" && r.Addr != "" {
		o.report("addr", "%s", wrong)
	}
	if r.From = o.required("from", "name the sender, such as takt@example.com"); r.From != "" && !strings.Contains(r.From, "@") {
		o.report("from", "%q is no mail address", r.From)
	}
	r.To = o.distinct("to")
	r.User = o.text("user", "")
	r.PasswordFile, r.Password = l.password(o, prefix+"_PASSWORD")
	r.Plain = o.boolean("plain")
	r.TLS = l.tls(o)
	if r.Plain && r.User != "" {
		o.report("plain", "would send the password readable: take it out, so that STARTTLS is used")
	}
}

// notifyWarnings notes teams that nobody owns and links that messages will lack.
func (l *loader) notifyWarnings(n *Notify, cfg *Config) {
	note := func(path, message string) {
		path = join("notify", path)
		l.warnings = append(l.warnings, Problem{l.name, l.root.line(path), path, message})
	}
	teams := map[string]bool{}
	for _, p := range cfg.Processes {
		for i := range p.Stages {
			teams[p.Stages[i].Owner.Team] = true
		}
		for i := range p.Exceptions {
			teams[p.Exceptions[i].Owner.Team] = true
		}
		for i := range p.Rules {
			if p.Rules[i].Raise != nil {
				teams[p.Rules[i].Raise.Owner.Team] = true
			}
		}
		for i := range p.Reasons {
			teams[p.Reasons[i].Team] = true
		}
	}
	for i := range n.Receivers {
		for j, team := range n.Receivers[i].Teams {
			if !teams[team] {
				note(index(index("receivers", i)+".teams", j), "the processes name no team "+team)
			}
		}
	}
	if n.ExternalURL == "" || !n.Token.Known() {
		note("external_url", "and token_file are needed for the links to orders and to acknowledge: messages go without")
	}
}
