package config

import (
	"fmt"
	"slices"
	"strings"
)

// suggest says what may have been meant by name: the one of the choices that is
// near to it, else all of them after the words of lead.
func suggest(name string, choices []string, lead string) string {
	choices = slices.Compact(slices.Sorted(slices.Values(choices)))
	best, least := "", len([]rune(name))/3+2
	for _, c := range choices {
		if d := distance(strings.ToLower(name), c); d < least {
			best, least = c, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(choices) == 0:
		return lead + " none"
	default:
		return lead + " " + strings.Join(choices, ", ")
	}
}

// distance is the number of letters to insert, drop, change or swap with their
// neighbour to get from a to b (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if len(s) > 64 || len(t) > 64 {
		return max(len(s), len(t))
	}
	before, last, next := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := range s {
		next[0] = i + 1
		for j := range t {
			change := last[j]
			if s[i] != t[j] {
				change++
			}
			next[j+1] = min(change, last[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(t)]
}
