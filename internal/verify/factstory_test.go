package verify

import (
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/facts"
	"ordo/internal/project"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func init() {
	damages = append(damages, []damage{
		{"the facts have a later delivery", func(h *hurt) {
			h.exec("UPDATE fact_orders SET delivered_at = delivered_at + 1 WHERE order_id = $1", h.order("delivered"))
		}, []string{"facts.orders"}, "order {delivered} delivered_at"},
		{"the facts lack an order", func(h *hurt) {
			h.exec("DELETE FROM fact_orders WHERE order_id = $1", h.order("open"))
		}, []string{"facts.orders"}, "order {open}"},
		{"the facts have an order that never was", func(h *hurt) {
			h.exec("INSERT INTO fact_cancels SELECT 'ord_x', seq, line, channel, country, currency, sku, reason, units, value, at, hour FROM fact_cancels LIMIT 1")
		}, []string{"facts.cancels"}, "fact_cancels"},
		{"the facts say that more was shipped", func(h *hurt) {
			h.exec("UPDATE fact_lines SET shipped = shipped + 1 WHERE order_id = $1", h.order("paid"))
		}, []string{"facts.lines"}, "order {paid} shipped"},
		{"the facts name another location", func(h *hurt) {
			h.exec("UPDATE fact_fulfillments SET location = 'elsewhere' WHERE order_id = $1", h.order("released"))
		}, []string{"facts.fulfillments"}, "order {released} location"},
		{"the facts have a cheaper label", func(h *hurt) {
			h.exec("UPDATE fact_shipments SET cost = cost - 1 WHERE order_id = $1", h.order("delivered"))
		}, []string{"facts.shipments"}, "order {delivered} cost"},
		{"the facts have a cent more", func(h *hurt) {
			h.exec("UPDATE fact_money SET amount = amount + 1 WHERE kind = 'goods' AND order_id = $1", h.order("paid"))
		}, []string{"facts.money"}, "order {paid} amount"},
		{"the facts lack money that was captured", func(h *hurt) {
			h.exec("DELETE FROM fact_money WHERE kind = 'captured' AND order_id = $1", h.order("paid"))
		}, []string{"facts.money"}, "order {paid}"},
		{"the facts give another reason", func(h *hurt) {
			h.exec("UPDATE fact_cancels SET reason = 'fraud' WHERE order_id = $1", h.order("canceled"))
		}, []string{"facts.cancels"}, "order {canceled} reason"},
		{"the facts have a return closed that is under way", func(h *hurt) {
			h.exec("UPDATE fact_returns SET status = 'closed' WHERE return_id = $1", h.ids["return of to come back"])
		}, []string{"facts.returns"}, "order {to come back} status"},
		{"the facts have a cheaper return", func(h *hurt) {
			h.exec("UPDATE fact_returns SET fees = fees + 1, amount = amount - 1 WHERE return_id = $1", h.ids["return of returned"])
		}, []string{"facts.returns"}, "order {returned} fees"},
		{"the facts have one unit more back", func(h *hurt) {
			h.exec("UPDATE fact_return_lines SET received = received + 1, returned = returned + 1 WHERE return_id = $1", h.ids["return of returned"])
		}, []string{"facts.return_lines"}, "order {returned} received"},
		{"the facts have a damaged unit for sale", func(h *hurt) {
			h.exec("UPDATE fact_return_lines SET restocked = restocked + 1, unsaleable = unsaleable - 1 WHERE return_id = $1", h.ids["return of returned"])
		}, []string{"facts.return_lines"}, "order {returned} restocked"},
		{"the facts lack a line of a return", func(h *hurt) {
			h.exec("DELETE FROM fact_return_lines WHERE return_id = $1", h.ids["return of to come back"])
		}, []string{"facts.return_lines"}, "order {to come back} {return of to come back} 1 is not in the facts"},
		{"the facts have an authorization open that has expired", func(h *hurt) {
			h.exec("UPDATE fact_authorizations SET open = expired, expired = 0 WHERE expired > 0 AND order_id = $1", h.order("expired"))
		}, []string{"facts.authorizations"}, "order {expired} expired"},
		{"the facts say that nothing was paid of a grant", func(h *hurt) {
			h.exec("UPDATE fact_grants SET refunded = 0, paid_at = 0 WHERE return_id = $1", h.ids["return of returned"])
		}, []string{"facts.grants"}, "order {returned} refunded"},
		{"the facts have a case answered at another time", func(h *hurt) {
			h.exec("UPDATE fact_cases SET first_met = 1 - first_met WHERE case_id = $1", h.ids["case"])
		}, []string{"facts.cases"}, "case {case} first_met"},
		{"the facts lack a case", func(h *hurt) {
			h.exec("DELETE FROM fact_cases WHERE case_id = $1", h.ids["mailed"])
		}, []string{"facts.cases"}, "case {mailed}"},
		{"the facts have a count that found all", func(h *hurt) {
			h.exec("UPDATE fact_variances SET counted = expected, variance = 0 WHERE document = $1", h.ids["count"])
		}, []string{"facts.variances"}, "journal "},
		{"the facts have a count that never was", func(h *hurt) {
			h.exec("INSERT INTO fact_variances SELECT seq, line + 100, kind, document, sku, location, reason, expected, counted, variance, at, day FROM fact_variances LIMIT 1")
		}, []string{"facts.variances"}, "journal "},
		{"a day has more stock in the facts", func(h *hurt) {
			h.exec("UPDATE fact_stock_days SET on_hand = on_hand + 1 WHERE sku = 'B' AND location = 'south'")
		}, []string{"facts.stock_days"}, "stock of B at south"},
		{"the facts have a day on which nothing moved", func(h *hurt) {
			h.exec("INSERT INTO fact_stock_days SELECT 'NONE', location, day, day_number, on_hand, allocated, reserved, unsaleable, safety, in_transit, on_order, backordered, received, shipped, other, oversold FROM fact_stock_days LIMIT 1")
		}, []string{"facts.stock_days"}, "fact_stock_days"},
	}...)
}

// caughtUp waits until a reader has come as far as the journal.
func (s *shop) caughtUp(reader string) {
	s.t.Helper()
	head, err := s.app.Head(s.t.Context())
	s.must(err)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		seq, err := project.Position(s.t.Context(), s.db, reader)
		s.must(err)
		if seq >= head.Seq {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("the reader %s is at %d of %d", reader, seq, head.Seq)
		}
	}
}

