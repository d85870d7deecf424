package kafka_test

import (
	"testing"

	kafkago "github.com/segmentio/kafka-go"
	"pgregory.net/rapid"

	"github.com/takt-orders/takt/ingest/kafka"
)

func TestPartitionVectors(t *testing.T) {
	const whole = 1 << 31 // shows all bits that count
	positive := func(h int32) int { return int(h & 0x7fffffff) }
	tests := []struct {
		partitioner, key string
		n, want          int
	}{
		// org.apache.kafka.common.utils.UtilsTest.testMurmur2
		{kafka.Murmur2, "21", whole, positive(-973932308)},
		{kafka.Murmur2, "foobar", whole, positive(-790332482)},
		{kafka.Murmur2, "a-little-bit-long-string", whole, positive(-985981536)},
		{kafka.Murmur2, "a-little-bit-longer-string", whole, positive(-1486304829)},
		{kafka.Murmur2, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", whole, positive(-58897971)},
		{kafka.Murmur2, "abc", whole, positive(479470107)},
		// The check value of CRC-32 (IEEE 802.3).
		{kafka.CRC32, "123456789", whole, 0xCBF43926 % whole},
		{kafka.CRC32, "123456789", 1000, 0xCBF43926 % 1000},
		// FNV-1a of "a" is 0xe40c292c, negative as Sarama takes it; of "foob" 0x3f5076ef.
		{kafka.FNV1a, "a", 100, 76},
		{kafka.FNV1a, "foob", 100, 0x3f5076ef % 100},
		{"random", "a", 100, -1},
	}
	for _, tt := range tests {
		if got := kafka.Partition(tt.partitioner, []byte(tt.key), tt.n); got != tt.want {
			t.Errorf("%s of %q over %d: got %d, want %d", tt.partitioner, tt.key, tt.n, got, tt.want)
		}
	}
}

func TestPartitionEqualsProducers(t *testing.T) {
	producers := map[string]kafkago.Balancer{
		kafka.Murmur2: kafkago.Murmur2Balancer{Consistent: true},
		kafka.CRC32:   kafkago.CRC32Balancer{Consistent: true},
		kafka.FNV1a:   &kafkago.Hash{},
	}
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "key")
		n := rapid.IntRange(1, 300).Draw(t, "partitions")
		partitions := make([]int, n)
		for i := range partitions {
			partitions[i] = i
		}
		for name, b := range producers {
			if got, want := kafka.Partition(name, key, n), b.Balance(kafkago.Message{Key: key}, partitions...); got != want {
				t.Fatalf("%s: got %d, want %d", name, got, want)
			}
		}
	})
}
