package facts_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"ordo/internal/facts"
	"ordo/internal/report"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

// TestReportsFromSums makes facts of orders that ship on several days, take seconds to weeks, have labels in other
// currencies, come back, and become others. Reports say the same from sums as from the facts of each order, for parts
// of the time, buckets, groups and filters.
func TestReportsFromSums(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // not a secret
		was := make([]*facts.Rows, 80)
		for i := range was {
			was[i] = &facts.Rows{}
		}
		for range 3 { // as new, and twice as others
			now := make([]*facts.Rows, len(was))
			for i := range now {
				if now[i] = was[i]; len(was[i].Orders) == 0 || r.IntN(2) == 0 {
					now[i] = drawn(r, fmt.Sprintf("ord_%02d", i))
				}
			}
			if err := store.Write(t.Context(), db, func(tx store.Tx) error { return tx.Do(t.Context(), facts.Stmts(db.Dialect(), was, now)...) }); err != nil {
				t.Fatal(err)
			}
			was = now
			sums := &facts.Tallies{}
			for _, rows := range now {
				sums.Add(rows)
			}
			stored(t, db, facts.PlacedDays, sums.Placed)
			stored(t, db, facts.WorkDays, sums.Work)
			stored(t, db, facts.UncapturedHours, sums.Uncaptured)
			stored(t, db, facts.MoneyDays, sums.Money)
			stored(t, db, facts.ShippedDays, sums.Shipped)
			stored(t, db, facts.ReturnedDays, sums.Returned)
			stored(t, db, facts.DeliveredDays, sums.Delivered)
			stored(t, db, facts.SpanDays, sums.Spans)
			stored(t, db, facts.SpanSeconds, sums.Seconds)
		}
		for _, name := range strings.Fields("sales payments shipments returns otif perfect_orders cycle_time locations return_times") {
			for _, bucket := range []string{"", "day", "week", "month"} {
				for _, days := range [][2]string{{"2026-10-01", "2026-12-31"}, {"2026-10-29", "2026-11-03"}, {"2026-11-01", "2026-11-01"}} {
					for _, groups := range [][]string{nil, {"channel"}, {"country", "channel"}} {
						q := report.Query{From: days[0], To: days[1], Bucket: bucket, GroupBy: groups, Now: time.Now()}
						same(t, db, name, q)
						q.Filters = map[string][]string{"country": {"FR", "IT"}}
						same(t, db, name, q)
					}
				}
			}
		}
	})
}

// stored compares the rows of a table of sums with what the facts add up to: there are no others, not even of zeros.
func stored[T comparable](t *testing.T, db store.DB, table *facts.Table[T], want map[T]T) {
	t.Helper()
	got := map[T]T{}
	err := db.Query(t.Context(), func(r store.Row) error {
		row, err := table.Scan(r)
		got[table.KeyOf(row)] = row
		return err
	}, "SELECT "+table.Columns+" FROM "+table.Name)
	if err != nil {
		t.Fatal(err)
	}
	for key, row := range got {
		if want[key] != row {
			t.Errorf("%s has %+v, the facts add up to %+v", table.Name, row, want[key])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d rows of %d", table.Name, len(got), len(want))
	}
}

// same asks a report both ways.
func same(t *testing.T, db store.DB, name string, q report.Query) {
	t.Helper()
	var answers [2]*report.Result
	err := db.Snapshot(t.Context(), func(r store.Reader) (err error) {
		for i := range answers {
			q.Each = i == 1
			if answers[i], err = report.Find(name).Run(t.Context(), r, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(name, err)
	}
	if sums, each := answers[0].Rows, answers[1].Rows; !reflect.DeepEqual(sums, each) {
		t.Errorf("%s %+v\nfrom sums %s\none by one %s", name, q, text(sums), text(each))
	} else if len(sums) == 0 && q.From == "2026-10-01" {
		t.Errorf("%s %+v has nothing", name, q)
	}
}

func text(rows []report.Row) string {
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "\n%s %v %s", row.Bucket, row.Group, row.Currency)
		for _, v := range row.Values {
			if v == nil {
				b.WriteString(" -")
			} else {
				fmt.Fprint(&b, " ", *v)
			}
		}
	}
	return b.String()
}

// drawn are facts as they might be of an order.
func drawn(r *rand.Rand, id string) *facts.Rows {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	hour := func() string {
		return time.Date(2026, 10, 28, r.IntN(24*8), 0, 0, 0, time.UTC).Format("2006-01-02T15")
	}
	n := func(most int64) int64 { return r.Int64N(most + 1) }
	at := func() int64 { return n(1) * (1_000_000_000 + r.Int64N(1<<r.IntN(42))) }
	o := facts.Order{
		ID: id, Number: id, Channel: pick("web", "shop"), Country: pick("DE", "FR", "IT"), Currency: "EUR", Status: "open", PlacedAt: 1_000_000_000, PlacedHour: hour(), Customer: pick("ann", "bob"),
		AcceptedAt: at(), AllocatedAt: at(), ReleasedAt: at(), PickedAt: at(), PackedAt: at(), ShippedAt: at(),
		Units: 3, Canceled: n(2), Delivered: n(3), Repromised: n(2),
	}
	if n(3) > 0 {
		o.DeliveredAt, o.DoneHour = 1_000_000_000+r.Int64N(1<<42), hour()
		if n(3) > 0 {
			o.Promised, o.PromisedFirst = "2026-11-01", "2026-10-30"
			o.OnTime, o.KeptPromise, o.DaysLate = n(1), n(1), n(6)-3
		}
	}
	rows := &facts.Rows{Orders: []facts.Order{o}}
	for i := range 3 {
		rows.Lines = append(rows.Lines, facts.Line{
			Order: id, Line: fmt.Sprint(i), Channel: o.Channel, Country: o.Country, Currency: o.Currency, Status: o.Status, PlacedHour: o.PlacedHour, SKU: pick("A", "B"), Ordered: 1,
			ShippedHour: pick("", hour()), Delivered: n(1), DeliveredFor: n(500),
		})
		rows.Fulfillments = append(rows.Fulfillments, facts.Fulfillment{
			Order: id, ID: fmt.Sprint(id, "_ful", i), Channel: o.Channel, Country: o.Country, Location: pick("A", "B"), Carrier: pick("", "dhl"), PlannedHour: o.PlacedHour,
			ReleasedAt: at(), PackedAt: at(), Asked: n(5), Shipped: n(5),
		})
		left := hour()
		for p := range n(2) {
			rows.Shipments = append(rows.Shipments, facts.Shipment{
				Order: id, Fulfillment: fmt.Sprint(id, "_ful", i), Package: fmt.Sprint(p), Channel: o.Channel, Country: o.Country, Location: "A", Carrier: pick("dhl", "ups"), Currency: pick("EUR", "EUR", "CHF"),
				Units: n(3), Weight: n(900), Cost: n(700), ShippedHour: left, DeliveredAt: at(), Promised: pick("", "2026-11-01"), OnTime: n(1),
			})
		}
		if n(3) == 0 {
			rows.ReturnLines = append(rows.ReturnLines, facts.ReturnLine{
				Order: id, Return: "ret", Line: fmt.Sprint(i), Type: pick("return", "exchange", "claim"), Channel: o.Channel, Country: o.Country, Currency: o.Currency,
				Reason: pick("damaged", "unwanted", "lost"), Fault: pick("customer", "merchant"), Requested: 1, Returned: n(1), Claimed: n(1), Value: n(500), Refunded: n(500),
			})
		}
	}
	for i := range n(2) {
		ret := fmt.Sprint(id, "_ret", i)
		rows.Returns = append(rows.Returns, facts.Return{
			Order: id, ID: ret, Type: pick("return", "exchange", "claim"), Status: pick("closed", "closed", "open"), Channel: o.Channel, Country: o.Country, Currency: o.Currency, Location: pick("A", "B"),
			Overridden: n(1), RequestedAt: at(), ApprovedAt: at(), ReceivedAt: at(), InspectedAt: at(), RefundedAt: at(), ClosedAt: at(), ClosedHour: hour(),
		})
		for g := range n(2) {
			rows.Grants = append(rows.Grants, facts.Grant{Order: id, ID: fmt.Sprint(ret, "_", g), Return: ret, Channel: o.Channel, Country: o.Country, Currency: o.Currency, GrantedHour: hour(), PaidAt: at()})
		}
	}
	for i := range n(9) {
		m := facts.Money{
			Order: id, Seq: i, Line: 1, Channel: o.Channel, Country: o.Country, Currency: pick("EUR", "EUR", "USD"), Hour: hour(), Amount: n(9000), Customer: o.Customer,
			Kind: pick("goods", "goods", "goods", "shipping", "tax", "granted", "captured", "refunded", "disputed", "dispute_closed"),
		}
		switch m.Kind {
		case "goods":
			m.Units, m.Gross, m.Discount = n(2), n(9000), n(100)
		case "granted", "refunded", "disputed":
			m.Amount = -m.Amount
		}
		if m.Kind == "captured" || m.Kind == "refunded" {
			m.Provider = pick("manual", "sandbox")
		}
		rows.Money = append(rows.Money, m)
	}
	return rows
}
