package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// childEnv marks a process as the engine's child and carries its childConfig.
const childEnv = "TAKT_EMBEDDED_CLICKHOUSE"

// The file descriptors that the parent passes on. The engine reads standard
// input as data of an INSERT, so that is /dev/null.
const (
	controlFD = 3 // the parent writes stopWord or, by dying, nothing
	reportFD  = 4 // the child writes its childReport
)

const stopWord = 'q'

// childConfig is what the parent tells the child.
type childConfig struct {
	Library    string
	Dir        string
	ConfigFile string
	Listen     string
	MaxQueries int
}

// childReport is what the child tells the parent when it is ready.
type childReport struct {
	Addr    string
	Version string
	Err     string
}

// ChildMain runs the ClickHouse engine and never returns, if this process was
// started for that by StartClickHouse; otherwise it does nothing. It must be
// called before anything else in main, and in the TestMain of every package
// whose tests call StartClickHouse.
func ChildMain() {
	raw, ok := os.LookupEnv(childEnv)
	if !ok {
		return
	}
	_ = os.Unsetenv(childEnv)
	// Terminals and service managers signal the whole group. The parent still
	// needs the engine to store what it holds, and ends the child itself.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	if err := child(raw); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(raw string) error {
	control, report := os.NewFile(controlFD, "control"), os.NewFile(reportFD, "report")
	s, ln, version, err := startChild(raw)
	if err != nil {
		_ = json.NewEncoder(report).Encode(childReport{Err: err.Error()})
		return err
	}
	hs := &http.Server{Handler: s.handler(), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- hs.Serve(ln) }()
	if err := json.NewEncoder(report).Encode(childReport{Addr: ln.Addr().String(), Version: version}); err != nil {
		return fmt.Errorf("report the address: %w", err)
	}
	_ = report.Close()
	stopped := make(chan bool, 1)
	go func() {
		var b [1]byte
		_, err := io.ReadFull(control, b[:])
		stopped <- err == nil && b[0] == stopWord
	}()
	select {
	case err := <-served:
		return fmt.Errorf("serve the HTTP interface: %w", err)
	case asked := <-stopped:
		if !asked {
			// The parent is gone. Whoever takes over the data path must not
			// wait: what was acknowledged is on disk.
			killSelf()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := hs.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop the HTTP interface: %w", err)
	}
	s.close()
	return nil
}

func startChild(raw string) (*server, net.Listener, string, error) {
	var cfg childConfig
	if err := json.Unmarshal([]byte(raw), &cfg); err != nil {
		return nil, nil, "", fmt.Errorf("read the configuration of the ClickHouse child: %w", err)
	}
	e, err := loadEngine(cfg.Library)
	if err != nil {
		return nil, nil, "", err
	}
	// A taken port is found out before the data path is touched.
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", cfg.Listen)
	if err != nil {
		return nil, nil, "", fmt.Errorf("listen for the HTTP interface: %w", err)
	}
	s, err := newServer(e, cfg)
	if err != nil {
		return nil, nil, "", errors.Join(err, ln.Close())
	}
	return s, ln, e.version(), nil
}
