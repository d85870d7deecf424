//go:build linux && amd64

package embedded

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// engine holds the functions of the ClickHouse library. Handles are opaque
// pointers into memory that the library owns.
type engine struct {
	signalHandlers func(int32)
	version        func() string
	connect        func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn      func(connPtr unsafe.Pointer)

	query       func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, n uintptr) unsafe.Pointer
	streamQuery func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, n uintptr) unsafe.Pointer
	fetch       func(conn, stream unsafe.Pointer) unsafe.Pointer
	cancelQuery func(conn, stream unsafe.Pointer)

	insert        func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, n uintptr) unsafe.Pointer
	insertAppend  func(stream, data unsafe.Pointer, n uintptr) int32
	insertDone    func(stream unsafe.Pointer) unsafe.Pointer
	insertCancel  func(stream unsafe.Pointer)
	insertError   func(stream unsafe.Pointer) string
	insertDestroy func(stream unsafe.Pointer)

	resultBuffer      func(result unsafe.Pointer) unsafe.Pointer
	resultLength      func(result unsafe.Pointer) uintptr
	resultError       func(result unsafe.Pointer) string
	resultRowsWritten func(result unsafe.Pointer) uint64
	resultDestroy     func(result unsafe.Pointer)
}

// loadEngine loads the library. It must run before any connection is opened:
// the library would otherwise replace the signal handlers of the Go runtime.
func loadEngine(library string) (*engine, error) {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load the ClickHouse library %q: %w", library, err)
	}
	e := &engine{}
	for name, fn := range map[string]any{
		"chdb_set_signal_handlers_enabled": &e.signalHandlers,
		"chdb_version":                     &e.version,
		"chdb_connect":                     &e.connect,
		"chdb_close_conn":                  &e.closeConn,
		"chdb_query_with_params_n":         &e.query,
		"chdb_stream_query_with_params_n":  &e.streamQuery,
		"chdb_stream_fetch_result":         &e.fetch,
		"chdb_stream_cancel_query":         &e.cancelQuery,
		"chdb_stream_insert_with_params_n": &e.insert,
		"chdb_stream_append":               &e.insertAppend,
		"chdb_stream_done":                 &e.insertDone,
		"chdb_stream_cancel_insert":        &e.insertCancel,
		"chdb_stream_insert_error":         &e.insertError,
		"chdb_destroy_insert_stream":       &e.insertDestroy,
		"chdb_result_buffer":               &e.resultBuffer,
		"chdb_result_length":               &e.resultLength,
		"chdb_result_error":                &e.resultError,
		"chdb_result_rows_written":         &e.resultRowsWritten,
		"chdb_destroy_query_result":        &e.resultDestroy,
	} {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("find %q in the ClickHouse library %q, is it of another version: %w", name, library, err)
		}
		purego.RegisterFunc(fn, symbol)
	}
	e.signalHandlers(0)
	return e, nil
}

// errConnect says that the engine refused a connection. The engine writes the
// reason to standard error and nowhere else.
var errConnect = errors.New("the ClickHouse engine refused the connection")

// open makes a connection; args are command-line arguments of the engine.
func (e *engine) open(args ...string) (*conn, error) {
	argv := make([]*byte, 0, len(args)+1)
	for _, a := range append([]string{"clickhouse"}, args...) {
		argv = append(argv, unsafe.SliceData(append([]byte(a), 0)))
	}
	ptr := e.connect(int32(len(argv)), unsafe.Pointer(unsafe.SliceData(argv)))
	runtime.KeepAlive(argv)
	if ptr == nil {
		return nil, errConnect
	}
	return &conn{engine: e, ptr: ptr, handle: *(*unsafe.Pointer)(ptr)}, nil
}

// conn is one connection to the engine. It runs one statement at a time.
type conn struct {
	engine *engine
	ptr    unsafe.Pointer
	handle unsafe.Pointer
}

func (c *conn) close() { c.engine.closeConn(c.ptr) }

