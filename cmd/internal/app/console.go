package app

import (
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/takt-orders/takt/dashboards/console"
)

// openConsole prepares the pages that people read, if there is a process to show.
func (a *App) openConsole() error {
	if len(a.cfg.Processes) == 0 {
		return nil
	}
	guarded, err := guarded(a.opt.WebConfig)
	if err != nil {
		return err
	}
	c := console.Config{
		Store: a.db, Processes: a.cfg.Processes, Now: a.opt.Now, Version: a.opt.Version, Logger: a.opt.Logger,
		Guard: console.Guard{Open: a.opt.Public || guarded, Token: a.cfg.API.Token.Reveal()},
	}
	if !c.Guard.Open && c.Guard.Token == "" {
		a.opt.Logger.Info("the console answers this machine alone: name api.token_file, or set basic_auth_users in --web.config.file")
	}
	a.console, err = console.NewHandler(c)
	return err
}

// guarded reports whether exporter-toolkit's file lets only those in whom it knows.
func guarded(file string) (bool, error) {
	if file == "" {
		return false, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return false, fmt.Errorf("read web configuration: %w", err)
	}
	var web struct {
		Users map[string]string `yaml:"basic_auth_users"`
		TLS   struct {
			ClientAuth string `yaml:"client_auth_type"`
		} `yaml:"tls_server_config"`
	}
	if err := yaml.Unmarshal(text, &web); err != nil {
		return false, fmt.Errorf("read web configuration %q: %w", file, err)
	}
	return len(web.Users) > 0 || web.TLS.ClientAuth == "RequireAndVerifyClientCert", nil
}
