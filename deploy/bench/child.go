package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/pprof"
	"syscall"
	"time"
)

// childCommand is the first argument of this program when it is started again as
// one row of a table.
const childCommand = "row"

// job is what a row of the speed table is told.
type job struct {
	Row        string
	Kafka      string
	ClickHouse string
	Topic      string
	Rows       int // of a batch
	Profile    string
	Orders     int // of a scale row
	Units      int
	Closed     int
	Seconds    int
}

// child is this process as one row; its answer goes to stdout as JSON.
func child(ctx context.Context, args []string, stdout io.Writer) (err error) {
	f := flag.NewFlagSet(childCommand, flag.ContinueOnError)
	text := f.String("job", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal([]byte(*text), &j); err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	rows := map[string]func(context.Context, *job) (any, error){
		"bound": bound, "hand-written": handWritten, "events only": eventsOnly, "recover": recovery,
		"orders": scaleOrders, "closed": scaleClosed,
	}
	row := rows[j.Row]
	if row == nil {
		return fmt.Errorf("row %q is unknown", j.Row)
	}
	if j.Profile != "" {
		out, err := os.Create(j.Profile)
		if err != nil {
			return fmt.Errorf("write profile: %w", err)
		}
		if err := pprof.StartCPUProfile(out); err != nil {
			return fmt.Errorf("write profile: %w", err)
		}
		defer out.Close()
		defer pprof.StopCPUProfile()
	}
	answer, err := row(ctx, &j)
	if err != nil {
		return fmt.Errorf("row %q: %w", j.Row, err)
	}
	return json.NewEncoder(stdout).Encode(answer)
}

// usage is what the system accounts to a process.
type usage struct {
	CPU  time.Duration // user and system
	Wall time.Duration
	Peak int64 // greatest resident set, bytes
}

// start runs this program again as a row, and decodes its answer.
func start(ctx context.Context, j *job, answer any) (usage, error) {
	self, err := os.Executable()
	if err != nil {
		return usage{}, fmt.Errorf("find this program: %w", err)
	}
	text, err := json.Marshal(j)
	if err != nil {
		return usage{}, err
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, self, childCommand, "-job", string(text))
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	u, err := measured(cmd)
	if err != nil {
		return u, fmt.Errorf("row %q: %w", j.Row, err)
	}
	if err := json.Unmarshal(out.Bytes(), answer); err != nil {
		return u, fmt.Errorf("row %q: read answer: %w", j.Row, err)
	}
	return u, nil
}

// measured runs a process to its end.
func measured(cmd *exec.Cmd) (usage, error) {
	begin := time.Now()
	err := cmd.Run()
	u := usage{Wall: time.Since(begin)}
	if s := cmd.ProcessState; s != nil {
		u.CPU = s.UserTime() + s.SystemTime()
		if r, ok := s.SysUsage().(*syscall.Rusage); ok {
			u.Peak = r.Maxrss << 10
		}
	}
	return u, err
}

// cpu returns what this process has used so far.
func cpu() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // cannot fail with these arguments
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
