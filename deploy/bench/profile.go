package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// profiled is added to the takt binary when it is to be profiled: the program
// itself has no such option. Beside the CPU it keeps the heap at its greatest.
const profiled = `package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

var stopProfile = func() {}

func init() {
	path := os.Getenv("TAKT_BENCH_PROFILE")
	if path == "" {
		return
	}
	f, err := os.Create(path)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		panic(err)
	}
	stopProfile = func() { pprof.StopCPUProfile(); f.Close() }
	go func() {
		var most uint64
		for range time.Tick(100 * time.Millisecond) {
			var m runtime.MemStats
			if runtime.ReadMemStats(&m); m.HeapAlloc < most+most/20 {
				continue
			}
			most = m.HeapAlloc
			if h, err := os.Create(path + ".heap"); err == nil {
				pprof.WriteHeapProfile(h)
				h.Close()
			}
		}
	}()
}
`

// overlay writes the description of files that replace or join those of the
// program's main package, and returns its path.
func (w *world) overlay() (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	main := filepath.Join(root, "cmd", "takt", "main.go")
	text, err := os.ReadFile(main)
	if err != nil {
		return "", fmt.Errorf("read the program's main, is this the repository's root: %w", err)
	}
	changed := strings.Replace(string(text), "os.Exit(code)", "stopProfile()\n\tos.Exit(code)", 1)
	files := map[string]string{main: changed, filepath.Join(root, "cmd", "takt", "zz_profile.go"): profiled}
	var lines []string
	for path, text := range files {
		copied := filepath.Join(w.dir, filepath.Base(path)+".txt")
		if err := os.WriteFile(copied, []byte(text), 0o644); err != nil {
			return "", fmt.Errorf("write the profile's source: %w", err)
		}
		lines = append(lines, strconv.Quote(path)+": "+strconv.Quote(copied))
	}
	path := filepath.Join(w.dir, "overlay.json")
	if err := os.WriteFile(path, []byte(`{"Replace": {`+strings.Join(lines, ", ")+`}}`), 0o644); err != nil {
		return "", fmt.Errorf("write the overlay: %w", err)
	}
	return path, nil
}
