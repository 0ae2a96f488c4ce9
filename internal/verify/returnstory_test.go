package verify

import (
	"ordo/internal/app"
	"ordo/internal/order"
	"ordo/internal/returns"
)

// returnStory sends things back, on an SKU of its own.
func (s *shop) returnStory() {
	s.t.Helper()
	s.stock(50, "BACK")
	ctx := s.t.Context()
	p := &returns.Policy{Name: "Ten percent", Active: true, WindowDays: 30, FeePercent: 10, AutoApprove: true, RefundShipping: returns.FullShipping, BonusPercent: 5}
	p.ID = "ten"
	s.must(second(s.app.SaveReturnPolicy(ctx, p, meta)))
	sold := func(name string) {
		given := placement("sandbox", "tok_ok", line("BACK", 3))
		given.Discounts = []order.PlacementDiscount{{Code: "TEN", Amount: eur(1000)}}
		s.place(name, given)
		s.settle(1)
		s.step(name, "release", "ship", "deliver")
		s.settle(1)
	}
	sold("returned")
	id := s.sendBack("returned", 3, "")
	s.returnStep(id, app.MoveReturn{Step: "receive", Arrival: returns.Arrival{Lines: []returns.Units{{Line: "1", Quantity: 2}}, Unexpected: []returns.Stray{{SKU: "X", Quantity: 1}}}})
	s.returnStep(id, app.MoveReturn{Step: "receive", Arrival: returns.Arrival{Last: true}})
	s.returnStep(id, app.MoveReturn{Step: "inspect", Looks: []returns.Look{{Line: "1", Quantity: 1, Condition: "used"}, {Line: "1", Quantity: 1, Condition: "damaged"}}})
	s.settle(1)
	s.returnStep(id, app.MoveReturn{Step: "dispose", Piece: "1", Look: returns.Look{Disposition: returns.Restock, Bucket: "available", Location: "south"}})
	sold("returned to credit")
	id = s.sendBack("returned to credit", 2, returns.ToCredit)
	s.returnStep(id, app.MoveReturn{Step: "ship", Tracking: "T-BACK"})
	no := false
	s.returnStep(id, app.MoveReturn{Step: "receive", Arrival: returns.Arrival{Lines: []returns.Units{{Line: "1", Quantity: 2}}}})
	s.returnStep(id, app.MoveReturn{Step: "inspect", Looks: []returns.Look{{Line: "1", Quantity: 1, Condition: "new"}, {Line: "1", Quantity: 1, Condition: "new", Accepted: &no, Reason: "not_ours"}}})
	sold("to come back")
	s.sendBack("to come back", 1, "")
	id = s.sendBack("to come back", 1, "")
	s.returnStep(id, app.MoveReturn{Step: "cancel", Reason: "kept"})
	s.exchanges(sold)
}

// exchanges replaces units: after they came back, in advance, and for nothing.
func (s *shop) exchanges(sold func(name string)) {
	s.t.Helper()
	ctx := s.t.Context()
	swap := func(name string, advance bool) string {
		sold(name)
		var tender *order.Tender
		if advance {
			tender = &order.Tender{Provider: app.Manual}
		}
		out := s.app.AskReturn(ctx, app.RequestReturn{
			Order: s.ids[name], Type: returns.Exchange, Lines: []returns.Wish{{Line: "1", Quantity: 1, Reason: "wrong_size"}}, By: "tester", May: func(string) bool { return true },
			Swap: &app.SwapWish{Items: []returns.SwapItem{{SKU: "BACK", Quantity: 1}}, Advance: advance, Tender: tender},
		}, meta)
		s.must(out.Err)
		id := out.Value.(*app.ReturnView).Return.ID
		s.ids["return of "+name] = id
		return id
	}
	id := swap("exchanged", false)
	s.returnStep(id, app.MoveReturn{Step: "receive", Arrival: returns.Arrival{Lines: []returns.Units{{Line: "1", Quantity: 1}}}})
	s.returnStep(id, app.MoveReturn{Step: "inspect", Looks: []returns.Look{{Line: "1", Quantity: 1, Condition: "new"}}})
	swap("to be exchanged", false)
	id = swap("sent ahead", true)
	for _, f := range s.view("sent ahead").Fulfillments {
		if f.Status == "planned" {
			s.ok(s.app.Fulfill(ctx, app.Fulfill{Fulfillment: f.ID, Step: "release"}, meta))
			s.ok(s.app.Fulfill(ctx, app.Fulfill{Fulfillment: f.ID, Step: "ship", Tracking: "T"}, meta))
		}
	}
	s.returnStep(id, app.MoveReturn{Step: "charge"})
	s.letGo(sold)
	sold("claimed")
	for _, remedy := range returns.Remedies {
		out := s.app.Claim(ctx, app.FileClaim{Order: s.ids["claimed"], Reason: "damaged", Lines: []order.Units{{Line: "1", Quantity: 1}}, Remedy: remedy, By: "tester"}, meta)
		s.must(out.Err)
		s.ids["claim to "+remedy] = out.Value.(*app.ReturnView).Return.ID
	}
	s.settle(1)
}

