package bench

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, tt := range []struct {
		values []time.Duration
		p      float64
		want   time.Duration
	}{
		{nil, 0.5, 0},
		{[]time.Duration{7}, 0.5, 7},
		{[]time.Duration{7}, 0.99, 7},
		{[]time.Duration{1, 2}, 0.5, 1},
		{[]time.Duration{1, 2, 3}, 0.5, 2},
		{[]time.Duration{1, 2, 3}, 0.99, 3},
		{hundred, 0.5, 50},
		{hundred, 0.9, 90},
		{hundred, 0.99, 99},
		{hundred, 0.991, 100},
		{hundred, 1, 100},
		{hundred, 0, 1},
	} {
		if got := percentile(tt.values, tt.p); got != tt.want {
			t.Errorf("percentile %v of %d values is %d, want %d", tt.p, len(tt.values), got, tt.want)
		}
	}
}

func TestTally(t *testing.T) {
	a := tally{took: []time.Duration{3, 1}, placed: 2, refused: map[int]int64{409: 1}}
	b := tally{took: []time.Duration{2}, placed: 3, errors: 1, firstErr: io.EOF, refused: map[int]int64{409: 2, 503: 1}}
	a.add(&b)
	a.sum()
	if !slices.Equal(a.took, []time.Duration{1, 2, 3}) || a.placed != 5 || a.errors != 1 || a.firstErr == nil || a.refused[409] != 3 || a.refused[503] != 1 {
		t.Errorf("got %+v", a)
	}
}

func TestParseHead(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     head
		ok       bool
		bad      bool
	}{
		{name: "whole", in: "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello", want: head{201, 5, 43, true}, ok: true},
		{name: "no body", in: "HTTP/1.1 204 No Content\r\ncontent-length:0\r\n\r\n", want: head{204, 0, 45, true}, ok: true},
		{name: "no reason", in: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", want: head{200, 0, 35, true}, ok: true},
		{name: "last answer", in: "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 1\r\n\r\n", want: head{503, 1, 59, false}, ok: true},
		{name: "not yet", in: "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n"},
		{name: "nothing", in: ""},
		{name: "another protocol", in: "SSH-2.0-x\r\n\r\n", bad: true},
		{name: "no status", in: "HTTP/1.1 abc\r\n\r\n", bad: true},
		{name: "interim", in: "HTTP/1.1 100 Continue\r\n\r\n", bad: true},
		{name: "no length", in: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bad: true},
		{name: "bad length", in: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", bad: true},
		{name: "endless", in: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 64<<10), bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok, err := parseHead([]byte(tt.in))
			if ok != tt.ok || (err != nil) != tt.bad || ok && got != tt.want {
				t.Errorf("got %+v, %v, %v; want %+v", got, ok, err, tt.want)
			}
		})
	}
}

// answers serves one connection: it reads a request of four bytes per answer and sends the answer in pieces.
func answers(t *testing.T, pieces ...[]string) *conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for _, p := range pieces {
			c, err := l.Accept()
			if err != nil {
				return
			}
			for _, s := range p {
				if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
					break
				}
				for part := range strings.SplitSeq(s, "|") {
					_, _ = io.WriteString(c, part)
					time.Sleep(time.Millisecond)
				}
			}
			_ = c.Close()
		}
	}()
	return &conn{addr: l.Addr().String(), buf: make([]byte, 8)} // smaller than any answer
}

func TestConn(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	c := answers(t,
		[]string{
			"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
			"HTTP/1.1 20|0 OK\r\nContent-Len|gth: 100000\r\n\r|\n" + long[:70_000] + "|" + long[70_000:],
			"HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
		},
		[]string{"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhel"},
		[]string{"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nhello"},
		[]string{"nonsense\r\n\r\n"},
		[]string{"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"},
	)
	defer c.close()
	for i, want := range []struct {
		status int
		body   string
	}{{201, "hello"}, {200, long}, {409, "no"}, {}, {}, {}, {201, ""}} {
		status, body, err := c.post(t.Context(), []byte("ping"))
		if status != want.status || string(body) != want.body || (err != nil) != (want.status == 0) {
			t.Errorf("answer %d: %d, %d bytes, %v", i, status, len(body), err)
		}
	}
	c.close()
	c.addr = "127.0.0.1:1"
	if _, _, err := c.post(t.Context(), []byte("ping")); err == nil {
		t.Error("nobody answered")
	}
}

// Requests differ where they should, and nowhere else.
func TestRequests(t *testing.T) {
	for _, hot := range []bool{false, true} {
		l, err := newLoad(Options{URL: "http://127.0.0.1:80", Key: "k", Clients: 2, Lines: 3, SKUs: 6, Provider: "sandbox", Hot: hot})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for range 200 {
			for _, b := range l.clients {
				request := string(b.next())
				head, body, _ := strings.Cut(request, "\r\n\r\n")
				if !strings.Contains(head, fmt.Sprintf("Content-Length: %d", len(body))) {
					t.Fatalf("wrong length: %s", request)
				}
				_, key, _ := strings.Cut(head, "Idempotency-Key: ")
				key, _, _ = strings.Cut(key, "\r\n")
				if seen[key] {
					t.Fatalf("key %s came twice", key)
				}
				seen[key] = true
				var skus []string
				for n := 1; n <= 6; n++ {
					if strings.Contains(body, fmt.Sprintf("%q", sku(n))) {
						skus = append(skus, sku(n))
					}
				}
				if len(skus) != 3 || hot && skus[0] != sku(1) {
					t.Fatalf("lines of %v", skus)
				}
			}
		}
	}
}

func TestProcessCPU(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here")
	}
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); time.Since(begin) < 50*time.Millisecond; { // spend some
		_ = bytes.Repeat([]byte("x"), 1000)
	}
	if d, err := processCPU(os.Getpid(), strings.TrimSpace(string(comm))); err != nil || d <= 0 || d > time.Hour {
		t.Errorf("got %v, %v", d, err)
	}
	if _, err := processCPU(os.Getpid(), "postgres"); err == nil {
		t.Error("this is not PostgreSQL")
	}
}

func TestTable(t *testing.T) {
	stored := int64(12)
	r := &Result{Kind: "hot", Clients: 4, Rate: 10, Refused: 2, RefusedBy: map[string]int64{"409": 2}, ServerCPU: 0.25, Stored: &stored, Placed: 12, Verify: "clean"}
	var b bytes.Buffer
	if err := r.Table(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"4 clients, hot", "10.0 orders/s", `2 {"409":2}`, "0.250 ms", "12 of 12", "clean"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "database") {
		t.Errorf("says what was not observed:\n%s", b.String())
	}
}
