package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// What a benchmark sells, apart from everything else that may be in the database: its own channel, location and SKUs.
const (
	channelCode  = "bench"
	locationCode = "bench"
	skuPrefix    = "BENCH-"
)

// Stock is filled up to plenty when it is below enough. An order takes one unit of a SKU, so a hot one may lose as
// many units in a run as orders are placed.
const (
	enough = 100_000_000
	plenty = 1_000_000_000
)

// api is an ordinary client, for all that is not measured.
type api struct {
	base, key string
	http      *http.Client
}

func newAPI(base, key string, conns int) *api {
	return &api{strings.TrimSuffix(base, "/"), key, &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: conns}, Timeout: answerWithin,
	}}
}

func (a *api) get(ctx context.Context, path string, out any) error {
	return a.do(ctx, http.MethodGet, path, nil, out)
}

func (a *api) do(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if in == nil {
		body = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "bench-"+secret(12))
	}
	res, err := a.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s %s", method, path, res.Status, b)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

type obj = map[string]any

// seed makes what is missing: a channel that ships from one location, products, and stock of them there. On a
// database that was seeded before it only reads.
func seed(ctx context.Context, a *api, skus int) error {
	if err := a.do(ctx, http.MethodPut, "/v1/locations/"+locationCode, obj{"name": "Benchmark", "type": "warehouse"}, nil); err != nil {
		return err
	}
	if err := a.do(ctx, http.MethodPut, "/v1/channels/"+channelCode, obj{"name": "Benchmark", "locations": []string{locationCode}}, nil); err != nil {
		return err
	}
	missing, err := missingProducts(ctx, a, skus)
	if err != nil {
		return err
	}
	if err := putProducts(ctx, a, missing); err != nil {
		return err
	}
	return fillStock(ctx, a, skus)
}

func missingProducts(ctx context.Context, a *api, skus int) (missing []int, err error) {
	have := map[string]bool{}
	for cursor := skuPrefix; cursor != ""; {
		var page struct {
			Data       []struct{ SKU string }
			NextCursor string `json:"next_cursor"`
		}
		if err := a.get(ctx, "/v1/products?limit=1000&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return nil, err
		}
		cursor = page.NextCursor
		for _, p := range page.Data {
			have[p.SKU] = true
			if !strings.HasPrefix(p.SKU, skuPrefix) {
				cursor = "" // the benchmark's own end here
			}
		}
	}
	for n := 1; n <= skus; n++ {
		if !have[sku(n)] {
			missing = append(missing, n)
		}
	}
	return missing, nil
}

// putProducts saves products from several connections: the server commits what arrives together at once.
func putProducts(ctx context.Context, a *api, numbers []int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan int)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for n := range queue {
				p := obj{"name": fmt.Sprintf("Product %d", n), "price": obj{"amount": 100 + n*37%9900, "currency": "EUR"}, "weight_grams": 100 + n%900}
				if err := a.do(ctx, http.MethodPut, "/v1/products/"+sku(n), p, nil); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	for _, n := range numbers {
		select {
		case queue <- n:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	wg.Wait()
	return context.Cause(ctx)
}

func fillStock(ctx context.Context, a *api, skus int) error {
	available := make(map[string]int64, skus)
	for cursor := ""; ; {
		var page struct {
			Data []struct {
				SKU       string
				Available int64
			}
			NextCursor string `json:"next_cursor"`
		}
		if err := a.get(ctx, "/v1/stock?limit=1000&location="+locationCode+"&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return err
		}
		for _, p := range page.Data {
			available[p.SKU] = p.Available
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	var lines []obj
	for n := 1; n <= skus; n++ {
		if have := available[sku(n)]; have < enough {
			lines = append(lines, obj{"sku": sku(n), "location": locationCode, "delta": plenty - have})
		}
	}
	for len(lines) > 0 {
		part := lines[:min(len(lines), 1000)]
		lines = lines[len(part):]
		if err := a.do(ctx, http.MethodPost, "/v1/stock/adjustments", obj{"reason": "received", "lines": part}, nil); err != nil {
			return err
		}
	}
	return nil
}

// settle lets a checkpoint that seeding has caused end before anything is measured.
const settle = 100 * time.Millisecond
