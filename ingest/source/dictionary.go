package source

const (
	dictionaryNames = 64 << 10 // names a dictionary holds at most
	dictionaryBytes = 64       // a longer one is never held
	dictionaryFront = 1024     // slots of the cache before the map
)

// dictionary interns names of which a source has few. What it returns lives as
// long as it does.
type dictionary struct {
	front [dictionaryFront]string
	all   map[string]string
}

// get returns b as a string; ok is false if it is not held and cannot be.
func (d *dictionary) get(b []byte) (s string, ok bool) {
	n := len(b)
	if n == 0 {
		return "", true
	}
	if n > dictionaryBytes {
		return "", false
	}
	slot := (n*131 + int(b[0])*31 + int(b[n-1])*17 + int(b[n/2])*7 + int(b[n*3/4])*3) % dictionaryFront
	if s = d.front[slot]; s == string(b) {
		return s, true
	}
	if s, ok = d.all[string(b)]; !ok {
		if len(d.all) >= dictionaryNames {
			return "", false
		}
		if d.all == nil {
			d.all = make(map[string]string)
		}
		s = string(b)
		d.all[s] = s
	}
	d.front[slot] = s
	return s, true
}
