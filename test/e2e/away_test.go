package e2e

import (
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ordo/internal/pgtest"
)

// door stands between the program and PostgreSQL; while it is shut, connections are refused.
type door struct {
	addr   string
	target string
	mu     sync.Mutex
	l      net.Listener
	conns  map[net.Conn]bool
}

// newDoor returns a door, shut, and the URL of the database behind it.
func newDoor(t *testing.T, db string) (*door, string) {
	t.Helper()
	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{addr: l.Addr().String(), target: u.Host, conns: map[net.Conn]bool{}}
	_ = l.Close()
	t.Cleanup(d.shut)
	u.Host = d.addr
	return d, u.String()
}

func (d *door) open(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.l = l
	d.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go d.pass(c)
		}
	}()
}

func (d *door) pass(c net.Conn) {
	s, err := net.Dial("tcp", d.target)
	if err != nil {
		_ = c.Close()
		return
	}
	d.mu.Lock()
	d.conns[c], d.conns[s] = true, true
	d.mu.Unlock()
	copyTo := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_, _ = to.Close(), from.Close()
	}
	go copyTo(s, c)
	copyTo(c, s)
	d.mu.Lock()
	delete(d.conns, c)
	delete(d.conns, s)
	d.mu.Unlock()
}

// shut cuts all connections and refuses new ones.
func (d *door) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.l != nil {
		_ = d.l.Close()
		d.l = nil
	}
	for c := range d.conns {
		_ = c.Close()
	}
}

// PostgreSQL goes away under load and comes back: 503 meanwhile, and nothing is lost.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	direct := pgtest.New(t)
	d, db := newDoor(t, direct)
	d.open(t)
	p := serve(t, db)
	p.stock(t, products, plenty)
	l := newLoad("away", 8, []string{"manual", "tok_ok"}, p)
	eventually(t, time.Minute, "the load is under way", func() bool { return l.placed() > 100 })
	d.shut()
	for _, path := range []string{"/v1/orders", "/v1/stock?sku=" + sku(0), "/readyz"} {
		unavailable(t, path, p.do(t, 503, "GET", path, nil))
	}
	p.do(t, 200, "GET", "/healthz", nil)
	eventually(t, time.Minute, "a placement is refused", func() bool { return len(turnedAway(l.sent())) > 0 })
	meanwhile := turnedAway(l.sent())
	d.open(t)
	begin := time.Now()
	eventually(t, time.Minute, "it is ready again", func() bool {
		a, err := p.send(context.Background(), "GET", "/readyz", nil)
		return err == nil && a.code == 200
	})
	placed := l.placed()
	eventually(t, time.Minute, "orders are placed again", func() bool { return l.placed() > placed+50 })
	t.Logf("orders are placed again after %v", time.Since(begin))
	attempts := l.end()
	for _, a := range meanwhile {
		unavailable(t, "POST /v1/orders", a.answer)
	}
	t.Logf("%d of %d requests are sent again, %d had been refused", retry(t, p.client, attempts), len(attempts), len(meanwhile))
	exactlyOnce(t, p, attempts, plenty)
	if code := p.terminate(10 * time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	verify(t, direct)
}

// turnedAway returns the attempts that were answered while the database was away.
func turnedAway(attempts []*attempt) []*attempt {
	var list []*attempt
	for _, a := range attempts {
		if a.err == nil && a.answer.code == 503 && a.answer.problem() == "database_unavailable" {
			list = append(list, a)
		}
	}
	return list
}

func unavailable(t *testing.T, what string, a answer) {
	t.Helper()
	if a.header.Get("Retry-After") == "" || a.problem() != "database_unavailable" {
		t.Errorf("%s: Retry-After %q, %s", what, a.header.Get("Retry-After"), a.body)
	}
}

// A server waits for a database that starts after it.
func TestStartWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	d, db := newDoor(t, pgtest.New(t))
	p := launch(t, options{db: db})
	eventually(t, time.Minute, "it says that it waits", func() bool {
		return strings.Contains(p.log.String(), "the database does not answer; trying again")
	})
	d.open(t)
	p.await(10 * time.Second)
	p.do(t, 200, "GET", "/readyz", nil)
}
