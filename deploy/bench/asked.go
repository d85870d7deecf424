package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/takt-orders/takt/deploy/embedded"
)

// asked is what an answer of the engine cost.
type asked struct {
	wall, cpu float64 // seconds; cpu of the engine, on whatever else it worked too
	rows      uint64  // read
	first     []string
}

// askEngine asks as the datasource of boards does, as their user.
func askEngine(ctx context.Context, engine *embedded.ClickHouse, sql string) (asked, error) {
	q := url.Values{"user": {"takt_boards"}, "database": {"takt"}, "default_format": {"JSONCompact"}, "max_execution_time": {"120"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+engine.Addr+"/?"+q.Encode(), strings.NewReader(sql))
	if err != nil {
		return asked{}, err
	}
	began, used := time.Now(), engineCPU(engine.Pid())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return asked{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return asked{}, err
	}
	a := asked{wall: time.Since(began).Seconds(), cpu: engineCPU(engine.Pid()) - used}
	if answer.StatusCode != http.StatusOK {
		return a, fmt.Errorf("%s", body)
	}
	var found struct {
		Data       [][]any
		Statistics struct {
			Read uint64 `json:"rows_read"`
		}
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return a, err
	}
	a.rows = found.Statistics.Read
	for _, row := range found.Data {
		a.first = append(a.first, fmt.Sprint(row[0]))
	}
	return a, nil
}

// engineCPU is what a process has used, in seconds to a hundredth, of proc(5); 0
// elsewhere than on Linux.
func engineCPU(pid int) float64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The name of the program, in brackets, may hold blanks.
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

// quantiles returns the median and the 95th percentile, by nearest rank.
func quantiles(values []float64) (p50, p95 float64) {
	v := slices.Sorted(slices.Values(values))
	rank := func(share float64) float64 { return v[max(0, int(share*float64(len(v))+0.999999)-1)] }
	return rank(0.5), rank(0.95)
}
