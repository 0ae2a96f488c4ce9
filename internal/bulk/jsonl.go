package bulk

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

type lines struct {
	from  *bufio.Reader
	place Place
}

func openJSONL(from io.Reader, at Place) Reader {
	return &lines{from: bufio.NewReaderSize(from, 64<<10), place: at}
}

// Place implements Reader.
func (l *lines) Place() Place { return l.place }

// Next implements Reader. Empty lines are passed over.
func (l *lines) Next() (Row, error) {
	for {
		line, size, err := l.line()
		long, ended := errors.Is(err, errLong), errors.Is(err, io.EOF)
		if err != nil && !long && !ended {
			return Row{}, err
		}
		if l.place.At == 0 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		text := bytes.TrimSpace(line)
		if len(text) == 0 && ended {
			return Row{}, io.EOF
		}
		l.place.At, l.place.Line = l.place.At+size, l.place.Line+1
		if len(text) == 0 && !long {
			continue
		}
		l.place.Rows++
		row := Row{Line: l.place.Line, Body: text}
		if long {
			row.Body, row.Err = nil, errTooLarge(l.place.Line)
		}
		return row, nil
	}
}

// line reads a line; of one that is too long it gives nothing.
func (l *lines) line() (out []byte, size int64, err error) {
	for {
		part, more := l.from.ReadSlice('\n')
		size += int64(len(part))
		if size <= maxRow {
			out = append(out, part...)
		}
		if errors.Is(more, bufio.ErrBufferFull) {
			continue
		}
		if size > maxRow {
			return nil, size, errLong
		}
		return out, size, more
	}
}
