package work

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// cut says what the proxy does with a COMMIT.
type cut int

const (
	forward   cut = iota
	cutBefore     // the server never sees it
	cutAfter      // the server commits, the client never hears of it
)

// proxy stands between clients and PostgreSQL, understands as much of the protocol as finding a COMMIT takes, and
// loses connections.
type proxy struct {
	ln       net.Listener
	target   string
	mu       sync.Mutex
	conns    map[net.Conn]bool
	away     bool
	onCommit func() cut // asked for every COMMIT, under mu; nil forwards
}

// newProxy returns a proxy and the URL by which a database is reached through it.
func newProxy(t *testing.T, dbURL string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(dbURL)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{ln: ln, target: u.Host, conns: map[net.Conn]bool{}}
	u.Host = ln.Addr().String()
	q := u.Query()
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	go p.accept()
	t.Cleanup(func() { _ = ln.Close(); p.cutAll() })
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil || !p.keep(client, server) {
			_ = client.Close()
			if server != nil {
				_ = server.Close()
			}
			continue
		}
		swallow := make(chan struct{})
		go p.upstream(client, server, swallow)
		go p.downstream(client, server, swallow)
	}
}

func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away {
		return false
	}
	for _, c := range conns {
		p.conns[c] = true
	}
	return true
}

func (p *proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
		_ = c.Close()
	}
}

// cutAll loses all connections.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
		delete(p.conns, c)
	}
}

// setAway makes the server unreachable, or reachable again.
func (p *proxy) setAway(away bool) {
	p.mu.Lock()
	p.away = away
	p.mu.Unlock()
	if away {
		p.cutAll()
	}
}

func (p *proxy) set(f func() cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onCommit = f
}

func (p *proxy) ask() cut {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.onCommit == nil {
		return forward
	}
	return p.onCommit()
}

// message reads one message: a type (none at the start of a connection), a length, a body.
func message(r io.Reader, typed bool) (kind byte, raw []byte, err error) {
	head := make([]byte, 4, 5)
	if typed {
		head = head[:5]
	}
	if _, err = io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[len(head)-4:]) - 4
	raw = append(head, make([]byte, n)...)
	_, err = io.ReadFull(r, raw[len(head):])
	if typed {
		kind = raw[0]
	}
	return kind, raw, err
}

func (p *proxy) upstream(client, server net.Conn, swallow chan struct{}) {
	defer p.drop(client, server)
	commits := map[string]bool{} // names of prepared COMMITs
	after := false
	for first := true; ; first = false {
		kind, raw, err := message(client, !first)
		if err != nil {
			return
		}
		switch kind {
		case 'P':
			name, rest, _ := bytes.Cut(raw[5:], []byte{0})
			text, _, _ := bytes.Cut(rest, []byte{0})
			commits[string(name)] = string(text) == "COMMIT"
		case 'B':
			_, rest, _ := bytes.Cut(raw[5:], []byte{0})
			name, _, _ := bytes.Cut(rest, []byte{0})
			if commits[string(name)] {
				switch p.ask() {
				case cutBefore:
					return
				case cutAfter:
					after = true
				}
			}
		}
		if after && kind == 'S' {
			close(swallow) // before the server can answer
		}
		if _, err := server.Write(raw); err != nil {
			return
		}
		if after && kind == 'S' {
			_, _ = io.Copy(io.Discard, client) // until downstream has seen the end of the commit
			return
		}
	}
}

func (p *proxy) downstream(client, server net.Conn, swallow chan struct{}) {
	defer p.drop(client, server)
	for {
		kind, raw, err := message(server, true)
		if err != nil {
			return
		}
		select {
		case <-swallow:
			if kind == 'Z' { // ready for the next: it has committed
				return
			}
			continue
		default:
		}
		if _, err := client.Write(raw); err != nil {
			return
		}
	}
}
