package simulate

import (
	"testing"

	"pgregory.net/rapid"
)

// Items come back by time, equal times as they were pushed.
func TestAgendaSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a agenda
		inside, pushed := 0, int32(0)
		last := item{at: -1}
		for _, at := range rapid.SliceOfN(rapid.Int64Range(-1, 30), 0, 300).Draw(t, "steps") {
			if at >= 0 {
				a.push(item{at: max(at, last.at), ref: pushed})
				pushed++
				inside++
			} else if inside > 0 {
				it := a.pop()
				inside--
				if it.at < last.at || it.at == last.at && it.ref < last.ref {
					t.Fatalf("got %v after %v", it, last)
				}
				last = it
			}
		}
		for ; inside > 0; inside-- {
			it := a.pop()
			if it.at < last.at || it.at == last.at && it.ref < last.ref {
				t.Fatalf("got %v after %v", it, last)
			}
			last = it
		}
		if !a.empty() {
			t.Fatal("items are left")
		}
	})
}
