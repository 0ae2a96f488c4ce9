package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ordo/internal/drive"
)

// told is what drills look at of a message or an event.
type told struct {
	Seq       int64
	Type      string
	Aggregate string
}

// hook is another system that takes webhooks, on a port of its own.
type hook struct {
	id     string // of the endpoint
	from   int64  // position of the journal that it begins with
	answer func(told) int
	server *http.Server
	mu     sync.Mutex
	taken  []told // in the order in which they were taken
	asked  map[int64]int
}

// hook starts a system that answers as it is told to, and makes an endpoint for it. It lives as long as the run.
func (w *world) hook(ctx context.Context, name string, answer func(told) int) (*hook, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &hook{answer: answer, asked: map[int64]int{}}
	h.server = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = h.server.Serve(l) }() // until it is closed
	w.hooks = append(w.hooks, h)
	var e struct{ ID string }
	in := obj{"url": "http://" + l.Addr().String() + "/" + name, "events": []string{"order.*", "fulfillment.*"}, "description": "Torture " + name}
	if err := w.api.Do(ctx, http.MethodPost, "/v1/webhook_endpoints", in, &e); err != nil {
		return nil, err
	}
	h.id = e.ID
	return h, until(ctx, settleWithin, "endpoint "+h.id+" begins", func() (bool, error) {
		var e struct{ Position int64 }
		err := w.api.Get(ctx, "/v1/webhook_endpoints/"+h.id, &e)
		h.from = e.Position
		return e.Position > 0, err
	})
}

// closeHooks ends what hook started.
func (w *world) closeHooks() {
	for _, h := range w.hooks {
		_ = h.server.Close()
	}
}

// ServeHTTP takes or refuses a message.
func (h *hook) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var m told
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	code := h.answer(m)
	h.mu.Lock()
	h.asked[m.Seq]++
	if code < 300 {
		h.taken = append(h.taken, m)
	}
	h.mu.Unlock()
	out.WriteHeader(code)
}

// requests counts those for an event.
func (h *hook) requests(seq int64) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked[seq]
}

// has reports whether everything was told, and fails where something was told before what happened to it earlier.
func (h *hook) has(want []told) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen, last := map[int64]bool{}, map[string]int64{}
	for _, m := range h.taken {
		if !seen[m.Seq] && m.Seq < last[m.Aggregate] {
			return false, fmt.Errorf("of %s event %d was told after %d", m.Aggregate, m.Seq, last[m.Aggregate])
		}
		seen[m.Seq] = true
		last[m.Aggregate] = max(last[m.Aggregate], m.Seq)
	}
	for _, m := range want {
		if !seen[m.Seq] {
			return false, nil
		}
	}
	return true, nil
}

// events reads what happened to orders after a position, up to now.
func (w *world) events(ctx context.Context, after int64) (out []told, err error) {
	for {
		var page struct{ Data []told }
		if err := w.api.Get(ctx, fmt.Sprintf("/v1/events?limit=1000&after=%d", after), &page); err != nil {
			return nil, err
		}
		if len(page.Data) == 0 {
			return out, nil
		}
		for _, m := range page.Data {
			if after = m.Seq; strings.HasPrefix(m.Type, "order.") || strings.HasPrefix(m.Type, "fulfillment.") {
				out = append(out, m)
			}
		}
	}
}

// awayEndpoint: of four endpoints one is away, one takes its time, and one refuses a third of the placements at first. The
// others hear of everything while it is away; when it is back it is told all of it, and what is about one order always
// comes in the order in which it happened.
func awayEndpoint(ctx context.Context, w *world) error {
	var back atomic.Bool
	away, err := w.hook(ctx, "away", func(told) int {
		if back.Load() {
			return http.StatusNoContent
		}
		return http.StatusServiceUnavailable
	})
	if err != nil {
		return err
	}
	lives, err := w.hook(ctx, "lives", func(told) int { return http.StatusNoContent })
	if err != nil {
		return err
	}
	slow, err := w.hook(ctx, "slow", func(told) int { time.Sleep(20 * time.Millisecond); return http.StatusNoContent })
	if err != nil {
		return err
	}
	var fails *hook
	fails, err = w.hook(ctx, "fails", func(m told) int {
		if m.Seq%3 == 0 && m.Type == "order.placed" && fails.requests(m.Seq) == 0 {
			return http.StatusInternalServerError
		}
		return http.StatusNoContent
	})
	if err != nil {
		return err
	}
	want, err := w.busy(ctx, fails.from)
	if err != nil {
		return err
	}
	if err := w.tell(ctx, want, lives, slow, fails); err != nil {
		return fmt.Errorf("while one is away: %w", err)
	}
	if len(away.taken) > 0 {
		return fmt.Errorf("%d messages were taken by the one that is away", len(away.taken))
	}
	back.Store(true)
	for _, step := range []string{"disable", "enable"} { // as people do who do not want to wait for the next attempt
		if err := w.api.Do(ctx, http.MethodPost, "/v1/webhook_endpoints/"+away.id+"/"+step, obj{}, nil); err != nil {
			return err
		}
	}
	if err := w.tell(ctx, want, away); err != nil {
		return fmt.Errorf("when it is back: %w", err)
	}
	for _, h := range []*hook{slow, fails} { // the others go on into the storm
		if err := w.api.Do(ctx, http.MethodDelete, "/v1/webhook_endpoints/"+h.id, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// busy places orders, cancels some and ships the others, and returns what happened to them, all after a position.
func (w *world) busy(ctx context.Context, from int64) ([]told, error) {
	sku, err := w.product(ctx, "TOLD", 100)
	if err != nil {
		return nil, err
	}
	var requests []drive.Request
	for i := range 24 {
		requests = append(requests, drive.Request{Method: http.MethodPost, Path: "/v1/orders", In: w.placement(fmt.Sprintf("told%d", i), "", line(sku, 1))})
	}
	answers, err := together(ctx, w.api, requests)
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	for i, a := range answers {
		var o ord
		if err := a.Decode(&o); err != nil || a.Status != http.StatusCreated {
			return nil, fmt.Errorf("an order is answered with %d %s", a.Status, a.Body)
		}
		ours[o.ID] = true
		if i%3 == 0 {
			err = w.api.Do(ctx, http.MethodPost, "/v1/orders/"+o.ID+"/cancel", obj{"reason": "customer"}, nil)
		} else {
			err = w.ship(ctx, o.Fulfillments[0].ID)
		}
		if err != nil {
			return nil, err
		}
	}
	all, err := w.events(ctx, from)
	var out []told
	for _, m := range all {
		if ours[m.Aggregate] {
			out = append(out, m)
		}
	}
	if err == nil && len(out) < 2*len(ours) {
		err = fmt.Errorf("%d orders made %d events", len(ours), len(out))
	}
	return out, err
}

// tell waits until all of the hooks were told everything.
func (w *world) tell(ctx context.Context, want []told, hooks ...*hook) error {
	for _, h := range hooks {
		if err := until(ctx, settleWithin, "endpoint "+h.id+" is told everything", func() (bool, error) { return h.has(want) }); err != nil {
			return err
		}
	}
	return nil
}
