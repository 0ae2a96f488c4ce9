package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func init() {
	exampleOrder += ` putReturnPolicy listReturnPolicies getReturnPolicy requestReturn listReturns getReturn getPolicyOfReturn getPolicyOfOrder approveReturn declineReturn cancelReturn shipReturn loseReturn
	receiveReturn inspectReturn disposeReturn requestExchange chargeExchange fileClaim`
	unready["waiveExchange"] = true // nothing is overdue
}

// sold places an order of lines, as "SKU quantity", lets it ship and arrive, and keeps its id in {order}.
func (f *fixture) sold(provider, members string, lines ...string) reply {
	f.t.Helper()
	var list []string
	for _, l := range lines {
		sku, n, _ := strings.Cut(l, " ")
		list = append(list, fmt.Sprintf(`{"sku":%q,"quantity":%s}`, sku, n))
	}
	body := orderBody("A", 1, provider, map[string]string{"sandbox": "tok_ok"}[provider])
	body = strings.Replace(body, `[{"sku":"A","quantity":1}]`, "["+strings.Join(list, ",")+"]", 1)
	if members != "" {
		body = with(body, members)
	}
	o := f.post("/v1/orders", body).want(201)
	f.vars["order"] = o.str("id")
	eventually(f.t, "the payment's outcome", func() bool { // the answer waits for it no longer than a short while
		o = f.get("/v1/orders/" + f.vars["order"])
		return provider != "sandbox" || len(o.list("fulfillments")) > 0
	})
	for i := range o.list("fulfillments") {
		id := o.str(fmt.Sprintf("fulfillments.%d.id", i))
		f.step(id, "release", "").want(200)
		f.step(id, "ship", `{"tracking_number":"T"}`).want(200)
		f.step(id, "deliver", "").want(200)
	}
	if provider == "sandbox" {
		f.settled()
	}
	return f.get("/v1/orders/{order}")
}

// settled waits until nothing of the order's money is on its way.
func (f *fixture) settled() {
	f.t.Helper()
	eventually(f.t, "the money of the order settles", func() bool {
		body := string(f.get("/v1/orders/{order}").body)
		return !strings.Contains(body, `"state":"requested"`) && !strings.Contains(body, `"state":"pending"`)
	})
}

// back asks for units of line 1 to come back, and keeps the return in {return}.
func (f *fixture) back(quantity int, reason, members string) reply {
	f.t.Helper()
	body := fmt.Sprintf(`{"lines":[{"line":"1","quantity":%d,"reason":%q}]}`, quantity, reason)
	if members != "" {
		body = with(body, members)
	}
	r := f.post("/v1/orders/{order}/returns", body).want(201)
	f.vars["return"] = r.str("id")
	return r
}

// shelf reads a position: on hand, damaged, quality, available.
func (f *fixture) shelf(sku, location string) (out [4]int64) {
	f.t.Helper()
	r := f.get("/v1/stock?sku=" + sku)
	for i := range r.list("data") {
		at := fmt.Sprintf("data.%d.", i)
		if r.str(at+"location") == location {
			out = [4]int64{r.num(at + "on_hand"), r.num(at + "damaged"), r.num(at + "quality"), r.num(at + "available")}
		}
	}
	return out
}

// moved compares a position with what it was.
func (f *fixture) moved(sku, location string, was [4]int64, onHand, damaged, quality, available int64) {
	f.t.Helper()
	now := f.shelf(sku, location)
	if want := [4]int64{was[0] + onHand, was[1] + damaged, was[2] + quality, was[3] + available}; now != want {
		f.t.Errorf("%s at %s: on hand, damaged, quality, available are %v, want %v", sku, location, now, want)
	}
}

