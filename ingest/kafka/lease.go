package kafka

import (
	"context"
	"errors"
	"fmt"
)

// ErrLost tells that a commit came too late: the group has given the partitions
// to somebody else, or is about to.
var ErrLost = errors.New("assignment is lost")

// Commit stores next offsets with the group. The group's coordinator refuses it
// unless the member is in the generation: success is a lease from the moment the
// call began. An empty map asks nobody and proves nothing.
func (a *generation) Commit(ctx context.Context, next map[int]int64) error {
	if len(next) == 0 {
		return nil
	}
	select {
	case <-a.lost:
		return fmt.Errorf("commit offsets of generation %d: %w", a.gen.ID, ErrLost)
	default:
	}
	// kafka-go bounds the call by its own timeout only. The call may outlive ctx,
	// and does no harm then: the coordinator still judges its generation.
	result := make(chan error, 1)
	if !a.group.run(func() {
		result <- a.gen.CommitOffsets(map[string]map[int]int64{a.group.cfg.Topic: next})
	}) {
		return fmt.Errorf("commit offsets of generation %d: %w", a.gen.ID, ErrClosed)
	}
	var err error
	select {
	case err = <-result:
	case <-ctx.Done():
		err = ctx.Err()
	}
	switch {
	case err == nil:
		return nil
	case fences(err):
		return fmt.Errorf("commit offsets of generation %d: %w: %w", a.gen.ID, ErrLost, err)
	default:
		return fmt.Errorf("commit offsets of generation %d: %w", a.gen.ID, err)
	}
}
