package verify

import (
	"ordo/internal/app"
	"ordo/internal/inventory"
	"ordo/internal/work"
)

// did runs a command of stock and returns what it gave.
func did[R any](s *shop, c work.Command[R]) R {
	s.t.Helper()
	out := app.Submit(s.t.Context(), s.app, c, meta)
	if out.Err != nil {
		s.t.Fatal(out.Err)
	}
	return out.Value.(R)
}

// stockStory lives through what happens to stock outside of orders, on SKUs of its own.
func (s *shop) stockStory() {
	s.t.Helper()
	s.stock(50, "P", "Q")
	did(s, &app.ReceiveStock{Location: "north", Reference: "DN-1", Note: "by Bob", Lines: []app.ReceiptLine{{SKU: "P", Quantity: 5, Bucket: inventory.Quality}}})
	did(s, &app.MoveStock{Reason: "inspection", Lines: []app.MoveLine{{SKU: "P", Location: "north", From: inventory.Quality, To: inventory.Damaged, Quantity: 2}}})
	did(s, &app.SetStockPolicy{SKU: "Q", Location: "south", Policy: inventory.Policy{Safety: 3, BackorderLimit: 7, ReorderPoint: 40}})
	s.carts()
	s.transfers()
	s.counts()
}

func (s *shop) carts() {
	s.t.Helper()
	reserve := func(name string) string {
		r := did(s, &app.Reserve{Channel: "web", Lines: []inventory.ReservationLine{{SKU: "P", Quantity: 60}}, App: s.app})
		s.ids[name] = r.ID
		return r.ID
	}
	did(s, &app.MoveReservation{Reservation: reserve("cart given up"), Step: "release"})
	p := placement("manual", "", line("P", 4))
	p.Reservation = reserve("cart ordered")
	s.place("from a cart", p)
	declined := placement("sandbox", "tok_declined", line("P", 4))
	declined.Reservation = reserve("cart declined")
	if out := s.app.Place(s.t.Context(), declined, key("declined cart")); out.Err != nil || out.Answer.Status != 402 {
		s.t.Fatalf("a declined cart: %+v", out)
	}
	did(s, &app.MoveReservation{Reservation: s.ids["cart declined"], Step: "release"}) // it is active again
	did(s, &app.MoveReservation{Reservation: reserve("cart"), Step: "extend", Minutes: 60})
}

func (s *shop) transfers() {
	s.t.Helper()
	send := func(name string, units int64) string {
		t := did(s, &app.CreateTransfer{From: "north", To: "south", Lines: []app.TransferLine{{SKU: "Q", Quantity: units}}})
		did(s, &app.MoveTransfer{Transfer: t.ID, Step: "ready"})
		did(s, &app.MoveTransfer{Transfer: t.ID, Step: "dispatch"})
		s.ids[name] = t.ID
		return t.ID
	}
	receive := func(id string, a inventory.Arrival) {
		did(s, &app.MoveTransfer{Transfer: id, Step: "receive", Arrivals: []inventory.Arrival{a}})
	}
	receive(send("under way", 10), inventory.Arrival{SKU: "Q", Good: 6, Damaged: 1})
	receive(send("arrived", 5), inventory.Arrival{SKU: "Q", Good: 4, Missing: 1, Reason: "lost"})
	did(s, &app.MoveTransfer{Transfer: send("turned back", 2), Step: "cancel", Reason: "returned", Outcome: inventory.Restore})
}

func (s *shop) counts() {
	s.t.Helper()
	n := did(s, &app.CreateCount{Location: "south", SKUs: []string{"Q"}, Reason: "cycle_count"})
	s.ids["count"] = n.ID
	n = did(s, &app.MoveCount{Count: n.ID, Step: "start"})
	s.place("while counting", placement("manual", "", line("Q", 40)))
	s.step("while counting", "release", "ship")
	did(s, &app.MoveCount{Count: n.ID, Step: "record", Tallies: []inventory.Tally{{SKU: "Q", Counted: n.Lines[0].Expected - 3}}})
	did(s, &app.MoveCount{Count: n.ID, Step: "submit"})
	did(s, &app.MoveCount{Count: n.ID, Step: "approve"})
	did(s, &app.MoveCount{Count: n.ID, Step: "post"})
	open := did(s, &app.CreateCount{Location: "north", SKUs: []string{"P"}, Reason: "audit"})
	did(s, &app.MoveCount{Count: open.ID, Step: "start"})
}