// TestReturn is drill D15: 3 units are asked for, 2 come, 1 of them damaged. Money follows what was accepted, stock what
// the policy says of the condition (R1-R3, L3).
func TestReturn(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		was := f.shelf("A", "L1")
		f.sold("sandbox", "", "A 3").fields("payment_status", "paid", "return_status", "none")
		f.moved("A", "L1", was, -3, 0, 0, -3)
		tried := f.post("/v1/orders/{order}/returns?dry_run=true", `{"lines":[{"line":"1","quantity":3,"reason":"unwanted"}]}`).want(200)
		tried.fields("id", "null", "status", "approved", "verdict", "allow", "estimate.amount.amount", "750", "location", "L1")
		f.get("/v1/orders/{order}").fields("return_status", "none")
		f.back(3, "unwanted", `"note":"does not fit"`).fields("status", "approved", "policy", "default", "estimate.amount.amount", "750")
		f.get("/v1/orders/{order}").fields("return_status", "requested", "lines.0.units.return_requested", "3", "returns.0", f.vars["return"], "notes.0.text", "does not fit")
		f.post("/v1/orders/{order}/returns", `{"lines":[{"line":"1","quantity":1,"reason":"unwanted"}]}`).refused(409, "return_limit").fields("errors.0.pointer", "/lines/0/quantity")

		f.post("/v1/returns/{return}/ship", `{"carrier":"Royal Mail","tracking_number":"RM1"}`).want(200).fields("status", "in_transit", "tracking_number", "RM1")
		f.post("/v1/returns/{return}/cancel", `{"reason":"customer"}`).refused(409, "illegal_transition")
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":2}],"unexpected":[{"sku":"SOCK","quantity":1}]}`).want(200).
			fields("status", "partially_received", "lines.0.received", "2", "lines.0.accepted", "0", "receipts.0.unexpected.0.sku", "SOCK")
		f.moved("A", "L1", was, -1, 0, 2, -3)
		f.get("/v1/orders/{order}").fields("refund_due.amount", "0")
		for _, stage := range []string{"expected", "to_inspect", "open"} {
			f.get("/v1/returns?stage="+stage).want(200).fields("data.0.id", f.vars["return"], "data.1", "")
		}
		for _, stage := range []string{"to_approve", "to_dispose", "to_refund"} {
			f.get("/v1/returns?stage="+stage).want(200).fields("data.0", "")
		}
		f.get("/v1/returns/{return}/policy").want(200).fields("code", "default", "version", "0", "conditions.0.code", "new", "conditions.0.bucket", "available")
		f.get("/v1/orders/{order}/return-policy").want(200).fields("code", "default", "version", "0", "reasons.0.code", "unwanted")
		f.send(request{do: "GET /v1/returns/ret_00000000000000000000000000/policy"}).refused(404, "not_found")
		f.send(request{do: "GET /v1/orders/ord_00000000000000000000000000/return-policy"}).refused(404, "not_found")
		f.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":3,"condition":"new"}]}`).refused(422, "validation_failed")
		f.post("/v1/returns/{return}/receive", `{"last":true}`).want(200).fields("status", "received", "lines.0.gone", "1")
		done := f.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":1,"condition":"new"},{"line":"1","quantity":1,"condition":"damaged"}]}`).want(200)
		done.fields("status", "closed", "lines.0.accepted", "2", "lines.0.rejected", "0", "refunds.0.amount.amount", "500", "pieces.1.bucket", "damaged")
		f.moved("A", "L1", was, -1, 1, 0, -2)
		f.settled()
		f.get("/v1/orders/{order}").fields(
			"return_status", "partially_returned", "payment_status", "partially_refunded", "amount_due.amount", "0", "refund_due.amount", "0",
			"lines.0.units.returned_accepted", "2", "grants.0.amount.amount", "500", "grants.0.status", "succeeded", "totals.grand_total.amount", "750")
		f.back(1, "defective", "").fields("lines.0.fault", "merchant")
		f.get("/v1/returns?order={order}&status=closed").fields("data.0.status", "closed")
		f.get("/v1/returns/{return}").fields("status", "approved")
		second := f.get("/v1/returns?order={order}&sort=newest&limit=1").want(200).fields("data.0.id", f.vars["return"], "data.1", "")
		f.get("/v1/returns?sort=newest&limit=1&cursor="+second.str("next_cursor")).want(200).fields("data.0.id", done.str("id"), "data.1", "")
		f.proven()
	})
}

// TestReturnsAreExact is drill D14: a discount of 10.00 over three lines, each returned by itself, adds up to the cent
// (R4), and the delivery goes back with the last unit where the merchant is at fault.
func TestReturnsAreExact(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.stock("C", "L1", 100)
		o := f.sold("sandbox", `"discounts":[{"code":"TEN","amount":{"amount":100,"currency":"GBP"}}],"shipping":{"method":"post","amount":{"amount":399,"currency":"GBP"}}`, "A 1", "A 1", "A 1")
		o.fields("totals.grand_total.amount", "1049")
		for line := 1; line <= 3; line++ {
			id := f.post("/v1/orders/{order}/returns", fmt.Sprintf(`{"lines":[{"line":"%d","quantity":1,"reason":"defective"}]}`, line)).want(201).str("id")
			f.post("/v1/returns/"+id+"/receive", fmt.Sprintf(`{"lines":[{"line":"%d","quantity":1}]}`, line)).want(200)
			f.post("/v1/returns/"+id+"/inspect", fmt.Sprintf(`{"units":[{"line":"%d","quantity":1,"condition":"defective","disposition":"scrap"}]}`, line)).want(200).fields("status", "closed")
			f.settled()
		}
		o = f.get("/v1/orders/{order}").fields("return_status", "returned", "payment_status", "refunded", "amount_due.amount", "0", "refund_due.amount", "0")
		if sum := o.num("grants.0.amount.amount") + o.num("grants.1.amount.amount") + o.num("grants.2.amount.amount"); sum != 1049 {
			t.Errorf("refunds add up to %d", sum)
		}
		o.fields("grants.2.shipping.amount", "399", "grants.0.shipping.amount", "0")
		f.proven()
	})
}

