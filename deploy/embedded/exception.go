package embedded

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// exception is an error as ClickHouse reports it.
type exception struct {
	code int
	text string // "Code: N. DB::Exception: ..."
}

func (e *exception) Error() string { return e.text }

// The codes that the HTTP interface itself answers with.
const (
	codeNotImplemented   = 48
	codeLogical          = 49
	codeSyntax           = 62
	codeUnknownSetting   = 115
	codeBadRequest       = 36
	codeReadonly         = 164
	codeTooMany          = 202
	codeSameQueryID      = 216
	codeSessionNotFound  = 372
	codeSessionLocked    = 373
	codeCancelled        = 394
	codeAccessDenied     = 497
	codeAuthentication   = 516
	codeCannotDecompress = 271
	codeCannotReadAll    = 33
)

func newException(code int, name, format string, args ...any) *exception {
	return &exception{code: code, text: fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", code, fmt.Sprintf(format, args...), name)}
}

var exceptionCode = regexp.MustCompile(`^Code: (\d+)`)

// parseException reads the engine's message. Messages without a code are about
// wrong use of the library, so they are logical errors.
func parseException(text string) *exception {
	if m := exceptionCode.FindStringSubmatch(text); m != nil {
		if code, err := strconv.Atoi(m[1]); err == nil && code > 0 {
			return &exception{code: code, text: text}
		}
	}
	return newException(codeLogical, "LOGICAL_ERROR", "%s", text)
}

// asException makes an exception of any error.
func asException(err error) *exception {
	var e *exception
	if errors.As(err, &e) {
		return e
	}
	return newException(codeLogical, "LOGICAL_ERROR", "%v", err)
}

// status is the HTTP status that a ClickHouse server gives to the code.
func (e *exception) status() int {
	switch e.code {
	case codeAuthentication, codeAccessDenied:
		return http.StatusForbidden
	case codeSyntax, codeUnknownSetting, codeCannotReadAll, codeBadRequest, 6, 26, 27, 38, 41, 43, 53, 70, 72, 117, 130:
		return http.StatusBadRequest
	case 46, 47, 50, 60, 81, codeSessionNotFound:
		return http.StatusNotFound
	case codeNotImplemented:
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

// maxExceptionText is how much of a message fits the block that ends a result:
// clients look no further than 16 KiB back.
const maxExceptionText = 8 << 10

// newExceptionTag makes the random word that tells the block of an exception
// from data that happens to look like one.
func newExceptionTag() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// block is how an exception ends a result whose head has been sent already.
func (e *exception) block(tag string) []byte {
	text := e.text
	if len(text) > maxExceptionText {
		text = text[:maxExceptionText]
	}
	return fmt.Appendf(nil, "\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", tag, text, len(text)+1, tag)
}
