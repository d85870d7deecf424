package source

import (
	"maps"
	"slices"
	"time"
)

// field is a compiled Value: the numbers of its tokens, and what it is without.
type field struct {
	tokens []int
	konst  string
}

// moment is a compiled Value of an instant.
type moment struct {
	field
	clock clock
}

type attribute struct {
	name string
	field
}

type column struct {
	moment
	slot     string
	activity string
}

// plan is a compiled Mapping.
type plan struct {
	order, sourceOrder, unit, source, channel       field
	actor, owner, region, warehouse, carrier        field
	supplier, product, customer, customerKey        field
	amount, currency, quantity, promiseKind, reason field
	occurredAt, recordedAt, promisedAt              moment
	promiseKinds                                    int         // place in Decoder.unknown
	attributes                                      []attribute // by name
	wild                                            []int       // wildcards, in order of precedence
	activity                                        activity
	dates                                           []column
	aliases                                         []field
	retract                                         bool
	kind                                            identity
	numbered                                        []computed // what the order's number takes
	computed                                        []computed // what the other fields take, once the activity is known
}

// builder compiles a valid Mapping.
type builder struct {
	root          *node
	zone          *time.Location
	times         []string
	leaves, wilds int
	tokens        [][]int // every list of tokens handed out
	wild          []int
	computed      []computed      // not yet handed out
	results       int             // computed tokens
	counted       map[*Lookup]int // place of each in Decoder.unknown
}

func (b *builder) plan(m *Mapping) plan {
	for i := range m.Pairs {
		b.at(m.Pairs[i].Field).pairs = &m.Pairs[i]
	}
	f := &m.Fields
	p := plan{order: b.field(f.OrderID)}
	p.numbered = b.handOut()
	p = plan{
		order: p.order, numbered: p.numbered, sourceOrder: b.field(f.SourceOrder), unit: b.field(f.Unit),
		source: b.field(f.Source), channel: b.field(f.Channel), actor: b.field(f.Actor), owner: b.field(f.Owner),
		region: b.field(f.Region), warehouse: b.field(f.Warehouse), carrier: b.field(f.Carrier),
		supplier: b.field(f.Supplier), product: b.field(f.Product), customer: b.field(f.Customer),
		customerKey: b.field(f.CustomerKey), amount: b.field(f.Amount), currency: b.field(f.Currency),
		quantity: b.field(f.Quantity), promiseKind: b.field(f.PromiseKind), reason: b.field(f.Reason),
		occurredAt: b.moment(f.OccurredAt), recordedAt: b.moment(f.RecordedAt), promisedAt: b.moment(f.PromisedAt),
		retract: m.Cleared == retract,
	}
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		v := m.Attributes[name]
		if name != anyValue {
			p.attributes = append(p.attributes, attribute{name, b.field(v)})
			continue
		}
		for _, path := range v.Path {
			n := b.at(path)
			if n.wild < 0 {
				n.wild = b.wilds
				b.wilds++
			}
			b.wild = append(b.wild, n.wild)
		}
	}
	p.wild = b.wild
	p.kind = identity{kind: kinds[m.Identity.Kind], delivery: b.field(Value{Path: m.Identity.Path}), given: b.field(Value{Path: m.Identity.Given}), moves: b.field(Value{Path: m.Identity.Moves})}
	for _, path := range m.Aliases {
		p.aliases = append(p.aliases, b.field(Value{Path: []string{path}}))
	}
	p.computed = b.handOut()
	p.activity = b.activity(&m.Activity)
	for _, d := range m.Dates {
		p.dates = append(p.dates, column{b.moment(d.From), d.From.Path[0], d.Activity})
	}
	return p
}

// at returns the node of a path.
func (b *builder) at(path string) *node {
	n := b.root
	names, _ := splitPath(path)
	for _, name := range names {
		n = n.below(name)
	}
	return n
}

func (b *builder) field(v Value) field {
	tokens := make([]int, 0, len(v.Path))
	for _, path := range v.Path {
		n := b.at(path)
		if n.leaf < 0 {
			n.leaf = b.leaves
			b.leaves++
		}
		tokens = append(tokens, n.leaf)
	}
	b.tokens = append(b.tokens, tokens)
	if v.CEL != "" {
		tokens = b.compute(computed{from: b.field(Value{Path: v.Program.Reads}).tokens, program: v.Program})
	}
	if v.Lookup != nil {
		tokens = b.compute(computed{from: tokens, lookup: v.Lookup, counted: b.counted[v.Lookup]})
	}
	return field{tokens, v.Const}
}

// compute adds a token that is made of others.
func (b *builder) compute(c computed) []int {
	b.results++
	c.to = []int{-b.results} // the number of a leaf is known only in the end
	b.tokens = append(b.tokens, c.to)
	b.computed = append(b.computed, c)
	return c.to
}

// handOut returns what was to be computed since it was called last, in order.
func (b *builder) handOut() []computed {
	all := b.computed
	b.computed = nil
	return all
}

func (b *builder) moment(v Value) moment {
	zone, times := b.zone, b.times
	if v.Zone != "" {
		zone, _ = time.LoadLocation(v.Zone) // Validate loaded it
	}
	if len(v.Times) > 0 {
		times = v.Times
	}
	if v.CEL != "" && len(times) > 0 {
		times = append([]string{"rfc3339"}, times...) // as an expression gives its timestamps
	}
	return moment{b.field(v), newClock(times, zone)}
}

// finish numbers the tree and the tokens handed out.
func (b *builder) finish() *node {
	to := numbering{make([]int, b.leaves), make([]int, b.wilds)}
	b.root.number(0, 0, &to)
	for _, tokens := range b.tokens {
		for i := range tokens {
			if tokens[i] < 0 {
				tokens[i] = b.leaves - tokens[i] - 1 // computed ones stand behind those of the tree
			} else {
				tokens[i] = to.leaves[tokens[i]]
			}
		}
	}
	for i := range b.wild {
		b.wild[i] = to.wilds[b.wild[i]]
	}
	return b.root
}