// TestReturnPolicy holds returns to a policy: window, exclusions, fees, approval, override by staff, and law.
func TestReturnPolicy(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/web", `{"name":"Web","channels":["nowhere"]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/channels/0")
		f.put("/v1/return-policies/web", `{"name":"","window_days":-1,"late":"allow","conditions":[{"code":"x y","accept":true,"disposition":"restock"}]}`).refused(422, "validation_failed")
		policy := `{"name":"Web","channels":["web"],"window_days":30,"fee_percent":10,"fee_fixed":{"amount":20,"currency":"GBP"},"auto_approve":true,` +
			`"exclusions":[{"code":"final_sale","skus":["B"],"verdict":"deny"}],"refund_shipping":"never",` +
			`"conditions":[{"code":"new","accept":true,"disposition":"restock","bucket":"available"},{"code":"worn","accept":false,"fee_percent":50,"disposition":"scrap"}]}`
		f.put("/v1/return-policies/web", policy).want(201).fields("version", "1", "refund_at", "inspected", "expire_days", "30")
		f.send(request{do: "PUT /v1/return-policies/web", key: "{reader}", body: policy}).refused(403, "missing_scope")
		f.send(request{do: "PUT /v1/return-policies/web", body: policy, header: []string{"If-Match", `"7"`}}).refused(409, "version_mismatch")

		f.sold("sandbox", "", "A 2", "B 1")
		f.post("/v1/orders/{order}/returns", `{"lines":[{"line":"2","quantity":1,"reason":"unwanted"}]}`).refused(409, "return_denied").
			fields("findings.0.code", "final_sale", "findings.0.verdict", "deny")
		f.vars["agent"] = f.key(`"scopes":["returns:read","returns:write","orders:read"]`)
		final := `{"lines":[{"line":"2","quantity":1,"reason":"unwanted"}],"override":"goodwill"}`
		f.send(request{do: "POST /v1/orders/{order}/returns", key: "{agent}", body: final}).refused(403, "missing_scope").fields("scope", "returns:override")
		f.post("/v1/orders/{order}/returns", final).want(201).fields("status", "approved", "verdict", "deny", "override.reason", "goodwill", "override.by", "bootstrap")
		f.post("/v1/orders/{order}/returns", `{"lines":[{"line":"1","quantity":1,"reason":"bad luck","condition":"eaten"}]}`).refused(422, "validation_failed").
			fields("errors.0.pointer", "/lines/0/reason", "errors.1.pointer", "/lines/0/condition")
		f.post("/v1/orders/{order}/returns", `{"lines":[{"line":"9","quantity":0,"reason":"unwanted"}]}`).refused(422, "validation_failed")
		f.back(1, "unwanted", `"store_credit":""`).fields("verdict", "allow_with_fee", "policy", "web", "policy_version", "1", "estimate.fees.amount", "45", "estimate.amount.amount", "205")
		f.put("/v1/return-policies/web", strings.Replace(policy, `"fee_percent":10`, `"fee_percent":90`, 1)).want(200)
		f.get("/v1/returns/{return}").fields("policy_version", "1", "estimate.fees.amount", "45") // as it was agreed
		f.vars["first"] = f.vars["return"]
		f.back(1, "other", "").fields("status", "requested", "verdict", "needs_approval")
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":1}]}`).refused(409, "illegal_transition")
		f.post("/v1/returns/{return}/decline", `{"reason":"rude"}`).refused(422, "validation_failed")
		f.post("/v1/returns/{return}/decline", `{"reason":"policy"}`).want(200).fields("status", "declined", "lines.0.gone", "1")
		f.post("/v1/returns/{first}/receive", `{"lines":[{"line":"1","quantity":1}]}`).want(200).fields("status", "received")
		worn := `{"units":[{"line":"1","quantity":1,"condition":"worn","reason":"used"}]}`
		f.send(request{do: "POST /v1/returns/{first}/inspect", body: worn, header: []string{"If-Match", `"1"`}}).refused(409, "version_mismatch")
		f.post("/v1/returns/{first}/inspect?dry_run=true", worn).want(200).fields("status", "closed")
		done := f.post("/v1/returns/{first}/inspect", worn).want(200)
		done.fields("status", "closed", "lines.0.rejected", "1", "pieces.0.disposition", "return_to_customer", "pieces.0.reason", "used")
		if len(done.list("refunds")) != 0 {
			t.Errorf("rejected units are refunded: %s", done.body)
		}
		f.get("/v1/orders/{order}").fields("lines.0.units.returned_rejected", "1", "payment_status", "paid")
		f.proven()
	})
}

