package console

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Text is readable on what it stands on, by day and by night: a contrast of 4.5 as WCAG
// 2 asks for, 3 for the bars and curves of charts.
func TestContrast(t *testing.T) {
	style, err := os.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	day, night, ok := strings.Cut(string(style), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no style for the night")
	}
	for scheme, text := range map[string]string{"day": day, "night": night} {
		colors := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{3,6});`).FindAllStringSubmatch(text, -1) {
			if _, first := colors[m[1]]; !first {
				colors[m[1]] = luminance(t, m[2])
			}
		}
		for _, pair := range []struct {
			front string
			backs string
			least float64
		}{
			{"text", "page card track bad-back fill", 4.5},
			{"soft", "page card bad-back", 4.5},
			{"accent", "page card fill", 4.5},
			{"bad", "card bad-back", 4.5},
			{"warn", "card warn-back", 4.5},
			{"good", "card good-back", 4.5},
			{"rest", "card", 2.5}, // its numbers stand beside it
			{"accent", "fill", 3},
			{"bad", "bad-back", 3},
		} {
			for back := range strings.FieldsSeq(pair.backs) {
				if got := contrast(colors[pair.front], colors[back]); got < pair.least {
					t.Errorf("by %s, %s on %s: contrast %.2f, want %.1f", scheme, pair.front, back, got, pair.least)
				}
			}
		}
	}
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// luminance is WCAG's relative luminance of a colour.
func luminance(t *testing.T, hex string) float64 {
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.03928 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}
