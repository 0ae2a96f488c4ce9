package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ordo/internal/drive"
)

// storm is buyers and staff at work while the server is killed and started again.
type storm struct {
	w        *world
	skus     []string
	supply   map[string]int64
	mu       sync.Mutex
	acked    map[string]string // mail address of the wish -> id of the order that was acknowledged
	ids      []string          // of orders that staff may work on
	sent     []string          // of orders of which something has left
	returned map[string]int64  // units that were acknowledged as accepted, by order
	count    Count
	over     atomic.Bool
	refused  map[string]int // by code
}

// Of the goods, the first few are wanted by all and soon gone.
const (
	stormSKUs = 40
	stormHot  = 4
	hotStock  = 50
	spread    = 100_000
)

// tokens is how the provider behaves, as often as it stands here. Those that time out resolve after 15 s.
var tokens = []string{
	"", "", "", "", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_error_500", "tok_timeout", "tok_timeout_declined", "tok_capture_timeout",
	"tok_refund_fails_once", "tok_refund_timeout", "tok_refund_error_500",
}

func newStorm(w *world) *storm {
	return &storm{w: w, acked: map[string]string{}, returned: map[string]int64{}, supply: map[string]int64{}, refused: map[string]int{}}
}

// run lasts until the time is over and the server was killed often enough; then it lets everything settle and counts.
func (s *storm) run(ctx context.Context) error {
	s.w.o.Progress("storm: %d clients", s.w.o.Clients)
	if err := s.seed(ctx); err != nil {
		return err
	}
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i := range s.w.o.Clients {
		wg.Go(func() {
			c := &client{storm: s, id: i, rng: rand.New(rand.NewPCG(s.w.o.Seed, uint64(i)+2))} //nolint:gosec // not a secret
			if err := c.work(work); err != nil {
				cancel(err)
			}
		})
	}
	err := s.kills(work)
	s.over.Store(true)
	if err != nil {
		cancel(err)
	}
	wg.Wait()
	if work.Err() != nil {
		return context.Cause(work)
	}
	if err := s.settle(ctx); err != nil {
		return err
	}
	if err := s.giveBack(ctx); err != nil {
		return err
	}
	if err := s.judge(ctx); err != nil {
		return err
	}
	return s.judgeReturns(ctx)
}

// seed makes the goods.
func (s *storm) seed(ctx context.Context) error {
	for n := range stormSKUs {
		stock := []int64{spread, spread, 0}
		if n < stormHot {
			stock = []int64{hotStock, hotStock, hotStock}
		}
		sku, err := s.w.product(ctx, fmt.Sprintf("S%02d", n), stock...)
		if err != nil {
			return err
		}
		s.skus = append(s.skus, sku)
		s.supply[sku] = stock[0] + stock[1] + stock[2]
	}
	return nil
}

// kills ends the server at random moments and starts it again.
func (s *storm) kills(ctx context.Context) error {
	end := time.Now().Add(s.w.o.For)
	for time.Now().Before(end) || s.count.Rounds < s.w.o.Rounds {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Duration(300+s.w.rng.IntN(1700)) * time.Millisecond):
		}
		s.w.srv.Kill()
		s.count.Rounds++
		if err := s.w.srv.Start(ctx); err != nil {
			return fmt.Errorf("starting again after kill %d: %w", s.count.Rounds, err)
		}
		if s.count.Rounds%10 == 0 {
			s.mu.Lock()
			s.w.o.Progress("storm: %d kills, %d orders acknowledged", s.count.Rounds, s.count.Acknowledged)
			s.mu.Unlock()
		}
	}
	return nil
}

// client is one buyer or member of staff, who does one thing after the other.
type client struct {
	*storm
	id, n int
	rng   *rand.Rand
}

