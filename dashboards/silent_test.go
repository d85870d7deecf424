package dashboards_test

import "strings"

// silent reports whether the simulated shop has nothing that a query asks for.
func silent(expr string) bool {
	return strings.Contains(expr, "takt_notify_messages_total") || // nobody is told: no receiver is configured
		strings.Contains(expr, "ALERTS{") // no rule is loaded
}
