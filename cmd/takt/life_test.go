package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// life is one process of the service, or of another program.
type life struct {
	cmd  *exec.Cmd
	log  *syncBuffer
	done chan struct{} // closed when it has ended, with err
	err  error
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (w *world) start(t *testing.T, config string, flags ...string) *life {
	t.Helper()
	args := append([]string{"-c", config, "run", "--web.listen-address", "127.0.0.1:0"}, flags...)
	return begin(t, command(t, w.env(), args...))
}

// begin starts a program that runs until it is stopped.
func begin(t *testing.T, cmd *exec.Cmd) *life {
	t.Helper()
	l := &life{cmd: cmd, log: &syncBuffer{}, done: make(chan struct{})}
	l.cmd.Stderr = l.log
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		l.err = l.cmd.Wait()
		close(l.done)
	}()
	t.Cleanup(l.kill) // a test that failed leaves nobody behind
	return l
}

// kill ends the service as a crash does.
func (l *life) kill() {
	_ = l.cmd.Process.Kill() // fails if it has ended
	<-l.done
}

// stop ends the service as an operator does.
func (l *life) stop(t *testing.T) {
	t.Helper()
	_ = l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-l.done:
		if l.err != nil {
			t.Errorf("takt run: %v\n%s", l.err, tail(l.log.String()))
		}
	case <-time.After(30 * time.Second):
		l.kill()
		t.Fatalf("takt run does not stop\n%s", tail(l.log.String()))
	}
}

// halted waits until the service gives up by itself, with exit code 1, and returns
// the line that says why.
func (l *life) halted(t *testing.T) string {
	t.Helper()
	select {
	case <-l.done:
	case <-time.After(60 * time.Second):
		t.Fatalf("takt run does not give up\n%s", tail(l.log.String()))
	}
	lines := strings.Split(strings.TrimSpace(l.log.String()), "\n")
	if code := l.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("takt run ends with exit code %d, want 1\n%s", code, tail(l.log.String()))
	}
	return lines[len(lines)-1]
}

// frozen waits until the service has stopped itself by SIGSTOP.
func (l *life) frozen(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", l.cmd.Process.Pid))
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("takt run never came to its failpoint: %v\n%s", err, tail(l.log.String()))
		}
		if state := stat[bytes.LastIndexByte(stat, ')')+2]; state == 'T' {
			return
		}
	}
}

// thaw lets a stopped service go on.
func (l *life) thaw() { _ = l.cmd.Process.Signal(syscall.SIGCONT) }

var (
	writerLine = regexp.MustCompile(`msg=started writer=(\w+)`)
	servedLine = regexp.MustCompile(`msg="metrics served" address=(\S+)`)
)

func (l *life) find(pattern *regexp.Regexp) string {
	if m := pattern.FindStringSubmatch(l.log.String()); m != nil {
		return m[1]
	}
	return ""
}

func (l *life) writer() string { return l.find(writerLine) }

// ready waits until the life has recovered its partitions.
func (l *life) ready(t *testing.T) {
	t.Helper()
	defer http.DefaultClient.CloseIdleConnections()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if address := l.find(servedLine); address != "" {
			if resp, err := http.Get("http://" + address + "/readyz"); err == nil {
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					return
				}
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("takt run is not ready after 60 s\n%s", tail(l.log.String()))
		}
	}
}

// counted sums takt_ingest_records_total of the life.
func (l *life) counted(t *testing.T) int64 {
	t.Helper()
	return int64(l.metric(t, "takt_ingest_records_total"))
}

// metric sums the series of a metric of the life; name may go on with labels, as
// in `takt_ingest_records_total{result="dead_letter"`, in their exported order.
func (l *life) metric(t *testing.T, name string) float64 {
	t.Helper()
	resp, err := http.Get("http://" + l.find(servedLine) + "/metrics")
	if err != nil {
		t.Fatalf("scrape: %v\n%s", err, tail(l.log.String()))
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer resp.Body.Close()
	total := 0.0
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		line := lines.Text()
		if rest, ok := strings.CutPrefix(line, name); !ok || rest == "" || !strings.ContainsRune("{ ,}", rune(rest[0])) {
			continue
		}
		v, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			t.Fatalf("scrape %q: %v", line, err)
		}
		total += v
	}
	return total
}

// passes waits until the life has told Alertmanager what is open so many times more.
func (l *life) passes(t *testing.T, n float64) {
	t.Helper()
	const posts = `takt_notify_posts_total{result="sent"`
	for looked := l.metric(t, posts); l.metric(t, posts) < looked+n; {
		time.Sleep(50 * time.Millisecond)
	}
}