func (c *client) work(ctx context.Context) error {
	for !c.over.Load() && ctx.Err() == nil {
		var err error
		if id := c.pick(false); id != "" && c.rng.IntN(10) < 3 {
			err = c.serve(ctx, id)
		} else if id := c.pick(true); id != "" && c.rng.IntN(10) == 0 {
			err = c.sendBack(ctx, id)
		} else {
			err = c.buy(ctx)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// insist repeats a request under its key until it is answered by more than "try again".
func (c *client) insist(ctx context.Context, r drive.Request) (drive.Answer, error) {
	r.Key = drive.Secret(12)
	for {
		ans, err := c.w.api.Send(ctx, r)
		if err == nil && ans.Status < 500 && ans.Code() != "idempotency_in_flight" {
			return ans, nil
		}
		if ctx.Err() != nil {
			return ans, ctx.Err()
		}
		if err == nil && ans.Status == http.StatusInternalServerError {
			return ans, fmt.Errorf("%s %s: %s", r.Method, r.Path, ans.Body)
		}
		time.Sleep(time.Duration(5+c.rng.IntN(30)) * time.Millisecond)
	}
}

// buy wants one order; the mail address names the wish.
func (c *client) buy(ctx context.Context) error {
	c.n++
	buyer := fmt.Sprintf("b%d-%d", c.id, c.n)
	var lines []obj
	for range 1 + c.rng.IntN(3) {
		n := c.rng.IntN(stormSKUs)
		if c.rng.IntN(16) == 0 {
			n = c.rng.IntN(stormHot)
		}
		lines = append(lines, line(c.skus[n], 1+c.rng.Int64N(2)))
	}
	token := tokens[c.rng.IntN(len(tokens))]
	c.mu.Lock()
	c.count.Sent++
	c.mu.Unlock()
	ans, err := c.insist(ctx, drive.Request{Method: http.MethodPost, Path: "/v1/orders", In: c.w.placement(buyer, token, lines...)})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case ans.Status == http.StatusCreated:
		var o ord
		if err := ans.Decode(&o); err != nil {
			return err
		}
		c.count.Acknowledged++
		c.acked[c.w.mail(buyer)] = o.ID
		c.ids = append(c.ids, o.ID)
	case ans.Status == http.StatusPaymentRequired:
		c.count.Declined++
	case ans.Code() == "insufficient_stock":
		c.count.Refused++
	default:
		return fmt.Errorf("an order was answered with %d %s", ans.Status, ans.Body)
	}
	return nil
}

// pick returns an order of the run, or one of which something has left; "" for none.
func (c *client) pick(sent bool) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := c.ids
	if sent {
		ids = c.sent
	}
	if len(ids) == 0 {
		return ""
	}
	return ids[c.rng.IntN(len(ids))]
}

// look reads an order that was acknowledged.
func (c *client) look(ctx context.Context, id string) (o ord, err error) {
	ans, err := c.insist(ctx, drive.Request{Method: http.MethodGet, Path: "/v1/orders/" + id})
	if err != nil {
		return o, err
	}
	if ans.Status != http.StatusOK {
		return o, fmt.Errorf("order %s was acknowledged and is answered with %d %s", id, ans.Status, ans.Body)
	}
	return o, ans.Decode(&o)
}

// serve does the next thing with an order: mostly on towards the door, at times it is canceled.
func (c *client) serve(ctx context.Context, id string) error {
	o, err := c.look(ctx, id)
	if err != nil {
		return err
	}
	path, in := "/v1/orders/"+id+"/cancel", obj{"reason": "customer"}
	if c.rng.IntN(6) > 0 {
		path = ""
		for _, f := range o.Fulfillments {
			switch f.Status {
			case "planned":
				path, in = "/v1/fulfillments/"+f.ID+"/release", obj{}
			case "released":
				path, in = "/v1/fulfillments/"+f.ID+"/ship", obj{"tracking_number": "T" + drive.Secret(5)}
			case "shipped":
				path, in = "/v1/fulfillments/"+f.ID+"/deliver", obj{}
			}
		}
	}
	if path == "" {
		return nil
	}
	ans, err := c.insist(ctx, drive.Request{Method: http.MethodPost, Path: path, In: in})
	if err != nil {
		return err
	}
	switch ans.Status {
	case http.StatusOK:
		c.mu.Lock()
		c.count.Steps++
		if strings.HasSuffix(path, "/ship") {
			c.sent = append(c.sent, id)
		}
		c.mu.Unlock()
	case http.StatusConflict: // somebody else was faster, or a hold stands before it
	default:
		return fmt.Errorf("%s was answered with %d %s", path, ans.Status, ans.Body)
	}
	return nil
}
