package source

import (
	"strconv"
	"strings"
	"testing"
)

func TestArena(t *testing.T) {
	var a Arena
	for round := range 3 {
		a.Reset()
		var got []string
		var want []string
		for i := range 5000 {
			s := strings.Repeat(strconv.Itoa(i), 1+i%40)
			if i%1000 == 999 {
				s = strings.Repeat("x", textChunk*3/2)
			}
			want = append(want, s)
			got = append(got, a.copy([]byte(s)))
			if at := a.attributes(3); len(at) != 0 || cap(at) != 3 {
				t.Fatalf("attributes(3) has %d of %d", len(at), cap(at))
			}
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("round %d: text %d was overwritten", round, i)
			}
		}
	}
	big := a.Bytes()
	a.Reset()
	a.copy([]byte("x"))
	a.Reset()
	if small := a.Bytes(); small*2 > big {
		t.Errorf("after a small batch the arena still holds %d of %d bytes", small, big)
	}
	if n := testing.AllocsPerRun(100, func() { a.Reset(); a.copy([]byte("abc")) }); n != 0 {
		t.Errorf("%v allocations in a warm arena", n)
	}
}

func TestDictionary(t *testing.T) {
	var d dictionary
	for i := range 3 * dictionaryNames {
		name := strconv.Itoa(i % (2 * dictionaryNames))
		if got, ok := d.get([]byte(name)); ok && got != name {
			t.Fatalf("get(%q) = %q", name, got)
		} else if want := i%(2*dictionaryNames) < dictionaryNames; ok != want {
			t.Fatalf("get of name %d: held = %v", i, ok)
		}
	}
	if len(d.all) != dictionaryNames {
		t.Errorf("it holds %d names", len(d.all))
	}
	if _, ok := d.get([]byte(strings.Repeat("x", dictionaryBytes+1))); ok {
		t.Error("it holds a long name")
	}
	if s, ok := d.get(nil); s != "" || !ok {
		t.Error("the empty name is not held")
	}
}