// run executes any statement, holds its whole result, and passes it to sink.
func (c *conn) run(sql, format string, params []param, sink func([]byte) error) (written uint64, err error) {
	b := bind(params)
	result := c.engine.query(c.handle, str(sql), uintptr(len(sql)), str(format), uintptr(len(format)),
		b.names(), b.nameLens(), b.values(), b.valueLens(), uintptr(len(params)))
	runtime.KeepAlive(b)
	defer c.engine.resultDestroy(result)
	if msg := c.engine.resultError(result); msg != "" {
		return 0, parseException(msg)
	}
	if data := c.engine.bytes(result); len(data) > 0 && sink != nil {
		err = sink(data)
	}
	return c.engine.resultRowsWritten(result), err
}

// stream executes a SELECT and passes its result to sink piece by piece. The
// connection must be closed after an error: until then the engine lists the
// statement as running.
func (c *conn) stream(sql, format string, params []param, sink func([]byte) error) error {
	b := bind(params)
	stream := c.engine.streamQuery(c.handle, str(sql), uintptr(len(sql)), str(format), uintptr(len(format)),
		b.names(), b.nameLens(), b.values(), b.valueLens(), uintptr(len(params)))
	runtime.KeepAlive(b)
	defer c.engine.resultDestroy(stream)
	if msg := c.engine.resultError(stream); msg != "" {
		return parseException(msg)
	}
	for {
		more, err := c.fetch(stream, sink)
		if err != nil {
			c.engine.cancelQuery(c.handle, stream)
			return err
		}
		if !more {
			return nil
		}
	}
}

func (c *conn) fetch(stream unsafe.Pointer, sink func([]byte) error) (more bool, err error) {
	piece := c.engine.fetch(c.handle, stream)
	defer c.engine.resultDestroy(piece)
	if msg := c.engine.resultError(piece); msg != "" {
		return false, parseException(msg)
	}
	data := c.engine.bytes(piece)
	if len(data) == 0 {
		return false, nil
	}
	return true, sink(data)
}

// insert begins an INSERT whose data follows through Write. Exactly one of
// commit and cancel must follow.
func (c *conn) insert(sql, format string, params []param) (*insertStream, error) {
	b := bind(params)
	s := &insertStream{engine: c.engine, stream: c.engine.insert(c.handle, str(sql), uintptr(len(sql)), str(format), uintptr(len(format)),
		b.names(), b.nameLens(), b.values(), b.valueLens(), uintptr(len(params)))}
	runtime.KeepAlive(b)
	if msg := c.engine.insertError(s.stream); msg != "" {
		c.engine.insertDestroy(s.stream)
		return nil, parseException(msg)
	}
	return s, nil
}

type insertStream struct {
	engine *engine
	stream unsafe.Pointer
}

// Write hands the engine a piece of the data; the engine copies it.
func (s *insertStream) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.engine.insertAppend(s.stream, unsafe.Pointer(unsafe.SliceData(p)), uintptr(len(p))) != 0 {
		return 0, errInsertRefused
	}
	return len(p), nil
}

// commit ends the data. It is also how the reason of errInsertRefused is learnt:
// the engine commits nothing after it refused a piece.
func (s *insertStream) commit() (written uint64, err error) {
	defer s.engine.insertDestroy(s.stream)
	result := s.engine.insertDone(s.stream)
	defer s.engine.resultDestroy(result)
	if msg := s.engine.resultError(result); msg != "" {
		return 0, parseException(msg)
	}
	return s.engine.resultRowsWritten(result), nil
}

func (s *insertStream) cancel() {
	s.engine.insertCancel(s.stream)
	s.engine.insertDestroy(s.stream)
}

// bytes is the data of a result, valid until the result is destroyed.
func (e *engine) bytes(result unsafe.Pointer) []byte {
	return unsafe.Slice((*byte)(e.resultBuffer(result)), int(e.resultLength(result)))
}

func str(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }
