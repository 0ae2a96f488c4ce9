package api

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// balances reads all pages of the books, checks that each event balances, and adds up the accounts.
func (f *fixture) balances(query string) map[string]int64 {
	f.t.Helper()
	sums, event := map[string]int64{}, map[string]int64{}
	for cursor := ""; ; {
		r := f.get("/v1/accounting/entries?limit=3" + query + cursor)
		for i := range r.list("data") {
			at := fmt.Sprintf("data.%d.", i)
			n := r.num(at+"debit.amount") - r.num(at+"credit.amount")
			sums[r.str(at+"account")] += n
			event[r.str(at+"seq")+r.str(at+"debit.currency")] += n
		}
		if r.str("next_cursor") == "" {
			break
		}
		cursor = "&cursor=" + r.str("next_cursor")
	}
	for seq, sum := range event {
		if sum != 0 {
			f.t.Errorf("event %s is out of balance by %d", seq, sum)
		}
	}
	return sums
}

// An order that is shipped in two parts, captured by its provider, refunded and paid by hand (A1).
func TestBooks(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.taxed("manual")
		if sums := f.balances(""); len(sums) > 0 {
			t.Fatalf("books before anything shipped: %v", sums)
		}
		o := f.post("/v1/orders", with(orderBody("B", 7, "sandbox", "tok_ok"), `"shipping_method":"post"`)).want(201)
		total, tax := o.num("totals.grand_total.amount"), o.num("totals.tax.amount")
		f.ship(o, "fulfillments.0")
		f.ship(o, "fulfillments.1")
		eventually(t, "the captures are booked", func() bool { return f.balances("")["clearing:sandbox"] == total })
		if got, want := fmt.Sprint(f.balances("")), fmt.Sprint(map[string]int64{
			"clearing:sandbox": total, "receivable": 0, "revenue": -7000, "shipping_revenue": -495, "tax": -tax,
		}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		paid := f.place("A", 2, "manual", "").want(201) // paid before it ships, then canceled: the money is owed
		f.post("/v1/orders/"+paid.str("id")+"/payments/"+paid.str("payments.0.id")+"/receipts", `{"amount":{"amount":100,"currency":"GBP"}}`).want(200)
		if got := f.balances(""); got["clearing:manual"] != 100 || got["receivable"] != -100 {
			t.Errorf("%v", got)
		}
		today := time.Now().UTC().Format(time.DateOnly)
		if len(f.balances("&from="+today+"&to="+today)) == 0 && len(f.balances("")) > 0 { // but for midnight
			t.Error("nothing today")
		}
		if got := f.balances("&to=2001-01-01"); len(got) > 0 {
			t.Errorf("books of 2001: %v", got)
		}
		f.sheet(total + 100)
		for _, bad := range []string{"from=yesterday", "from=2026-13-01", "from=2026-02-01&to=2026-01-01", "format=xml"} {
			f.send(request{do: "GET /v1/accounting/entries?" + bad}).refused(400, "invalid_parameter")
		}
		f.send(request{do: "GET /v1/accounting/entries?cursor=x"}).refused(400, "invalid_cursor")
		f.send(request{do: "GET /v1/accounting/entries", key: "{webonly}"}).refused(403, "all_channels_required")
		f.send(request{do: "GET /v1/accounting/entries", key: "{reader}"}).refused(403, "missing_scope")
	})
}

// sheet reads the CSV: its sides are equal, and the provider's account holds what was captured.
func (f *fixture) sheet(clearing int64) {
	f.t.Helper()
	r := f.get("/v1/accounting/entries?format=csv")
	rows, err := csv.NewReader(strings.NewReader(string(r.body))).ReadAll()
	if err != nil || r.header.Get("Content-Type") != "text/csv; charset=utf-8" || strings.Join(rows[0], ",") != "seq,line,day,account,currency,debit,credit,order,ref" {
		f.t.Fatalf("%v %v %v", err, r.header, rows)
	}
	var debit, credit, at int64
	for _, row := range rows[1:] {
		cents := func(s string) int64 {
			n, _ := strconv.ParseInt(strings.Replace(s, ".", "", 1), 10, 64)
			return n
		}
		debit, credit = debit+cents(row[5]), credit+cents(row[6])
		if strings.HasPrefix(row[3], "clearing:") {
			at += cents(row[5]) - cents(row[6])
		}
	}
	if debit != credit || debit == 0 || at != clearing {
		f.t.Errorf("debit %d, credit %d, clearing %d of %d", debit, credit, at, clearing)
	}
}

func TestDecimals(t *testing.T) {
	if decimal(123456, "BHD") != "123.456" || decimal(-5, "EUR") != "-0.05" || decimal(0, "EUR") != "" || decimal(7, "JPY") != "7" {
		t.Error("amounts")
	}
}
