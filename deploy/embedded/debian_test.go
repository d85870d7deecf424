package embedded

import (
	"os"
	"path/filepath"
	"testing"
)

// Alertmanager's templates are moved, and nothing else of the program.
func TestRelative(t *testing.T) {
	const dir = "/usr/share/prometheus/alertmanager"
	program := filepath.Join(t.TempDir(), "alertmanager")
	if err := os.WriteFile(program, []byte("\xff"+dir+"\xfe"+dir+"/ui/ "+dir[1:]), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := relative(program); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(program)
	if want := "\xff" + dir[1:] + "/\xfe" + dir + "/ui/ " + dir[1:]; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := relative(program); err == nil {
		t.Error("a program that names no such directory was taken")
	}
}
