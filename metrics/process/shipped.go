package process

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed shipped/*.yaml calendars/*.yaml
var shipped embed.FS

// Shipped returns the process file of that name that comes with Takt; ok is false
// if there is none.
func Shipped(name string) (data []byte, ok bool) { return shippedFile("shipped", name) }

// ShippedNames returns the names of the processes that come with Takt, sorted.
func ShippedNames() []string { return shippedNames("shipped") }

// ShippedCalendar returns the calendar file of that name that comes with Takt; ok
// is false if there is none.
func ShippedCalendar(name string) (data []byte, ok bool) { return shippedFile("calendars", name) }

// ShippedCalendarNames returns the names of the calendars that come with Takt, sorted.
func ShippedCalendarNames() []string { return shippedNames("calendars") }

func shippedFile(dir, name string) (data []byte, ok bool) {
	if strings.ContainsAny(name, "/.") {
		return nil, false
	}
	data, err := shipped.ReadFile(dir + "/" + name + ".yaml")
	return data, err == nil
}

func shippedNames(dir string) []string {
	files, err := fs.Glob(shipped, dir+"/*.yaml")
	if err != nil {
		return nil // the pattern is well-formed
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(f, dir+"/"), ".yaml")
	}
	return names
}
