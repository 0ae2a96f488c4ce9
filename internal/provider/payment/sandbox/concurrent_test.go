package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ordo/internal/payment"
	"ordo/internal/pgtest"
	provider "ordo/internal/provider/payment"
	"ordo/internal/storetest"
)

// nodes opens the same store several times at once.
func nodes(t *testing.T, url string, n int, o Options) []*Provider {
	t.Helper()
	out, errs := make([]*Provider, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { out[i], errs[i] = Open(t.Context(), url, o) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(out[i].Close)
	}
	return out
}

// together sends all requests at once, one after the other over the nodes, and counts the answers.
func together(t *testing.T, ps []*Provider, requests []provider.Request) map[string]int {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	said := map[string]int{}
	start := make(chan struct{})
	for i, r := range requests {
		wg.Go(func() {
			<-start
			s := say(ps[i%len(ps)].Send(t.Context(), r))
			mu.Lock()
			defer mu.Unlock()
			said[s]++
		})
	}
	close(start)
	wg.Wait()
	return said
}

func wantSaid(t *testing.T, got map[string]int, want string) {
	t.Helper()
	if s := fmt.Sprint(got); s != "map["+want+"]" {
		t.Errorf("answers %s, want %s", s, want)
	}
}

func TestTogether(t *testing.T) {
	for _, n := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d nodes", n), func(t *testing.T) {
			storetest.EachURL(t, func(t *testing.T, url string) {
				c := newClock()
				ps := nodes(t, url, n, c.options())

				same := func(key, token string) (rs []provider.Request) {
					for range 50 {
						rs = append(rs, authorize(key, token, 100))
					}
					return rs
				}
				wantSaid(t, together(t, ps, same("one", "tok_ok")), "succeeded:50")
				wantSaid(t, together(t, ps, same("first fails", "tok_error_500")), "500:1 succeeded:49")
				wantSaid(t, together(t, ps, same("late", "tok_timeout")), "pending:49 timeout:1")
				all := list(t, ps[0])
				for key, want := range all {
					if want.Calls != 50 {
						t.Errorf("%s: %d calls", key, want.Calls)
					}
				}
				if len(all) != 3 {
					t.Errorf("%d charges", len(all))
				}

				// 60 + 60 of 100: one wins. An authorization and its captures may share a batch.
				for i := range 10 {
					a := fmt.Sprintf("pair%d", i)
					wantSend(t, ps[0], authorize(a, "tok_ok", 100), "succeeded")
					wantSaid(t, together(t, ps, []provider.Request{
						on(a, payment.Capture, a+"c1", 60), on(a, payment.Capture, a+"c2", 60),
					}), "failed amount_exceeds_authorization:1 succeeded:1")
				}
				var rs []provider.Request
				for i := range 40 {
					rs = append(rs, on("one", []payment.Kind{payment.Capture, payment.Void}[i%2], fmt.Sprintf("some%d", i), 30))
				}
				wantSaid(t, together(t, ps, rs), "failed amount_exceeds_authorization:37 succeeded:3")
			})
		})
	}
}

// Many buyers at once, each with a whole life of a payment, over two nodes: everybody hears their own answer, and both
// nodes and a reader see the same in the end.
func TestManyBuyers(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := newClock()
		ps := nodes(t, url, 2, c.options())
		var wg sync.WaitGroup
		for i := range 100 {
			p := ps[i%2]
			wg.Go(func() {
				a := fmt.Sprintf("a%03d", i)
				amount := int64(100 + i)
				if i%5 == 4 {
					wantSend(t, p, authorize(a, "tok_declined", amount), "failed card_declined")
					wantSend(t, p, on(a, payment.Capture, a+"c", 1), "failed amount_exceeds_authorization")
					return
				}
				wantSend(t, p, authorize(a, "tok_ok", amount), "succeeded")
				wantSend(t, p, on(a, payment.Capture, a+"c", amount), "succeeded")
				wantSend(t, p, on(a, payment.Capture, a+"d", 1), "failed amount_exceeds_authorization")
				wantSend(t, p, on(a+"c", payment.Refund, a+"r", amount-1), "succeeded")
				wantQuery(t, p, a+"r", "succeeded")
			})
		}
		wg.Wait()
		for _, p := range ps {
			all := list(t, p)
			if len(all) != 80*4+20*2 {
				t.Errorf("%d charges", len(all))
			}
			for key, got := range all {
				if got.Calls != 1 || got.Authorization != key[:4] {
					t.Errorf("listed as %+v", got)
				}
			}
		}
	})
}

