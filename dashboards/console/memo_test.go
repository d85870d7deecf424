package console

import (
	"errors"
	"sync"
	"testing"
	"time"
)

// Any number of readers ask once; an answer is kept as long as it is fresh, an error
// not longer than Fresh.
func TestMemo(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	asked, broken := 0, errors.New("broken")
	var m memo[int]
	get := func(err error) (int, error) {
		return m.get(clock, time.Hour, func() (int, error) { asked++; return asked, err })
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got, err := get(nil); got != 1 || err != nil {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
	wg.Wait()
	for _, tt := range []struct {
		later time.Duration
		err   error
		want  int
	}{
		{59 * time.Minute, nil, 1},
		{time.Minute, broken, 2},
		{Fresh - 1, nil, 2},
		{1, nil, 3},
		{time.Minute, nil, 3},
		{-2 * time.Minute, nil, 4}, // the clock was set back
	} {
		now = now.Add(tt.later)
		if got, _ := get(tt.err); got != tt.want {
			t.Errorf("after %v: got answer %d, want %d", tt.later, got, tt.want)
		}
	}
}
