package tracker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/takt-orders/takt/ingest/order"
)

// FuzzState: whatever bytes are restored, the tracker answers with an error or a
// state that it can cut; it never panics.
func FuzzState(f *testing.F) {
	tr := New(Config{Plan: lawPlan()})
	for i, e := range benchEvents(3) {
		tr.Apply(&e, int64(i), true)
	}
	for _, o := range gather(tr).Orders {
		f.Add(o.State)
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		tr := New(Config{Plan: lawPlan()})
		if err := tr.Restore(state, true); err != nil {
			return
		}
		tr.Advance(start+100*hour, true)
		tr.Cut(nil)
	})
}

func TestIndexAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var x index
	hashes := map[uint32]uint64{}
	for h := range uint32(20_000) {
		hashes[h] = rng.Uint64()
		x.add(hashes[h], h)
		if h%3 == 2 {
			gone := rng.Uint32N(h)
			if hash, ok := hashes[gone]; ok {
				x.remove(hash, gone)
				delete(hashes, gone)
			}
		}
	}
	for h, hash := range hashes {
		if got, ok := x.find(hash, func(g uint32) bool { return g == h }); !ok || got != h {
			t.Fatalf("find(%d) = %d, %v", h, got, ok)
		}
	}
	if x.n != len(hashes) {
		t.Errorf("the index holds %d, want %d", x.n, len(hashes))
	}
}

func TestFilterForgetsNothing(t *testing.T) {
	var f filter
	const n = 500_000
	for i := range uint64(n) {
		f.add(hashOf(fmt.Sprint("closed-", i)))
	}
	for i := range uint64(n) {
		if !f.has(hashOf(fmt.Sprint("closed-", i))) {
			t.Fatalf("closed-%d is forgotten", i)
		}
	}
	wrong := 0
	for i := range n {
		if f.has(hashOf(fmt.Sprint("new-", i))) {
			wrong++
		}
	}
	if share := float64(wrong) / n; share > 0.001 {
		t.Errorf("%.2f %% of new numbers are taken for known ones, want at most 0.1 %%", 100*share)
	}
}

// TestFilterShardAgainstMap fills a shard as it is filled with a hundred million
// orders, where a line holds most.
func TestFilterShardAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var s filterShard
	var f filter
	have := make([]bool, 1<<shardBits)
	const n = 390_000
	for range n {
		v := rng.Uint32() >> (32 - shardBits)
		have[v] = true
		s.add(v)
	}
	f.shards[0] = s
	for v := range uint32(1 << shardBits) {
		if got := f.has(uint64(v) << 32); got != have[v] {
			t.Fatalf("fingerprint %d: got %v, want %v", v, got, have[v])
		}
	}
	if each := float64(f.bytes()) * 8 / n; each > 11 {
		t.Errorf("a fingerprint takes %.1f bits, want at most 11", each)
	}
}

func TestTimersRingInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var ts timers
	handles := make([]handle, 5000)
	set := map[uint32]order.Instant{}
	for range 20_000 { // set, set again, taken away
		h, at := uint32(rng.IntN(len(handles))), order.Instant(rng.Int64N(1<<40))
		if rng.IntN(4) == 0 {
			at = never
			delete(set, h)
		} else {
			set[h] = at
		}
		ts.set(handles, h, at)
	}
	for last := order.Instant(0); len(set) > 0; {
		at, ok := ts.first()
		if _, early := ts.pop(handles, at-1); early {
			t.Fatalf("a timer set for %d rings before", at)
		}
		h, _ := ts.pop(handles, at)
		if !ok || set[h] != at || at < last || handles[h].timer != 0 {
			t.Fatalf("order %d rings at %d after %d; it is set for %d", h, at, last, set[h])
		}
		last = at
		delete(set, h)
	}
	if _, ok := ts.first(); ok {
		t.Error("a timer is left")
	}
}

func TestSlabUsesFreedRoom(t *testing.T) {
	s := newSlab()
	rng := rand.New(rand.NewPCG(5, 6))
	held := map[place][]byte{}
	for range 100_000 {
		b := make([]byte, rng.IntN(400))
		for i := range b {
			b[i] = byte(len(held))
		}
		held[s.put(b)] = b
		if len(held) > 1000 {
			for p, want := range held {
				if !slices.Equal(s.get(p), want) {
					t.Fatal("a blob changed")
				}
				s.release(p)
				delete(held, p)
				break
			}
		}
	}
	if len(s.chunks) > 2 {
		t.Errorf("1,000 blobs of 400 bytes take %d chunks", len(s.chunks))
	}
	large := make([]byte, 3*chunkBytes)
	large[len(large)-1] = 7
	if got := s.get(s.put(large)); len(got) != len(large) || got[len(got)-1] != 7 {
		t.Error("a blob larger than a chunk is not kept")
	}
}

func TestAgesOldest(t *testing.T) {
	var a ages
	if a.first() != 0 {
		t.Error("an empty stage has an oldest visit")
	}
	for _, m := range []order.Instant{50, 30, 40} {
		a.add(m * minute)
	}
	a.remove(30 * minute)
	if got := a.first(); got != 40*minute {
		t.Errorf("oldest is minute %d, want 40", got/minute)
	}
	a.add(20 * minute)
	if got := a.first(); got != 20*minute {
		t.Errorf("oldest is minute %d, want 20", got/minute)
	}
}

// TestCutIsBounded: when many deadlines have passed at once, a Cut gives some and
// Next tells that more are due.
func TestCutIsBounded(t *testing.T) {
	tr := New(Config{Plan: lawPlan(), CutOrders: 10})
	var h order.Hasher
	for i := range 25 {
		id := fmt.Sprint("SO-", i)
		e := order.Event{OrderID: id, SourceOrder: id, Source: "shop", Activity: "placed", OccurredAt: start}
		h.SetContent(&e)
		h.SetID(&e, order.IdentityContent, "", "", 0)
		tr.Apply(&e, int64(i), true)
	}
	tr.Advance(start, true)
	if got := len(gather(tr).Orders); got != 25 {
		t.Fatalf("the first cut gives %d orders, want all that were touched", got)
	}
	tr.Advance(start+5*hour, true)
	var got []int
	for next, ok := tr.Next(); ok && next <= start+5*hour; next, ok = tr.Next() {
		got = append(got, len(gather(tr).Orders))
	}
	if want := []int{10, 10, 5}; !slices.Equal(got, want) {
		t.Errorf("cuts give %v orders, want %v", got, want)
	}
}
