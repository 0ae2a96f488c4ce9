package verify

import "ordo/internal/store"

// moneyDamages are ways in which money can be wrong that only grants, ends of authorizations and store credit know.
func init() {
	damages = append(damages, moneyDamages...)
}

var moneyDamages = []damage{
	{"an authorization was used after its end", func(h *hurt) {
		id := h.part("payments", "granted")
		late := func(entry dict) { entry["expires_at"] = 1 }
		h.edit("payments", id, func(m dict) { late(list(m, "entries", 0)) })
		h.editBody(h.seq("payment.authorized", h.order("granted")), func(m dict) { late(m["payment"].(dict)["entry"].(dict)) })
	}, []string{"facts.authorizations", "payments.expiry"}, "payment "},
	{"an authorization ended before its time", func(h *hurt) {
		id := h.order("expired")
		early := func(entry dict) { entry["at"] = 1 }
		h.edit("payments", h.part("payments", "expired"), func(m dict) { early(list(m, "entries", 1)) })
		h.editBody(h.seq("payment.auth_expired", id), func(m dict) { early(m["payment"].(dict)["entry"].(dict)) })
	}, []string{"payments.expiry"}, "payment "},
	{"nobody looks at the end of an authorization", func(h *hurt) {
		h.exec("DELETE FROM jobs WHERE kind = 'authorization'")
	}, []string{"payments.expiry"}, "payment "},
	{"the end of an authorization is forgotten", func(h *hurt) {
		h.edit("payments", h.part("payments", "expired"), func(m dict) {
			m["entries"] = append(m["entries"].([]any)[:1], m["entries"].([]any)[2:]...)
		})
	}, []string{"payments.expiry", "payments.journal", "orders.payment_status"}, "payment "},
	{"more units are granted than have shipped", func(h *hurt) {
		many := func(grant dict) { list(grant, "lines", 0)["quantity"] = 4 }
		h.edit("orders", h.order("granted"), func(m dict) { many(list(m, "grants", 0)) })
	}, []string{"orders.grants", "orders.journal"}, "order {granted}"},
	{"more units are granted than have shipped, the journal agrees", func(h *hurt) {
		id := h.order("granted")
		many := func(m dict) { list(list(m, "grants", 0), "lines", 0)["quantity"] = 4 }
		h.edit("orders", id, many)
		for _, seq := range h.seqs("payment.refund_granted", id) {
			h.editBody(seq, func(m dict) { many(m["changes"].(dict)) })
		}
	}, []string{"orders.grants", "facts.grants"}, "order {granted}"},
	{"a refund carries out a grant that nobody made", func(h *hurt) {
		id := h.order("granted")
		other := func(entry dict) { entry["grant"] = "grt_x" }
		h.edit("payments", h.part("payments", "granted"), func(m dict) {
			for i := range m["entries"].([]any) {
				if e := list(m, "entries", i); e["kind"] == "refund" {
					other(e)
					return
				}
			}
		})
		for _, kind := range []string{"payment.refund_requested", "payment.refunded"} {
			h.editBody(h.seq(kind, id), func(m dict) { other(m["payment"].(dict)["entry"].(dict)) })
		}
	}, []string{"orders.grants", "facts.grants"}, "order {granted}"},
	{"the owner of store credit differs", func(h *hurt) {
		h.exec("UPDATE store_credits SET owner = 'bob@example.com' WHERE id = $1", h.ids["credit"])
	}, []string{"store_credits.documents"}, "store credit {credit}"},
	{"store credit cannot be read", func(h *hurt) {
		h.exec("UPDATE store_credits SET doc = '[]' WHERE id = $1", h.ids["credit"])
	}, []string{"store_credits.documents", "store_credits.payments"}, "store credit {credit}"},
	{"store credit is ahead of its events", func(h *hurt) {
		h.edit("store_credits", h.ids["credit"], func(m dict) { m["version"] = 99 })
		h.exec("UPDATE store_credits SET version = 99 WHERE id = $1", h.ids["credit"])
	}, []string{"journal.versions"}, "store credit {credit}"},
	{"store credit is spent of an authorization that is not there", func(h *hurt) {
		other := func(entry dict) { entry["parent"] = "pye_x" }
		h.edit("store_credits", h.ids["credit"], func(m dict) { other(list(m, "entries", 3)) })
		h.editBody(h.seq("store_credit.captured", h.ids["credit"]), func(m dict) { other(m["entry"].(dict)) })
	}, []string{"store_credits.rules"}, "store credit {credit}"},
	{"store credit is raised", func(h *hurt) {
		h.edit("store_credits", h.ids["credit"], func(m dict) { list(m, "entries", 0)["amount"] = 999999 })
	}, []string{"store_credits.journal"}, "store credit {credit}"},
	{"store credit was below zero", func(h *hurt) {
		h.edit("store_credits", h.ids["credit"], func(m dict) { list(m, "entries", 0)["amount"] = 150 })
	}, []string{"store_credits.rules", "store_credits.journal"}, "store credit {credit}"},
	{"an event tells another balance", func(h *hurt) {
		h.editBody(h.seq("store_credit.captured", h.ids["credit"]), func(m dict) { m["balance"] = 7 })
	}, []string{"store_credits.journal"}, "store credit {credit}"},
	{"a payment is of another account of store credit", func(h *hurt) {
		h.edit("payments", h.part("payments", "credited"), func(m dict) { m["account"] = "scr_x" })
	}, []string{"store_credits.payments"}, "store credit {credit}"},
	{"a ledger forgets what an order took", func(h *hurt) {
		h.edit("store_credits", h.ids["credit"], func(m dict) { m["entries"] = m["entries"].([]any)[:len(m["entries"].([]any))-1] })
	}, []string{"store_credits.journal", "store_credits.payments"}, "payment "},
	{"an account of store credit is gone", func(h *hurt) {
		h.exec("DELETE FROM store_credits WHERE id = $1", h.ids["credit"])
	}, []string{"journal.events", "store_credits.payments"}, "payment "},
}

// seqs finds all events of a type about an aggregate.
func (h *hurt) seqs(kind, id string) (out []int64) {
	h.t.Helper()
	if err := h.db.Query(h.t.Context(), func(r store.Row) error {
		var n int64
		err := r.Scan(&n)
		out = append(out, n)
		return err
	}, "SELECT seq FROM journal WHERE type = $1 AND aggregate = $2 ORDER BY seq", kind, id); err != nil || len(out) == 0 {
		h.t.Fatalf("%s has no events %s: %v", id, kind, err)
	}
	return out
}
