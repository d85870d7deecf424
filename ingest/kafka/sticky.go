package kafka

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"sync"

	kafkago "github.com/segmentio/kafka-go"
)

// sticky is the group's balancer. The leader of the group hands out partitions
// evenly (no member has two more than another) and moves as few as that allows.
// Every member says in its UserData what it had before; whoever had it last, by
// generation, is believed.
type sticky struct {
	topic string

	mu         sync.Mutex
	generation int32
	partitions []int
	handedOut  int // partitions of topic when this member last was the leader; -1: it was not
}

var _ kafkago.GroupBalancer = (*sticky)(nil)

func newSticky(cfg *Config) *sticky {
	s := &sticky{topic: cfg.Topic, generation: -1, handedOut: -1}
	if cfg.PreviousPartitions != nil {
		s.partitions = cfg.PreviousPartitions()
	}
	return s
}

// remember sets what the member will claim when it joins again. It returns how
// many partitions were handed out if this member did it, -1 otherwise.
func (s *sticky) remember(generation int32, partitions []int) (handedOut int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation, s.partitions = generation, partitions
	handedOut, s.handedOut = s.handedOut, -1
	return handedOut
}

// ProtocolName returns the name that all members have to agree on.
func (s *sticky) ProtocolName() string { return "takt-sticky" }

// UserData returns what this member had before.
func (s *sticky) UserData() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return claim{s.generation, s.partitions}.encode(), nil
}

// AssignGroups hands out the partitions of each topic among those who want it.
func (s *sticky) AssignGroups(members []kafkago.GroupMember, partitions []kafkago.Partition) kafkago.GroupMemberAssignments {
	topics := map[string][]int{}
	for _, p := range partitions {
		topics[p.Topic] = append(topics[p.Topic], p.ID)
	}
	s.mu.Lock()
	s.handedOut = len(topics[s.topic])
	s.mu.Unlock()
	out := kafkago.GroupMemberAssignments{}
	for _, m := range members {
		out[m.ID] = map[string][]int{}
	}
	for topic, ids := range topics {
		claims := map[string]claim{}
		for _, m := range members {
			if !slices.Contains(m.Topics, topic) {
				continue
			}
			// A claim that cannot be read, of another version perhaps, claims nothing.
			c, err := decodeClaim(m.UserData)
			if err != nil {
				c = claim{}
			}
			claims[m.ID] = c
		}
		for id, assigned := range balance(claims, ids) {
			out[id][topic] = assigned
		}
	}
	return out
}

// balance gives every partition to one member: evenly, with as few moves as
// possible, and the same for equal arguments.
func balance(claims map[string]claim, partitions []int) map[string][]int {
	if len(claims) == 0 {
		return nil
	}
	slices.Sort(partitions)
	members := slices.Sorted(maps.Keys(claims))
	kept := keep(members, claims, partitions)

	// Members who hold more than their share may keep one more as long as the
	// division leaves a remainder; that moves the fewest.
	share, extra := len(partitions)/len(members), len(partitions)%len(members)
	byHolding := slices.Clone(members)
	slices.SortStableFunc(byHolding, func(a, b string) int { return cmp.Compare(len(kept[b]), len(kept[a])) })

	out := make(map[string][]int, len(members))
	taken := map[int]bool{}
	quota := map[string]int{}
	for i, m := range byHolding {
		quota[m] = share
		if i < extra {
			quota[m]++
		}
		out[m] = kept[m][:min(len(kept[m]), quota[m])]
		for _, p := range out[m] {
			taken[p] = true
		}
	}
	next := 0
	for _, p := range partitions {
		if taken[p] {
			continue
		}
		for len(out[members[next]]) >= quota[members[next]] {
			next++
		}
		out[members[next]] = append(out[members[next]], p)
	}
	for _, assigned := range out {
		slices.Sort(assigned)
	}
	return out
}

// keep returns for each member the existing partitions it had last.
func keep(members []string, claims map[string]claim, partitions []int) map[string][]int {
	owner := map[int]string{}
	for _, m := range members { // ascending: the first of equals stays
		for _, p := range claims[m].partitions {
			if o, ok := owner[p]; !ok || claims[m].generation > claims[o].generation {
				owner[p] = m
			}
		}
	}
	kept := map[string][]int{}
	for _, p := range partitions {
		if o, ok := owner[p]; ok {
			kept[o] = append(kept[o], p)
		}
	}
	return kept
}

// claim is what a member had and when.
type claim struct {
	generation int32
	partitions []int
}

const claimVersion = 1

func (c claim) encode() []byte {
	b := []byte{claimVersion}
	b = binary.BigEndian.AppendUint32(b, uint32(c.generation))
	for _, p := range c.partitions {
		b = binary.BigEndian.AppendUint32(b, uint32(p))
	}
	return b
}

func decodeClaim(b []byte) (claim, error) {
	if len(b) < 5 || b[0] != claimVersion || len(b)%4 != 1 {
		return claim{}, errors.New("unknown form of claim")
	}
	c := claim{generation: int32(binary.BigEndian.Uint32(b[1:]))}
	for b = b[5:]; len(b) > 0; b = b[4:] {
		c.partitions = append(c.partitions, int(int32(binary.BigEndian.Uint32(b))))
	}
	return c, nil
}
