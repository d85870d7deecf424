package process

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed shipped/*.yaml
var shipped embed.FS

// Shipped returns the process file of that name that comes with Takt; ok is false
// if there is none.
func Shipped(name string) (data []byte, ok bool) {
	if strings.ContainsAny(name, "/.") {
		return nil, false
	}
	data, err := shipped.ReadFile("shipped/" + name + ".yaml")
	return data, err == nil
}

// ShippedNames returns the names of the processes that come with Takt, sorted.
func ShippedNames() []string {
	files, err := fs.Glob(shipped, "shipped/*.yaml")
	if err != nil {
		return nil // the pattern is well-formed
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(f, "shipped/"), ".yaml")
	}
	return names
}
