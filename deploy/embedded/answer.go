package embedded

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer is the HTTP answer of one statement. It holds the result back until
// there is more than fits held, so that an early error has a status of its own;
// a later one ends the result with a block.
type answer struct {
	w       http.ResponseWriter
	request *request
	format  string
	tag     string
	written uint64 // rows

	held bytes.Buffer
	sent bool
	// flight takes a result that was held back to its end, if others wait for it.
	flight *flight
	enc    io.WriteCloser // Content-Encoding
	frame  io.Writer      // ClickHouse's own compression
}

const maxHeld = 1 << 20

// write passes on a piece of the result.
func (a *answer) write(p []byte) error {
	if !a.sent && a.held.Len()+len(p) <= maxHeld {
		a.held.Write(p)
		return nil
	}
	if err := a.send(); err != nil {
		return err
	}
	return a.put(p)
}

func (a *answer) put(p []byte) error {
	if _, err := a.frame.Write(p); err != nil {
		return fmt.Errorf("%w: %w", errClient, err)
	}
	return nil
}

// send sends the head of the answer and what was held back.
func (a *answer) send() error {
	if a.sent {
		return nil
	}
	a.sent = true
	h := a.w.Header()
	h.Set("Content-Type", contentType(a.format))
	h.Set("X-ClickHouse-Query-Id", a.request.queryID)
	h.Set("X-ClickHouse-Format", a.format)
	h.Set("X-ClickHouse-Timezone", "UTC")
	h.Set("X-ClickHouse-Exception-Tag", a.tag)
	h.Set("X-ClickHouse-Summary", `{"written_rows":"`+strconv.FormatUint(a.written, 10)+`"}`)
	var out io.Writer = a.w
	if a.request.encoding != "" && a.held.Len() > 0 {
		h.Set("Content-Encoding", a.request.encoding)
		enc, err := encode(a.w, a.request.encoding)
		if err != nil {
			return err
		}
		a.enc, out = enc, enc
	}
	a.frame = out
	if a.request.compress {
		a.frame = newFrameWriter(out, a.request.zstd)
	}
	if a.held.Len() == 0 {
		return nil
	}
	return a.put(a.held.Bytes())
}

// end completes a result.
func (a *answer) end() error {
	if !a.sent {
		a.flight.keep(&a.held)
	}
	if err := a.send(); err != nil {
		return err
	}
	if a.enc != nil {
		if err := a.enc.Close(); err != nil {
			return fmt.Errorf("%w: %w", errClient, err)
		}
	}
	return nil
}

// fail reports an error instead of a result, or at its end.
func (a *answer) fail(e *exception) {
	if a.sent {
		var out io.Writer = a.w
		if a.enc != nil {
			out = a.enc
		}
		// Not in a frame: the driver looks for the words in the raw bytes.
		_, _ = out.Write(e.block(a.tag))
		if a.enc != nil {
			_ = a.enc.Close()
		}
		return
	}
	h := a.w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.code))
	if a.request != nil {
		h.Set("X-ClickHouse-Query-Id", a.request.queryID)
	}
	if e.code == codeCancelled {
		h.Set("Connection", "close") // its deadlines have been used up
	}
	a.w.WriteHeader(e.status())
	_, _ = io.WriteString(a.w, strings.TrimRight(e.text, "\n")+"\n")
}

// interrupt ends a wait for a client that neither sends nor takes.
func (a *answer) interrupt() {
	rc := http.NewResponseController(a.w)
	_ = rc.SetReadDeadline(time.Unix(1, 0))
	_ = rc.SetWriteDeadline(time.Now().Add(2 * time.Second))
}

func contentType(format string) string {
	switch f := strings.ToLower(format); {
	case strings.HasPrefix(f, "jsoneachrow"), strings.Contains(f, "eachrow"):
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(f, "json"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(f, "csv"):
		return "text/csv; charset=UTF-8; header=absent"
	case strings.HasPrefix(f, "tabseparated"), strings.HasPrefix(f, "tsv"):
		return "text/tab-separated-values; charset=UTF-8"
	case f == "native", f == "parquet", f == "arrow", strings.HasPrefix(f, "rowbinary"):
		return "application/octet-stream"
	}
	return "text/plain; charset=UTF-8"
}
