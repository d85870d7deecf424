package dashboards_test

import (
	"regexp"
	"strings"

	"github.com/takt-orders/takt/dashboards/grafana"
)

var variable = regexp.MustCompile(`\$\{(\w+)(?::(\w+))?\}`)

// expandPromQL puts the values into an expression as the Prometheus datasource does.
func expandPromQL(expr string, values grafana.Chosen) string {
	return intervals.Replace(variable.ReplaceAllStringFunc(expr, func(found string) string {
		return strings.NewReplacer(`\`, `\\`, `'`, `\\'`).Replace(strings.Join(values[strings.Trim(found, "${}")], ""))
	}))
}