// TestReturnFees: the way back costs what the policy says, once, where the customer is at fault and the label was the
// merchant's; and what nobody sends expires.
func TestReturnFees(t *testing.T) {
	clock, later := together()
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"label_by":"customer","label_fee":{"amount":40,"currency":"GBP"},"expire_days":5}`).want(201)
		f.sold("manual", "", "A 4")
		f.back(2, "unwanted", "")
		f.post("/v1/returns/{return}/ship", `{"prepaid":true}`).want(200).fields("prepaid", "true", "estimate.fees.amount", "40", "estimate.amount.amount", "460")
		f.post("/v1/returns/{return}/lose", "").want(200).fields("status", "lost", "lines.0.gone", "2")
		f.back(1, "unwanted", "")
		f.post("/v1/returns/{return}/ship", `{}`).want(200).fields("estimate.fees.amount", "0")
		f.back(1, "unwanted", "")
		f.dueNow("return_due")
		f.get("/v1/returns/{return}").fields("status", "approved")
		later(6 * 24 * time.Hour)
		eventually(t, "the return expires", func() bool {
			f.dueNow("return_due") // the job before may have left its heir just now
			return f.get("/v1/returns/{return}").str("status") == "expired"
		})
		f.get("/v1/orders/{order}").fields("lines.0.units.return_requested", "1") // the one that is under way
		f.proven()
	}, clock)
}

// TestReturnToCredit refunds to store credit, with what the policy gives on top, and keeps what costs less than its way.
func TestReturnToCredit(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.put("/v1/return-policies/p", `{"name":"P","auto_approve":true,"bonus_percent":10,"refund_at":"received","keep_below":{"amount":300,"currency":"GBP"}}`).want(201)
		f.sold("sandbox", "", "A 4")
		f.back(2, "unwanted", `"refund_to":"store_credit","store_credit":"scr_`+f.vars["unknown"]+`"`).fields("status", "approved")
		f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":2}]}`).refused(422, "validation_failed").fields("errors.0.pointer", "/store_credit")
		f.post("/v1/returns/{return}/cancel", `{"reason":"mistake"}`).want(200).fields("status", "canceled")
		f.back(2, "unwanted", `"refund_to":"store_credit"`)
		r := f.post("/v1/returns/{return}/receive", `{"lines":[{"line":"1","quantity":2}]}`).want(200)
		r.fields("status", "received", "lines.0.accepted", "2", "refunds.0.amount.amount", "500", "refunds.0.bonus.amount", "50")
		f.get("/v1/store-credits/"+r.str("store_credit")).fields("balance.amount", "550", "email", "ada@example.com", "entries.0.order", f.vars["order"])
		f.get("/v1/orders/{order}").fields("payment_status", "paid", "amount_due.amount", "0", "refund_due.amount", "0", "grants.0.status", "succeeded", "grants.0.store_credit", r.str("store_credit"))
		f.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":1,"condition":"used","accepted":false,"reason":"used"}]}`).refused(422, "validation_failed").fields("errors.0.code", "already_refunded")
		f.post("/v1/returns/{return}/inspect", `{"units":[{"line":"1","quantity":2,"condition":"used"}]}`).want(200).fields("status", "inspected", "pieces.0.disposition", "refurbish")
		was := f.shelf("A", "L1")
		f.post("/v1/returns/{return}/dispose", `{"piece":"1","quantity":1,"disposition":"scrap"}`).want(200).fields("status", "inspected", "pieces.1.from", "1")
		f.moved("A", "L1", was, -1, 0, -1, 0)
		f.post("/v1/returns/{return}/dispose", `{"piece":"2","disposition":"restock","bucket":"available"}`).refused(409, "disposed")
		f.post("/v1/returns/{return}/dispose", `{"piece":"1","disposition":"restock","bucket":"available","location":"L2"}`).want(200).fields("status", "closed")
		f.moved("A", "L1", was, -2, 0, -2, 0)

		f.back(1, "unwanted", "").fields("status", "closed", "lines.0.kept", "1", "refunds.0.amount.amount", "250") // it need not come back
		f.settled()
		f.get("/v1/orders/{order}").fields("payment_status", "partially_refunded", "return_status", "partially_returned")
		f.proven()
	})
}