func init() {
	damages = append(damages, stockDamages...)
}

// stockDamages are those of documents of stock.
var stockDamages = []damage{
	{"a cart holds more than its position says", func(h *hurt) {
		h.edit("reservations", h.ids["cart"], func(m dict) { list(m, "held", 0)["quantity"] = 1 })
	}, []string{"stock.documents", "stock.promises"}, "reservation {cart}"},
	{"a cart's column says that it ended", func(h *hurt) {
		h.exec("UPDATE reservations SET status = 'expired' WHERE id = $1", h.ids["cart"])
	}, []string{"documents.stock"}, "reservation {cart}"},
	{"a cart is gone", func(h *hurt) {
		h.exec("DELETE FROM reservations WHERE id = $1", h.ids["cart"])
	}, []string{"journal.events", "stock.promises"}, "journal "},
	{"nobody will end a cart", func(h *hurt) {
		h.exec("DELETE FROM jobs WHERE kind = 'expire_reservation'")
	}, []string{"reservations.jobs"}, "reservation {cart}"},
	{"a cart lasts longer than it may", func(h *hurt) {
		h.edit("reservations", h.ids["cart"], func(m dict) { m["latest_at"] = 1 })
	}, []string{"stock.documents", "stock.rules"}, "reservation {cart}"},
	{"a cart that was given up had units for an order", func(h *hurt) {
		h.edit("reservations", h.ids["cart given up"], func(m dict) { m["had"] = []any{dict{"sku": "P", "location": "north", "quantity": 1}} })
	}, []string{"stock.documents", "stock.rules"}, "reservation {cart given up}"},
	{"a reservation is ahead of its events", func(h *hurt) {
		h.edit("reservations", h.ids["cart given up"], func(m dict) { m["version"] = 7 })
		h.exec("UPDATE reservations SET version = 7 WHERE id = $1", h.ids["cart given up"])
	}, []string{"journal.versions", "stock.documents"}, "reservation {cart given up}"},
	{"a transfer cannot be read", func(h *hurt) {
		h.exec(`UPDATE transfers SET doc = '[]' WHERE id = $1`, h.ids["arrived"])
	}, []string{"documents.stock"}, "transfer {arrived}"},
	{"a transfer has less under way than its destination expects", func(h *hurt) {
		h.edit("transfers", h.ids["under way"], func(m dict) { list(m, "lines", 0)["received"] = 7 })
	}, []string{"stock.documents", "stock.promises"}, "transfer {under way}"},
	{"units of a transfer are lost without a reason", func(h *hurt) {
		h.edit("transfers", h.ids["arrived"], func(m dict) { list(m, "lines", 0)["missing"] = 0 })
	}, []string{"stock.documents", "stock.rules"}, "transfer {arrived}"},
	{"a count's variance is another one", func(h *hurt) {
		h.edit("counts", h.ids["count"], func(m dict) { list(m, "lines", 0)["variance"] = -2 })
	}, []string{"stock.documents", "stock.rules"}, "count {count}"},
	{"a count is somewhere else", func(h *hurt) {
		h.exec("UPDATE counts SET location = 'north' WHERE id = $1", h.ids["count"])
	}, []string{"documents.stock"}, "count {count}"},
	{"a position has another reorder point than was set", func(h *hurt) {
		h.exec("UPDATE stock_positions SET reorder_point = 1 WHERE sku = 'Q' AND location = 'south'")
	}, []string{"stock.limits"}, "stock of Q at south"},
	{"units are in transit in no transfer", func(h *hurt) {
		h.exec("UPDATE stock_positions SET in_transit_in = in_transit_in + 1 WHERE sku = 'Q' AND location = 'south'")
	}, []string{"stock.journal", "stock.promises"}, "stock of Q at south"},
}