// letGo sends a replacement in advance that nothing secures: a person lifts the hold under which it waits.
func (s *shop) letGo(sold func(name string)) {
	s.t.Helper()
	ctx := s.t.Context()
	sold("let go")
	out := s.app.AskReturn(ctx, app.RequestReturn{
		Order: s.ids["let go"], Type: returns.Exchange, Lines: []returns.Wish{{Line: "1", Quantity: 1, Reason: "other"}}, By: "tester", May: func(string) bool { return true },
		Swap: &app.SwapWish{Items: []returns.SwapItem{{SKU: "BACK", Quantity: 1}}, Advance: true},
	}, meta)
	s.must(out.Err)
	s.returnStep(out.Value.(*app.ReturnView).Return.ID, app.MoveReturn{Step: "approve"})
	v := s.view("let go")
	s.ok(s.app.Lift(ctx, app.LiftHold{Order: v.Order.ID, Hold: v.Order.OpenHolds()[0], By: "tester", May: func(string) bool { return true }}, meta))
	last := v.Fulfillments[len(v.Fulfillments)-1].ID
	s.ok(s.app.Fulfill(ctx, app.Fulfill{Fulfillment: last, Step: "release"}, meta))
	s.ok(s.app.Fulfill(ctx, app.Fulfill{Fulfillment: last, Step: "ship", Tracking: "T"}, meta))
}

// sendBack asks for units of the first line, and remembers the return under the name of the order.
func (s *shop) sendBack(name string, n int64, to string) string {
	s.t.Helper()
	out := s.app.AskReturn(s.t.Context(), app.RequestReturn{
		Order: s.ids[name], Type: returns.Plain, RefundTo: to, Lines: []returns.Wish{{Line: "1", Quantity: n, Reason: "unwanted"}}, By: "tester", May: func(string) bool { return true },
	}, meta)
	s.must(out.Err)
	id := out.Value.(*app.ReturnView).Return.ID
	if s.ids["return of "+name] == "" {
		s.ids["return of "+name] = id
	}
	return id
}

func (s *shop) returnStep(id string, c app.MoveReturn) {
	s.t.Helper()
	c.Return, c.By = id, "tester"
	s.must(s.app.StepReturn(s.t.Context(), c, meta).Err)
}

func init() { damages = append(damages, returnDamages...) }

