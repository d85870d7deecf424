# Takt. `make` alone tells what there is.
GO      ?= go
SHELL   := /bin/bash
tool     = $(GO) tool -modfile=deploy/tools/$(1).mod $(1)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
SEED    ?= 42
SEEDS   ?= 1-20
TRUTH   ?=
ONCE    ?=
DEMO    ?= 1
PLUGIN_PLATFORMS ?= linux/amd64 linux/arm64
compose  = VERSION="$(VERSION)" docker compose -f deploy/compose.yaml $(if $(filter grafana,$(ALERTING)),-f deploy/compose.grafana-alerting.yaml) $(if $(PLUGIN),-f deploy/compose.grafana-plugin.yaml)
feeds    = $(if $(GATEWAY),--profile gateway) $(if $(POLL),--profile poll)

.PHONY: help build demo up down grafana test test-grafana lint fmt bench chaos soak proof-alerts proof-scenarios proof-presets fuzz plugin plugin-test plugin-zip clean

help: ## Tell what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/takt
	$(GO) build -trimpath -ldflags "-X github.com/takt-orders/takt/cmd/internal/cli.version=$(VERSION)" -o bin/takt ./cmd/takt

demo: build ## Show Takt on simulated orders, everything in the box (SEED=n, ONCE=1, TRUTH=file)
	@bin/takt demo --seed $(SEED) $(if $(ONCE),--once) $(if $(TRUTH),--truth $(TRUTH))

grafana: build ## Put the boards into a Grafana (GRAFANA_URL, GRAFANA_TOKEN, optional CLICKHOUSE=host:port, PROMETHEUS=url, TAKT_LANG)
	@[ -n "$(GRAFANA_URL)" ] && [ -n "$(GRAFANA_TOKEN)" ] || { echo "make grafana GRAFANA_URL=https://grafana.example GRAFANA_TOKEN=token"; exit 1; }
	@GRAFANA_TOKEN="$(GRAFANA_TOKEN)" TAKT_LANG="$(TAKT_LANG)" bin/takt dashboards --grafana "$(GRAFANA_URL)" $(if $(CLICKHOUSE),--clickhouse "$(CLICKHOUSE)") $(if $(PROMETHEUS),--prometheus "$(PROMETHEUS)")

up: ## Start everything in containers, fed by the simulator (DEMO=0: empty; TAKT_LANG=en; ALERTING=grafana; PLUGIN=1; GATEWAY=1; POLL=1)
	@[ -z "$(PLUGIN)" ] || [ -f dashboards/plugin/dist/plugin.json ] || { echo "the plugin is not built: make plugin"; exit 1; }
	@deploy/secrets.sh deploy/secrets
	$(compose) $(if $(filter 0,$(DEMO)),-p takt,-p takt-demo --profile demo) $(feeds) up -d --build
	@if [ "$(ALERTING)" = grafana ]; then deploy/grafana/external.sh http://localhost:3000 deploy/secrets/grafana_password; fi
	@echo "Grafana       http://localhost:3000 (admin, password in deploy/secrets/grafana_password)"
	@echo "Alertmanager  http://localhost:9093"
	@echo "Takt          http://localhost:8380"
	@echo "Kafka         localhost:9094, topic orders"
	@[ -z "$(GATEWAY)" ] || echo "Gateway       http://localhost:8390"

down: ## Stop the containers; simulated orders are dropped, your own are kept
	$(compose) -p takt-demo --profile demo --profile gateway --profile poll down --volumes
	$(compose) -p takt --profile gateway --profile poll down

test: ## Run every test on the real parts, and tell the ten slowest
	@GO="$(GO)" deploy/tools/test.sh

