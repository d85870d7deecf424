//go:build linux && amd64

package embedded

import "unsafe"

// bound is a list of parameters in the shape that the library takes: four
// parallel arrays. It must be kept alive during the call.
type bound struct {
	name, value       []*byte
	nameLen, valueLen []uintptr
}

func bind(params []param) *bound {
	b := &bound{}
	for _, p := range params {
		// An empty string has no address of its own; the library reads the
		// pointer all the same.
		name, value := append([]byte(p.name), 0), append([]byte(p.value), 0)
		b.name = append(b.name, &name[0])
		b.value = append(b.value, &value[0])
		b.nameLen = append(b.nameLen, uintptr(len(p.name)))
		b.valueLen = append(b.valueLen, uintptr(len(p.value)))
	}
	return b
}

func (b *bound) names() unsafe.Pointer     { return unsafe.Pointer(unsafe.SliceData(b.name)) }
func (b *bound) values() unsafe.Pointer    { return unsafe.Pointer(unsafe.SliceData(b.value)) }
func (b *bound) nameLens() unsafe.Pointer  { return unsafe.Pointer(unsafe.SliceData(b.nameLen)) }
func (b *bound) valueLens() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b.valueLen)) }
