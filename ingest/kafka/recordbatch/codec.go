package recordbatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Codecs as the attributes number them.
const (
	codecNone = iota
	codecGzip
	codecSnappy
	codecLZ4
	codecZstd
)

// codecs decompress batches and keep what can be used again.
type codecs struct {
	gzip *gzip.Reader
	zstd *zstd.Decoder
	src  bytes.Reader
}

func (c *codecs) close() {
	if c.zstd != nil {
		c.zstd.Close()
		c.zstd = nil
	}
}

// decompress appends the decompressed src to dst, which is empty, and returns
// it: at most limit bytes.
func (c *codecs) decompress(codec int, dst, src []byte, limit int) ([]byte, error) {
	var err error
	switch codec {
	case codecGzip:
		dst, err = c.gunzip(dst, src, limit)
	case codecSnappy:
		dst, err = unsnappy(dst, src, limit)
	case codecLZ4:
		dst, err = unlz4(dst, src, limit)
	case codecZstd:
		dst, err = c.unzstd(dst, src, limit)
	default:
		return nil, fmt.Errorf("unknown codec %d: %w", codec, ErrCorrupt)
	}
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return nil, fmt.Errorf("decompress: %w: %w", ErrCorrupt, err)
	}
	return dst, err
}

func tooLarge(limit int) error {
	return fmt.Errorf("decompress beyond %d bytes: %w", limit, ErrTooLarge)
}

func (c *codecs) gunzip(dst, src []byte, limit int) ([]byte, error) {
	c.src.Reset(src)
	var err error
	if c.gzip == nil {
		c.gzip, err = gzip.NewReader(&c.src)
	} else {
		err = c.gzip.Reset(&c.src)
	}
	if err != nil {
		c.gzip = nil
		return nil, err
	}
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, max(512, min(4*len(src), 1<<20)))
		}
		n, err := c.gzip.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst) > limit {
			return nil, tooLarge(limit)
		}
		if errors.Is(err, io.EOF) {
			return dst, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (c *codecs) unzstd(dst, src []byte, limit int) ([]byte, error) {
	if c.zstd == nil {
		var err error
		// The decoder takes its bound for one of the window too, which may be far
		// larger than what is compressed: every decoder has to bear one of 8 MiB.
		c.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(uint64(max(limit, 8<<20))))
		if err != nil {
			return nil, err
		}
	}
	dst, err := c.zstd.DecodeAll(src, dst)
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) || len(dst) > limit {
		return nil, tooLarge(limit)
	}
	return dst, err
}

// xerial is how snappy-java, and with it Kafka's Java client, frames blocks:
// this magic, two versions of four bytes each, then blocks after their length.
const xerial = "\x82SNAPPY\x00"

func unsnappy(dst, src []byte, limit int) ([]byte, error) {
	if len(src) < 16 || string(src[:8]) != xerial {
		return snappyBlock(dst, src, limit)
	}
	for src = src[16:]; len(src) > 0; {
		if len(src) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		n := binary.BigEndian.Uint32(src)
		src = src[4:]
		if uint64(n) > uint64(len(src)) {
			return nil, io.ErrUnexpectedEOF
		}
		var err error
		if dst, err = snappyBlock(dst, src[:n], limit); err != nil {
			return nil, err
		}
		src = src[n:]
	}
	return dst, nil
}

func snappyBlock(dst, src []byte, limit int) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n > limit-len(dst) {
		return nil, tooLarge(limit)
	}
	// Snappy's length is believed before anything is decoded: a copy of two or
	// three bytes yields at most 64, so that no honest block expands further.
	if n > 32*len(src) {
		return nil, fmt.Errorf("%d bytes cannot hold %d", len(src), n)
	}
	dst = slices.Grow(dst, n)
	block, err := s2.Decode(dst[len(dst):len(dst)+n], src)
	if err != nil {
		return nil, err
	}
	return dst[:len(dst)+len(block)], nil
}
