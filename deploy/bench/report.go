package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one measured value.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Goal  string  `json:"goal,omitempty"`
}

// machine names where and with what the figures were measured.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Go     string `json:"go"`
	Date   string `json:"date"`
	GOGC   string `json:"gogc"`
	Commit string `json:"commit"`
}

// String describes the machine in one line.
func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s, GOGC=%s, %s, %s", m.CPU, m.Cores, m.Go, m.GOGC, m.Date, m.Commit)
}

// report collects the figures of a run.
type report struct {
	Machine machine  `json:"machine"`
	Config  *config  `json:"config"`
	Figures []figure `json:"figures"`
}

func newReport(c *config) *report {
	gogc := os.Getenv("GOGC")
	if gogc == "" {
		gogc = "100"
	}
	return &report{Config: c, Machine: machine{
		CPU: cpuModel(), Cores: runtime.NumCPU(), Go: runtime.Version(), GOGC: gogc, Commit: commit(),
		Date: time.Now().UTC().Format(time.DateOnly),
	}}
}

func (r *report) add(name string, value float64, unit, goal string) {
	r.Figures = append(r.Figures, figure{name, value, unit, goal})
}

func (r *report) write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	return nil
}

func cpuModel() string {
	data, _ := os.ReadFile("/proc/cpuinfo") // absent elsewhere than on Linux
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "no commit"
	}
	return strings.TrimSpace(string(out))
}

// table prints rows under a title, columns aligned.
func table(w io.Writer, title string, head []string, rows [][]string) {
	fmt.Fprintf(w, "\n%s\n", title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, cells := range append([][]string{head}, rows...) {
		// The first column is text and stands left: aligned by hand.
		fmt.Fprintf(t, "%-34s\t%s\t\n", cells[0], strings.Join(cells[1:], "\t"))
	}
	_ = t.Flush() // as any print to a terminal
}

func decimals(v float64, n int) string { return fmt.Sprintf("%.*f", n, v) }
