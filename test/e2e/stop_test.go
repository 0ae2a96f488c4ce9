package e2e

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SIGTERM under load: what was accepted is answered and stored; what got no answer was never accepted.
func TestGracefulStopUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, db string) {
		p := serve(t, db)
		p.stock(t, products, plenty)
		stream := follow(t, p)
		slow := newLoad("slow", 2, []string{"tok_ok_slow"}, p)
		l := newLoad("stop", 24, []string{"manual", "tok_ok"}, p)
		eventually(t, time.Minute, "the load is under way", func() bool { return l.placed() > 200 })
		begin := time.Now()
		if code := p.terminate(15 * time.Second); code != 0 {
			t.Errorf("exit code %d, want 0", code)
		}
		t.Logf("stopped within %v", time.Since(begin))
		attempts := append(l.end(), slow.end()...)
		if err := <-stream; err != nil {
			t.Errorf("the stream did not end well: %v", err)
		}
		p = serve(t, db)
		stored := map[string]int{}
		for _, o := range p.orders(t) {
			stored[o.ExternalID]++
		}
		unanswered, slows := 0, 0
		for _, a := range attempts {
			switch {
			case a.placed() && stored[a.external] != 1:
				t.Errorf("order %s was acknowledged and is stored %d times", a.external, stored[a.external])
			case a.placed() && strings.HasPrefix(a.external, "slow"):
				slows++
			case a.err != nil:
				unanswered++
				if stored[a.external] != 0 {
					t.Errorf("order %s was accepted, but its client heard only: %v", a.external, a.err)
				}
			case !a.placed() && a.answer.code != 503:
				t.Errorf("order %s: %d %s", a.external, a.answer.code, a.answer.body)
			}
		}
		if slows == 0 {
			t.Error("the slow payments were not waited for")
		}
		t.Logf("%d requests, %d without an answer", len(attempts), unanswered)
		retry(t, p.client, attempts)
		exactlyOnce(t, p, attempts, plenty)
		verify(t, db)
	})
}

// follow reads the event stream until it ends, and tells how.
func follow(t *testing.T, p *process) <-chan error {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.url+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Accept", "text/event-stream")
	resp, err := (&http.Client{}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		defer func() { _ = resp.Body.Close() }()
		s := bufio.NewScanner(resp.Body)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
		}
		ended <- s.Err()
	}()
	return ended
}

func TestWhileStoppingNothingNewIsTaken(t *testing.T) {
	t.Parallel()
	p := serve(t, sqliteURL(t))
	p.stock(t, 1, 10)
	slow := make(chan answer, 1)
	go func() {
		a, _ := p.send(context.Background(), "POST", "/v1/orders", order(0, "sandbox", "tok_ok_slow", ""), "Idempotency-Key", freshKey())
		slow <- a
	}()
	eventually(t, time.Minute, "the order waits for its payment", func() bool { return len(p.orders(t)) == 1 })
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	eventually(t, time.Minute, "it stops", func() bool { return strings.Contains(p.log.String(), "stopping") })
	a, err := newClient(p.url).send(context.Background(), "POST", "/v1/orders", order(0, "manual", "", ""), "Idempotency-Key", freshKey())
	if err == nil && a.code != 503 {
		t.Errorf("a new request was answered %d %s", a.code, a.body)
	}
	if a := <-slow; a.code != 201 {
		t.Errorf("what was in flight: %d %s", a.code, a.body)
	}
	if code := p.wait(10 * time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	t.Parallel()
	p := serve(t, sqliteURL(t), "--payment-wait", "1m", "--stop-within", "1m")
	p.stock(t, 1, 10)
	go func() {
		_, _ = p.send(context.Background(), "POST", "/v1/orders", order(0, "sandbox", "tok_timeout", ""), "Idempotency-Key", freshKey())
	}()
	eventually(t, time.Minute, "the order waits for its payment", func() bool { return len(p.orders(t)) == 1 })
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	eventually(t, time.Minute, "it stops", func() bool { return strings.Contains(p.log.String(), "stopping") })
	p.terminate(20 * time.Second) // not the minute that the payment may take
}

// A stop that takes too long ends all the same, at its bound.
func TestStopHasABound(t *testing.T) {
	t.Parallel()
	db := sqliteURL(t)
	p := serve(t, db, "--payment-wait", "1m", "--stop-within", "1s")
	p.stock(t, 1, 10)
	go func() {
		_, _ = p.send(context.Background(), "POST", "/v1/orders", order(0, "sandbox", "tok_timeout", "x"), "Idempotency-Key", "bound")
	}()
	eventually(t, time.Minute, "the order waits for its payment", func() bool { return len(p.orders(t)) == 1 })
	p.terminate(20 * time.Second) // not the minute that the payment may take
	p = serve(t, db, "--payment-wait", "100ms")
	p.do(t, 201, "POST", "/v1/orders", order(0, "sandbox", "tok_timeout", "x"), "Idempotency-Key", "bound")
	if n := len(p.orders(t)); n != 1 {
		t.Errorf("%d orders", n)
	}
}
