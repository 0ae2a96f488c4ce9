package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ordo/internal/drive"
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

// seed makes what is missing: a channel that ships from one location, products, and stock of them there. On a
// database that was seeded before it only reads.
func seed(ctx context.Context, a *drive.Client, skus int) error {
	if err := a.Do(ctx, http.MethodPut, "/v1/locations/"+locationCode, drive.Obj{"name": "Benchmark", "type": "warehouse"}, nil); err != nil {
		return err
	}
	if err := a.Do(ctx, http.MethodPut, "/v1/channels/"+channelCode, drive.Obj{"name": "Benchmark", "locations": []string{locationCode}}, nil); err != nil {
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

func missingProducts(ctx context.Context, a *drive.Client, skus int) (missing []int, err error) {
	have := map[string]bool{}
	for cursor := skuPrefix; cursor != ""; {
		var page struct {
			Data       []struct{ SKU string }
			NextCursor string `json:"next_cursor"`
		}
		if err := a.Get(ctx, "/v1/products?limit=1000&cursor="+url.QueryEscape(cursor), &page); err != nil {
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
func putProducts(ctx context.Context, a *drive.Client, numbers []int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan int)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for n := range queue {
				p := drive.Obj{"name": fmt.Sprintf("Product %d", n), "price": drive.Obj{"amount": 100 + n*37%9900, "currency": "EUR"}, "weight_grams": 100 + n%900}
				if err := a.Do(ctx, http.MethodPut, "/v1/products/"+sku(n), p, nil); err != nil {
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

func fillStock(ctx context.Context, a *drive.Client, skus int) error {
	available := make(map[string]int64, skus)
	for cursor := ""; ; {
		var page struct {
			Data []struct {
				SKU       string
				Available int64
			}
			NextCursor string `json:"next_cursor"`
		}
		if err := a.Get(ctx, "/v1/stock?limit=1000&location="+locationCode+"&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return err
		}
		for _, p := range page.Data {
			available[p.SKU] = p.Available
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	var lines []drive.Obj
	for n := 1; n <= skus; n++ {
		if have := available[sku(n)]; have < enough {
			lines = append(lines, drive.Obj{"sku": sku(n), "location": locationCode, "delta": plenty - have})
		}
	}
	for len(lines) > 0 {
		part := lines[:min(len(lines), 1000)]
		lines = lines[len(part):]
		if err := a.Do(ctx, http.MethodPost, "/v1/stock/adjustments", drive.Obj{"reason": "received", "lines": part}, nil); err != nil {
			return err
		}
	}
	return nil
}

// settle lets a checkpoint that seeding has caused end before anything is measured.
const settle = 100 * time.Millisecond
