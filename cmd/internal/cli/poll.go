package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/takt-orders/takt/cmd/internal/app"
	"github.com/takt-orders/takt/cmd/internal/config"
)

type pollCmd struct {
	Sources   []string `arg:"" optional:"" name:"source" help:"Sources to poll (default: all of poll in takt.yaml)."`
	From      string   `placeholder:"TIME" help:"Backfill from here, such as 2026-01-01T00:00:00+08:00, as history, and end; needs --to."`
	To        string   `placeholder:"TIME" help:"Where the backfill ends."`
	Listen    []string `name:"web.listen-address" default:":8392" placeholder:"ADDR" help:"Addresses of /metrics, /healthz and /readyz (default: ${default}); may be given several times."`
	WebConfig string   `name:"web.config.file" type:"path" placeholder:"FILE" help:"TLS and basic authentication of these pages, as in every exporter."`
}

// Help is shown by takt poll --help.
func (*pollCmd) Help() string {
	return `Asks systems that only answer for what has changed, and writes each record into the source's topic, keyed by the order number that the source's mapping finds. How far each source was asked stands in ClickHouse (takt.polls) and moves once the records stand in Kafka. Run one takt poll per source.

	poll:
	  - source: k3                   # of sources, with mapping: {preset: k3cloud}
	    every: 5m                    # between two rounds
	    overlap: 15m                 # each window reaches back into the one before
	    window: 24h                  # the longest; after an outage one follows the other
	    since: "2026-01-01T00:00:00+08:00"
	    zone: Asia/Shanghai
	    format: "2006-01-02T15:04:05"
	    rate: 2                      # requests a second
	    secret_file: k3.secret       # {secret}; or TAKT_POLL_K3_SECRET
	    login: {method: POST, url: "https://k3.example.com/...", body: '{"...": "{secret}"}'} # as your installation logs in
	    request:
	      method: POST
	      url: https://k3.example.com/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.ExecuteBillQuery.common.kdsvc
	      body: >-
	        {"FormId":"SAL_SaleOrder","FieldKeys":"FBillNo,FDocumentStatus,FCreateDate,FApproveDate,FModifyDate",
	        "FilterString":"FModifyDate>='{from}' and FModifyDate<='{to}'","StartRow":{offset},"Limit":{limit}}
	    page: {style: offset, size: 2000}
	    columns: [FBillNo, FDocumentStatus, FCreateDate, FApproveDate, FModifyDate] # its rows are lists
	  - source: u8
	    since: "2026-01-01T00:00:00+08:00"
	    zone: Asia/Shanghai
	    overlap: 48h
	    format: "2006-01-02"         # days: the days of {from} and {to} are read whole
	    request: {url: "https://api.yonyouup.com/api/saleorderlist/batch_get?...&token={token}&timestamp_begin={from}&timestamp_end={to}&page_index={page}&rows_per_page={limit}"}
	    login: {url: "https://...", token: token.id, lifetime: 110m} # as your account logs in
	    ok: {path: errcode, value: "0"}
	    page: {style: page, first: 1, size: 100, count: page_count}
	    records: saleorderlist

Systems that only name an order, as S/4HANA's events do, are asked for it: each order that a record of another source names is asked for by {key}, at least once, and passed over where the system answers 404 with JSON or XML. Which notices are done with stands in the consumer group GROUP-poll-SOURCE-of-NOTICES, GROUP being kafka.group.

	  - source: s4-orders
	    notices: s4-notices          # of sources, with mapping: {preset: s4hana}
	    every: 1m                    # between two tries where the system fails
	    request: {url: "https://s4.example.com/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder('{key}')?$format=json", headers: {Authorization: "Basic {secret}"}}
	    records: d                   # one record, or a list

Other keys: page: {style: cursor, cursor: PATH} goes on from {cursor}, a value of the last record; wrap: NAME puts each record under a member; headers of request and login. Values are escaped where they stand: in an address as a query's, in a body as a JSON string's.

A record that is longer than its topic takes does not hold the others up: a dead letter (too_large) tells its order and how it begins, the log how to raise the limit; then ask for its time again with --from and --to.

A backfill asks for a range, leaves the cursor alone and writes history, which moves no counter.

Examples:

	takt poll k3
	takt poll k3 --from 2025-01-01T00:00:00+08:00 --to 2026-01-01T00:00:00+08:00`
}

func (c *pollCmd) Run(ctx context.Context, e *env) (err error) {
	from, to, err := c.backfill()
	if err != nil {
		return usageError{err}
	}
	cfg, err := e.load()
	if err != nil {
		return err
	}
	names, err := c.names(e, cfg)
	if err != nil {
		return err
	}
	if err := reachKafka(ctx, cfg); err != nil {
		return err
	}
	version, _ := build()
	opt := app.PollOptions{
		Listen: c.Listen, WebConfig: c.WebConfig, Sources: names, History: !from.IsZero(), Version: version, Logger: e.log,
		Listening: func(addresses []net.Addr) {
			for _, a := range addresses {
				e.log.Info("metrics served", "address", a.String())
			}
		},
	}
	if !from.IsZero() {
		for _, name := range names {
			if on := cfg.Poll(name).Notices; on != "" {
				return misused("%s has no windows to ask for: it asks for orders that %s names; name the sources to backfill", name, on)
			}
		}
		p, err := app.NewPolls(ctx, cfg, nil, opt)
		if err != nil {
			return topicTrouble(err)
		}
		began := time.Now()
		written, err := p.Backfill(ctx, from, to)
		if err = errors.Join(err, p.Close()); err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.stderr, "polled %s in %.1f s\n", count(written, "record", "records"), time.Since(began).Seconds())
		return err
	}
	db, err := openStore(ctx, cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := app.NewPolls(ctx, cfg, db, opt)
	if err != nil {
		return topicTrouble(err)
	}
	return errors.Join(p.Run(ctx), p.Close())
}

// backfill returns the range that is asked for, zero if none is.
func (c *pollCmd) backfill() (from, to time.Time, err error) {
	if c.From == "" && c.To == "" {
		return from, to, nil
	}
	from, err = time.Parse(time.RFC3339, c.From)
	if err == nil {
		to, err = time.Parse(time.RFC3339, c.To)
	}
	if err != nil || !from.Before(to) {
		return from, to, errors.New("--from and --to: write both, the earlier first, as 2026-01-01T00:00:00+08:00")
	}
	return from, to, nil
}

// names returns the sources to poll.
func (c *pollCmd) names(e *env, cfg *config.Config) ([]string, error) {
	var all []string
	for i := range cfg.Polls {
		all = append(all, cfg.Polls[i].Source)
	}
	if len(all) == 0 {
		return nil, usageError{hinted{fmt.Errorf("%s polls nothing", e.path), "Add the block poll: takt poll --help shows one."}}
	}
	if len(c.Sources) == 0 {
		return all, nil
	}
	for _, name := range c.Sources {
		if !slices.Contains(all, name) {
			return nil, misused("%s polls no source %q; it polls: %v", e.path, name, all)
		}
	}
	return c.Sources, nil
}
