package verify

import (
	"ordo/internal/app"
	"ordo/internal/order"
)

// changedOrders are orders that are no longer what they were when they were placed.
func (s *shop) changedOrders() {
	s.t.Helper()
	ctx := s.t.Context()
	s.place("reduced", placement("manual", "", line("A", 5), line("C", 2)))
	s.receipt("reduced", 100)
	s.ok(s.app.CancelLines(ctx, app.CancelOrder{Order: s.ids["reduced"], Reason: "customer", Lines: []order.Units{{Line: "1", Quantity: 2}, {Line: "2", Quantity: 2}}}, meta))
	p := placement("manual", "", line("A", 1))
	p.ShippingMethod = "post"
	s.place("moved", p)
	there := p.ShippingAddress
	there.Line1 = "9 Other Street"
	s.ok(s.app.ChangeOrderDetails(ctx, app.ChangeDetails{Order: s.ids["moved"], Details: order.Details{ShippingAddress: &there, BillingAddress: &p.ShippingAddress, Customer: &order.Customer{Phone: "1"}}}, meta))
	s.step("moved", "release")
	s.orderChanges()
	s.draftOrders()
}

// change previews actions on an order; the id of the change is remembered beside that of the order.
func (s *shop) change(name string, actions ...order.Action) {
	s.t.Helper()
	out := s.app.Propose(s.t.Context(), app.ProposeChange{Order: s.ids[name], Actions: actions}, meta)
	s.must(out.Err)
	s.ids["change of "+name] = out.Value.(*app.ChangeView).Change.ID
}

func (s *shop) changeStep(name, step string) {
	s.t.Helper()
	s.must(s.app.Change(s.t.Context(), app.StepChange{Change: s.ids["change of "+name], Step: step}, meta).Err)
}

func units(n int64) *int64 { return &n }

// orderChanges makes changes that end in every way, and leaves one open.
func (s *shop) orderChanges() {
	s.t.Helper()
	add := order.Action{Type: order.ItemAdd, SKU: "A", Quantity: units(2)}
	s.place("edited", placement("manual", "", line("A", 3), line("B", 1)))
	s.change("edited", add)
	s.change("edited", add, order.Action{Type: order.ItemQuantity, Line: "1", Quantity: units(1)}, order.Action{Type: order.PriceOverride, Line: "2", UnitPrice: ref(eur(900)), Reason: "promised"})
	s.changeStep("edited", app.StepPreview)
	s.changeStep("edited", app.StepConfirm)
	s.receipt("edited", 700)
	s.ids["edit made"] = s.ids["change of edited"]
	s.change("edited", order.Action{Type: order.ItemRemove, Line: "3"})
	s.changeStep("edited", app.StepCancel)
	s.place("being edited", placement("manual", "", line("A", 2)))
	s.change("being edited", add)
	s.place("stuck", placement("manual", "", line("A", 2)))
	s.step("stuck", "release")
	s.change("stuck", order.Action{Type: order.ItemQuantity, Line: "1", Quantity: units(1)})
	s.place("edited in vain", placement("manual", "", line("A", 2)))
	s.change("edited in vain", add)
	s.ok(s.app.Cancel(s.t.Context(), s.ids["edited in vain"], "customer", meta))
}

// draftOrders writes drafts: one stays, one is placed, one is given up.
func (s *shop) draftOrders() {
	s.t.Helper()
	ctx := s.t.Context()
	p := placement("manual", "", line("A", 2), line("B", 1))
	p.ExternalID = "ext-draft"
	for _, name := range []string{"drafted", "placed later", "dropped"} {
		s.ids[name] = s.ok(s.app.SaveDraft(ctx, app.WriteDraft{Placement: p}, meta)).Order.ID
	}
	p.Lines = p.Lines[:1]
	s.ok(s.app.SaveDraft(ctx, app.WriteDraft{Placement: p, Draft: s.ids["placed later"]}, meta))
	s.ok(s.app.PlaceDraft(ctx, s.ids["placed later"], placement("manual", ""), meta))
	s.ok(s.app.Cancel(ctx, s.ids["dropped"], "customer", meta))
}

