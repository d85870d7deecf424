package exception

import "time"

// ByAlertmanager returns the change by which Alertmanager tells that somebody has
// taken an exception (Acknowledge), such as by a silence, or was told of it
// (Notify). id identifies the message, so that its
// repeats collapse.
func ByAlertmanager(step Step, id string, exception uint64, who, note string, at time.Time) Change {
	return Change{
		ID: "alertmanager/" + id, Exception: exception, On: Latest, Step: step, Origin: Alertmanager, Author: who, Note: note, At: at,
	}
}
