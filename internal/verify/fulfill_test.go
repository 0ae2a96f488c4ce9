package verify

import (
	"ordo/internal/app"
	"ordo/internal/fulfillment"
)

// worked leaves fulfillment orders at stations that locations track.
func (s *shop) worked() {
	s.t.Helper()
	s.place("packed", placement("manual", "", line("A", 3)))
	s.step("packed", "release", "accept", "pick", "pack")
	s.place("asked", placement("manual", "", line("A", 2)))
	s.step("asked", "release", "accept")
	s.do("asked", app.Fulfill{Step: "cancel_request", Reason: "customer"})
	s.place("short", placement("manual", "", line("A", 3)))
	s.step("short", "release")
	s.do("short", app.Fulfill{Step: "pick", Lines: []fulfillment.LineQuantity{{Line: "1", Quantity: 2}}, Reason: "mismatch", Then: "cancel"})
	s.place("nobody's", placement("manual", "", line("C", 2)))
	s.step("nobody's", "release")
	s.do("nobody's", app.Fulfill{Step: "reject", Reason: "damaged", Then: "backorder"})
}

// do takes a step of the first fulfillment order of an order.
func (s *shop) do(name string, c app.Fulfill) {
	s.t.Helper()
	c.Fulfillment = s.view(name).Fulfillments[0].ID
	s.ok(s.app.Fulfill(s.t.Context(), c, meta))
}

func init() {
	damages = append(damages, []damage{
		{"a package holds one more", func(h *hurt) {
			h.edit("fulfillments", h.part("fulfillments", "packed"), func(m dict) { list(list(m, "packages", 0), "lines", 0)["quantity"] = 4 })
		}, []string{"fulfillments.rules", "fulfillments.journal"}, "fulfillment order "},
		{"more is picked than there is to do", func(h *hurt) {
			h.edit("fulfillments", h.part("fulfillments", "short"), func(m dict) { list(m, "lines", 0)["picked"] = 3 })
		}, []string{"fulfillments.rules", "fulfillments.journal", "fulfillments.units"}, "fulfillment order "},
		{"a risk is told twice", func(h *hurt) {
			risk := dict{"cause": "past_promise", "at": 1}
			h.edit("fulfillments", h.part("fulfillments", "packed"), func(m dict) { m["risks"] = []any{risk, risk} })
		}, []string{"fulfillments.rules", "fulfillments.journal"}, "fulfillment order "},
		{"an order counts as packed what is only picked", func(h *hurt) {
			h.edit("orders", h.order("short"), func(m dict) {
				u := list(m, "lines", 0)["units"].(dict)
				u["packed"] = u["picked"]
				delete(u, "picked")
			})
		}, []string{"fulfillments.units", "orders.journal"}, "order {short}"},
		{"a request for cancellation is gone", func(h *hurt) {
			h.edit("fulfillments", h.part("fulfillments", "asked"), func(m dict) { delete(m, "cancellation") })
		}, []string{"fulfillments.rules", "fulfillments.journal", "fulfillments.units", "stock.promises"}, "fulfillment order "},
	}...)
}
