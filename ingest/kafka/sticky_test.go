package kafka

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	kafkago "github.com/segmentio/kafka-go"
	"pgregory.net/rapid"
)

// drawGroup draws members whose claims may be stale, contradict one another or
// name partitions that do not exist.
func drawGroup(t *rapid.T) (map[string]claim, []int) {
	n := rapid.IntRange(0, 12).Draw(t, "partitions")
	claims := map[string]claim{}
	for i := range rapid.IntRange(1, 5).Draw(t, "members") {
		claims[fmt.Sprintf("m%d", i)] = claim{
			generation: rapid.Int32Range(-1, 3).Draw(t, "generation"),
			partitions: rapid.SliceOfDistinct(rapid.IntRange(0, 14), rapid.ID).Draw(t, "claim"),
		}
	}
	partitions := make([]int, n)
	for i := range partitions {
		partitions[i] = i
	}
	return claims, partitions
}

func TestStickyLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims, partitions := drawGroup(t)
		got := balance(claims, partitions)

		seen := map[int]string{}
		least, most := len(partitions), 0
		for m := range claims {
			least, most = min(least, len(got[m])), max(most, len(got[m]))
			for _, p := range got[m] {
				if other, ok := seen[p]; ok {
					t.Fatalf("partition %d belongs to %s and %s", p, other, m)
				}
				seen[p] = m
			}
		}
		if len(seen) != len(partitions) {
			t.Fatalf("%d of %d partitions are handed out", len(seen), len(partitions))
		}
		if most-least > 1 {
			t.Fatalf("one member has %d, another %d", least, most)
		}
		if again := balance(claims, slices.Clone(partitions)); !maps.EqualFunc(got, again, slices.Equal) {
			t.Fatalf("got %v and then %v", got, again)
		}

		owned := keep(slices.Sorted(maps.Keys(claims)), claims, partitions)
		stayed := 0
		for m, had := range owned {
			for _, p := range had {
				if seen[p] == m {
					stayed++
				}
			}
		}
		if best := mostThatCanStay(owned, slices.Sorted(maps.Keys(claims)), len(partitions)); stayed != best {
			t.Fatalf("%d partitions stay, %d could", stayed, best)
		}

		// Whoever joins again with what it got keeps all of it.
		next := map[string]claim{}
		for m := range claims {
			next[m] = claim{generation: 9, partitions: got[m]}
		}
		if again := balance(next, partitions); !maps.EqualFunc(got, again, slices.Equal) {
			t.Fatalf("nobody came or went, and %v became %v", got, again)
		}
	})
}

// mostThatCanStay tries every choice of the members that get one more.
func mostThatCanStay(owned map[string][]int, members []string, partitions int) int {
	share, extra := partitions/len(members), partitions%len(members)
	best := 0
	for chosen := range 1 << len(members) {
		n, stay := 0, 0
		for i, m := range members {
			more := chosen >> i & 1
			n += more
			stay += min(len(owned[m]), share+more)
		}
		if n == extra {
			best = max(best, stay)
		}
	}
	return best
}

func TestClaimsThatContradict(t *testing.T) {
	got := balance(map[string]claim{
		"a": {generation: 4, partitions: []int{0, 1}}, // a zombie's memory
		"b": {generation: 5, partitions: []int{0, 1}},
	}, []int{0, 1, 2, 3})
	if want := []int{0, 1}; !slices.Equal(got["b"], want) {
		t.Errorf("the later generation got %v, want %v", got["b"], want)
	}
}

func TestAssignGroups(t *testing.T) {
	s := newSticky(&Config{Topic: "orders"})
	s.remember(3, []int{1})
	mine, err := s.UserData()
	if err != nil {
		t.Fatal(err)
	}
	got := s.AssignGroups([]kafkago.GroupMember{
		{ID: "a", Topics: []string{"orders"}, UserData: []byte("of another version")},
		{ID: "b", Topics: []string{"orders"}, UserData: mine},
		{ID: "c", Topics: []string{"other"}},
	}, []kafkago.Partition{{Topic: "orders", ID: 0}, {Topic: "orders", ID: 1}})
	if !slices.Equal(got["a"]["orders"], []int{0}) || !slices.Equal(got["b"]["orders"], []int{1}) || len(got["c"]) != 0 {
		t.Errorf("got %v", got)
	}
	if n := s.remember(4, nil); n != 2 {
		t.Errorf("got %d partitions handed out, want 2", n)
	}
	if n := s.remember(5, nil); n != -1 {
		t.Errorf("got %d partitions handed out by a follower", n)
	}
}

func FuzzDecodeClaim(f *testing.F) {
	f.Add(claim{7, []int{1, 2, 300}}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeClaim(b)
		if err == nil && !slices.Equal(c.encode(), b) {
			t.Errorf("%x became %x", b, c.encode())
		}
	})
}
