package api

import (
	"fmt"
	"testing"

	"ordo/internal/returns"
)

// byReason reads a number of a report by reason.
func (f *fixture) byReason(report, filter, metric string) map[string]int64 {
	f.t.Helper()
	out := map[string]int64{}
	r := f.get("/v1/reports/" + report + "?group_by=reason" + filter)
	for i := range r.list("rows") {
		if n := r.num(fmt.Sprintf("rows.%d.values.%s", i, metric)); n != 0 {
			out[r.str(fmt.Sprintf("rows.%d.group.reason", i))] = n
		}
	}
	return out
}

// TestRefundsAddUp: what the report of refunds says of claims and returns is what the report of returns says, code by
// code and to the cent.
func TestRefundsAddUp(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"fee_percent":10}`).want(201)
		for i, reason := range returns.ClaimReasons {
			f.sold("manual", "", "A 8")
			f.post("/v1/orders/{order}/claims", fmt.Sprintf(`{"reason":%q,"lines":[{"line":"1","quantity":%d}],"remedy":"refund"}`, reason, i+1)).want(201)
			f.get("/v1/orders/{order}").fields("grants.0.reason", reason)
			f.back(1, []string{"unwanted", "wrong_size"}[i%2], "")
			f.cameBack(`"condition":"new"`)
		}
		f.sold("manual", "", "A 1")
		f.swapped(`"items":[{"sku":"A","quantity":1}]`)
		f.cameBack(`"condition":"new"`)
		f.post("/v1/orders/{order}/grants", `{"reason":"defective","amount":{"amount":7,"currency":"GBP"}}`).want(201) // for no claim
		eventually(t, "the facts", func() bool {
			return f.get("/v1/reports/refunds").num("rows.0.values.grants") == int64(2*len(returns.ClaimReasons)+2)
		})
		claims, granted := f.byReason("returns", "", "claim_refunded"), f.byReason("refunds", "&type=claim", "items")
		for i, reason := range returns.ClaimReasons {
			if want := int64(i+1) * 250; claims[reason] != want || granted[reason] != want {
				t.Errorf("%s: claimed for %d, granted %d, not %d", reason, claims[reason], granted[reason], want)
			}
		}
		if len(claims) != len(granted) {
			t.Errorf("claims %v, grants %v", claims, granted)
		}
		back := int64(0)
		for _, n := range f.byReason("returns", "", "refunded") {
			back += n
		}
		if granted := f.byReason("refunds", "&type=return,exchange", "items"); len(granted) != 1 || granted["return"] != back || back != 6*250 {
			t.Errorf("returns are worth %d, granted is %v", back, granted)
		}
		f.proven()
	})
}

// TestTypedReceipts: goods that somebody typed in as received came from a supplier, as those of a receipt; turnover is
// divided by the exact mean.
func TestTypedReceipts(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.post("/v1/stock/adjustments", `{"reason":"received","lines":[{"sku":"C","location":"L1","delta":3}]}`).want(201)
		f.post("/v1/stock/adjustments", `{"reason":"found","lines":[{"sku":"C","location":"L1","delta":2}]}`).want(201)
		f.post("/v1/stock/receipts", `{"location":"L1","lines":[{"sku":"C","quantity":4}]}`).want(201)
		f.sold("manual", "", "C 2")
		eventually(t, "the facts", func() bool { return f.get("/v1/reports/inventory?sku=C").str("rows.0.values.shipped") == "2" })
		f.get("/v1/reports/inventory?sku=C").fields("rows.0.values.received", "7", "rows.0.values.other", "2", "rows.0.values.on_hand", "7",
			"rows.0.values.average_on_hand", "0", "rows.0.values.turnover", "8.571429") // 2 / (7 / 30 days), and the mean is 0 when it is rounded
		f.proven()
	})
}
