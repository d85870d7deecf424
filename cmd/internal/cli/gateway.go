package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/ingest/gateway"
	"github.com/takt-orders/takt/ingest/kafka"
)

type gatewayCmd struct {
	Listen    []string `name:"web.listen-address" default:":8391" placeholder:"ADDR" help:"Addresses of /metrics, /healthz and /readyz, which the public need not reach (default: ${default}); may be given several times."`
	WebConfig string   `name:"web.config.file" type:"path" placeholder:"FILE" help:"TLS and basic authentication of these pages, as in every exporter."`
}

// Help is shown by takt gateway --help.
func (*gatewayCmd) Help() string {
	return `A system that pushes posts to /in/SOURCE. The body goes into the source's topic as it is, keyed by the order number that the source's mapping finds; 200 is answered once all replicas have it. takt run does the rest.

	gateway:
	  listen: ":8390"              # where systems push to
	  tls: {cert_file: takt.crt, key_file: takt.key}
	  memory: 64MiB                # of deliveries under way; past it 429 is answered
	  endpoints:
	    - source: jdy              # POST /in/jdy
	      auth: jiandaoyun         # X-JDY-Signature and X-JDY-DeliverId
	      secret_file: jdy.secret  # or TAKT_GATEWAY_JDY_SECRET
	    - source: shop
	      auth: webhook            # the headers of Standard Webhooks
	      secret_file: shop.secret
	      window: 5m               # between the request's time and ours
	      rate: 200                # deliveries a second; past it 429 is answered
	    - source: erp
	      auth: bearer             # Authorization: Bearer TOKEN
	      secret_file: erp.token
	      delivery_header: X-Delivery

Answers: 200 taken, or repeated; 400 incomplete, truncated, not_json; 401 unauthentic, clock_skew; 404 unknown_source; 405 wrong_method; 409 replayed; 413 too_large (max_record_bytes of the source) and too_large_for_topic (max.message.bytes of its topic, which the answer names); 415 encoded; 429 too_fast, no_memory and 503 not_acknowledged, each with Retry-After. After anything but 200 a sender has to send again, and may: what is written twice is one event. One address has at most a quarter of the connections and, for bodies whose signature is not checked yet, of the memory: a proxy in front should read bodies before it passes them on.

To sign as auth: webhook wants it, with the secret in $s and the body in the file body:

	t=$(date +%s); id=$(uuidgen)
	sig=$({ printf %s.%s. $id $t; cat body; } | openssl dgst -sha256 -hmac "$s" -binary | base64)
	curl https://takt.example.com:8390/in/shop --data-binary @body -H "webhook-id: $id" -H "webhook-timestamp: $t" -H "webhook-signature: v1,$sig"

Examples:

	takt gateway
	takt gateway -c shop.yaml --web.listen-address 127.0.0.1:8391`
}

func (c *gatewayCmd) Run(ctx context.Context, e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	if cfg.Gateway == nil {
		return usageError{hinted{fmt.Errorf("%s has no gateway", e.path), "Add the block gateway: takt gateway --help shows one."}}
	}
	for _, w := range cfg.Warnings {
		e.log.Warn(w.String())
	}
	if err := reachKafka(ctx, cfg); err != nil {
		return err
	}
	version, _ := build()
	g, err := app.NewGateway(ctx, cfg, app.GatewayOptions{
		Listen: c.Listen, WebConfig: c.WebConfig, Version: version, Logger: e.log,
		Listening: func(addresses []net.Addr) {
			for _, a := range addresses {
				e.log.Info("gateway listens", "address", a.String())
			}
		},
	})
	if err != nil {
		return topicTrouble(err)
	}
	var paths []string
	for i := range cfg.Gateway.Endpoints {
		paths = append(paths, gateway.Path(cfg.Gateway.Endpoints[i].Source))
	}
	e.log.Info("gateway takes deliveries", "paths", strings.Join(paths, " "))
	return errors.Join(g.Run(ctx), g.Close())
}

// topicTrouble says what to do about a topic that does not exist.
func topicTrouble(err error) error {
	if errors.Is(err, kafka.ErrNoTopic) {
		return hinted{err, "Make it first, with the partitions that you want for good: kafka-topics.sh --create --topic NAME --partitions 8"}
	}
	return err
}
