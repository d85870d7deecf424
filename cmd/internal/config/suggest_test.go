package config

import "testing"

func TestSuggest(t *testing.T) {
	choices := []string{"within", "of", "objective", "warn_at", "topic"}
	for name, want := range map[string]string{
		"whithin":   `did you mean "within"?`,
		"objektive": `did you mean "objective"?`,
		"OBJECTIVE": `did you mean "objective"?`,
		"tpoic":     `did you mean "topic"?`,
		"warnat":    `did you mean "warn_at"?`,
		"limit":     "here belong objective, of, topic, warn_at, within",
		"审核":        "here belong objective, of, topic, warn_at, within",
	} {
		if got := suggest(name, choices, "here belong"); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if got := suggest("x", nil, "there are"); got != "there are none" {
		t.Errorf("no choices: got %s", got)
	}
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"审核", "审批", 1}} {
		if got := distance(tc.a, tc.b); got != tc.want {
			t.Errorf("%q, %q: got %d, want %d", tc.a, tc.b, got, tc.want)
		}
		if got := distance(tc.b, tc.a); got != tc.want {
			t.Errorf("%q, %q: got %d, want %d", tc.b, tc.a, got, tc.want)
		}
	}
}
