package gateway

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Result is what became of a request.
type Result uint8

// The results. The first two are good; the others are refusals.
const (
	Taken            Result = iota + 1 // stands in the log
	Repeated                           // stood there already
	UnknownSource                      // the path names no source
	WrongMethod                        // no POST
	Incomplete                         // a header or parameter is missing or malformed
	Encoded                            // the body is compressed
	Unauthentic                        // wrong token or signature
	ClockSkew                          // the request's time lies outside the window
	Replayed                           // the signature was used for another delivery
	TooLarge                           // the body is longer than the source's records may be
	TooLargeForTopic                   // the log takes no record that long
	Truncated                          // the body ended, or stopped, before its end
	NotJSON                            // the body is no JSON object in UTF-8
	TooFast                            // more deliveries than the source's rate
	NoMemory                           // too many bodies are under way
	NotAcknowledged                    // the log did not acknowledge in time
	lastResult
)

type resultKind struct {
	name   string
	status int
	retry  time.Duration // when to come again; 0: not as it is
}

var resultKinds = [lastResult]resultKind{
	Taken: {"taken", http.StatusOK, 0}, Repeated: {"repeated", http.StatusOK, 0},
	UnknownSource: {"unknown_source", http.StatusNotFound, 0}, WrongMethod: {"wrong_method", http.StatusMethodNotAllowed, 0},
	Incomplete: {"incomplete", http.StatusBadRequest, 0}, Encoded: {"encoded", http.StatusUnsupportedMediaType, 0},
	Unauthentic: {"unauthentic", http.StatusUnauthorized, 0}, ClockSkew: {"clock_skew", http.StatusUnauthorized, 0},
	Replayed: {"replayed", http.StatusConflict, 0}, TooLarge: {"too_large", http.StatusRequestEntityTooLarge, 0},
	TooLargeForTopic: {"too_large_for_topic", http.StatusRequestEntityTooLarge, 0},
	Truncated:        {"truncated", http.StatusBadRequest, 0}, NotJSON: {"not_json", http.StatusBadRequest, 0},
	TooFast:         {"too_fast", http.StatusTooManyRequests, time.Second},
	NoMemory:        {"no_memory", http.StatusTooManyRequests, 2 * time.Second},
	NotAcknowledged: {"not_acknowledged", http.StatusServiceUnavailable, 5 * time.Second},
}

// Results returns all results, in order.
func Results() []Result {
	var all []Result
	for r := Taken; r < lastResult; r++ {
		all = append(all, r)
	}
	return all
}

// String returns the name of the result, as in metrics and answers.
func (r Result) String() string {
	if r < Taken || r >= lastResult {
		return ""
	}
	return resultKinds[r].name
}

// Status returns the HTTP status that tells the result.
func (r Result) Status() int {
	if r < Taken || r >= lastResult {
		return http.StatusInternalServerError
	}
	return resultKinds[r].status
}

// Refusal says why a request is not taken.
type Refusal struct {
	Result Result
	Detail string // what to do about it; it holds nothing of the request
}

func refuse(r Result, detail string) *Refusal { return &Refusal{r, detail} }

// Refused is the error of a Log that will never take a delivery, since its record is
// longer than the topic takes.
type Refused struct {
	Limit int   // of the topic, in bytes of compressed records; 0: unknown
	Err   error // says where and what to do
}

// Error is that of Err.
func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap returns Err.
func (r *Refused) Unwrap() error { return r.Err }

func (r *Refused) refusal() *Refusal {
	limit := ""
	if r.Limit > 0 {
		limit = ", " + strconv.Itoa(r.Limit) + " bytes when compressed"
	}
	return refuse(TooLargeForTopic, "the body is longer than max.message.bytes of the source's topic"+limit+": raise it there, or send less at once")
}

// answer is the body of an answer.
type answer struct {
	Result string `json:"result"`
	Detail string `json:"detail,omitempty"`
}

func (r *Refusal) write(w http.ResponseWriter) {
	k := resultKinds[r.Result]
	if k.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(k.retry/time.Second)))
	}
	if k.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if k.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(k.status)
	// A sender that is gone does not read it.
	_ = json.NewEncoder(w).Encode(answer{r.Result.String(), r.Detail})
}
