package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ApacheKafka is a real Apache Kafka broker, one node in KRaft mode, for tests.
// It needs java and mvn.
type ApacheKafka struct {
	// Addr is the host:port of the broker.
	Addr string

	dir     string
	parts   string // directory in the cache
	archive string // AppCDS archive, "" while it is being made

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{}
	log  *os.File
}

// StartApacheKafka starts a broker whose data is in dir and returns when it
// answers. The first time its parts are fetched through mvn, with the progress
// on progress. The context bounds the start.
func StartApacheKafka(ctx context.Context, dir string, progress io.Writer) (*ApacheKafka, error) {
	parts, archive, err := apacheParts(ctx, progress)
	if err != nil {
		return nil, fmt.Errorf("fetch Apache Kafka: %w", err)
	}
	k, err := newApacheKafka(ctx, dir, parts, archive)
	if err != nil {
		return nil, err
	}
	if err := k.start(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

// newApacheKafka formats dir unless it is a broker's already.
func newApacheKafka(ctx context.Context, dir, parts, archive string) (*ApacheKafka, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the directory %q: %w", dir, err)
	}
	k := &ApacheKafka{dir: dir, parts: parts, archive: archive}
	addrFile := filepath.Join(dir, "address")
	if old, err := os.ReadFile(addrFile); err == nil {
		k.Addr = string(old)
		return k, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of Apache Kafka: %w", err)
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	k.Addr = ports[0]
	properties := strings.NewReplacer("{broker}", ports[0], "{controller}", ports[1], "{dir}", dir).Replace(apacheProperties)
	if err := os.WriteFile(filepath.Join(dir, "server.properties"), []byte(properties), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration of Apache Kafka: %w", err)
	}
	out, err := k.java(ctx, "-Xmx128m", "kafka.tools.StorageTool", "format", "-t", apacheClusterID, "-c", "server.properties").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("format the directory of Apache Kafka: %w: %s", err, out)
	}
	// Last, so that a half-formatted directory is formatted again.
	if err := os.WriteFile(addrFile, []byte(k.Addr), 0o600); err != nil {
		return nil, fmt.Errorf("write the address of Apache Kafka: %w", err)
	}
	return k, nil
}

const apacheClusterID = "dGFrdC10ZXN0LWNsdXN0ZQ" // 16 bytes in base64, any will do

const apacheProperties = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={dir}/data
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
auto.create.topics.enable=false
`

// freePorts finds addresses that nobody listens on. Another process could take
// one before the broker does; the broker then ends with an error that says so.
func freePorts(n int) (addrs []string, err error) {
	var lc net.ListenConfig
	for range n {
		ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer ln.Close()
		addrs = append(addrs, ln.Addr().String())
	}
	return addrs, nil
}

func (k *ApacheKafka) java(ctx context.Context, args ...string) *exec.Cmd {
	all := []string{"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath(k.parts), "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"}
	cmd := exec.CommandContext(ctx, "java", append(all, args...)...)
	cmd.Dir = k.dir
	return cmd
}

// start runs the broker and waits until it answers.
func (k *ApacheKafka) start(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	share := "-XX:SharedArchiveFile=" + k.archive
	if k.archive == "" {
		share = "-XX:ArchiveClassesAtExit=" + filepath.Join(k.parts, archiveName)
	}
	log, err := os.OpenFile(filepath.Join(k.dir, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of Apache Kafka: %w", err)
	}
	// The context bounds the start only.
	k.cmd = k.java(context.WithoutCancel(ctx), "-Xmx512m", share, "kafka.Kafka", "server.properties")
	k.cmd.Stdout, k.cmd.Stderr = log, log
	dieWithParent(k.cmd)
	k.log, k.done = log, make(chan struct{})
	if err := startLocked(k.cmd, k.done); err != nil {
		return errors.Join(fmt.Errorf("start Apache Kafka: %w", err), log.Close())
	}
	if err := k.ready(ctx); err != nil {
		k.stop(os.Kill)
		tail, _ := os.ReadFile(log.Name())
		return fmt.Errorf("wait for Apache Kafka: %w: %s", err, tail[max(0, len(tail)-maxTail):])
	}
	return nil
}

// ready waits until the broker's port is open: it opens when the broker serves.
func (k *ApacheKafka) ready(ctx context.Context) error {
	d := net.Dialer{Timeout: time.Second}
	for {
		if conn, err := d.DialContext(ctx, "tcp", k.Addr); err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-k.done:
			return errors.New("the broker ended")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop signals the broker and waits for its end. The caller holds mu.
func (k *ApacheKafka) stop(sig os.Signal) {
	if k.cmd == nil {
		return
	}
	_ = k.cmd.Process.Signal(sig) // fails if it has ended
	select {
	case <-k.done:
	case <-time.After(closeWait):
		_ = k.cmd.Process.Kill()
		<-k.done
	}
	_ = k.log.Close()
	k.cmd = nil
}

// Close stops the broker in an orderly way.
func (k *ApacheKafka) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stop(terminate)
	return nil
}

// Kill ends the broker as a crash would, with SIGKILL.
func (k *ApacheKafka) Kill() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stop(os.Kill)
	return nil
}

// Restart starts the broker again on the same port and data, after Close or Kill
// or while it runs.
func (k *ApacheKafka) Restart(ctx context.Context) error {
	if err := k.Close(); err != nil {
		return err
	}
	return k.start(ctx)
}
