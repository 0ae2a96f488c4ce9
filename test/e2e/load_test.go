package e2e

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// attempt is a placement as its client saw it.
type attempt struct {
	external string
	key      string
	body     object
	answer   answer
	err      error // no answer: nobody knows
}

func (a *attempt) placed() bool { return a.err == nil && a.answer.code == 201 }

// load places orders from many clients until stop is closed. Every order has its own external id and key.
type load struct {
	stop chan struct{}
	wg   sync.WaitGroup
	mu   sync.Mutex
	all  []*attempt
}

// newLoad starts the clients; each is bound to one of the processes. The orders take turns between the payments.
func newLoad(name string, clients int, payments []string, servers ...*process) *load {
	l := &load{stop: make(chan struct{})}
	for i := range clients {
		to := servers[i%len(servers)].client
		l.wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stop:
					return
				default:
				}
				a := &attempt{external: fmt.Sprintf("%s-%d-%d", name, i, n), key: freshKey()}
				provider, token := "manual", ""
				if p := payments[n%len(payments)]; p != "manual" {
					provider, token = "sandbox", p
				}
				a.body = order(n%products, provider, token, a.external)
				if !l.send(to, a) {
					return // its server is gone
				}
			}
		})
	}
	return l
}

// products is how many SKUs the load is spread over.
const products = 5

func (l *load) send(to *client, a *attempt) bool {
	a.answer, a.err = to.send(context.Background(), "POST", "/v1/orders", a.body, "Idempotency-Key", a.key)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, a)
	return a.err == nil
}

// sent returns the attempts that have ended so far.
func (l *load) sent() []*attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// placed counts the orders that were acknowledged so far.
func (l *load) placed() (n int) {
	for _, a := range l.sent() {
		if a.placed() {
			n++
		}
	}
	return n
}

// end stops the clients and returns what they saw.
func (l *load) end() []*attempt {
	close(l.stop)
	l.wg.Wait()
	return l.all
}

// retry sends again, with the same key, what got no answer or a 503.
func retry(t *testing.T, to *client, attempts []*attempt) (again int) {
	t.Helper()
	var wg sync.WaitGroup
	places := make(chan bool, 16)
	for _, a := range attempts {
		if a.err == nil && a.answer.code != 503 {
			continue
		}
		again++
		places <- true
		wg.Go(func() {
			a.answer, a.err = to.send(context.Background(), "POST", "/v1/orders", a.body, "Idempotency-Key", a.key)
			<-places
		})
	}
	wg.Wait()
	return again
}

// exactlyOnce checks that every attempt was placed, is stored once, and took its stock once.
func exactlyOnce(t *testing.T, p *process, attempts []*attempt, initial int64) {
	t.Helper()
	stored := map[string][]view{}
	all := p.orders(t)
	for _, o := range all {
		stored[o.ExternalID] = append(stored[o.ExternalID], o)
	}
	taken := map[string]int64{}
	for _, a := range attempts {
		if !a.placed() {
			t.Errorf("order %s was not placed: %v %d %s", a.external, a.err, a.answer.code, a.answer.body)
			continue
		}
		var v view
		a.answer.decode(t, &v)
		got := stored[a.external]
		if len(got) != 1 || got[0].ID != v.ID {
			t.Errorf("order %s was acknowledged as %s and is stored as %+v", a.external, v.ID, got)
		}
		line := a.body["lines"].([]object)[0]
		taken[line["sku"].(string)]++
	}
	if len(all) != len(attempts) {
		t.Errorf("%d orders are stored, %d were placed", len(all), len(attempts))
	}
	for i := range products {
		for _, pos := range p.positions(t, sku(i)) {
			if pos.Available != initial-taken[sku(i)] || pos.OnHand != initial || pos.Allocated+pos.Reserved != taken[sku(i)] {
				t.Errorf("stock %+v; %d orders took one each", pos, taken[sku(i)])
			}
		}
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
