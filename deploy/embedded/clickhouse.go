package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ClickHouse is the ClickHouse engine in a child process, behind ClickHouse's
// HTTP interface.
type ClickHouse struct {
	// Addr is the host:port of the HTTP interface.
	Addr string
	// Version is the version of the engine, such as "26.7.3".
	Version string

	cmd     *exec.Cmd
	control *os.File
	done    chan struct{} // closed when the child has ended
	err     error         // how it ended, after done
	stop    sync.Once
	stopErr error
}

// ClickHouseConfig says how to start the engine.
type ClickHouseConfig struct {
	// Dir is the directory of the data. It is made if it does not exist, and
	// belongs to one engine at a time.
	Dir string
	// Listen is the address of the HTTP interface; "127.0.0.1:0" if empty. There
	// are no passwords, so it should be a loopback address.
	Listen string
	// MaxMemory bounds the memory of the engine in bytes; 0 leaves the engine's
	// own bound, 90 % of the machine.
	MaxMemory int64
	// MaxQueries bounds how many statements run at once, 32 if 0. Further ones
	// wait half a minute for their turn, then fail with code 202.
	MaxQueries int
	// Progress takes the progress of a download; nil discards it.
	Progress io.Writer
	// Logger takes what the engine writes to its standard error; nil discards it.
	Logger *slog.Logger
}

// Validate reports what is missing or out of range.
func (c ClickHouseConfig) Validate() error {
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("the data directory of the embedded ClickHouse is empty: give it a path"))
	}
	if c.MaxMemory < 0 || c.MaxQueries < 0 {
		errs = append(errs, errors.New("the bounds of the embedded ClickHouse are negative: use 0 for the default"))
	}
	return errors.Join(errs...)
}

func (c *ClickHouseConfig) defaults() error {
	if err := c.Validate(); err != nil {
		return err
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("find the data directory %q: %w", c.Dir, err)
	}
	c.Dir = dir
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.MaxQueries == 0 {
		c.MaxQueries = 32
	}
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// lockWait is how long a start waits for a former child to let go of the data.
const lockWait = 5 * time.Second

// StartClickHouse starts the engine and returns when it answers, fetching its
// library first if this is the first time. The context bounds the start, not
// the life of the engine.
func StartClickHouse(ctx context.Context, cfg ClickHouseConfig) (*ClickHouse, error) {
	if err := cfg.defaults(); err != nil {
		return nil, err
	}
	library, err := Library(ctx, cfg.Progress)
	if err != nil {
		return nil, err
	}
	for begin := time.Now(); ; {
		c, err := start(ctx, cfg, library)
		// Code 76: the data path is locked. A child of a parent that died a
		// moment ago may still be on its way out.
		if err == nil || !strings.Contains(err.Error(), "Code: 76.") || time.Since(begin) > lockWait {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func start(ctx context.Context, cfg ClickHouseConfig, library string) (*ClickHouse, error) {
	configFile, err := writeConfig(cfg)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(childConfig{Library: library, Dir: cfg.Dir, ConfigFile: configFile, Listen: cfg.Listen, MaxQueries: cfg.MaxQueries})
	if err != nil {
		return nil, fmt.Errorf("write the configuration of the ClickHouse child: %w", err)
	}
	c, report, log, err := spawn(cfg, string(raw))
	if err != nil {
		return nil, err
	}
	defer report.Close()
	abort := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() })
	var r childReport
	decodeErr := json.NewDecoder(report).Decode(&r)
	if !abort() && ctx.Err() != nil {
		<-c.done
		_ = c.control.Close()
		return nil, fmt.Errorf("start the embedded ClickHouse: %w", ctx.Err())
	}
	if decodeErr != nil || r.Err != "" {
		_ = c.Kill()
		return nil, fmt.Errorf("start the embedded ClickHouse in %q: %s", cfg.Dir, strings.Join(nonEmpty(r.Err, log.tail(), fmt.Sprint(c.err)), ": "))
	}
	c.Addr, c.Version = r.Addr, r.Version
	return c, nil
}

func nonEmpty(s ...string) []string {
	out := s[:0]
	for _, one := range s {
		if one = strings.TrimSpace(one); one != "" && one != "<nil>" {
			out = append(out, one)
		}
	}
	return out
}

// spawn starts the child and returns the pipe that it reports through.
func spawn(cfg ClickHouseConfig, raw string) (_ *ClickHouse, report *os.File, log *childLog, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("find this program to start it again: %w", err)
	}
	controlR, controlW, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("make a pipe: %w", err)
	}
	defer controlR.Close()
	reportR, reportW, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("make a pipe: %w", err), controlW.Close())
	}
	defer reportW.Close()
	log = &childLog{logger: cfg.Logger}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+raw, "TZ=UTC")
	cmd.Stderr = log
	cmd.ExtraFiles = []*os.File{controlR, reportW} // controlFD, reportFD
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, nil, nil, errors.Join(fmt.Errorf("start the ClickHouse child: %w", err), controlW.Close(), reportR.Close())
	}
	c := &ClickHouse{cmd: cmd, control: controlW, done: make(chan struct{})}
	go func() {
		c.err = cmd.Wait()
		close(c.done)
	}()
	return c, reportR, log, nil
}

// closeWait is how long a graceful stop may take.
const closeWait = 30 * time.Second

// Close stops the engine and waits for it. Statements under way have five
// seconds to end.
func (c *ClickHouse) Close() error {
	c.stop.Do(func() {
		_, _ = c.control.Write([]byte{stopWord}) // fails if the child is dead already
		_ = c.control.Close()
		t := time.AfterFunc(closeWait, func() { _ = c.cmd.Process.Kill() })
		defer t.Stop()
		<-c.done
		if c.err != nil {
			c.stopErr = fmt.Errorf("stop the embedded ClickHouse: %w", c.err)
		}
	})
	return c.stopErr
}

// Kill ends the engine as a crash would, with SIGKILL, and waits until it is
// gone. It is for tests: what was acknowledged must be there afterwards.
func (c *ClickHouse) Kill() error {
	c.stop.Do(func() {
		if err := c.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			c.stopErr = fmt.Errorf("kill the embedded ClickHouse: %w", err)
			return
		}
		<-c.done
		_ = c.control.Close()
	})
	return c.stopErr
}

// Pid is the process id of the engine.
func (c *ClickHouse) Pid() int { return c.cmd.Process.Pid }

// Done is closed when the engine has ended, by Close, by Kill or by itself.
func (c *ClickHouse) Done() <-chan struct{} { return c.done }
