package recordbatch

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/pierrec/lz4/v4"
)

// The LZ4 frame is taken apart here, and only its blocks are left to the
// library: its own frame reader copies every byte twice. Checksums of the frame
// are not looked at, since the batch's covers them.
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
const (
	lz4Magic     = 0x184D2204
	lz4SkipMagic = 0x184D2A50 // to ...5F: frames to be skipped

	lz4Version       = 0x40
	lz4VersionMask   = 0xC0
	lz4Independent   = 0x20
	lz4BlockChecksum = 0x10
	lz4ContentSize   = 0x08
	lz4Checksum      = 0x04
	lz4Dictionary    = 0x01

	lz4Stored = 1 << 31 // in a block's size: it is not compressed
	lz4Window = 64 << 10
)

func unlz4(dst, src []byte, limit int) ([]byte, error) {
	var err error
	for len(src) > 0 {
		if len(src) < 8 {
			return nil, io.ErrUnexpectedEOF
		}
		magic := binary.LittleEndian.Uint32(src)
		switch {
		case magic == lz4Magic:
			dst, src, err = lz4Frame(dst, src[4:], limit)
		case magic&^0xf == lz4SkipMagic:
			src, err = cut(src[8:], uint64(binary.LittleEndian.Uint32(src[4:])))
		default:
			err = fmt.Errorf("lz4 frame has magic %08x", magic)
		}
		if err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// lz4Frame appends one frame, whose magic is cut off, and returns what follows it.
func lz4Frame(dst, src []byte, limit int) (out, rest []byte, err error) {
	flags, sizes := src[0], src[1]
	blockMax := 0
	switch code := sizes >> 4 & 7; {
	case flags&lz4VersionMask != lz4Version || flags&lz4Dictionary != 0 || code < 4:
		return nil, nil, fmt.Errorf("lz4 frame with flags %02x %02x is not supported", flags, sizes)
	default:
		blockMax = 1 << (2*code + 8)
	}
	head := uint64(3) // flags, sizes, checksum of the head
	if flags&lz4ContentSize != 0 {
		head += 8
	}
	if src, err = cut(src, head); err != nil {
		return nil, nil, err
	}
	begin := len(dst)
	for {
		if len(src) < 4 {
			return nil, nil, io.ErrUnexpectedEOF
		}
		size := binary.LittleEndian.Uint32(src)
		src = src[4:]
		if size == 0 {
			break
		}
		block := src
		if src, err = cut(src, uint64(size&^lz4Stored)); err != nil {
			return nil, nil, err
		}
		block = block[:size&^lz4Stored]
		if size&lz4Stored != 0 {
			dst = append(dst, block...)
		} else {
			window := dst[max(begin, len(dst)-lz4Window):]
			if flags&lz4Independent != 0 {
				window = nil
			}
			if dst, err = lz4Block(dst, block, window, blockMax); err != nil {
				return nil, nil, err
			}
		}
		if len(dst) > limit {
			return nil, nil, tooLarge(limit)
		}
		if flags&lz4BlockChecksum != 0 {
			if src, err = cut(src, 4); err != nil {
				return nil, nil, err
			}
		}
	}
	if flags&lz4Checksum != 0 {
		src, err = cut(src, 4)
	}
	return dst, src, err
}

// lz4Block appends one block. How large it is shows only when it is decompressed.
// Most blocks grow less than eightfold and need not room for the largest.
func lz4Block(dst, block, window []byte, blockMax int) ([]byte, error) {
	most := min(blockMax, 255*len(block)) // what the format can make of it
	if cap(dst)-len(dst) < min(most, 3*len(block)) {
		dst = slices.Grow(dst, min(most, 8*len(block)))
	}
	for {
		room := min(cap(dst)-len(dst), most)
		n, err := lz4.UncompressBlockWithDict(block, dst[len(dst):len(dst)+room], window)
		if err == nil {
			return dst[:len(dst)+n], nil
		}
		if room >= most {
			return nil, err
		}
		dst = slices.Grow(dst, most)
	}
}

func cut(b []byte, n uint64) ([]byte, error) {
	if n > uint64(len(b)) {
		return nil, io.ErrUnexpectedEOF
	}
	return b[n:], nil
}
