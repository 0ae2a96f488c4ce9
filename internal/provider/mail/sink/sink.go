// Package sink is a small SMTP server for tests: it takes mails on the loopback and keeps them, and fails where the
// recipient's address asks for it.
//
// What lives here: as much of SMTP as a sender speaks. It is no mail server: nothing is delivered to anybody.
package sink

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
)

// The addresses that fail, by what stands before @ or +.
const (
	RefusedOnce   = "mail-refused-once" // 450 the first time
	NoSuchUser    = "mail-no-such-user" // 550
	TextRefused   = "mail-text-refused" // taken as a recipient, and the text is refused for good
	Lost          = "mail-lost"         // the text is taken, and the connection ends without an answer
	LostBeforeEnd = "mail-lost-in-text" // the connection ends before the end of the text, the first time
	LostAtData    = "mail-lost-at-data" // the connection ends when the text is announced, the first time
	Greylisted    = "mail-text-not-now" // 451 after the text, the first time
	lostBytes     = 10                  // of the text that are read before the connection ends
	advertised    = "SIZE 10485760\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 HELP"
)

// Taken is a mail that the server took.
type Taken struct {
	From, To string
	Message  *mail.Message
	Raw      string
}

// Server is a running sink.
type Server struct {
	Host string
	Port int
	User string // asked for when it is set, with Password
	Pass string

	tls      *tls.Config
	listener net.Listener
	wg       sync.WaitGroup
	mu       sync.Mutex
	taken    []Taken
	tries    map[string]int // by recipient and step
	conns    map[net.Conn]bool
}

// Start serves on a free port of the loopback until Close; with a configuration it offers STARTTLS.
func Start(config *tls.Config) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, tls: config, listener: l, tries: map[string]int{}, conns: map[net.Conn]bool{}}
	s.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			s.mu.Unlock()
			s.wg.Go(func() {
				(&session{Server: s, conn: conn}).serve()
				_ = conn.Close()
				s.mu.Lock()
				delete(s.conns, conn)
				s.mu.Unlock()
			})
		}
	})
	return s, nil
}

// Close ends the server and its connections.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// Taken returns the mails that were taken, in their order.
func (s *Server) Taken() []Taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Taken(nil), s.taken...)
}

// first reports whether it is asked for the first time.
func (s *Server) first(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries[what]++
	return s.tries[what] == 1
}

type session struct {
	*Server
	conn     net.Conn
	r        *textproto.Reader
	from, to string
	known    bool // who is there has given the password
}

func (c *session) say(format string, args ...any) bool {
	_, err := fmt.Fprintf(c.conn, format+"\r\n", args...)
	return err == nil
}

func (c *session) serve() {
	c.r = textproto.NewReader(bufio.NewReader(c.conn))
	ok := c.say("220 sink.test ESMTP")
	for ok {
		line, err := c.r.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		ok = c.command(strings.ToUpper(verb), rest)
	}
}

// command answers one and reports whether the connection goes on.
func (c *session) command(verb, rest string) bool {
	switch verb {
	case "EHLO", "HELO":
		offer := advertised
		if c.tls != nil {
			offer = "STARTTLS\r\n250-" + offer
		}
		return c.say("250-sink.test\r\n250-%s", offer)
	case "STARTTLS":
		if c.tls == nil || !c.say("220 go ahead") {
			return false
		}
		c.conn = tls.Server(c.conn, c.tls)
		c.r = textproto.NewReader(bufio.NewReader(c.conn))
		return true
	case "AUTH":
		c.known = rest == "PLAIN "+plain(c.User, c.Pass)
		if !c.known {
			return c.say("535 5.7.8 wrong user or password")
		}
		return c.say("235 2.7.0 welcome")
	case "MAIL":
		if c.User != "" && !c.known {
			return c.say("530 5.7.0 authentication required")
		}
		c.from = angle(rest)
		return c.say("250 2.1.0 ok")
	case "RCPT":
		c.to = angle(rest)
		switch user := local(c.to); {
		case user == NoSuchUser:
			return c.say("550 5.1.1 <%s>: no such user", c.to)
		case user == RefusedOnce && c.first(c.to):
			return c.say("450 4.2.1 <%s>: try again later", c.to)
		}
		return c.say("250 2.1.5 ok")
	case "DATA":
		return c.data()
	case "RSET", "NOOP":
		return c.say("250 2.0.0 ok")
	case "QUIT":
		c.say("221 2.0.0 bye")
		return false
	}
	return c.say("502 5.5.1 not here")
}

func (c *session) data() bool {
	user := local(c.to)
	if user == LostAtData && c.first(c.to) {
		return false
	}
	if !c.say("354 end with a dot") {
		return false
	}
	if user == LostBeforeEnd && c.first(c.to) {
		_, _ = io.CopyN(io.Discard, c.r.R, lostBytes)
		return false
	}
	raw, err := c.r.ReadDotBytes()
	if err != nil {
		return false
	}
	switch {
	case user == TextRefused:
		return c.say("554 5.7.1 no")
	case user == Greylisted && c.first(c.to):
		return c.say("451 4.7.1 not now")
	}
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return c.say("554 5.6.0 not a mail: %v", err)
	}
	c.mu.Lock()
	c.taken = append(c.taken, Taken{c.from, c.to, m, string(raw)})
	c.mu.Unlock()
	if user == Lost {
		return false
	}
	return c.say("250 2.0.0 taken")
}

// angle takes an address out of "FROM:<a@b> SIZE=1".
func angle(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

// plain is what PLAIN says of a user.
func plain(user, pass string) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + pass))
}

func local(address string) string {
	user, _, _ := strings.Cut(strings.ToLower(address), "@")
	user, _, _ = strings.Cut(user, "+")
	return user
}
