package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// conn is the least HTTP/1.1 client that can place orders: it sends bytes that were rendered before and reads the
// status and as many bytes of body as Content-Length says. net/http would cost as much CPU as the server's own.
type conn struct {
	addr string
	net  net.Conn
	buf  []byte // what was read
	n    int    // how much of it
}

// answerWithin is how long an answer may take before it counts as an error.
const answerWithin = 60 * time.Second

// post sends a request and returns the status and the body of the answer; the body is valid until the next call.
// After an error the connection is closed; the next call makes a new one.
func (c *conn) post(ctx context.Context, request []byte) (status int, body []byte, err error) {
	if c.net == nil {
		var d net.Dialer
		if c.net, err = d.DialContext(ctx, "tcp", c.addr); err != nil {
			return 0, nil, err
		}
		if c.buf == nil {
			c.buf = make([]byte, 16<<10)
		}
	}
	status, body, keep, err := c.exchange(request)
	if err != nil || !keep {
		c.close()
	}
	return status, body, err
}

func (c *conn) close() {
	if c.net != nil {
		_ = c.net.Close()
		c.net = nil
	}
}

func (c *conn) exchange(request []byte) (status int, body []byte, keep bool, err error) {
	if err := c.net.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return 0, nil, false, err
	}
	if _, err := c.net.Write(request); err != nil {
		return 0, nil, false, err
	}
	c.n = 0
	for {
		if c.n == len(c.buf) {
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		}
		n, err := c.net.Read(c.buf[c.n:])
		c.n += n
		if h, ok, perr := parseHead(c.buf[:c.n]); perr != nil {
			return 0, nil, false, perr
		} else if ok && c.n >= h.end+h.length {
			if c.n > h.end+h.length {
				return 0, nil, false, errors.New("the answer is longer than its Content-Length")
			}
			return h.status, c.buf[h.end:c.n], h.keep, nil
		}
		if err != nil {
			return 0, nil, false, fmt.Errorf("after %d bytes of an answer: %w", c.n, err)
		}
	}
}

// head is what the client must know of an answer.
type head struct {
	status int
	length int  // of the body
	end    int  // where the body begins
	keep   bool // the connection stays open
}

var (
	crlf          = []byte("\r\n")
	contentLength = []byte("content-length")
	connection    = []byte("connection")
)

// parseHead reads the head of an answer; ok is false while it is not complete.
func parseHead(b []byte) (h head, ok bool, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		if len(b) > 64<<10 {
			return h, false, errors.New("the head of the answer does not end")
		}
		return h, false, nil
	}
	h = head{end: end + 4, length: -1, keep: true}
	line, rest, _ := bytes.Cut(b[:end], crlf)
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return h, false, fmt.Errorf("%q is no HTTP/1.1 answer", line)
	}
	if h.status, err = strconv.Atoi(string(line[9:12])); err != nil || h.status < 200 {
		return h, false, fmt.Errorf("%q has no final status", line)
	}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, crlf)
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, contentLength):
			if h.length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil || h.length < 0 {
				return h, false, fmt.Errorf("%q is no length", line)
			}
		case bytes.EqualFold(name, connection):
			h.keep = !bytes.EqualFold(bytes.TrimSpace(value), []byte("close"))
		}
	}
	if h.length < 0 {
		return h, false, errors.New("the answer has no Content-Length")
	}
	return h, true, nil
}
