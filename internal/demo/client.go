package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"ordo/internal/jsonx"
)

// parallel is how many requests are on their way at once.
const parallel = 16

// client speaks to Ordo as any other program would: JSON over HTTP with an API key. What got no clear answer it sends
// again under the same Idempotency-Key.
type client struct {
	base string
	http *http.Client
	now  func() time.Time // of the server
}

func newClient(base string) *client {
	t := &http.Transport{MaxIdleConnsPerHost: 2 * parallel, IdleConnTimeout: time.Minute}
	return &client{base: base, http: &http.Client{Transport: t, Timeout: time.Minute}, now: time.Now}
}

// refusal is a clear no.
type refusal struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Detail) }

// refused returns the refusal in err, or nil.
func refused(err error) *refusal {
	var r *refusal
	errors.As(err, &r)
	return r
}

// list is a page.
type list[T any] struct {
	Data       []T    `json:"data"`
	NextCursor string `json:"next_cursor"`
}

func (c *client) get(ctx context.Context, path string, out any) error {
	_, err := c.send(ctx, http.MethodGet, path, "", nil, out)
	return err
}

func (c *client) put(ctx context.Context, path string, in any) error {
	_, err := c.send(ctx, http.MethodPut, path, "", in, nil)
	return err
}

// post reports whether the answer is a replay: the request took effect before.
func (c *client) post(ctx context.Context, path, key string, in, out any) (replayed bool, err error) {
	return c.send(ctx, http.MethodPost, path, key, in, out)
}

// send tries until there is a clear answer: for half a minute, or until the context ends.
func (c *client) send(ctx context.Context, method, path, key string, in, out any) (bool, error) {
	var body []byte
	if in != nil {
		body = jsonx.Marshal(in)
	}
	wait := 50 * time.Millisecond
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		replayed, err := c.once(ctx, method, path, key, body, out)
		if err == nil || try == 14 || !again(err) {
			return replayed, err
		}
		if err := pause(ctx, wait); err != nil {
			return false, err
		}
		wait = min(2*wait, 3*time.Second)
	}
}

// again reports whether an answer leaves open what happened, or asks to come back.
func again(err error) bool {
	r := refused(err)
	return r == nil || r.Status >= 500 || r.Status == http.StatusTooManyRequests || r.Code == "idempotency_in_flight"
}

// once sends one request. It is not cut off with the context: an order that is on its way is heard of.
func (c *client) once(ctx context.Context, method, path, key string, body []byte, out any) (bool, error) {
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Authorization", "Bearer "+Key)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return false, err
	}
	replayed := resp.Header.Get("Idempotent-Replayed") == "true"
	if resp.StatusCode >= 400 {
		r := &refusal{}
		if jsonx.Unmarshal(answer, r) != nil || r.Code == "" {
			r.Code, r.Detail = "http_"+strconv.Itoa(resp.StatusCode), "no problem document"
		}
		r.Status = resp.StatusCode
		return replayed, r
	}
	if out == nil {
		return replayed, nil
	}
	return replayed, jsonx.Unmarshal(answer, out)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// all reads a list to its end.
func all[T any](ctx context.Context, c *client, path string) ([]T, error) {
	var out []T
	q := url.Values{"limit": {"1000"}}
	for {
		var page list[T]
		if err := c.get(ctx, path+"?"+q.Encode(), &page); err != nil {
			return nil, err
		}
		out = append(out, page.Data...)
		if page.NextCursor == "" {
			return out, nil
		}
		q.Set("cursor", page.NextCursor)
	}
}

// each runs f over the items, begun in their order, some at once. The first error stops it.
func each[T any](ctx context.Context, items []T, f func(context.Context, T) error) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, item := range items {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error { return f(inner, item) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