// quiet waits until those readers that act on what they read have nothing left to do.
func (s *shop) quiet() {
	s.t.Helper()
	for {
		before, err := s.app.Head(s.t.Context())
		s.must(err)
		s.caughtUp(app.NotificationsName)
		s.caughtUp(app.CaseReader)
		if now, err := s.app.Head(s.t.Context()); err != nil || now.Seq == before.Seq {
			s.must(err)
			return
		}
	}
}

// number reads one number.
func (s *shop) number(sql string, args ...any) (n int64) {
	s.t.Helper()
	s.must(s.db.Query(s.t.Context(), func(r store.Row) error { return r.Scan(&n) }, sql, args...))
	return n
}

// TestFactsAreWhatDocumentsSay compares the facts with documents, counters and books, none of which the fold knows.
func TestFactsAreWhatDocumentsSay(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.story()
		s.caughtUp(facts.ReaderName)
		s.caughtUp(project.LedgerName)
		for name, id := range s.ids {
			v, err := s.app.Order(t.Context(), id)
			if err != nil {
				continue // not an order
			}
			if v.Order.Draft != nil {
				continue // facts begin with placement
			}
			for _, l := range v.Order.Lines {
				u := l.Units
				n := s.number(`SELECT COUNT(*) FROM fact_lines WHERE order_id = $1 AND line = $2 AND sku = $3 AND ordered = $4 AND canceled = $5 AND backordered = $6 AND allocated = $7
					AND in_work = $8 AND shipped = $9 AND delivered = $10 AND gross - discount + tax - canceled_value = $11`,
					id, l.ID, l.SKU, l.Quantity, u.Canceled, u.Backordered, u.Allocated, u.Released+u.Picked+u.Packed, u.Shipped, u.Delivered, l.Worth(l.Kept()))
				if n != 1 {
					t.Errorf("line %s of order %s is not in the facts as %+v", l.ID, name, l)
				}
			}
			sums := v.Sums()
			if got, want := s.number("SELECT COALESCE(CAST(SUM(amount) AS bigint), 0) FROM fact_money WHERE order_id = $1 AND kind IN ('captured', 'refunded', 'disputed', 'dispute_closed')", id),
				sums.Captured-sums.Refunded-sums.Disputed; got != want {
				t.Errorf("order %s has %d in the facts, its payments %d", name, got, want)
			}
		}
		for table, off := range map[string]string{
			"positions": `SELECT COUNT(*) FROM stock_positions AS p WHERE NOT EXISTS (SELECT 1 FROM fact_stock_days AS d WHERE d.sku = p.sku AND d.location = p.location
				AND d.on_hand = p.on_hand AND d.allocated = p.allocated AND d.reserved = p.reserved AND d.unsaleable = p.damaged + p.quality AND d.backordered = p.backordered)
				AND p.on_hand + p.allocated + p.reserved > 0`,
			"books": `SELECT COUNT(*) FROM (SELECT account, currency, SUM(n) AS n FROM (
				SELECT account, currency, CASE WHEN kind IN ('goods', 'shipping', 'tax', 'granted') THEN -amount ELSE amount END AS n FROM fact_money
				UNION ALL SELECT account, currency, credit - debit FROM ledger_entries WHERE order_id <> '' AND account <> 'receivable') AS a GROUP BY account, currency) AS b WHERE n <> 0`,
			"oversold": "SELECT COUNT(*) FROM fact_stock_days WHERE oversold <> 0",
		} {
			if n := s.number(off); n != 0 {
				t.Errorf("%d %s differ", n, table)
			}
		}
	})
}
