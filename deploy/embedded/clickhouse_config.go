package embedded

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// serverConfig is the part of ClickHouse's config.xml that is set here.
type serverConfig struct {
	XMLName   xml.Name `xml:"clickhouse"`
	Level     string   `xml:"logger>level"`
	MaxMemory int64    `xml:"max_server_memory_usage,omitempty"`
	MarkCache int64    `xml:"mark_cache_size"`
	Backups   string   `xml:"backups>allowed_path"`
}

// writeConfig writes the engine's configuration beside its data.
func writeConfig(cfg ClickHouseConfig) (string, error) {
	backups := filepath.Join(cfg.Dir, "backups")
	if err := os.MkdirAll(backups, 0o700); err != nil {
		return "", fmt.Errorf("make the data directory: %w", err)
	}
	raw, err := xml.MarshalIndent(serverConfig{
		Level: "none", MaxMemory: cfg.MaxMemory, Backups: backups,
		MarkCache: 256 << 20, // a server's default is 5 GB: more than a laptop has to spare
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the configuration of ClickHouse: %w", err)
	}
	path := filepath.Join(cfg.Dir, "takt-config.xml")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, raw) {
		return path, nil
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return "", fmt.Errorf("write the configuration of ClickHouse: %w", err)
	}
	return path, nil
}

// childLog takes the standard error of a child: it logs whole lines and keeps
// the last part for an error message.
type childLog struct {
	logger *slog.Logger

	mu   sync.Mutex
	line []byte
	last []byte
}

const maxTail = 4 << 10

func (l *childLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = append(l.last, p...)
	if n := len(l.last) - maxTail; n > 0 {
		l.last = append(l.last[:0], l.last[n:]...)
	}
	l.line = append(l.line, p...)
	for {
		i := bytes.IndexByte(l.line, '\n')
		if i < 0 && len(l.line) < maxTail {
			return len(p), nil
		}
		if i < 0 {
			i = len(l.line) - 1
		}
		if text := string(bytes.TrimSpace(l.line[:i+1])); text != "" {
			l.logger.Warn("embedded ClickHouse wrote to standard error", "text", text)
		}
		l.line = l.line[i+1:]
	}
}

// tail is the last part of what was written.
func (l *childLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.last)
}
