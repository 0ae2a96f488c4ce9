package verify

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"ordo/internal/database"
	"ordo/internal/pgtest"
)

// BenchmarkVerify checks 20,000 orders of three lines, a fifth of them shipped, paid on receipt.
func BenchmarkVerify(b *testing.B) {
	for engine, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite:" + filepath.Join(b.TempDir(), "ordo.db") },
		"postgres": func() string { return pgtest.New(b) },
	} {
		b.Run(engine, func(b *testing.B) {
			const orders = 20_000
			at := url()
			fill(b, at, orders)
			db, err := database.OpenReadOnly(b.Context(), at)
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			var rows int64
			for b.Loop() {
				rep, err := Run(b.Context(), db, Options{})
				if err != nil || !rep.OK {
					b.Fatal(err, text(b, rep))
				}
				rows = rep.rows("journal.chain")
			}
			seconds := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(orders/seconds, "orders/s")
			b.ReportMetric(float64(rows)/seconds, "events/s")
		})
	}
}

func fill(b *testing.B, url string, orders int) {
	b.Helper()
	s := openShop(b, url)
	var skus []string
	for i := range 300 {
		skus = append(skus, fmt.Sprintf("SKU-%03d", i))
	}
	s.stock(1_000_000, skus...)
	var wg sync.WaitGroup
	const clients = 64
	for g := range clients {
		wg.Go(func() {
			for n := g; n < orders; n += clients {
				out := s.app.Place(context.Background(), placement("manual", "", line(skus[n%300], 1), line(skus[(n+7)%300], 2), line(skus[(n+29)%300], 1)), meta)
				if out.Err != nil {
					b.Error(out.Err)
					return
				}
				if n%5 == 0 {
					s.shipAll(orderID(out))
				}
			}
		})
	}
	wg.Wait()
	s.close()
}
