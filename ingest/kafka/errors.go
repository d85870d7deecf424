package kafka

import (
	"errors"
	"fmt"
)

// ErrNoTopic tells that a topic does not exist.
var ErrNoTopic = errors.New("the topic does not exist")

// OffsetGone tells that the log no longer holds, or does not yet hold, the offset
// that reading was to go on from.
type OffsetGone struct {
	Topic     string
	Partition int
	Want      int64 // the offset asked for
	Begin     int64 // first offset that the log holds
	End       int64 // one past its last
}

// Error says which offsets are gone and what to do.
func (e *OffsetGone) Error() string {
	what := fmt.Sprintf("offsets %d to %d of %s/%d are gone: the log begins at %d", e.Want, e.Begin-1, e.Topic, e.Partition, e.Begin)
	if e.Want > e.End {
		what = fmt.Sprintf("offset %d of %s/%d does not exist: the log ends at %d, so the topic was made anew or has lost records",
			e.Want, e.Topic, e.Partition, e.End)
	}
	return what + "; " + e.Hint()
}

// Hint says what a person can do about it.
func (e *OffsetGone) Hint() string {
	return "raise `epoch` of the source in takt.yaml for a full replay, or restore the topic"
}