// Close answers everybody: recorded, or an error.
func TestCloseWhileSending(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		p := open(t, url, Options{})
		var recorded sync.Map
		var wg sync.WaitGroup
		var once sync.Once
		busy := make(chan struct{})
		for i := range 20 {
			wg.Go(func() {
				for n := 0; ; n++ {
					key := fmt.Sprintf("%d-%d", i, n)
					if _, err := p.Send(t.Context(), authorize(key, "tok_ok", 1)); err != nil {
						return
					}
					recorded.Store(key, true)
					once.Do(func() { close(busy) })
				}
			})
		}
		<-busy
		p.Close()
		wg.Wait()
		all := list(t, open(t, url, Options{}))
		for key := range recorded.Range {
			if _, ok := all[key.(string)]; !ok {
				t.Errorf("%s was answered and is gone", key)
			}
		}
	})
}

// A store that fails gives errors, not refusals, and works again afterwards.
func TestStoreFails(t *testing.T) {
	each(t, func(t *testing.T, p *Provider, _ *clock) {
		gate := p.books.gate
		p.books.gate = "SELECT id FROM nothing"
		if _, err := p.Send(t.Context(), authorize("k", "tok_ok", 1)); err == nil {
			t.Error("no error")
		}
		p.books.gate = gate
		wantQuery(t, p, "k", "unknown")
		wantSend(t, p, authorize("k", "tok_ok", 1), "succeeded")
	})
}

const crashURL = "SANDBOX_CRASH_URL"

// crash is the main function of the process that TestKill kills: it reports every key that was answered.
func crash(url string) {
	p, err := Open(context.Background(), url, Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var n atomic.Int64
	var mu sync.Mutex
	for range 16 {
		go func() {
			for {
				key := fmt.Sprintf("k%d", n.Add(1))
				out, err := p.Send(context.Background(), authorize(key, "tok_ok", 100))
				mu.Lock()
				fmt.Println(key, say(out, err))
				mu.Unlock()
			}
		}()
	}
	select {}
}

func TestKill(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), crashURL+"="+url)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var keys []string
		lines := bufio.NewScanner(out)
		for lines.Scan() { // to the end: what is in the pipe was answered too
			key, said, _ := strings.Cut(lines.Text(), " ")
			if said != "succeeded" {
				if len(keys) < 200 {
					t.Errorf("%s", lines.Text())
				}
				continue
			}
			if keys = append(keys, key); len(keys) == 200 {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
		if len(keys) < 200 {
			t.Fatalf("it ended after %d answers", len(keys))
		}
		p := open(t, url, Options{})
		for _, key := range keys {
			wantQuery(t, p, key, "succeeded")
		}
	})
}

// BenchmarkAuthorize measures authorizations by 128 buyers.
func BenchmarkAuthorize(b *testing.B) {
	for name, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(b.TempDir(), "ordo.db"), "postgres": pgtest.New(b)} {
		b.Run(name, func(b *testing.B) {
			p, err := Open(b.Context(), url, Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			var wg sync.WaitGroup
			var n atomic.Int64
			b.ResetTimer()
			for range 128 {
				wg.Go(func() {
					for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
						if _, err := p.Send(b.Context(), authorize(fmt.Sprintf("pay_%d_%d", b.N, i), "tok_ok", 100)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "authorizations/s")
		})
	}
}
