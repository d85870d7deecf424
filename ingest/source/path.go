package source

import (
	"errors"
	"strconv"
	"strings"
)

// splitPath splits a path into its names.
func splitPath(path string) ([]string, error) {
	var names []string
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path):
			i++
			name.WriteByte(path[i])
		case c == '.':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteByte(c)
		}
	}
	names = append(names, name.String())
	for _, n := range names {
		if n == "" {
			return nil, errors.New("has an empty name between its dots")
		}
	}
	return names, nil
}

// node is a place in the tree of mapped paths.
type node struct {
	leaf     int // number of the token taken here; -1: none
	lo, hi   int // the tokens at and below this node
	wild     int // number of the wildcard whose members are taken here; -1: none
	wlo, whi int // the wildcards at and below this node
	pairs    *Pairs
	names    []string
	children []*node
	places   []*node // children that are places of an array, by number
	table    []int16 // hash of a name -> 1 + its child; 0: none
	next     []int16 // the next child of the same hash
}

func newNode() *node { return &node{leaf: -1, wild: -1} }

// below returns the node of name, made if absent.
func (n *node) below(name string) *node {
	for i, have := range n.names {
		if have == name {
			return n.children[i]
		}
	}
	child := newNode()
	n.names = append(n.names, name)
	n.children = append(n.children, child)
	return child
}

// numbering counts tokens and wildcards while a tree is numbered, and remembers
// the new number of each.
type numbering struct{ leaves, wilds []int }

// number numbers the tokens and wildcards depth first, so that those below a
// node are a range, and builds the tables.
func (n *node) number(leaves, wilds int, to *numbering) (int, int) {
	n.lo, n.wlo = leaves, wilds
	if n.leaf >= 0 {
		to.leaves[n.leaf] = leaves
		n.leaf = leaves
		leaves++
	}
	if n.wild >= 0 {
		to.wilds[n.wild] = wilds
		n.wild = wilds
		wilds++
	}
	size := 4
	for size < 4*len(n.names) {
		size *= 2
	}
	n.table = make([]int16, size)
	n.next = make([]int16, len(n.names))
	for i, child := range n.children {
		leaves, wilds = child.number(leaves, wilds, to)
		slot := n.slot([]byte(n.names[i]))
		n.next[i] = n.table[slot]
		n.table[slot] = int16(i + 1)
		if place, err := strconv.Atoi(n.names[i]); err == nil && place >= 0 && place <= maxPlace {
			for len(n.places) <= place {
				n.places = append(n.places, nil)
			}
			n.places[place] = child
		}
	}
	n.hi, n.whi = leaves, wilds
	return leaves, wilds
}

// maxPlace bounds the place in an array that a path may name.
const maxPlace = 4095

func (n *node) slot(name []byte) int {
	h := len(name)*7 + int(name[0])*31 + int(name[len(name)-1])*5 + int(name[len(name)/2])*3
	return h & (len(n.table) - 1)
}

// child returns the node of a member's name, nil if nothing below it is mapped.
func (n *node) child(name []byte) *node {
	if len(name) == 0 || len(n.names) == 0 {
		return nil
	}
	for i := n.table[n.slot(name)]; i != 0; i = n.next[i-1] {
		if n.names[i-1] == string(name) {
			return n.children[i-1]
		}
	}
	return nil
}

// place returns the node of a place in an array.
func (n *node) place(i int) *node {
	if i < len(n.places) {
		return n.places[i]
	}
	return nil
}