test-grafana: ## Look at every panel in a real Grafana (GRAFANA_URL and GRAFANA_TOKEN, or GRAFANA_HOME, or GRAFANA_IMAGE for docker; TAKT_LANG)
	@if [ -z "$(GRAFANA_URL)$(GRAFANA_HOME)$(GRAFANA_IMAGE)" ]; then echo "skipped: no GRAFANA_URL or GRAFANA_HOME"; exit 0; fi; \
	if [ -n "$(GRAFANA_URL)" ] && [ -n "$$GRAFANA_TOKEN" ]; then $(MAKE) --no-print-directory grafana || exit 1; fi; \
	TAKT_TEST_GRAFANA_URL="$(GRAFANA_URL)" TAKT_TEST_GRAFANA_HOME="$(abspath $(GRAFANA_HOME))" TAKT_TEST_GRAFANA_IMAGE="$(GRAFANA_IMAGE)" \
	TAKT_SCREENSHOTS="$(CURDIR)/bin/grafana" CI=true $(GO) test ./dashboards -run '^TestGrafana$$' -count=1 -timeout 30m -v

lint: ## go vet, gofumpt, staticcheck
	$(GO) vet ./...
	@bad="$$($(call tool,gofumpt) -l .)"; if [ -n "$$bad" ]; then echo "not formatted, run make fmt:"; echo "$$bad"; exit 1; fi
	$(call tool,staticcheck) ./...

fmt: ## Format the code
	$(call tool,gofumpt) -w .

bench: build ## Measure speed and scale; writes bench.json
	$(GO) run ./deploy/bench -out bench.json

chaos: build ## Kill the service at many seeds (SEEDS=a-b); appends to chaos.results
	TAKT_CHAOS_SEEDS=$(SEEDS) TAKT_CHAOS_RESULTS=$(CURDIR)/chaos.results $(GO) test ./cmd/takt -run '^TestKill$$' -timeout 24h -v
	@awk '{n[$$2]++} END {printf "%d seeds equal, %d not\n", n["true"], n["false"]}' chaos.results

soak: build ## 25 minutes of load; memory has to stay flat
	TAKT_SOAK=25m $(GO) test ./cmd/takt -run '^TestSoak$$' -timeout 60m -v

proof-scenarios: ## How soon the bottleneck is named, ten seeds of each incident; into metrics/view/README.md
	TAKT_PROOF_SCENARIOS=10 $(GO) test ./metrics/view -run '^TestProofScenarios$$' -v -timeout 60m -update

proof-alerts: ## Play the alerts over incidents and weeks; writes the table of alerts/README.md
	TAKT_PROOF=1 GOGC=400 $(GO) test ./alerts -run '^TestProof$$' -timeout 24h -v

proof-presets: ## Tell which preset of a source passed which proof, from the tests themselves
	$(GO) run ./deploy/tools/presets

fuzz: ## Fuzz every decoder for a minute each
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do echo "$$p $$f"; $(GO) test $$p -run '^$$' -fuzz "^$$f$$" -fuzztime 60s || exit 1; done; done

dashboards/plugin/node_modules/.package-lock.json: dashboards/plugin/package-lock.json
	cd dashboards/plugin && npm ci

plugin-test: dashboards/plugin/node_modules/.package-lock.json ## Check types and run the tests of the Grafana plugin's frontend
	cd dashboards/plugin && npm run typecheck && npm test

plugin: dashboards/plugin/node_modules/.package-lock.json ## Build the Grafana plugin and pack it (PLUGIN_PLATFORMS="linux/amd64 linux/arm64")
	cd dashboards/plugin && npm run build
	@set -e; for p in $(PLUGIN_PLATFORMS); do echo "backend for $$p"; CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} \
		$(GO) build -trimpath -ldflags "-s -w" -o dashboards/plugin/dist/gpx_takt_orders_$${p%/*}_$${p#*/} ./cmd/gpx_takt_orders; done
	@$(MAKE) --no-print-directory plugin-zip

plugin-zip: ## Pack dashboards/plugin/dist as it stands, for after signing
	@deploy/plugin/pack.sh dashboards/plugin/dist bin

clean: ## Remove what was built
	rm -rf bin bench.json dashboards/plugin/dist
