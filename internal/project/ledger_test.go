package project

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/storetest"
	"ordo/internal/work"
)

func row(kind string, body any) *journal.Row {
	return &journal.Row{Seq: 7, At: micros.Time(1_767_311_999_999_999), Type: kind, Aggregate: "ord_1", Body: jsonx.Marshal(body)}
}

func paid(provider string, amount int64) map[string]any {
	return map[string]any{"payment": map[string]any{"provider": provider, "currency": "EUR", "entry": map[string]any{"id": "pye_1", "amount": amount}}}
}

func TestEntries(t *testing.T) {
	revenue := map[string]any{"revenue": order.Revenue{Currency: "EUR", Goods: 1000, Shipping: 495, Tax: 299}}
	back := map[string]any{"revenue": order.Revenue{Currency: "EUR", Granted: -200}}
	credit := map[string]any{"currency": "GBP", "entry": map[string]any{"amount": 500}}
	for _, c := range []struct {
		row  *journal.Row
		want string
	}{
		{row("fulfillment.shipped", revenue), "receivable 1000/0, revenue 0/1000, receivable 495/0, shipping_revenue 0/495, receivable 299/0, tax 0/299, "},
		{row("payment.refund_granted", back), "refunds 200/0, receivable 0/200, "},
		{row("payment.captured", paid("sandbox", 50)), "clearing:sandbox 50/0, receivable 0/50, "},
		{row("payment.captured", paid("store_credit", 50)), "store_credit 50/0, receivable 0/50, "},
		{row("payment.refunded", paid("manual", 50)), "receivable 50/0, clearing:manual 0/50, "},
		{row("payment.disputed", paid("sandbox", 50)), "receivable 50/0, clearing:sandbox 0/50, "},
		{row("payment.dispute_closed", paid("sandbox", 50)), "clearing:sandbox 50/0, receivable 0/50, "},
		{row("payment.authorized", paid("sandbox", 50)), ""},
		{row("payment.voided", paid("sandbox", 50)), ""},
		{row("payment.capture_failed", paid("sandbox", 50)), ""},
		{row("store_credit.issued", credit), "store_credit_given 500/0, store_credit 0/500, "},
		{row("store_credit.expired", credit), "store_credit 500/0, store_credit_expired 0/500, "},
		{row("order.placed", map[string]any{"order": map[string]any{}}), ""},
	} {
		entries, err := Entries(c.row)
		got := ""
		for i, e := range entries {
			got += fmt.Sprintf("%s %d/%d, ", e.Account, e.Debit, e.Credit)
			if e.Day != "2026-01-01" || e.Seq != 7 || e.Line != int64(i+1) || (e.Order == "ord_1") != (c.row.Type[:5] != "store") {
				t.Errorf("%s: %+v", c.row.Type, e)
			}
		}
		if got != c.want || err != nil {
			t.Errorf("%s %s: %s, %v", c.row.Type, c.row.Body, got, err)
		}
	}
	if _, err := Entries(&journal.Row{Type: "payment.captured", Body: []byte("{")}); err == nil {
		t.Error("a body that cannot be read was taken for empty")
	}
}

// Debit is credit for every event, whatever it says (A1).
func TestEveryEventBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) int64 { return rapid.Int64Range(-1e9, 1e9).Draw(t, name) }
		body := paid(rapid.SampledFrom([]string{"manual", "store_credit", "sandbox"}).Draw(t, "provider"), n("amount"))
		body["revenue"] = order.Revenue{Currency: "EUR", Goods: n("goods"), Shipping: n("shipping"), Tax: n("tax"), Granted: n("granted")}
		body["currency"], body["entry"] = "GBP", map[string]any{"amount": n("credit")}
		kind := rapid.SampledFrom([]string{"payment.captured", "payment.refunded", "store_credit.issued", "store_credit.expired", "order.changed"}).Draw(t, "kind")
		entries, err := Entries(row(kind, body))
		if err != nil {
			t.Fatal(err)
		}
		sums := map[string]int64{}
		for _, e := range entries {
			sums[e.Currency] += e.Debit - e.Credit
			if e.Debit < 0 || e.Credit < 0 || (e.Debit == 0) == (e.Credit == 0) {
				t.Fatalf("%+v", e)
			}
		}
		for currency, sum := range sums {
			if sum != 0 {
				t.Fatalf("%s is out of balance by %d: %+v", currency, sum, entries)
			}
		}
	})
}

// capture is a command that only writes an event of money.
type capture struct{ n int }

func (capture) Needs(*work.Needs) {}

func (c capture) Run(u *work.Unit) (int, error) {
	u.Record(work.Event{Type: "payment.captured", Aggregate: fmt.Sprint("ord_", c.n), Version: 1, Body: paid("sandbox", int64(c.n+1))})
	return c.n, nil
}

// Two nodes keep the same books: every event counts once.
func TestLedgerOnTwoNodes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := work.NewCommitter(db, work.Options{})
		defer c.Close()
		log := slog.New(slog.DiscardHandler)
		for i := range 2 {
			r := NewRunner(db, fmt.Sprint("node", i), nil, log)
			if err := r.Start(t.Context(), Ledger(db.Dialect())); err != nil {
				t.Fatal(err)
			}
			defer r.Stop()
		}
		const n = 300
		for i := range n {
			if _, err := work.Do(t.Context(), c, capture{i}, work.Meta{Actor: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		deadline := time.Now().Add(time.Minute)
		for at := int64(0); at < n; time.Sleep(5 * time.Millisecond) {
			var err error
			if at, err = Position(t.Context(), db, LedgerName); err != nil || time.Now().After(deadline) {
				t.Fatal(at, err)
			}
		}
		var lines, debit, credit int64
		if err := db.Query(t.Context(), func(r store.Row) error { return r.Scan(&lines, &debit, &credit) },
			"SELECT COUNT(*), CAST(SUM(debit) AS bigint), CAST(SUM(credit) AS bigint) FROM ledger_entries"); err != nil {
			t.Fatal(err)
		}
		if sum := int64(n * (n + 1) / 2); lines != 2*n || debit != sum || credit != sum {
			t.Errorf("%d lines, debit %d, credit %d", lines, debit, credit)
		}
	})
}
