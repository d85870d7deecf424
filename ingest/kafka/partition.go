package kafka

import "hash/crc32"

// Partitioners that producers choose partitions by.
const (
	Murmur2 = "murmur2" // the Java client's default, librdkafka's murmur2
	CRC32   = "crc32"   // librdkafka's consistent
	FNV1a   = "fnv1a"   // Sarama's hash partitioner
)

// Partition returns the partition out of n that the named partitioner chooses
// for a key, -1 if there is no such partitioner. A missing key is hashed as an
// empty one, where producers may choose at random.
func Partition(partitioner string, key []byte, n int) int {
	switch partitioner {
	case Murmur2:
		return int(murmur2(key)&0x7fffffff) % n
	case CRC32:
		return int(crc32.ChecksumIEEE(key) % uint32(n))
	case FNV1a:
		// Sarama takes the remainder of the signed hash and then its amount.
		return max(int(int32(fnv1a(key))%int32(n)), -int(int32(fnv1a(key))%int32(n)))
	default:
		return -1
	}
}

// murmur2 is org.apache.kafka.common.utils.Utils.murmur2.
func murmur2(data []byte) uint32 {
	const m = 0x5bd1e995
	h := 0x9747b28c ^ uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := uint32(data[0]) | uint32(data[1])<<8 | uint32(data[2])<<16 | uint32(data[3])<<24
		k *= m
		k ^= k >> 24
		k *= m
		h *= m
		h ^= k
	}
	switch len(data) {
	case 3:
		h ^= uint32(data[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(data[1]) << 8
		fallthrough
	case 1:
		h ^= uint32(data[0])
		h *= m
	}
	h ^= h >> 13
	h *= m
	return h ^ h>>15
}

func fnv1a(data []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range data {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}
