package alerts

import "fmt"

// own returns the alerting rules about Takt itself.
func (c Config) own() []Rule {
	page := func() map[string]string { return map[string]string{"severity": critical, "owner_team": c.Team} }
	rules := []Rule{
		{
			Alert: down,
			Expr:  fmt.Sprintf("absent(up{job=%[1]s})\nor max by (job, instance) (up{job=%[1]s}) == 0", quote(c.Job)),
			For:   "5m", Labels: page(), Annotations: downText(),
		},
		{
			Alert: ingestLag, Expr: "max by (topic) (takt_ingest_lag_seconds) > 600",
			For: "5m", Labels: page(), Annotations: lagText(),
		},
		{
			Alert: auditGap,
			Expr:  "max by (topic) (takt_audit_missing_offsets) > 0\nor max by (topic) (takt_audit_duplicate_offsets) > 0",
			For:   "5m", Labels: page(), Annotations: auditText(),
		},
		{
			// One that a poller could not write whole at once: it is there but for its topic.
			Alert: deadLetters,
			Expr: fmt.Sprintf("(\n  sum by (source) (increase(takt_ingest_dead_letters_total[1h])) >= %d\n  and sum by (source) (increase(takt_ingest_dead_letters_total[1h]))\n    > 0.01 * sum by (source) (increase(takt_ingest_records_total[1h]))\n)\nor sum by (source) (increase(takt_poll_too_large_total[1h])) > 0",
				LeastDue),
			For: "5m", Labels: map[string]string{"severity": warning, "owner_team": c.Team}, Annotations: deadText(),
		},
		{
			// Two comparisons, five minutes apart: one alone may catch a flush half told.
			Alert: parityBroken, Expr: "max by (process, figure) (takt_parity_difference) > 0",
			For: "10m", Labels: map[string]string{"severity": warning, "owner_team": c.Team}, Annotations: parityText(),
		},
		{
			// What was recorded late is there by now.
			Alert: reconciled, Expr: `max by (source, kind) (takt_reconciliation_difference{kind!="late"}) > 0`,
			For: "5m", Labels: map[string]string{"severity": warning, "owner_team": c.Team}, Annotations: reconciledText(),
		},
		c.gatewayFails(), c.gatewayRefuses(), c.pollIsBehind(),
		{
			Alert: watchdog, Expr: "vector(1)",
			Labels: map[string]string{"severity": info}, Annotations: watchdogText(),
		},
	}
	for i := range rules {
		c.link(&rules[i], ownPlace(rules[i].Alert), "", "")
	}
	return rules
}
