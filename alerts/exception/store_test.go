package exception

import (
	"context"
	"sync"
)

// memory is a Store in memory.
type memory struct {
	mu      sync.Mutex
	facts   map[uint64]Facts
	changes map[uint64][]Change
}

var _ Store = (*memory)(nil)

func newMemory(facts ...Facts) *memory {
	m := &memory{facts: map[uint64]Facts{}, changes: map[uint64][]Change{}}
	for _, f := range facts {
		m.facts[f.ID] = f
	}
	return m
}

func (m *memory) Exception(_ context.Context, id uint64) (Facts, []Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.facts[id]
	if !ok {
		return Facts{}, nil, ErrUnknown
	}
	return f, append([]Change(nil), m.changes[id]...), nil
}

func (m *memory) Append(_ context.Context, f Facts, c Change) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !c.Refused && c.Revision > 0 {
		for _, other := range m.changes[f.ID] {
			if !other.Refused && other.Revision == c.Revision {
				return other.ID, nil
			}
		}
	}
	m.changes[f.ID] = append(m.changes[f.ID], c)
	return c.ID, nil
}
