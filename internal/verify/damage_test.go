package verify

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"ordo/internal/app"
	"ordo/internal/facts"
	"ordo/internal/project"
	"ordo/internal/store/sqlite"
	"ordo/internal/storetest"
)

type damage struct {
	name  string
	hurt  func(*hurt)
	finds []string
	row   string
}

// damages are ways in which data can be wrong, the checks that find each, no more and no less, and the row that one
// of them names. A row may name a story's order as {name}.
var damages = []damage{
	{"a journal row is altered", func(h *hurt) {
		h.exec("UPDATE journal SET request_id = 'other' WHERE seq = 20")
	}, []string{"journal.chain"}, "journal 20"},
	{"a journal row is removed and the chain is made to fit", func(h *hurt) {
		h.exec("DELETE FROM journal WHERE seq = $1", h.seq("order.completed", h.order("paid")))
		h.chain()
	}, []string{"journal.sequence", "journal.versions"}, "journal "},
	{"the first journal row is removed", func(h *hurt) {
		h.exec("DELETE FROM journal WHERE seq = 1")
	}, []string{"journal.sequence", "journal.chain", "journal.versions"}, "journal 2"},
	{"a journal row is dated before the one before it", func(h *hurt) {
		h.exec("UPDATE journal SET at = at - 1000000000 WHERE seq = 3") // it makes no facts
		h.chain()
	}, []string{"journal.sequence"}, "journal 3"},
	{"the head names another row", func(h *hurt) {
		h.exec("UPDATE journal_head SET seq = seq - 1")
	}, []string{"journal.head"}, "journal_head"},
	{"the tail is cut off and nothing else", func(h *hurt) {
		h.exec("DELETE FROM journal WHERE seq = $1", h.last())
	}, []string{"journal.head", "stock.journal", "stock.card", "facts.stock_days", "readers", "facts.variances"}, "journal_head"},
	{"personal data is altered", func(h *hurt) {
		h.exec("UPDATE journal SET personal = '{}' WHERE type = 'stock.adjusted' AND personal IS NOT NULL")
	}, []string{"journal.personal"}, "journal "},
	{"personal data is erased without a record", func(h *hurt) {
		h.exec("UPDATE journal SET personal = NULL, salt = NULL WHERE seq = $1", h.seq("order.placed", h.order("open")))
	}, []string{"journal.personal"}, "journal "},
	{"an event cannot be read", func(h *hurt) {
		h.exec("UPDATE journal SET body = '{' WHERE type = 'order.completed'")
		h.chain()
	}, []string{"journal.events"}, "journal "},
	{"an adjustment cannot be read", func(h *hurt) {
		h.exec("UPDATE journal SET body = '{' WHERE seq = $1", h.last())
		h.chain()
	}, []string{"journal.events", "stock.journal", "stock.card", "facts.stock_days", "facts.variances"}, "journal "},
	{"an event moves stock in no bucket", func(h *hurt) {
		h.editBody(h.last(), func(m dict) { list(m, "stock", 0)["bucket"] = "shelf" })
	}, []string{"journal.events", "stock.journal", "stock.card", "facts.stock_days", "facts.variances"}, "journal "},
	{"an event is about an order that does not exist", func(h *hurt) {
		h.addEvent(h.seq("order.completed", h.order("paid")), "order.completed", "ord_00000000000000000000000000", 1)
	}, []string{"journal.events"}, "journal "},
	{"an event is about a product that does not exist", func(h *hurt) {
		h.addEvent(h.seq("product.saved", "A"), "product.saved", "NONE", 1)
	}, []string{"journal.events"}, "journal "},
	{"an order is ahead of its events", func(h *hurt) {
		h.edit("orders", h.order("open"), func(m dict) { m["version"] = 9 })
		h.exec("UPDATE orders SET version = 9 WHERE id = $1", h.order("open"))
	}, []string{"journal.versions"}, "order {open}"},
	{"an event has the version of an earlier one", func(h *hurt) {
		h.exec("UPDATE journal SET version = 1 WHERE seq = $1", h.seq("fulfillment.shipped", h.order("delivered")))
		h.chain()
	}, []string{"journal.versions"}, "journal "},
	{"a product is ahead of its events", func(h *hurt) {
		h.edit("products", "B", func(m dict) { m["version"] = 5 })
		h.exec("UPDATE products SET version = 5 WHERE id = 'B'")
	}, []string{"journal.versions", "catalog.journal"}, "product B"},
	{"a searched column differs", func(h *hurt) {
		h.exec("UPDATE orders SET email = 'bob@example.com' WHERE id = $1", h.order("external"))
	}, []string{"documents.orders"}, "order {external}"},
	{"an order is found by another postal code", func(h *hurt) {
		h.exec("UPDATE orders SET postal_code = 'X1' WHERE id = $1", h.order("external"))
	}, []string{"documents.orders"}, "order {external}"},
	{"a payment is found by another name of its provider", func(h *hurt) {
		h.exec("UPDATE payments SET provider_ref = 'x' WHERE id = $1", h.part("payments", "open"))
	}, []string{"documents.parts"}, "payment "},
	{"the version column differs", func(h *hurt) {
		h.exec("UPDATE orders SET version = version + 1 WHERE id = $1", h.order("external"))
	}, []string{"documents.orders", "journal.versions"}, "order {external}"},
	{"an order cannot be read", func(h *hurt) {
		h.exec(`UPDATE orders SET doc = '{"lines":"many"}' WHERE id = $1`, h.order("canceled"))
	}, []string{"documents.orders"}, "order {canceled}"},
	{"a payment's column names another order", func(h *hurt) {
		h.exec("UPDATE payments SET order_id = $1 WHERE id = $2", h.order("paid"), h.part("payments", "open"))
	}, []string{"documents.parts", "references"}, "order {open}"},
	{"a payment is found as waiting that does not wait", func(h *hurt) {
		h.exec("UPDATE payments SET waiting = 1 - waiting WHERE id = $1", h.part("payments", "open"))
	}, []string{"documents.parts"}, "payment "},
	{"a fulfillment order's column differs", func(h *hurt) {
		h.exec("UPDATE fulfillments SET status = 'planned' WHERE id = $1", h.part("fulfillments", "released"))
	}, []string{"documents.parts"}, "fulfillment order "},
	{"a payment cannot be read", func(h *hurt) {
		h.exec(`UPDATE payments SET doc = '[]' WHERE id = $1`, h.part("payments", "open"))
	}, []string{"documents.parts"}, "payment "},
	{"a product's document has another id", func(h *hurt) {
		h.edit("products", "B", func(m dict) { m["id"] = "A" })
	}, []string{"documents.reference", "catalog.journal"}, "product B"},
	{"a location has a special day that nobody set", func(h *hurt) {
		h.edit("locations", "south", func(m dict) { m["special_days"] = []any{dict{"date": "2026-12-24", "name": "Closed", "closed": true}} })
	}, []string{"catalog.journal"}, "location south"},
	{"an order is gone", func(h *hurt) {
		h.exec("DELETE FROM orders WHERE id = $1", h.order("open"))
	}, []string{"journal.events", "references", "keys", "stock.promises", "cases.references"}, "payment "},
	{"a payment is gone", func(h *hurt) {
		h.exec("DELETE FROM payments WHERE id = $1", h.part("payments", "open"))
	}, []string{"references"}, "order {open}"},
	{"a fulfillment order is gone", func(h *hurt) {
		h.exec("DELETE FROM fulfillments WHERE id = $1", h.part("fulfillments", "released"))
	}, []string{"references", "fulfillments.units", "stock.promises"}, "order {released}"},
	{"a payment belongs to no order", func(h *hurt) {
		h.exec("INSERT INTO payments (id, version, doc, order_id, waiting, provider_ref) SELECT 'pay_x', version, doc, order_id, waiting, provider_ref FROM payments WHERE id = $1", h.part("payments", "open"))
	}, []string{"references"}, "payment pay_x"},
	{"a fulfillment order belongs to no order", func(h *hurt) {
		h.exec("INSERT INTO fulfillments (id, version, doc, order_id, location, status) SELECT 'ful_x', version, doc, 'ord_x', location, status FROM fulfillments WHERE id = $1", h.part("fulfillments", "open"))
	}, []string{"references"}, "fulfillment order ful_x"},
	{"an order names a part twice", func(h *hurt) {
		h.edit("orders", h.order("open"), func(m dict) { m["payments"] = append(m["payments"].([]any), m["payments"].([]any)[0]) })
	}, []string{"references", "orders.journal", "payments.order"}, "order {open}"},
	{"a counter of a line is raised", func(h *hurt) {
		h.edit("orders", h.order("released"), func(m dict) { list(m, "lines", 0)["units"].(dict)["released"] = 3 })
	}, []string{"orders.rules", "orders.journal", "fulfillments.units"}, "order {released}"},
	{"a hold was open when the order was accepted", func(h *hurt) {
		h.edit("orders", h.order("released"), func(m dict) {
			m["holds"] = []any{dict{"id": "hld_x", "type": "manual_review", "scope": "order", "placed_by": "key", "placed_at": 1, "status": "open"}}
		})
	}, []string{"orders.holds", "orders.journal", "documents.terms"}, "order {released}"},
	{"a total is lowered", func(h *hurt) {
		h.edit("orders", h.order("open"), func(m dict) { m["totals"].(dict)["grand_total"] = 1 })
	}, []string{"orders.rules", "orders.journal"}, "order {open}"},
	{"a price is lowered everywhere, the journal too", func(h *hurt) {
		cheap := func(m dict) {
			list(m, "lines", 0)["unit_price"] = 0
			delete(list(m, "lines", 0), "tax_lines")
			for _, k := range []string{"items", "tax", "grand_total"} {
				m["totals"].(dict)[k] = 0
			}
		}
		h.edit("orders", h.order("external"), cheap)
		h.editBody(h.seq("order.placed", h.order("external")), func(m dict) { cheap(m["order"].(dict)) })
	}, []string{"facts.lines", "facts.orders", "payments.order"}, "order {external}"},
	{"the fulfillment axis is wrong", func(h *hurt) {
		h.edit("orders", h.order("paid"), func(m dict) { m["fulfillment_status"] = "delivered" })
		h.exec("UPDATE orders SET fulfillment_status = 'delivered' WHERE id = $1", h.order("paid"))
	}, []string{"orders.rules", "orders.journal"}, "order {paid}"},
	{"the payment axis is wrong everywhere", func(h *hurt) {
		id := h.order("external")
		h.edit("orders", id, func(m dict) { m["payment_status"] = "paid" })
		h.exec("UPDATE orders SET payment_status = 'paid' WHERE id = $1", id)
		h.editBody(h.seq("order.placed", id), func(m dict) { m["order"].(dict)["payment_status"] = "paid" })
	}, []string{"orders.payment_status"}, "order {external}"},
	{"the reason of a cancellation is changed", func(h *hurt) {
		h.edit("orders", h.order("canceled"), func(m dict) { m["reason"] = "fraud" })
	}, []string{"orders.journal"}, "order {canceled}"},
	{"a parcel is diverted", func(h *hurt) {
		h.edit("orders", h.order("open"), func(m dict) { m["shipping_address"].(dict)["line1"] = "1 Other Street" })
	}, []string{"orders.personal"}, "order {open}"},
	{"two orders have one number", func(h *hurt) {
		number := h.edited(h.text("SELECT doc FROM orders WHERE id = $1", h.order("paid")), func(dict) {})
		h.edit("orders", h.order("open"), func(m dict) { m["number"] = field(number, "number") })
	}, []string{"orders.journal", "keys"}, "order {open}"},
	{"numbers would be given again", func(h *hurt) {
		h.exec("UPDATE number_blocks SET next = 1001")
	}, []string{"orders.numbers"}, "order "},
	{"a tracking number is changed", func(h *hurt) {
		h.edit("fulfillments", h.part("fulfillments", "paid"), func(m dict) { m["tracking_number"] = "T-other" })
	}, []string{"fulfillments.journal"}, "fulfillment order "},
	{"a parcel cannot be found by its tracking number", func(h *hurt) {
		h.exec("DELETE FROM fulfillment_terms WHERE id = $1", h.part("fulfillments", "paid"))
	}, []string{"documents.terms"}, "fulfillment order "},
	{"a parcel is found by another tracking number", func(h *hurt) {
		h.exec("UPDATE fulfillment_terms SET value = 'T-OTHER' WHERE id = $1", h.part("fulfillments", "paid"))
	}, []string{"documents.terms"}, "fulfillment order "},
	{"a fulfillment order holds more than the order", func(h *hurt) {
		h.edit("fulfillments", h.part("fulfillments", "released"), func(m dict) { list(m, "lines", 0)["quantity"] = 3 })
	}, []string{"fulfillments.journal", "fulfillments.units", "stock.promises"}, "fulfillment order "},
	{"more is captured than was authorized", func(h *hurt) {
		h.edit("payments", h.part("payments", "delivered"), func(m dict) { list(m, "entries", 1)["amount"] = 99999 })
	}, []string{"payments.rules", "payments.journal", "payments.overcharged", "orders.payment_status"}, "payment "},
	{"a payment is in another currency", func(h *hurt) {
		h.edit("payments", h.part("payments", "delivered"), func(m dict) { m["currency"] = "USD" })
	}, []string{"payments.order", "payments.journal"}, "payment "},
	{"a capture acts on nothing", func(h *hurt) {
		id := h.part("payments", "delivered")
		h.edit("payments", id, func(m dict) { list(m, "entries", 1)["parent"] = "pye_x" })
		h.editBody(h.seq("payment.captured", h.order("delivered")), func(m dict) { m["payment"].(dict)["entry"].(dict)["parent"] = "pye_x" })
	}, []string{"facts.authorizations", "payments.order"}, "payment "},
	{"an outcome is in the document only", func(h *hurt) {
		h.edit("payments", h.part("payments", "external"), func(m dict) {
			e := list(m, "entries", 0)
			m["entries"] = append(m["entries"].([]any), dict{"id": "pye_x", "kind": "void", "state": "succeeded", "amount": 0, "parent": e["id"], "at": e["at"], "done_at": e["at"]})
		})
	}, []string{"payments.journal"}, "payment "},
	{"an outcome is in the journal only", func(h *hurt) {
		id := h.part("payments", "delivered")
		h.edit("payments", id, func(m dict) { m["entries"] = m["entries"].([]any)[:2] })
	}, []string{"payments.journal"}, "journal "},
	{"an outcome is in the journal twice", func(h *hurt) {
		id := h.order("delivered")
		version := h.number("SELECT version FROM orders WHERE id = $1", id) + 1
		h.edit("orders", id, func(m dict) { m["version"] = version })
		h.exec("UPDATE orders SET version = $1 WHERE id = $2", version, id)
		seq := h.seq("payment.captured", id)
		h.addEvent(seq, "payment.captured", id, version)
	}, []string{"payments.journal"}, "payment "},
	{"an order is overcharged everywhere", func(h *hurt) {
		id := h.order("external")
		raise := func(entry dict) { entry["amount"] = 999999 }
		h.edit("payments", h.part("payments", "external"), func(m dict) {
			e := list(m, "entries", 0)
			raise(e)
			m["entries"] = append(m["entries"].([]any), dict{"id": "pye_x", "kind": "capture", "state": "succeeded", "amount": 999999, "parent": e["id"], "at": e["at"], "done_at": e["at"]})
		})
		h.editBody(h.seq("payment.authorized", id), func(m dict) { raise(m["payment"].(dict)["entry"].(dict)) })
		h.edit("orders", id, func(m dict) { m["payment_status"], m["version"] = "overcharged", 2 })
		h.exec("UPDATE orders SET version = 2, payment_status = 'overcharged' WHERE id = $1", id)
		h.addEvent(h.seq("payment.authorized", id), "payment.captured", id, 2)
		h.editBody(h.last(), func(m dict) {
			m["changes"] = dict{"payment_status": "overcharged"}
			e := m["payment"].(dict)["entry"].(dict)
			e["parent"], e["id"], e["kind"] = e["id"], "pye_x", "capture"
		})
	}, []string{"facts.authorizations", "payments.overcharged"}, "order {external}"},
	{"a payment's job is lost", func(h *hurt) {
		h.exec("DELETE FROM jobs WHERE kind = 'payment'")
	}, []string{"payments.jobs", "answers.running"}, "payment "},
	{"a job cannot be read", func(h *hurt) {
		h.exec("UPDATE jobs SET args = '{' WHERE kind = 'payment'")
	}, []string{"jobs", "payments.jobs", "answers.running"}, "job "},
	{"a job is in a state that nobody takes", func(h *hurt) {
		h.exec("UPDATE jobs SET state = 'paused' WHERE kind = 'payment'")
	}, []string{"jobs"}, "job "},
	{"an invoice number is skipped", func(h *hurt) {
		id := h.part("invoices", "billed")
		h.edit("invoices", id, func(m dict) { m["sequence"] = 9 })
		h.exec("UPDATE invoices SET number = 9 WHERE id = $1", id)
	}, []string{"invoices.numbers", "invoices.rules"}, "invoice inv_"},
	{"the last invoice is gone", func(h *hurt) {
		h.exec("DELETE FROM invoices WHERE id = $1", h.part("invoices", "billed"))
	}, []string{"invoices.numbers"}, "sequence invoice/web"},
	{"an invoice's column differs", func(h *hurt) {
		h.exec("UPDATE invoices SET version = 2 WHERE id = $1", h.part("invoices", "billed"))
	}, []string{"invoices.documents"}, "invoice inv_"},
	{"an invoice's total is lowered", func(h *hurt) {
		h.edit("invoices", h.part("invoices", "billed"), func(m dict) { m["totals"].(dict)["grand_total"] = 1 })
	}, []string{"invoices.rules"}, "invoice inv_"},
	{"fewer units count as invoiced than invoices name", func(h *hurt) {
		h.edit("orders", h.order("billed"), func(m dict) { list(m, "lines", 0)["invoiced"] = 1 })
	}, []string{"invoices.units", "orders.journal"}, "order {billed}"},
	{"a line of the books is altered", func(h *hurt) {
		h.exec("UPDATE ledger_entries SET debit = debit + 1 WHERE debit > 0 AND account = 'receivable'")
	}, []string{"accounting.journal"}, "journal "},
	{"an event is missing in the books", func(h *hurt) {
		h.exec("DELETE FROM ledger_entries WHERE seq = (SELECT MIN(seq) FROM ledger_entries)")
	}, []string{"accounting.journal"}, "journal "},
	{"the books have what never happened", func(h *hurt) {
		h.exec("INSERT INTO ledger_entries (seq, line, day, account, currency, debit, credit, order_id, ref) VALUES (99999999, 1, '2026-01-01', 'revenue', 'EUR', 0, 1, '', '')")
	}, []string{"accounting.journal"}, "the books"},
	{"a unit appears on a shelf", func(h *hurt) {
		h.exec("UPDATE stock_positions SET on_hand = on_hand + 1 WHERE sku = 'B' AND location = 'south'")
	}, []string{"stock.journal"}, "stock of B at south"},
	{"a counter is below zero", func(h *hurt) {
		h.exec("UPDATE stock_positions SET reserved = -1 WHERE sku = 'B' AND location = 'south'")
	}, []string{"stock.counters", "stock.journal", "stock.promises"}, "stock of B at south"},
	{"more is allocated than is there", func(h *hurt) {
		h.exec("UPDATE stock_positions SET allocated = on_hand + 1 WHERE sku = 'C' AND location = 'south'")
	}, []string{"stock.counters", "stock.journal", "stock.promises"}, "stock of C at south"},
	{"a position is gone", func(h *hurt) {
		h.exec("DELETE FROM stock_positions WHERE sku = 'C' AND location = 'south'")
	}, []string{"stock.journal", "stock.promises"}, "stock of C at south"},
	{"a position comes from nowhere", func(h *hurt) {
		h.exec(`INSERT INTO stock_positions (sku, location, on_hand, allocated, reserved, damaged, quality, safety, in_transit_in, on_order, backorder_limit, rev)
			SELECT 'D', location, on_hand, 0, 0, damaged, quality, safety, in_transit_in, on_order, backorder_limit, rev FROM stock_positions WHERE sku = 'C' AND location = 'south'`)
	}, []string{"stock.journal"}, "stock of D at south"},
	{"stock is allocated for nobody", func(h *hurt) {
		h.editBody(h.last(), func(m dict) {
			m["stock"] = append(m["stock"].([]any), dict{"sku": "C", "location": "south", "bucket": "allocated", "delta": 1})
		})
		h.exec("UPDATE stock_positions SET allocated = allocated + 1 WHERE sku = 'C' AND location = 'south'")
	}, []string{"stock.promises", "stock.card", "facts.stock_days"}, "stock of C at south"},
	{"stock is reserved for nobody", func(h *hurt) {
		h.editBody(h.last(), func(m dict) {
			m["stock"] = append(m["stock"].([]any), dict{"sku": "C", "location": "south", "bucket": "reserved", "delta": 2})
		})
		h.exec("UPDATE stock_positions SET reserved = 2 WHERE sku = 'C' AND location = 'south'")
	}, []string{"stock.promises", "stock.card", "facts.stock_days"}, "stock of C at south"},
	{"an order number has no key", func(h *hurt) {
		h.exec("DELETE FROM unique_keys WHERE scope = 'order_number' AND owner = $1", h.order("open"))
	}, []string{"keys"}, "order {open}"},
	{"an external id belongs to another order", func(h *hurt) {
		h.exec("UPDATE unique_keys SET owner = $1 WHERE scope = 'external_id' AND owner = $2", h.order("open"), h.order("external"))
	}, []string{"keys"}, "order {external}"},
	{"a key belongs to nobody", func(h *hurt) {
		h.exec("INSERT INTO unique_keys (scope, value, owner) VALUES ('order_number', '999', 'ord_x')")
	}, []string{"keys"}, "key order_number 999"},
	{"an API key's hash has no key", func(h *hurt) {
		h.exec("DELETE FROM unique_keys WHERE scope = 'api_key' AND owner = $1", h.order("key"))
	}, []string{"keys"}, "key {key}"},
	{"a user's mail address has no key", func(h *hurt) {
		h.exec("DELETE FROM unique_keys WHERE scope = 'user_email' AND owner = $1", h.order("user"))
	}, []string{"keys"}, "user {user}"},
	{"a role is gone", func(h *hurt) {
		h.exec("DELETE FROM roles WHERE id = 'analyst'")
	}, []string{"journal.events"}, "journal "},
	{"a stored answer cannot be unpacked", func(h *hurt) {
		h.exec("UPDATE idempotency SET body = $1 WHERE state = 'done'", []byte("garbage"))
	}, []string{"answers.stored"}, "answer "},
	{"an answer is in no state", func(h *hurt) {
		h.exec("UPDATE idempotency SET state = 'lost' WHERE state = 'done'")
	}, []string{"answers.stored"}, "answer "},
	{"an answer is awaited for days", func(h *hurt) {
		h.exec("UPDATE idempotency SET created_at = created_at - 100000000000 WHERE state = 'running'")
	}, []string{"answers.running"}, "answer "},
	{"a product is newer than the catalog", func(h *hurt) {
		h.exec("UPDATE products SET rev = 1000 WHERE id = 'B'")
	}, []string{"catalog.revision"}, "product B"},
	{"a product's price is changed", func(h *hurt) {
		h.edit("products", "B", func(m dict) { m["price"].(dict)["amount"] = 1 })
	}, []string{"catalog.journal"}, "product B"},
	{"the sandbox has taken another amount", func(h *hurt) {
		h.charges("UPDATE charges SET amount = amount + 1 WHERE kind = 'capture' AND state = 'succeeded'")
	}, []string{"sandbox.entries", "sandbox.captures"}, "payment "},
	{"the sandbox has refused what Ordo believes authorized", func(h *hurt) {
		h.charges("UPDATE charges SET state = 'failed' WHERE kind = 'void'")
	}, []string{"sandbox.entries"}, "payment "},
	{"the sandbox does not know a payment", func(h *hurt) {
		h.charges("DELETE FROM charges WHERE kind = 'void'")
	}, []string{"sandbox.entries"}, "payment "},
	{"an order was charged a second time under a new key", func(h *hurt) {
		h.charges("INSERT INTO charges SELECT 'pye_x', kind, amount, currency, token, parent, authorization_key, state, reason, fault, provider_ref, created_at, resolves_at, calls, reused, order_id, payment_id, expires_at FROM charges WHERE kind = 'capture' AND state = 'succeeded' ORDER BY key LIMIT 1")
	}, []string{"sandbox.charges", "sandbox.captures"}, "charge pye_x"},
}

