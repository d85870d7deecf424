package clickhouse

import (
	"fmt"

	"github.com/ClickHouse/ch-go/compress"
)

// framer cuts a stream into ClickHouse's compressed frames.
// https://github.com/ClickHouse/ClickHouse/blob/master/src/Compression/CompressedReadBufferBase.cpp
type framer struct {
	w     *compress.Writer // nil: no compression, no frames
	none  *compress.Writer // for what does not compress
	frame []byte
	out   []byte
}

const frameSize = 256 << 10

func newFramer(compression string) *framer {
	none := compress.NewWriter(compress.LevelZero, compress.None)
	switch compression {
	case "lz4":
		return &framer{w: compress.NewWriter(compress.LevelZero, compress.LZ4), none: none}
	case "zstd":
		return &framer{w: compress.NewWriter(compress.LevelZero, compress.ZSTD), none: none}
	default:
		return &framer{}
	}
}

// rawMin is from how many bytes on a frame of its own is worth its head.
const rawMin = 4 << 10

// write appends p to the stream; raw bytes get frames that are not compressed.
func (f *framer) write(p []byte, raw bool) error {
	if f.w == nil {
		f.out = append(f.out, p...)
		return nil
	}
	if raw && len(p) >= rawMin {
		if err := f.end(); err != nil {
			return err
		}
		for len(p) > 0 {
			n := min(len(p), frameSize)
			if err := f.flush(f.none, p[:n]); err != nil {
				return err
			}
			p = p[n:]
		}
		return nil
	}
	for len(p) > 0 {
		if len(f.frame) == 0 && len(p) >= frameSize {
			if err := f.flush(f.w, p[:frameSize]); err != nil {
				return err
			}
			p = p[frameSize:]
			continue
		}
		n := min(len(p), frameSize-len(f.frame))
		f.frame = append(f.frame, p[:n]...)
		p = p[n:]
		if len(f.frame) == frameSize {
			if err := f.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *framer) flush(w *compress.Writer, p []byte) error {
	if err := w.Compress(p); err != nil {
		return fmt.Errorf("compress block: %w", err)
	}
	f.out = append(f.out, w.Data...)
	return nil
}

// end closes the frame begun.
func (f *framer) end() error {
	if len(f.frame) == 0 {
		return nil
	}
	err := f.flush(f.w, f.frame)
	f.frame = f.frame[:0]
	return err
}

// close returns the stream.
func (f *framer) close() ([]byte, error) {
	if err := f.end(); err != nil {
		return nil, err
	}
	out := f.out
	f.out = nil
	return out, nil
}