func ref[T any](v T) *T { return &v }

func init() { damages = append(damages, changeDamages...) }

// changeDamages are ways in which order changes can be wrong.
var changeDamages = []damage{
	{"a draft has a number", func(h *hurt) {
		h.edit("orders", h.order("drafted"), func(m dict) { m["number"] = "1" })
	}, []string{"orders.drafts", "orders.journal", "keys"}, "order {drafted}"},
	{"a draft holds stock everywhere", func(h *hurt) {
		hold := func(m dict) { list(m, "lines", 0)["units"] = dict{"allocated": 1} }
		h.edit("orders", h.order("drafted"), hold)
		h.editBody(h.seq("order.drafted", h.order("drafted")), func(m dict) { hold(m["order"].(dict)) })
	}, []string{"orders.drafts", "fulfillments.units"}, "order {drafted}"},
	{"an order change's column differs", func(h *hurt) {
		h.exec("UPDATE order_changes SET status = 'open' WHERE id = $1", h.ids["change of being edited"])
	}, []string{"changes.documents"}, "order change chg_"},
	{"an order change cannot be read", func(h *hurt) {
		h.exec("UPDATE order_changes SET doc = '[]' WHERE id = $1", h.ids["edit made"])
	}, []string{"changes.documents"}, "order change chg_"},
	{"an open order change is gone", func(h *hurt) {
		h.exec("DELETE FROM order_changes WHERE id = $1", h.ids["change of being edited"])
	}, []string{"changes.order"}, "order {being edited}"},
	{"an order change is of no order", func(h *hurt) {
		h.edit("order_changes", h.ids["edit made"], func(m dict) { m["order"] = "ord_x" })
		h.exec("UPDATE order_changes SET order_id = 'ord_x' WHERE id = $1", h.ids["edit made"])
	}, []string{"changes.order"}, "order change chg_"},
	{"an order has two open changes", func(h *hurt) {
		id := h.ids["edit made"]
		h.edit("order_changes", id, func(m dict) { m["status"] = "previewed"; delete(m, "closed_at") })
		h.exec("UPDATE order_changes SET status = 'previewed' WHERE id = $1", id)
	}, []string{"changes.order", "changes.journal"}, "order change chg_"},
	{"an order names a closed change", func(h *hurt) {
		h.edit("orders", h.order("edited"), func(m dict) { m["change"] = h.ids["edit made"] })
	}, []string{"changes.order", "orders.journal"}, "order {edited}"},
	{"an order change was closed and is not", func(h *hurt) {
		h.edit("order_changes", h.ids["edit made"], func(m dict) { delete(m, "closed_at") })
	}, []string{"changes.rules", "changes.journal"}, "order change chg_"},
	{"what was confirmed is not what was previewed", func(h *hurt) {
		h.edit("order_changes", h.ids["edit made"], func(m dict) { m["preview"].(dict)["after"].(dict)["grand_total"] = 1 })
		h.editBody(h.seq("order.changed", h.order("edited")), func(m dict) { m["change"].(dict)["preview"].(dict)["after"].(dict)["grand_total"] = 1 })
	}, []string{"changes.journal"}, "order change chg_"},
	{"a change was confirmed past what spoke against it", func(h *hurt) {
		against := func(m dict) {
			m["preview"].(dict)["violations"] = []any{dict{"pointer": "/actions/0", "code": "below_released", "detail": "x"}}
		}
		h.edit("order_changes", h.ids["edit made"], against)
		h.editBody(h.seq("order.changed", h.order("edited")), func(m dict) { against(m["change"].(dict)) })
	}, []string{"changes.rules"}, "order change chg_"},
}
