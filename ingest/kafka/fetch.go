package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"github.com/takt-orders/takt/ingest/kafka/recordbatch"
)

// fetchVersion is the version of the Fetch request, since Kafka 2.3.
const fetchVersion = 11

// fetch is one Fetch request of one partition and its answer. It writes and
// reads itself on a connection of kafka-go's Transport: kafka-go's own Fetch copies
// records several times, verifies no checksum and passes over the list of aborted
// transactions.
//
// https://kafka.apache.org/protocol#The_Messages_Fetch
type fetch struct {
	clientID  string
	topic     string
	partition int32
	offset    int64
	maxBytes  int32
	maxWaitMS int32
	isolation int8
	limit     int // of the answer, in bytes

	version int16
	request []byte
	raw     *raw // takes the answer

	code     kafkago.Error // of the partition; 0: none
	end      int64         // high watermark
	stable   int64         // last stable offset
	logStart int64
	aborted  []recordbatch.Aborted
	set      []byte // the record set, within raw
}

var (
	_ protocol.BrokerMessage = (*fetch)(nil)
	_ protocol.RawExchanger  = (*fetch)(nil)
)

// ApiKey names the API.
func (f *fetch) ApiKey() protocol.ApiKey { return protocol.Fetch }

// Broker returns the leader of the partition.
func (f *fetch) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	p, ok := cluster.Topics[f.topic].Partitions[f.partition]
	if !ok {
		return protocol.Broker{}, kafkago.UnknownTopicOrPartition
	}
	b, ok := cluster.Brokers[p.Leader]
	if !ok {
		return protocol.Broker{}, kafkago.LeaderNotAvailable
	}
	return b, nil
}

// Required takes the negotiated version and always asks for the raw exchange.
func (f *fetch) Required(versions map[protocol.ApiKey]int16) bool {
	f.version = versions[protocol.Fetch]
	return true
}

// RawExchange sends the request and reads the answer.
func (f *fetch) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	if f.version != fetchVersion {
		return nil, fmt.Errorf("broker speaks version %d of Fetch, Kafka 2.3 or later is needed: %w", f.version, kafkago.UnsupportedVersion)
	}
	if _, err := rw.Write(f.encode()); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(rw, size[:]); err != nil {
		return nil, err
	}
	n := int64(int32(binary.BigEndian.Uint32(size[:])))
	if n < 0 || n > int64(f.limit) {
		return nil, fmt.Errorf("answer of %d bytes: %w", n, recordbatch.ErrTooLarge)
	}
	if int64(cap(f.raw.buf)) < n {
		f.raw.buf = make([]byte, n)
	}
	f.raw.buf = f.raw.buf[:n]
	if _, err := io.ReadFull(rw, f.raw.buf); err != nil {
		return nil, err
	}
	return f, f.decode(f.raw.buf)
}

// correlation is the same in every request: a connection carries one at a time.
const correlation = 0x74616b74

func (f *fetch) encode() []byte {
	be := binary.BigEndian
	b := append(f.request[:0], 0, 0, 0, 0)
	b = be.AppendUint16(b, uint16(protocol.Fetch))
	b = be.AppendUint16(b, fetchVersion)
	b = be.AppendUint32(b, correlation)
	b = appendString(b, f.clientID)
	b = be.AppendUint32(b, ^uint32(0)) // replica: none
	b = be.AppendUint32(b, uint32(f.maxWaitMS))
	b = be.AppendUint32(b, 1) // at least one byte
	// The bound of the partition alone applies. kfake leaves out the aborted
	// transactions when an answer reaches this one.
	b = be.AppendUint32(b, math.MaxInt32)
	b = append(b, byte(f.isolation))
	b = be.AppendUint32(b, 0)          // no session
	b = be.AppendUint32(b, ^uint32(0)) // nor a wish for one
	b = be.AppendUint32(b, 1)
	b = appendString(b, f.topic)
	b = be.AppendUint32(b, 1)
	b = be.AppendUint32(b, uint32(f.partition))
	b = be.AppendUint32(b, ^uint32(0)) // leader epoch: not checked
	b = be.AppendUint64(b, uint64(f.offset))
	b = be.AppendUint64(b, ^uint64(0)) // log start: for followers only
	b = be.AppendUint32(b, uint32(f.maxBytes))
	b = be.AppendUint32(b, 0) // nothing to forget
	b = appendString(b, "")   // rack
	be.PutUint32(b, uint32(len(b)-4))
	f.request = b
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

var errAnswer = errors.New("answer to Fetch is malformed")

// decode reads the answer; the record set stays where it is.
func (f *fetch) decode(b []byte) error {
	a := answer{b: b}
	if got := a.int32(); got != correlation {
		return fmt.Errorf("%w: it belongs to request %d", errAnswer, got)
	}
	a.int32() // throttled: the broker itself delays the next answer
	if code := kafkago.Error(a.int16()); code != 0 {
		return code
	}
	a.int32() // session
	if topics := a.int32(); topics != 1 || a.string() != f.topic {
		return fmt.Errorf("%w: it has %d topics", errAnswer, topics)
	}
	if partitions, number := a.int32(), a.int32(); partitions != 1 || number != f.partition {
		return fmt.Errorf("%w: it has %d partitions, the first %d", errAnswer, partitions, number)
	}
	f.code = kafkago.Error(a.int16())
	f.end, f.stable, f.logStart = a.int64(), a.int64(), a.int64()
	f.aborted = f.aborted[:0]
	for n := a.int32(); n > 0 && !a.bad; n-- {
		f.aborted = append(f.aborted, recordbatch.Aborted{Producer: a.int64(), First: a.int64()})
	}
	a.int32() // preferred replica: not asked for
	f.set = a.take(int(max(a.int32(), 0)))
	if a.bad {
		return errAnswer
	}
	return nil
}

// answer reads the fields of an answer. After a field that is not there it is bad.
type answer struct {
	b   []byte
	bad bool
}

func (a *answer) take(n int) []byte {
	if n > len(a.b) {
		a.b, a.bad = nil, true
	}
	if a.bad {
		return nil
	}
	out := a.b[:n]
	a.b = a.b[n:]
	return out
}

func (a *answer) int16() int16 {
	if b := a.take(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (a *answer) int32() int32 {
	if b := a.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (a *answer) int64() int64 {
	if b := a.take(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

func (a *answer) string() string { return string(a.take(int(max(a.int16(), 0)))) }
