package verify

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/store"
	"ordo/internal/storecredit"
)

const hookSecret = "whsec_shop"

// moneyStory grants money back in all ways, pays with store credit, lets authorizations end and hears of the bank.
func (s *shop) moneyStory() {
	s.t.Helper()
	s.grants()
	s.credit()
	s.expiring()
	s.disputes()
}

func (s *shop) grant(name string, w order.GrantWish) {
	s.t.Helper()
	s.ok(s.app.GrantMoney(s.t.Context(), app.GrantRefund{Order: s.ids[name], Wish: w}, meta))
}

func (s *shop) grants() {
	s.t.Helper()
	ctx := s.t.Context()
	s.place("granted", placement("sandbox", "tok_ok", line("A", 3)))
	s.place("refund refused", placement("sandbox", "tok_refund_fails", line("A", 2)))
	s.settle(0)
	for _, name := range []string{"granted", "refund refused"} {
		s.step(name, "release", "ship")
	}
	s.settle(0)
	s.grant("granted", order.GrantWish{Reason: "damaged", Lines: []order.Units{{Line: "1", Quantity: 1}}})
	some := int64(100)
	s.grant("granted", order.GrantWish{Reason: "goodwill", Amount: &some})
	s.grant("refund refused", order.GrantWish{Reason: "damaged", Lines: []order.Units{{Line: "1", Quantity: 1}}})
	s.place("granted early", placement("manual", "", line("A", 2)))
	s.grant("granted early", order.GrantWish{Reason: "late", Amount: &some}) // nothing was paid yet: less is due
	s.receipt("granted early", s.view("granted early").Due())
	s.place("payout", placement("manual", "", line("A", 2)))
	s.receipt("payout", 2400)
	s.step("payout", "release", "ship")
	s.grant("payout", order.GrantWish{Reason: "price", Amount: &some}) // a person will pay it out
	s.settle(0)
	v := s.view("refund refused")
	s.ok(s.app.Refund(ctx, app.GiveBack{Order: v.Order.ID, Payment: v.Payments[0].ID, Amount: v.RefundDue(), Currency: "EUR", Reason: "damaged", Recorded: true, Reference: "cash"}, meta))
}

// credit pays with store credit and a card, and gives back what was granted to both.
func (s *shop) credit() {
	s.t.Helper()
	ctx := s.t.Context()
	open := s.app.NewStoreCredit(ctx, app.OpenStoreCredit{Email: "ada@example.com", Currency: "EUR", Amount: 2000, Reason: "goodwill"}, meta)
	s.must(open.Err)
	s.ids["credit"] = open.Value.(*storecredit.Account).ID
	s.must(s.app.AddStoreCredit(ctx, app.ChangeStoreCredit{Account: s.ids["credit"], Kind: storecredit.Expired, Amount: 150, Currency: "EUR", Reason: "expired"}, meta).Err)
	p := placement("sandbox", "tok_ok", line("A", 2))
	p.Tenders = []order.Tender{{Provider: payment.StoreCredit, Token: s.ids["credit"], Amount: &money.Money{Amount: 1000, Currency: "EUR"}}}
	s.place("credited", p)
	s.settle(0)
	s.step("credited", "release", "ship")
	s.settle(0)
	total := s.view("credited").Order.Totals.GrandTotal
	s.grant("credited", order.GrantWish{Reason: "goodwill", Amount: &total})
	s.settle(0)
	p = placement(payment.StoreCredit, s.ids["credit"], line("A", 1))
	s.place("credit canceled", p)
	s.ok(s.app.Cancel(ctx, s.ids["credit canceled"], "customer", meta))
}

// expiring lets authorizations end: one is replaced, one is not, one of an order that was canceled before.
func (s *shop) expiring() {
	s.t.Helper()
	s.place("reauthorized", placement("sandbox", "tok_auth_expires", line("B", 1)))
	s.place("expired", placement("sandbox", "tok_auth_expires_declined", line("B", 1)))
	s.told("reauthorized", "payment.reauthorized")
	s.told("expired", "order.held")
}

// disputes hears of a chargeback and its end, and of something that nobody asked for.
func (s *shop) disputes() {
	s.t.Helper()
	for i, kind := range []payment.Kind{payment.Chargeback, payment.ChargebackReversal, payment.Chargeback, payment.Refund} {
		s.hears("granted", sandbox.Message{ID: "evt" + strconv.Itoa(i), Key: "dp_1", Kind: kind, State: payment.Succeeded, Amount: 70})
	}
}

// hears has the provider tell something about the first payment of an order.
func (s *shop) hears(name string, m sandbox.Message) {
	s.t.Helper()
	v := s.view(name)
	m.Order, m.Payment, m.Currency, m.Parent = v.Order.ID, v.Payments[0].ID, "EUR", v.Payments[0].Entries[0].ID
	body := jsonx.Marshal(m)
	head := http.Header{sandbox.SignatureHeader: {sandbox.Sign(hookSecret, body, time.Now())}}
	s.must(second(s.app.Notice(s.t.Context(), "sandbox", head, body, meta)))
}

// told waits for an event of an order.
func (s *shop) told(name, event string) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		n := int64(0)
		s.must(s.db.Query(context.Background(), func(r store.Row) error { return r.Scan(&n) }, "SELECT COUNT(*) FROM journal WHERE aggregate = $1 AND type = $2", s.ids[name], event))
		if n > 0 {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: no %s", name, event)
		}
	}
}
