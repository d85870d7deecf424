package exception

import "slices"

// Step is what a change does.
type Step uint8

// The steps.
const (
	Assign      Step = iota + 1 // names who is responsible
	Acknowledge                 // takes it
	Note                        // tells how it goes
	Resolve                     // says that it is over
	Archive                     // closes it, with a cause
	Reopen                      // says that it is not over
	Notify                      // tells that somebody was told; moves no state
)

// stepNames are the names by step; index 0 is no step.
func stepNames() []string {
	return []string{"", "assign", "acknowledge", "note", "resolve", "archive", "reopen", "notify"}
}

// Steps returns every step.
func Steps() []Step { return []Step{Assign, Acknowledge, Note, Resolve, Archive, Reopen, Notify} }

// String returns the step as it stands in columns and requests.
func (s Step) String() string { return nameOf(stepNames(), s) }

// MarshalText returns the name.
func (s Step) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name.
func (s *Step) UnmarshalText(text []byte) (err error) {
	*s, err = byName[Step]("step", stepNames(), text)
	return err
}

// TitleZH returns the step as Chinese readers know it.
func (s Step) TitleZH() string {
	return nameOf([]string{"", "分派", "认领", "跟进", "解决", "归档", "重开", "通知"}, s)
}

// After returns the states that the step may follow.
func (s Step) After() []State {
	switch s {
	case Assign, Resolve:
		return []State{Opened, Assigned, Acknowledged, Followed, Reopened}
	case Acknowledge:
		return []State{Opened, Assigned, Reopened}
	case Note:
		return []State{Opened, Assigned, Acknowledged, Followed, Resolved, Reopened}
	case Archive:
		return []State{Resolved}
	case Reopen:
		return []State{Resolved, Archived}
	case Notify:
		return States()
	default:
		return nil
	}
}

// From returns the state that the step leads to from another. It answers for every
// state, not only for those of After: a step that was allowed when it was made may
// stand on facts that have changed since.
func (s Step) From(state State) State {
	switch s {
	case Assign:
		return Assigned
	case Acknowledge:
		return Acknowledged
	case Note:
		if state == Resolved || state == Archived {
			return state
		}
		return Followed
	case Resolve:
		return Resolved
	case Archive:
		return Archived
	case Reopen:
		return Reopened
	default:
		return state
	}
}

// allowed reports whether the step may follow the state.
func (s Step) allowed(state State) bool { return slices.Contains(s.After(), state) }

// Origin is where a change comes from.
type Origin uint8

// The origins of a change.
const (
	Tracker      Origin = iota + 1 // Takt itself
	Person                         // command line, HTTP API or console
	Kafka                          // an event on the ledger's topic
	Alertmanager                   // a silence
)

// originNames are the names by origin; index 0 is no origin.
func originNames() []string { return []string{"", "tracker", "person", "kafka", "alertmanager"} }

// String returns the origin as it stands in columns.
func (o Origin) String() string { return nameOf(originNames(), o) }

// MarshalText returns the name.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name.
func (o *Origin) UnmarshalText(text []byte) (err error) {
	*o, err = byName[Origin]("origin", originNames(), text)
	return err
}