func field(text, name string) any {
	_, rest, _ := strings.Cut(text, `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// charges changes the sandbox's own store.
func (h *hurt) charges(sql string) { h.t.Helper(); h.beside("charges", ".sandbox", sql) }

// parcels changes the sandbox carrier's own store.
func (h *hurt) parcels(sql string) { h.t.Helper(); h.beside("parcels", ".carriers", sql) }

// beside changes a table of a sandbox: on SQLite it is in a file beside the database.
func (h *hurt) beside(table, suffix, sql string) {
	h.t.Helper()
	if !h.sqlite {
		h.exec(strings.ReplaceAll(sql, " "+table, " sandbox."+table))
		return
	}
	db, err := sqlite.Open(h.t.Context(), strings.TrimPrefix(h.url, "sqlite:")+suffix, false)
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	(&hurt{t: h.t, db: db, sqlite: true}).exec(sql)
}

func TestDamages(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.story()
		for _, reader := range []string{project.LedgerName, app.StockCardReader, facts.ReaderName} {
			s.caughtUp(reader) // what is altered afterwards in the journal stands as it was in what is made from it
		}
		fresh := s.copies()
		t.Run("all", func(t *testing.T) {
			for _, d := range damages {
				t.Run(d.name, func(t *testing.T) {
					t.Parallel()
					url := fresh(t)
					h := newHurt(t, url, s.ids)
					d.hurt(h)
					h.db.Close()
					rep := verified(t, url, Options{})
					slices.Sort(d.finds)
					if got := rep.brokenChecks(); !slices.Equal(got, d.finds) {
						t.Fatalf("found by %v, not by %v:\n%s", got, d.finds, text(t, rep))
					}
					want := d.row
					for name, id := range s.ids {
						want = strings.ReplaceAll(want, "{"+name+"}", id)
					}
					if rep.OK != (len(d.finds) == 0) || !strings.Contains(text(t, rep), "\n  "+want) {
						t.Errorf("does not name %q:\n%s", want, text(t, rep))
					}
				})
			}
		})
	})
}

// TestEveryCheckFindsSomething: a check that no damage triggers may as well not be there.
func TestEveryCheckFindsSomething(t *testing.T) {
	found := map[string]int{"journal.expected": 1} // TestExpectedHead
	for _, d := range damages {
		for _, c := range d.finds {
			found[c]++
		}
	}
	for _, c := range checks {
		if found[c.name] == 0 {
			t.Errorf("no damage triggers %s", c.name)
		}
		delete(found, c.name)
	}
	for name := range found {
		t.Errorf("there is no check %s", name)
	}
	if len(damages) < 25 {
		t.Error("only " + strconv.Itoa(len(damages)) + " kinds of damage")
	}
}