// returnDamages are those of returns.
var returnDamages = []damage{
	{"a return is gone", func(h *hurt) {
		h.exec("DELETE FROM returns WHERE id = $1", h.ids["return of to come back"])
	}, []string{"references"}, "order {to come back}"},
	{"a return belongs to no order", func(h *hurt) {
		h.exec("INSERT INTO returns (id, version, doc, order_id, type, status, due_at) SELECT 'ret_x', version, doc, 'ord_x', type, status, due_at FROM returns WHERE id = $1", h.ids["return of returned"])
	}, []string{"references"}, "return ret_x"},
	{"a return's column differs", func(h *hurt) {
		h.exec("UPDATE returns SET status = 'closed' WHERE id = $1", h.ids["return of to come back"])
	}, []string{"documents.returns"}, "return {return of to come back}"},
	{"a return cannot be read", func(h *hurt) {
		h.exec("UPDATE returns SET doc = '[]' WHERE id = $1", h.ids["return of to come back"])
	}, []string{"documents.returns"}, "return {return of to come back}"},
	{"a return cannot be found by its tracking number", func(h *hurt) {
		h.exec("DELETE FROM return_terms WHERE id = $1", h.ids["return of returned to credit"])
	}, []string{"documents.terms"}, "return {return of returned to credit}"},
	{"more units are to come back than the order counts", func(h *hurt) {
		h.edit("returns", h.ids["return of to come back"], func(m dict) { list(m, "lines", 0)["quantity"] = 2 })
	}, []string{"returns.journal", "returns.units"}, "order {to come back}"},
	{"an order counts a unit that no return names", func(h *hurt) {
		h.edit("orders", h.order("shipped"), func(m dict) {
			list(m, "lines", 0)["units"].(dict)["return_requested"], m["return_status"] = 1, "requested"
		})
	}, []string{"orders.journal", "returns.units"}, "order {shipped}"},
	{"more units come back and are claimed than have shipped", func(h *hurt) {
		h.edit("orders", h.order("shipped"), func(m dict) {
			list(m, "lines", 0)["units"].(dict)["written_off"] = 2
			list(m, "lines", 0)["units"].(dict)["return_requested"], m["return_status"] = 1, "requested"
		})
	}, []string{"orders.journal", "orders.rules", "returns.units"}, "order {shipped}"},
	{"the return axis is wrong", func(h *hurt) {
		h.edit("orders", h.order("returned"), func(m dict) { m["return_status"] = "returned" })
	}, []string{"orders.journal", "orders.rules"}, "order {returned}"},
	{"a unit that came back has no disposition", func(h *hurt) {
		h.edit("returns", h.ids["return of returned"], func(m dict) { m["pieces"] = m["pieces"].([]any)[1:] })
	}, []string{"returns.journal", "returns.rules"}, "return {return of returned}"},
	{"a unit is refunded that was not accepted", func(h *hurt) {
		h.edit("returns", h.ids["return of returned to credit"], func(m dict) { list(list(m, "refunds", 0), "lines", 0)["quantity"] = 2 })
	}, []string{"returns.journal", "returns.rules"}, "return {return of returned to credit}"},
	{"a return refunds more than its grant gives", func(h *hurt) {
		h.edit("returns", h.ids["return of returned"], func(m dict) {
			r := list(m, "refunds", 0)
			r["amount"], r["fees"] = dict(r)["items"], 0
		})
	}, []string{"returns.journal", "returns.money"}, "return {return of returned}"},
	{"a replacement is paid for and charged", func(h *hurt) {
		h.edit("returns", h.ids["return of exchanged"], func(m dict) { m["swap"].(dict)["status"] = "charged" })
	}, []string{"returns.journal", "returns.rules"}, "return {return of exchanged}"},
	{"a grant pays more of a replacement than its exchange says", func(h *hurt) {
		h.edit("returns", h.ids["return of exchanged"], func(m dict) { m["swap"].(dict)["credit"] = 1 })
	}, []string{"returns.journal", "returns.money"}, "return {return of exchanged}"},
	{"a replacement left in advance with no money behind it, and nobody let it go", func(h *hurt) {
		alone := func(m dict) {
			for i := range m["holds"].([]any) {
				if hold := list(m, "holds", i); hold["ended_by"] == "tester" {
					hold["ended_by"] = "system"
				}
			}
		}
		id := h.order("let go")
		h.edit("orders", id, alone)
		for _, kind := range []string{"order.hold_released", "fulfillment.released", "fulfillment.shipped", "order.completed"} {
			for _, seq := range h.seqs(kind, id) {
				h.editBody(seq, func(m dict) {
					if c, ok := m["changes"].(dict); ok && c["holds"] != nil {
						alone(c)
					}
				})
			}
		}
	}, []string{"returns.secured"}, "order {let go}"},
	{"a claim names more units than the order counts", func(h *hurt) {
		h.edit("returns", h.ids["claim to reship"], func(m dict) {
			l := list(m, "lines", 0)
			l["quantity"], l["kept"] = 2, 2
		})
	}, []string{"returns.journal", "returns.units"}, "order {claimed}"},
	{"nobody watches when a return expires", func(h *hurt) {
		h.exec("DELETE FROM jobs WHERE kind = 'return_due' AND args LIKE $1", "%"+h.ids["return of to come back"]+"%")
	}, []string{"returns.jobs"}, "return {return of to come back}"},
	{"a return policy is another one", func(h *hurt) {
		h.edit("return_policies", "ten", func(m dict) { m["fee_percent"] = 0 })
	}, []string{"catalog.journal"}, "return_policy ten"},
}
