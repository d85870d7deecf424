package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/takt-orders/takt/alerts/exception"
	"github.com/takt-orders/takt/alerts/exception/rest"
)

// message is a record of the topic.
type message struct {
	rest.Request
	Exception string `json:"exception"`
}

// parse reads a record that stood at place and was appended at appended.
func parse(value []byte, place exception.Place, appended time.Time) (exception.Change, error) {
	var m message
	in := json.NewDecoder(bytes.NewReader(value))
	in.DisallowUnknownFields()
	if err := in.Decode(&m); err != nil {
		return exception.Change{}, fmt.Errorf("read change: %w", err)
	}
	id, err := strconv.ParseUint(m.Exception, 10, 64)
	if err != nil {
		return exception.Change{}, fmt.Errorf("read change: exception %q is no identity", m.Exception)
	}
	if m.Change == "" {
		m.Change = fmt.Sprintf("%s/%d/%d", place.Topic, place.Partition, place.Offset)
	}
	c, err := m.NewChange(id, exception.Kafka, appended)
	c.Place = place
	if err != nil {
		return c, err
	}
	return c, c.Validate()
}
