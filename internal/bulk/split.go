package bulk

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"ordo/internal/errs"
)

// maxRow is the longest row in bytes, as the longest body of a request is. It bounds what a reader holds, too: a quote
// that is never closed must not bring the whole file into memory.
const maxRow = 1 << 20

var errLong = errors.New("bulk: too long")

func errTooLarge(line int64) error {
	return errs.New(errs.TooLarge, "too_large", "row %d is larger than 1 MiB: split it", line)
}

// splitter finds where records of CSV end, by the rules of encoding/csv: that one reads a record as a whole, however
// long it is.
type splitter struct {
	from *bufio.Reader
	text []byte // of the record; the next one is read into it
}

func newSplitter(from io.Reader, start bool) (s *splitter, skipped int64) {
	s = &splitter{from: bufio.NewReaderSize(from, 64<<10)}
	const mark = "\ufeff"
	if b, _ := s.from.Peek(len(mark)); start && string(b) == mark { // an error comes again
		n, _ := s.from.Discard(len(mark))
		skipped = int64(n)
	}
	return s, skipped
}

// next reads a record: its text, and how many bytes and lines it has. Of one that is too long there is no text, but
// errLong; it ends where it would have ended all the same.
func (s *splitter) next() (text []byte, size, lines int64, err error) {
	s.text = s.text[:0]
	at := fieldStart
	for {
		part, err := s.from.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return nil, 0, 0, err
		}
		size += int64(len(part))
		if size <= maxRow {
			s.text = append(s.text, part...)
		}
		at = at.through(part)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if len(part) > 0 {
			lines++
		}
		switch ended := errors.Is(err, io.EOF); {
		case ended && size == 0:
			return nil, 0, 0, io.EOF
		case at == quoted && !ended: // the line goes on in the next one
		case size > maxRow:
			return nil, size, lines, errLong
		default:
			return s.text, size, lines, nil
		}
	}
}

// quoting is where in a record a byte stands.
type quoting int

const (
	fieldStart quoting = iota
	plain              // in a field without quotes
	quoted             // between quotes
	closing            // after a quote that ends the field or, before another one, is one
	closed             // after that and a carriage return, which ends a line with what follows
	broken             // after what encoding/csv refuses: the record ends with the line
)

// through reads on. A line's end ends what is not quoted.
func (q quoting) through(part []byte) quoting {
	for len(part) > 0 {
		if q == quoted { // a long text has nothing to see but its end
			i := bytes.IndexByte(part, '"')
			if i < 0 {
				return q
			}
			part = part[i:]
		}
		q, part = q.step(part[0]), part[1:]
	}
	return q
}

func (q quoting) step(b byte) quoting {
	switch q {
	case quoted:
		if b == '"' {
			return closing
		}
		return quoted
	case broken:
		if b == '\n' {
			return fieldStart
		}
		return broken
	case closing, closed:
		switch {
		case b == '\n':
			return fieldStart
		case q == closing && b == '"':
			return quoted
		case q == closing && b == ',':
			return fieldStart
		case q == closing && b == '\r':
			return closed
		}
		return broken
	}
	switch {
	case b == '"' && q == fieldStart:
		return quoted
	case b == '"':
		return broken
	case b == ',' || b == '\n':
		return fieldStart
	}
	return plain
}
