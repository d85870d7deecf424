package embedded

import (
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/go-faster/city"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// ClickHouse's own compression is a sequence of frames: checksum (16 bytes),
// method (1), size of method, sizes and data (4), size unpacked (4), data.
// ch-go reads frames up to 128 MB only, and the driver sends a batch as one.
const (
	frameHeader   = 25
	frameSizes    = 9
	maxFrame      = 1 << 30
	frameNone     = 0x02
	frameLZ4      = 0x82
	frameZSTD     = 0x90
	frameOut      = 1 << 20
	frameChecksum = 16
)

// frameReader unpacks frames. A body that ends within a frame is
// io.ErrUnexpectedEOF, one that ends between frames is io.EOF.
type frameReader struct {
	r    io.Reader
	raw  []byte
	data []byte
	pos  int
	zstd *zstd.Decoder
}

func (f *frameReader) Read(p []byte) (int, error) {
	for f.pos == len(f.data) {
		if err := f.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.data[f.pos:])
	f.pos += n
	return n, nil
}

func (f *frameReader) fill() error {
	f.raw = grow(f.raw, frameHeader)
	if _, err := io.ReadFull(f.r, f.raw); err != nil {
		return err // io.EOF between frames
	}
	packed, unpacked := int(binary.LittleEndian.Uint32(f.raw[17:])), int(binary.LittleEndian.Uint32(f.raw[21:]))
	if packed < frameSizes || packed > maxFrame || unpacked > maxFrame {
		return newException(codeCannotDecompress, "CANNOT_DECOMPRESS", "Sizes of a compressed frame are out of range: %d, %d", packed, unpacked)
	}
	header := [frameHeader]byte(f.raw)
	f.raw = grow(f.raw, frameChecksum+packed)
	copy(f.raw, header[:])
	if _, err := io.ReadFull(f.r, f.raw[frameHeader:]); err != nil {
		return unexpected(err)
	}
	sum := city.CH128(f.raw[frameChecksum:])
	if sum.Low != binary.LittleEndian.Uint64(f.raw) || sum.High != binary.LittleEndian.Uint64(f.raw[8:]) {
		return newException(codeCannotDecompress, "CANNOT_DECOMPRESS", "Checksum of a compressed frame doesn't match")
	}
	f.data, f.pos = grow(f.data, unpacked), 0
	if err := f.unpack(header[frameChecksum], f.raw[frameHeader:]); err != nil {
		return newException(codeCannotDecompress, "CANNOT_DECOMPRESS", "Cannot decompress a frame: %v", err)
	}
	return nil
}

func (f *frameReader) unpack(method byte, packed []byte) error {
	n, err := 0, error(nil)
	switch method {
	case frameNone:
		n = copy(f.data, packed)
	case frameLZ4:
		n, err = lz4.UncompressBlock(packed, f.data)
	case frameZSTD:
		if f.zstd == nil {
			if f.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrame)); err != nil {
				return err
			}
		}
		var out []byte
		out, err = f.zstd.DecodeAll(packed, f.data[:0])
		n = len(out)
		if n == len(f.data) {
			f.data = out
		}
	default:
		return fmt.Errorf("method 0x%02x is not known", method)
	}
	if err == nil && n != len(f.data) {
		err = fmt.Errorf("%d bytes came out, not %d", n, len(f.data))
	}
	return err
}

func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// frameWriter packs what is written into frames.
type frameWriter struct {
	w io.Writer
	c *compress.Writer
}

func newFrameWriter(w io.Writer, useZSTD bool) *frameWriter {
	method := compress.LZ4
	if useZSTD {
		method = compress.ZSTD
	}
	return &frameWriter{w: w, c: compress.NewWriter(compress.LevelZero, method)}
}

func (f *frameWriter) Write(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		piece := p[n:min(n+frameOut, len(p))]
		if err := f.c.Compress(piece); err != nil {
			return n, fmt.Errorf("compress a frame: %w", err)
		}
		if _, err := f.w.Write(f.c.Data); err != nil {
			return n, err
		}
		n += len(piece)
	}
	return n, nil
}

// decode unpacks a body by its Content-Encoding.
func decode(r io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case "", "identity":
		return r, nil
	case "gzip":
		return gzip.NewReader(r)
	case "deflate":
		return zlib.NewReader(r)
	case "zstd":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return nil, newException(codeNotImplemented, "NOT_IMPLEMENTED", "Unknown compression method: %s (use gzip, deflate or zstd)", encoding)
}

// acceptedEncoding chooses the Content-Encoding of the answer.
func acceptedEncoding(accept string) string {
	for _, e := range []string{"zstd", "gzip", "deflate"} {
		if strings.Contains(accept, e) {
			return e
		}
	}
	return ""
}

// encode packs the answer. Close must be called before the answer ends.
func encode(w io.Writer, encoding string) (io.WriteCloser, error) {
	switch encoding {
	case "gzip":
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	case "deflate":
		return zlib.NewWriterLevel(w, zlib.BestSpeed)
	case "zstd":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	}
	return nil, errors.New("unknown encoding " + encoding)
}
