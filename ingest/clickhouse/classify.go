package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	driver "github.com/ClickHouse/clickhouse-go/v2"
)

// Reasons of a retry: a closed set, for it is a metric label.
const (
	RetryOverload  = "overload"  // too many parts, queries or too busy
	RetryMemory    = "memory"    // no memory just now
	RetryReadOnly  = "read_only" // the server or table takes no writes just now
	RetryReplicas  = "replicas"  // quorum or keeper
	RetryDisk      = "disk"      // no space or a disk error
	RetryNetwork   = "network"   // no answer
	RetryTimeout   = "timeout"   // no answer in time
	RetryCancelled = "cancelled" // killed, as a new owner of the partition does
)

// RetryReasons returns the closed set of reasons of a retry.
func RetryReasons() []string {
	return []string{
		RetryOverload, RetryMemory, RetryReadOnly, RetryReplicas, RetryDisk, RetryNetwork, RetryTimeout, RetryCancelled,
	}
}

// HaltError is an error that no retry mends: a person must act.
type HaltError struct {
	Err  error
	Hint string // what to do
}

// Error tells what failed and what to do.
func (e *HaltError) Error() string { return e.Err.Error() + ": " + e.Hint }

// Unwrap returns the cause.
func (e *HaltError) Unwrap() error { return e.Err }

type action uint8

const (
	retry  action = iota + 1 // the same bytes again, later
	halt                     // a person must act
	refuse                   // a row is at fault, or the schema
)

// verdict says what to do about an error; what is the reason of a retry or the
// hint of a halt.
type verdict struct {
	action action
	what   string
}

const (
	hintLogin  = "check user and password in the configuration and run takt migrate --users"
	hintRights = "the user lacks rights on takt_store: run takt migrate --users"
	hintSchema = "the tables do not fit this version of Takt: run takt migrate"
)

// codes is the table of the server's error codes; their names are checked
// against system.errors by a test.
// https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
func codes() map[int32]struct {
	name string
	verdict
} {
	type row = struct {
		name string
		verdict
	}
	return map[int32]row{
		33:  {"CANNOT_READ_ALL_DATA", verdict{retry, RetryNetwork}},
		159: {"TIMEOUT_EXCEEDED", verdict{retry, RetryTimeout}},
		160: {"TOO_SLOW", verdict{retry, RetryTimeout}},
		164: {"READONLY", verdict{retry, RetryReadOnly}},
		173: {"CANNOT_ALLOCATE_MEMORY", verdict{retry, RetryMemory}},
		202: {"TOO_MANY_SIMULTANEOUS_QUERIES", verdict{retry, RetryOverload}},
		209: {"SOCKET_TIMEOUT", verdict{retry, RetryTimeout}},
		210: {"NETWORK_ERROR", verdict{retry, RetryNetwork}},
		216: {"QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", verdict{retry, RetryOverload}},
		236: {"ABORTED", verdict{retry, RetryCancelled}},
		241: {"MEMORY_LIMIT_EXCEEDED", verdict{retry, RetryMemory}},
		242: {"TABLE_IS_READ_ONLY", verdict{retry, RetryReadOnly}},
		243: {"NOT_ENOUGH_SPACE", verdict{retry, RetryDisk}},
		252: {"TOO_MANY_PARTS", verdict{retry, RetryOverload}}, // by its text, see judge
		279: {"ALL_CONNECTION_TRIES_FAILED", verdict{retry, RetryNetwork}},
		285: {"TOO_FEW_LIVE_REPLICAS", verdict{retry, RetryReplicas}},
		286: {"UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE", verdict{retry, RetryReplicas}},
		319: {"UNKNOWN_STATUS_OF_INSERT", verdict{retry, RetryReplicas}},
		394: {"QUERY_WAS_CANCELLED", verdict{retry, RetryCancelled}},
		425: {"SYSTEM_ERROR", verdict{retry, RetryOverload}},
		473: {"DEADLOCK_AVOIDED", verdict{retry, RetryOverload}},
		745: {"SERVER_OVERLOADED", verdict{retry, RetryOverload}},
		999: {"KEEPER_EXCEPTION", verdict{retry, RetryReplicas}},
		16:  {"NO_SUCH_COLUMN_IN_TABLE", verdict{halt, hintSchema}},
		47:  {"UNKNOWN_IDENTIFIER", verdict{halt, hintSchema}},
		60:  {"UNKNOWN_TABLE", verdict{halt, hintSchema}},
		81:  {"UNKNOWN_DATABASE", verdict{halt, hintSchema}},
		115: {"UNKNOWN_SETTING", verdict{halt, "the server does not know a setting that Takt needs: use ClickHouse 24.8 or newer"}},
		218: {"TABLE_IS_DROPPED", verdict{halt, hintSchema}},
		192: {"UNKNOWN_USER", verdict{halt, hintLogin}},
		193: {"WRONG_PASSWORD", verdict{halt, hintLogin}},
		194: {"REQUIRED_PASSWORD", verdict{halt, hintLogin}},
		497: {"ACCESS_DENIED", verdict{halt, hintRights}},
		516: {"AUTHENTICATION_FAILED", verdict{halt, hintLogin}},
	}
}

// judge says what to do about the error of an insert. What is no answer of the
// server is the network's fault.
func judge(err error) verdict {
	var exception *driver.Exception
	if errors.As(err, &exception) {
		v, listed := codes()[exception.Code]
		if !listed || exception.Code == 252 && !strings.Contains(exception.Message, "Too many parts") {
			return verdict{refuse, fmt.Sprintf("code %d", exception.Code)}
		}
		return v.verdict
	}
	var status *driver.HTTPError
	if errors.As(err, &status) {
		switch status.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			return verdict{halt, hintLogin}
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return verdict{retry, RetryOverload}
		case http.StatusRequestTimeout, http.StatusGatewayTimeout:
			return verdict{retry, RetryTimeout}
		case http.StatusBadGateway, http.StatusInternalServerError:
			return verdict{retry, RetryNetwork}
		}
		return verdict{halt, fmt.Sprintf("HTTP status %d is no answer of ClickHouse: check the address", status.StatusCode)}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return verdict{retry, RetryTimeout}
	}
	return verdict{retry, RetryNetwork}
}

// brief tells an error without the text of a request and without values of rows,
// which messages of the server may quote.
func brief(err error) string {
	var exception *driver.Exception
	if errors.As(err, &exception) {
		return fmt.Sprintf("code %d (%s)", exception.Code, exception.CodeName)
	}
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err.Error()
	}
	return err.Error()
}

// halted gives err its hint if a person must act.
func halted(err error) error {
	if v := judge(err); v.action == halt {
		return &HaltError{Err: err, Hint: v.what}
	}
	return err
}
