package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A stage that nobody has finished yet is judged as not known, and does not keep the
// others of its process from being judged.
func TestBottleneckOfNewStage(t *testing.T) {
	db := open(t, hand(t, "fresh"))
	put(t, db, "visits", visitColumns,
		`'fresh', 'A', 'review', 1, now64(3) - INTERVAL 26 HOUR, now64(3) - INTERVAL 25 HOUR, NULL, NULL, NULL, NULL, 'finished', '', 'desk', NULL, ''`,
		`'fresh', 'B', 'review', 1, now64(3) - INTERVAL 3 HOUR, now64(3) - INTERVAL 2 HOUR, NULL, NULL, NULL, NULL, 'finished', '', 'desk', NULL, ''`)
	want := []string{"'review',false,NULL,3600", "'pick',false,NULL,NULL"}
	got := lines(t, db, "SELECT stage, bottleneck, since, round(median_seconds) FROM takt.bottleneck_now WHERE process = 'fresh' ORDER BY position")
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
