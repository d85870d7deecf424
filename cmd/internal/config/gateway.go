package config

import (
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/ingest/gateway"
)

// Gateway is what takt gateway serves: an address per source that is pushed to.
type Gateway struct {
	Listen    string     `yaml:"listen"` // host:port or :port
	TLS       *TLS       `yaml:"tls,omitempty"`
	Memory    int        `yaml:"memory"` // bytes of bodies at one time
	Endpoints []Endpoint `yaml:"endpoints"`
}

// Endpoint is where one source is pushed to: POST /in/SOURCE.
type Endpoint struct {
	Source         string        `yaml:"source"` // of sources
	Auth           string        `yaml:"auth"`   // jiandaoyun, webhook or bearer
	SecretFile     string        `yaml:"secret_file,omitempty"`
	Secret         Secret        `yaml:"-"`
	Window         time.Duration `yaml:"window"`
	Rate           int           `yaml:"rate,omitempty"`            // deliveries a second; 0: any
	DeliveryHeader string        `yaml:"delivery_header,omitempty"` // of bearer
}

// How an endpoint tells whether a request comes from its source.
const (
	AuthJiandaoyun = "jiandaoyun" // signature of 简道云's data push
	AuthWebhook    = "webhook"    // signature of Standard Webhooks
	AuthBearer     = "bearer"     // token
)

// gateway takes the key gateway, nil if it is absent.
func (l *loader) gateway(o *object, cfg *Config) *Gateway {
	if !o.has("gateway") {
		return nil
	}
	o = o.object("gateway")
	g := &Gateway{
		Listen: o.text("listen", ":8390"), TLS: l.serverTLS(o),
		Memory: o.size("memory", 64<<20, 1<<20),
	}
	if wrong := listenAddress(g.Listen); wrong != "" {
		o.report("listen", "%s", wrong)
	}
	for _, item := range o.objects("endpoints") {
		e := l.endpoint(item, cfg)
		for i := range g.Endpoints {
			if g.Endpoints[i].Source == e.Source && e.Source != "" {
				item.report("source", "%q stands twice: a source has one address", e.Source)
			}
		}
		if s := cfg.Source(e.Source); s != nil && s.MaxRecordBytes > g.Memory && o.ok("memory") {
			item.report("source", "%q has max_record_bytes beyond gateway.memory: a body of that length would never be taken", e.Source)
		}
		if e.Auth == AuthBearer && g.TLS == nil {
			path := item.at("auth")
			l.warnings = append(l.warnings, Problem{
				l.name, l.root.line(path), path,
				"bearer sends its token readable: add gateway.tls, unless a proxy in front of it does TLS",
			})
		}
		g.Endpoints = append(g.Endpoints, e)
	}
	if len(g.Endpoints) == 0 && o.ok("endpoints") {
		o.report("endpoints", "is missing: name at least one, such as {source: shop, auth: webhook, secret_file: shop.secret}")
	}
	o.done()
	return g
}

func (l *loader) endpoint(o *object, cfg *Config) Endpoint {
	e := Endpoint{Source: l.sourceName(o, cfg), Rate: o.integer("rate", 0, 1, math.MaxInt32)}
	fallback := AuthWebhook
	if s := cfg.Source(e.Source); s != nil && s.MappingFrom.Preset != nil && s.MappingFrom.Preset.Preset == AuthJiandaoyun {
		fallback = AuthJiandaoyun
	}
	e.Auth = o.oneOf("auth", fallback, AuthJiandaoyun, AuthWebhook, AuthBearer)
	variable := variableOf("TAKT_GATEWAY", e.Source, "SECRET")
	e.SecretFile, e.Secret = l.secretOf(o, "secret", variable)
	e.Window = o.duration("window", gateway.DefaultWindow, time.Second)
	if e.Window > 24*time.Hour {
		o.report("window", "%s is too long: at most 24h, or a request that somebody saw can be sent again", o.text("window", ""))
	}
	if e.Auth == AuthBearer {
		e.DeliveryHeader = http.CanonicalHeaderKey(o.text("delivery_header", ""))
	} else {
		o.forbid("delivery_header", "belongs to auth: bearer; the others know where the id of a delivery stands")
	}
	switch secret := e.Secret.Reveal(); {
	case secret == "" && o.ok("secret_file") && !o.has("secret"):
		o.report("secret_file", "is missing: name a file with the secret or set %s", variable)
	case secret != "" && e.Auth != AuthJiandaoyun && len(secret) < minKey: // its length there is the vendor's choice
		o.report("secret_file", "holds %d bytes: a secret needs at least %d, such as from: openssl rand -hex 32", len(secret), minKey)
	case e.Auth == AuthWebhook:
		if _, err := gateway.WebhookSecret(secret); err != nil {
			o.report("secret_file", "%s", err)
		}
	}
	o.done()
	return e
}

// sourceName takes the key source as the name of one of sources.
func (l *loader) sourceName(o *object, cfg *Config) string { return l.sourceIn(o, "source", cfg) }

// sourceIn takes a key that names one of sources.
func (l *loader) sourceIn(o *object, key string, cfg *Config) string {
	name := o.required(key, "name one of sources")
	if name == "" || cfg.Source(name) != nil {
		return name
	}
	var names []string
	for i := range cfg.Sources {
		if cfg.Sources[i].Name != "" {
			names = append(names, cfg.Sources[i].Name)
		}
	}
	if len(names) > 0 {
		o.report(key, "%q is not one of sources; %s", name, suggest(name, names, "they are"))
	}
	return name
}

// variableOf is the name of the variable that holds a secret of the named thing.
func variableOf(prefix, name, suffix string) string {
	return prefix + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_" + suffix
}

// listenAddress says what is wrong with an address to listen on.
func listenAddress(s string) string {
	_, port, err := net.SplitHostPort(s)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		return strconv.Quote(s) + " is no address to listen on: write :8390, or host:8390 for one interface"
	}
	return ""
}

// serverTLS takes the key tls of o as what a server shows, nil if it is absent.
func (l *loader) serverTLS(o *object) *TLS {
	if !o.has("tls") {
		return nil
	}
	o = o.object("tls")
	o.forbid("ca_file", "is for clients: who pushes proves itself by auth")
	t := &TLS{CertFile: l.path(o, "cert_file"), KeyFile: l.path(o, "key_file")}
	switch {
	case t.CertFile == "" && o.ok("cert_file"):
		o.report("cert_file", "is missing: name the file of the certificate, with its chain, in PEM form")
	case t.KeyFile == "" && o.ok("key_file"):
		o.report("key_file", "is missing: name the file of the certificate's key, in PEM form")
	case t.CertFile != "" && t.KeyFile != "":
		l.keyPair(o, t)
	}
	o.done()
	return t
}
