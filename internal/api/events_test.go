package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestEvents(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		head, seen, after := f.head(), int64(0), "0"
		for after != "" {
			r := f.get("/v1/events?limit=7&after=" + after)
			for i := range r.list("data") {
				if seen++; r.num(fmt.Sprintf("data.%d.seq", i)) != seen {
					t.Fatalf("after %d: %s", seen-1, r.body)
				}
			}
			after = r.str("next_cursor")
		}
		if seen != head {
			t.Errorf("%d of %d events", seen, head)
		}
		if r := f.get(fmt.Sprintf("/v1/events?after=%d", head)); string(r.body) != `{"data":[]}` {
			t.Errorf("%s", r.body)
		}
		o := f.post("/v1/orders", plainOrder, "X-Request-Id", "my-request").want(201)
		r := f.get(fmt.Sprintf("/v1/events?after=%d&limit=1", head))
		r.fields("data.0.type", "order.placed", "data.0.aggregate", o.str("id"), "data.0.actor", "bootstrap", "data.0.request_id", "my-request", "data.0.version", "1",
			"data.0.personal.customer.email", "ada@example.com", "data.0.body.order.status", "open")
		f.vars["events"] = f.key(`"scopes":["events:read"]`)
		if r := f.send(request{do: "GET /v1/events?limit=1000", key: "{events}"}).want(200); strings.Contains(string(r.body), `"personal":`) || strings.Contains(string(r.body), "ada@example.com") {
			t.Error("a key without personal:read sees personal data")
		}
	})
}

func TestLongPolling(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.vars["head"] = fmt.Sprint(f.head())
		start := time.Now()
		if r := f.get("/v1/events?after={head}&wait=1"); time.Since(start) < time.Second || string(r.body) != `{"data":[]}` {
			t.Errorf("after %v: %s", time.Since(start), r.body)
		}
		got := make(chan reply)
		go func() {
			r, err := f.try(request{do: "GET /v1/events?after={head}&wait=30"})
			if err != nil {
				t.Error(err)
			}
			got <- r
		}()
		time.Sleep(50 * time.Millisecond)
		f.place("A", 1, "manual", "").want(201)
		select {
		case r := <-got:
			r.fields("data.0.type", "order.placed")
		case <-time.After(30 * time.Second):
			t.Fatal("the waiting reader was not woken")
		}
	}, func(o *setup) { o.http = func(s *http.Server) { s.ReadTimeout = 500 * time.Millisecond } })
}

// stream reads server-sent events until as many have come.
func (f *fixture) stream(ctx context.Context, after, lastID string) (events <-chan map[string]string, err error) {
	req, err := http.NewRequestWithContext(ctx, "GET", f.url+"/v1/events"+after, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+owner)
	req.Header.Set("Accept", typeStream)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != typeStream {
		return nil, fmt.Errorf("%d %v", res.StatusCode, res.Header)
	}
	conform(f.t, req, reply{f.t, res.StatusCode, res.Header, nil})
	out := make(chan map[string]string)
	go func() {
		defer close(out)
		defer func() { _ = res.Body.Close() }()
		event := map[string]string{}
		for in := bufio.NewScanner(res.Body); in.Scan(); {
			if name, value, ok := strings.Cut(in.Text(), ": "); ok {
				event[name] = value
				continue
			}
			select {
			case out <- event:
			case <-ctx.Done():
				return
			}
			event = map[string]string{}
		}
	}()
	return out, nil
}

func next(t *testing.T, events <-chan map[string]string) map[string]string {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("the stream ended")
		}
		return e
	case <-time.After(30 * time.Second):
		t.Fatal("no event in 30 s")
	}
	return nil
}

func TestStream(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		head := f.head()
		ctx, cancel := context.WithCancel(t.Context())
		events, err := f.stream(ctx, fmt.Sprintf("?after=%d", head-1), "")
		if err != nil {
			t.Fatal(err)
		}
		if e := next(t, events); e["id"] != fmt.Sprint(head) {
			t.Fatalf("%v", e)
		}
		time.Sleep(700 * time.Millisecond) // longer than the server waits for a request
		f.place("A", 1, "manual", "").want(201)
		e := next(t, events)
		var row Event
		if err := json.Unmarshal([]byte(e["data"]), &row); err != nil || row.Seq != head+1 || row.Type != "order.placed" || e["event"] != "order.placed" {
			t.Fatalf("%v %v", e, err)
		}
		cancel()
		f.place("A", 1, "manual", "").want(201)
		events, err = f.stream(t.Context(), "?after=0", e["id"]) // resumes where it was cut
		if err != nil {
			t.Fatal(err)
		}
		for seq := head + 2; seq <= f.head(); seq++ {
			if e := next(t, events); e["id"] != fmt.Sprint(seq) {
				t.Fatalf("%v, want %d", e, seq)
			}
		}
		all, err := f.stream(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		for seq := range f.head() {
			if e := next(t, all); e["id"] != fmt.Sprint(seq+1) {
				t.Fatalf("%v, want %d", e, seq+1)
			}
		}
	}, func(o *setup) { o.http = func(s *http.Server) { s.ReadTimeout = 500 * time.Millisecond } })
}

// TestStreamEndsWithItsKey revokes the key of an open stream.
func TestStreamEndsWithItsKey(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.server.heartbeat = 20 * time.Millisecond
		secret := f.key(`"scopes":["events:read"]`)
		req, err := http.NewRequestWithContext(t.Context(), "GET", f.url+"/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Api-Key", secret)
		req.Header.Set("Accept", typeStream)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		ended, beats := make(chan bool), make(chan bool, 1000)
		go func() {
			for in := bufio.NewScanner(res.Body); in.Scan(); {
				if strings.HasPrefix(in.Text(), ":") {
					beats <- true
				}
			}
			close(ended)
		}()
		select {
		case <-beats:
		case <-time.After(30 * time.Second):
			t.Fatal("the stream gives no sign of life")
		}
		f.send(request{do: "DELETE /v1/keys/{last_key}"}).want(200)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Fatal("the stream outlives its key")
		}
	})
}
