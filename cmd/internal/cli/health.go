package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type healthCmd struct {
	URL string `arg:"" optional:"" default:"http://localhost:8380" help:"Where takt run serves its pages (default: ${default}); of takt gateway http://localhost:8391, of takt poll http://localhost:8392."`
}

// Help is shown by takt health --help.
func (*healthCmd) Help() string {
	return `Exit code 0 once takt run has recovered and reads records, else 1. It is for containers, whose image holds takt and nothing else that could ask.`
}

// healthPatience bounds what a probe waits: less than what containers wait for it.
const healthPatience = 3 * time.Second

func (c *healthCmd) Run(ctx context.Context, e *env) error {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.URL, "/")+"/readyz", nil)
	if err != nil {
		return usageError{err}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return hinted{fmt.Errorf("ask takt: %w", err), "Is it running there?"}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("read the answer of takt: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("takt answers %d: %s", resp.StatusCode, strings.TrimSpace(string(text)))
	}
	_, err = fmt.Fprintln(e.stdout, strings.TrimSpace(string(text)))
	return err
}
