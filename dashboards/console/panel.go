package console

// state says what a panel shows. The ways to show nothing are told apart.
type state uint8

const (
	shown      state = iota + 1
	zero             // nothing is there, which is an answer
	unmatched        // nothing is chosen by the filter
	unmeasured       // nothing has been measured yet
	unfed            // no source tells it
	broken           // the question failed
)

// String is the name that a style knows the state by.
func (s state) String() string {
	return [...]string{"", "shown", "zero", "unmatched", "unmeasured", "unfed", "broken"}[s]
}

// panel is one part of a page: data, or the word for why there is none.
type panel[T any] struct {
	State state
	Data  T
	Word  string
}

// Shown reports whether there are data.
func (p panel[T]) Shown() bool { return p.State == shown }

// unless returns the panel for when nothing has been seen at all.
func unless[T any](p panel[T]) panel[T] {
	if p.State == shown || p.State == broken {
		return p
	}
	return panel[T]{State: unmeasured, Word: "unmeasured"}
}

// filled returns the panel of an answer: broken if there was an error, and otherwise
// as the caller says if nothing is there.
func filled[T any](data T, err error, any bool, otherwise state, word string) panel[T] {
	switch {
	case err != nil:
		return panel[T]{State: broken, Word: "broken"}
	case !any:
		return panel[T]{State: otherwise, Word: word}
	}
	return panel[T]{State: shown, Data: data}
}
