package exception

import (
	"fmt"
	"slices"
	"strings"
)

// State is how far an exception has come.
type State uint8

// The states, in the order they are usually passed.
const (
	Opened       State = iota + 1 // nobody is named
	Assigned                      // somebody is named and has not answered
	Acknowledged                  // somebody has taken it
	Followed                      // somebody works on it and says so
	Resolved                      // it is over, by an event or a person
	Archived                      // closed with a cause; the end
	Reopened                      // it was not over
	Withdrawn                     // a later event refuted it; the end
)

// stateNames are the names by state; index 0 is no state.
func stateNames() []string {
	return []string{"", "opened", "assigned", "acknowledged", "followed", "resolved", "archived", "reopened", "withdrawn"}
}

// States returns every state.
func States() []State {
	return []State{Opened, Assigned, Acknowledged, Followed, Resolved, Archived, Reopened, Withdrawn}
}

// Open reports whether somebody still has to act.
func (s State) Open() bool { return s != Resolved && s != Archived && s != Withdrawn }

// String returns the state as it stands in columns and requests.
func (s State) String() string { return nameOf(stateNames(), s) }

// MarshalText returns the name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name.
func (s *State) UnmarshalText(text []byte) (err error) {
	*s, err = byName[State]("state", stateNames(), text)
	return err
}

// TitleZH returns the state as Chinese readers know it.
func (s State) TitleZH() string {
	return nameOf([]string{"", "待分派", "已分派", "已认领", "跟进中", "已解决", "已归档", "已重开", "已撤回"}, s)
}

// nameOf returns the name of n, empty if it has none.
func nameOf[N ~uint8](names []string, n N) string {
	if int(n) < len(names) {
		return names[n]
	}
	return ""
}

// byName returns whose name the text is.
func byName[N ~uint8](what string, names []string, text []byte) (N, error) {
	if i := slices.Index(names, string(text)); i > 0 {
		return N(i), nil
	}
	return 0, fmt.Errorf("read %s: %q is none of %s", what, text, strings.Join(names[1:], ", "))
}
