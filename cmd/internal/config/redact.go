package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Redacted returns the effective configuration as a takt.yaml: defaults and
// environment are in, paths are absolute, secrets are left out. Loading it gives
// the same configuration, but for secrets that came from the environment.
func (c *Config) Redacted() []byte {
	type listed struct {
		Process string `yaml:"process"`
		Source  `yaml:",inline"`
	}
	doc := struct {
		Kafka           Kafka      `yaml:"kafka"`
		ClickHouse      ClickHouse `yaml:"clickhouse"`
		Calendars       []string   `yaml:"calendars,flow,omitempty"`
		Processes       []string   `yaml:"processes,flow"`
		Sources         []listed   `yaml:"sources"`
		Channels        []string   `yaml:"channels,flow,omitempty"`
		Currencies      []string   `yaml:"currencies,flow,omitempty"`
		Metrics         Metrics    `yaml:"metrics"`
		Flush           Flush      `yaml:"flush"`
		Notify          *Notify    `yaml:"notify,omitempty"`
		API             API        `yaml:"api,omitempty"`
		Ledger          Ledger     `yaml:"ledger,omitempty"`
		Gateway         *Gateway   `yaml:"gateway,omitempty"`
		Polls           []Poll     `yaml:"poll,omitempty"`
		CustomerKeyFile string     `yaml:"customer_key_file,omitempty"`
	}{
		Kafka: c.Kafka, ClickHouse: c.ClickHouse, Calendars: c.calendars, Processes: c.processes, Channels: c.Channels,
		Currencies: c.Currencies,
		Metrics:    c.Metrics, Flush: c.Flush, Notify: c.Notify, API: c.API, Ledger: c.Ledger, Gateway: c.Gateway, Polls: c.Polls, CustomerKeyFile: c.CustomerKeyFile,
	}
	for _, s := range c.Sources {
		if s.Assignment != "static" {
			s.Instances = 0
		}
		doc.Sources = append(doc.Sources, listed{s.Process.Name, s})
	}
	out, err := yaml.Marshal(doc)
	if err != nil {
		return fmt.Appendf(nil, "# cannot be printed: %s\n", err)
	}
	return out
}
