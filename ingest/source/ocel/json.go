package ocel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/takt-orders/takt/ingest/source/bounded"
)

// The members of a log.
const (
	objectTypes = "objectTypes"
	eventTypes  = "eventTypes"
	objects     = "objects"
	events      = "events"
)

// ErrOther is the error of a file that is JSON, or begins as if it were, but no log.
var ErrOther = errors.New("it holds no objects and events, as OCEL 2.0 has them")

// MayBeJSON reports whether a file that begins with head, its first few hundred
// bytes, may be a log: its first member is one of a log's.
func MayBeJSON(head []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(head))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	switch t, _ := dec.Token(); t {
	case objectTypes, eventTypes, objects, events:
		return true
	default:
		return false
	}
}

// logReader reads the parts of a log in JSON.
type logReader struct {
	in  *bounded.Reader
	dec *json.Decoder
}

func newLogReader(in io.Reader) *logReader {
	r := bounded.NewReader(in, maxPart)
	return &logReader{r, json.NewDecoder(r)}
}

// JSON returns the function that gives the rows of a log. Open gives the file from its
// begin; it is called twice, and what it gave first is not read after that. A file
// that may be something else ends with ErrOther.
func JSON(open func() (io.Reader, error)) (func() ([]byte, error), error) {
	in, err := open()
	if err != nil {
		return nil, err
	}
	t, err := typesOfJSON(newLogReader(in))
	if err != nil {
		return nil, err
	}
	if in, err = open(); err != nil {
		return nil, err
	}
	r := newLogReader(in)
	var row []byte
	within := false
	return func() ([]byte, error) {
		for !within {
			name, err := r.member()
			if err != nil {
				return nil, err
			}
			if within, err = r.enter(name, events); err != nil {
				return nil, err
			}
		}
		if !r.dec.More() {
			return nil, io.EOF // what stands behind was read before
		}
		e, err := r.event()
		if err == nil {
			row = t.appendRow(row[:0], e)
		}
		return row, err
	}, nil
}

// typesOfJSON reads the objects, and that there are events.
func typesOfJSON(r *logReader) (*types, error) {
	t := newTypes()
	var hasObjects, hasEvents bool
	for {
		name, err := r.member()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch name {
		case events:
			hasEvents = true
			err = r.skip()
		default:
			var within bool
			if within, err = r.enter(name, objects); within {
				hasObjects = true
				err = r.objects(t)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if !hasObjects || !hasEvents {
		return nil, ErrOther
	}
	return t, nil
}

// member returns the name of the next member of the log, io.EOF behind the last.
func (r *logReader) member() (string, error) {
	r.in.Renew()
	if r.dec.InputOffset() == 0 {
		if t, err := r.dec.Token(); err != nil || t != json.Delim('{') {
			return "", r.broken(err)
		}
	}
	t, err := r.dec.Token()
	if err != nil {
		return "", r.broken(err)
	}
	if name, ok := t.(string); ok {
		return name, nil
	}
	return "", io.EOF
}

// enter begins the array that is the value of a member, if its name is the one that is
// wanted, else skips the value.
func (r *logReader) enter(name, wanted string) (bool, error) {
	if name != wanted {
		return false, r.skip()
	}
	if t, err := r.dec.Token(); err != nil || t != json.Delim('[') {
		return false, r.broken(err)
	}
	return true, nil
}

// skip reads a value and keeps none of it, a long array element by element.
func (r *logReader) skip() error {
	t, err := r.dec.Token()
	if err != nil {
		return r.broken(err)
	}
	if d, ok := t.(json.Delim); !ok || d != '[' && d != '{' {
		return nil
	}
	for r.dec.More() {
		r.in.Renew()
		if t == json.Delim('{') {
			if _, err := r.dec.Token(); err != nil {
				return r.broken(err)
			}
		}
		var any struct{}
		if err := r.decode(&any); err != nil {
			return err
		}
	}
	return r.end()
}

// objects reads the objects up to the end of their array.
func (r *logReader) objects(t *types) error {
	for r.dec.More() {
		var o struct{ ID, Type string }
		r.in.Renew()
		if err := r.decode(&o); err != nil {
			return err
		}
		t.add(o.ID, o.Type)
	}
	return r.end()
}

// end reads the bracket that ends an array or object.
func (r *logReader) end() error {
	if _, err := r.dec.Token(); err != nil {
		return r.broken(err)
	}
	return nil
}

func (r *logReader) event() (*event, error) {
	var in struct {
		ID, Type, Time string
		Attributes     []struct {
			Name  string
			Value json.RawMessage
		}
		Relationships []struct {
			ObjectID string
		}
	}
	r.in.Renew()
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	e := &event{id: in.ID, activity: in.Type, at: in.Time}
	for _, a := range in.Attributes {
		if len(a.Value) > 0 {
			e.attributes = append(e.attributes, attribute{a.Name, a.Value})
		}
	}
	for _, o := range in.Relationships {
		e.objects = append(e.objects, o.ObjectID)
	}
	return e, nil
}

// decode reads a value; one of another type than v's is left at that.
func (r *logReader) decode(v any) error {
	err := r.dec.Decode(v)
	var other *json.UnmarshalTypeError
	if _, skipped := v.(*struct{}); err == nil || skipped && errors.As(err, &other) {
		return nil
	}
	return r.broken(err)
}

// broken tells where the log is broken, not by what.
func (r *logReader) broken(err error) error {
	if !errors.Is(err, bounded.ErrLong) {
		err = errBroken
	}
	return fmt.Errorf("at byte %d: %w", r.dec.InputOffset(), err)
}
