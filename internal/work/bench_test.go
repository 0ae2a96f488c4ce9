package work

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"ordo/internal/database"
	"ordo/internal/ids"
	"ordo/internal/inventory"
	"ordo/internal/pgtest"
)

// BenchmarkPlace is about what an order of three lines costs: two documents, three positions, a number, two unique
// values, an answer, an event, a job; 128 buyers at once.
func BenchmarkPlace(b *testing.B) {
	for _, engine := range []string{"postgres", "sqlite"} {
		for name, skus := range map[string]int{"spread": 10_000, "hot": 3} {
			b.Run(engine+"/"+name, func(b *testing.B) {
				url := "sqlite:" + b.TempDir() + "/ordo.db"
				if engine == "postgres" {
					url = pgtest.New(b)
				}
				benchmarkPlace(b, url, skus)
			})
		}
	}
}

func benchmarkPlace(b *testing.B, url string, skus int) {
	db, err := database.Open(context.Background(), url, 8)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	c := NewCommitter(db, Options{Kinds: kinds})
	defer c.Close()
	stock := run(func(u *Unit) (any, error) {
		for i := range skus {
			if err := u.Move(inventory.Movement{SKU: fmt.Sprint("S", i), Location: "L", Bucket: inventory.OnHand, Delta: 1_000_000_000}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	stock.needs = func(n *Needs) {
		for i := range skus {
			n.Positions(fmt.Sprint("S", i))
		}
	}
	if _, err := Do(context.Background(), c, stock, Meta{}); err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	body := strings.Repeat("x", 1500)
	b.SetParallelism(64) // times two cores
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			i := n.Add(1)
			if out := Submit(context.Background(), c, place(i, skus, body), Meta{
				Actor: "key", RequestID: "req", Key: key(fmt.Sprint(i)), Render: func(any) Answer { return Answer{201, []byte(body)} },
			}); out.Err != nil {
				b.Error(out.Err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "orders/s")
	b.ReportMetric(float64(b.N)/float64(c.Stats.Batches.Load()), "orders/batch")
}

func place(i int64, skus int, body string) cmd {
	var names [3]string
	for k := range names {
		names[k] = fmt.Sprint("S", (i*7+int64(k)*31)%int64(skus))
	}
	external := fmt.Sprint("ext", i)
	return cmd{func(n *Needs) {
		n.Positions(names[:]...)
		n.Key("external", external)
		n.Numbers(1)
	}, func(u *Unit) (any, error) {
		number, err := u.OrderNumber()
		if err != nil {
			return nil, err
		}
		o := &tOrder{Status: "open", N: i}
		o.ID = ids.New("ord")
		u.ClaimFresh("number", number, o.ID)
		if _, _, err := u.Claim("external", external, o.ID); err != nil {
			return nil, err
		}
		var moves []inventory.Movement
		for _, s := range names {
			moves = append(moves, inventory.Allocate(s, "L", 1)...)
		}
		if err := u.Move(moves...); err != nil {
			return nil, err
		}
		p := &tPayment{Order: o.ID, Amount: 1}
		p.ID = ids.New("pay")
		orders.Create(u, o)
		payments.Create(u, p)
		u.Record(Event{Type: "order.placed", Aggregate: o.ID, Body: stockBody{moves}, Personal: body})
		u.Enqueue("capture", p.ID, u.Now())
		return o, nil
	}}
}
