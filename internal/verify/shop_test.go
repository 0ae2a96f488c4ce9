package verify

import (
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/catalog"
	"ordo/internal/database"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/people"
	"ordo/internal/pgtest"
	parcels "ordo/internal/provider/carrier/sandbox"
	mailbox "ordo/internal/provider/mail/sandbox"
	provider "ordo/internal/provider/payment"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/work"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// shop is a running application on a database of its own.
type shop struct {
	t       testing.TB
	url     string
	db      store.DB
	app     *app.App
	sandbox *sandbox.Provider
	parcels *parcels.Provider
	ids     map[string]string // of orders, by what they are for in the story
}

type render struct{}

func (render) Placed(v *app.OrderView) work.Answer {
	return work.Answer{Status: 201, Body: jsonx.Marshal(v.Order)}
}

func (render) Exchanged(v *app.ReturnView) work.Answer {
	return work.Answer{Status: 201, Body: jsonx.Marshal(v.Return)}
}

func (render) Refused(err error, _ string) work.Answer {
	return work.Answer{Status: 402, Body: []byte(errs.As(err).Detail)}
}

var meta = work.Meta{Actor: "tester", RequestID: "req"}

func openShop(t testing.TB, url string) *shop {
	t.Helper()
	db, err := database.Open(t.Context(), url, 16)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sandbox.Open(t.Context(), url, sandbox.Options{Slow: 10 * time.Millisecond, ResolveAfter: time.Hour, ExpireSoon: 400 * time.Millisecond, Secret: hookSecret})
	if err != nil {
		t.Fatal(err)
	}
	a := app.New(db, app.Settings{PaymentWait: time.Minute, AnswerMaxAge: time.Hour}, map[string]provider.Provider{"sandbox": p}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	carrier, err := parcels.Open(t.Context(), url, parcels.Options{Slow: 10 * time.Millisecond, ResolveAfter: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	a.Carriers[shipping.Sandbox] = carrier
	a.Render = render{}
	a.Mailer = &mailbox.Sender{}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, url: url, db: db, app: a, sandbox: p, parcels: carrier, ids: map[string]string{}}
	t.Cleanup(s.close)
	return s
}

func (s *shop) close() {
	if s.app == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s.app.Close(ctx)
	s.sandbox.Close()
	s.parcels.Close()
	s.db.Close()
	s.app = nil
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) view(name string) *app.OrderView {
	s.t.Helper()
	v, err := s.app.Order(s.t.Context(), s.ids[name])
	s.must(err)
	return v
}

func (s *shop) ok(out work.Outcome) *app.OrderView {
	s.t.Helper()
	if out.Err != nil {
		s.t.Fatal(out.Err)
	}
	v, _ := out.Value.(*app.OrderView)
	return v
}

func eur(n int64) money.Money { return money.Money{Amount: n, Currency: "EUR"} }

// stock fills shelves: skus at two places each.
func (s *shop) stock(units int64, skus ...string) {
	s.t.Helper()
	ctx := s.t.Context()
	for i, code := range []string{"north", "south"} {
		l := &catalog.Location{Name: code, Type: "warehouse", Priority: int64(i), Active: true}
		l.ID = code
		s.must(second(s.app.SaveLocation(ctx, l, meta)))
	}
	for i, sku := range skus {
		p := &catalog.Product{Name: "Product " + sku, Price: eur(int64(1000 + 50*i)), TaxClass: "standard", Active: true}
		p.ID = sku
		s.must(second(s.app.SaveProduct(ctx, p, meta)))
		s.ok(s.app.Adjust(ctx, app.AdjustStock{Reason: "received", Lines: []app.AdjustLine{
			{SKU: sku, Location: "north", Delta: units}, {SKU: sku, Location: "south", Delta: units},
		}}, meta))
	}
}

func second[T any](_ T, err error) error { return err }

func placement(provider, token string, lines ...order.PlacementLine) order.Placement {
	return order.Placement{
		Channel: "web", Customer: order.Customer{Email: "Ada@Example.com", Name: "Ada Lovelace"},
		ShippingAddress: address.Address{Name: "Ada Lovelace", Line1: "12 St James's Square", City: "London", PostalCode: "SW1Y 4JH", Country: "GB"},
		Lines:           lines, PaymentProvider: provider, PaymentToken: token,
	}
}

func line(sku string, n int64) order.PlacementLine { return order.PlacementLine{SKU: sku, Quantity: n} }

func key(value string) work.Meta {
	m := meta
	m.Key = &work.Key{Scope: "tester", Value: value, Fingerprint: sha256.Sum256([]byte(value))}
	m.Render = func(v any) work.Answer { return render{}.Placed(v.(*app.OrderView)) }
	return m
}

// place puts an order and remembers its id under a name.
func (s *shop) place(name string, p order.Placement) {
	s.t.Helper()
	s.ids[name] = s.ok(s.app.Place(s.t.Context(), p, meta)).Order.ID
}

// step moves all fulfillment orders of an order on.
func (s *shop) step(name string, steps ...string) {
	s.t.Helper()
	for _, step := range steps {
		for _, f := range s.view(name).Fulfillments {
			s.ok(s.app.Fulfill(s.t.Context(), app.Fulfill{Fulfillment: f.ID, Step: step, Carrier: "sandbox", Tracking: "T-" + name}, meta))
		}
	}
}

// shipAll lets all of an order leave.
func (s *shop) shipAll(id string) {
	for _, step := range []string{"release", "ship"} {
		v, err := s.app.Order(context.Background(), id)
		if err != nil {
			s.t.Error(err)
			return
		}
		for _, f := range v.Fulfillments {
			if out := s.app.Fulfill(context.Background(), app.Fulfill{Fulfillment: f.ID, Step: step, Tracking: "T"}, meta); out.Err != nil {
				s.t.Error(out.Err)
			}
		}
	}
}

// settle waits until at most n payment jobs are left.
func (s *shop) settle(n int64) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		left := int64(-1)
		s.must(s.db.Query(s.t.Context(), func(r store.Row) error { return r.Scan(&left) }, "SELECT COUNT(*) FROM jobs WHERE kind = 'payment'"))
		if left <= n {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%d payments are not settled", left)
		}
	}
}

// story lives through everything that this version can do. One payment is still open at the end, with a request
// that waits for it.
func (s *shop) story() {
	s.t.Helper()
	ctx := s.t.Context()
	s.stock(100, "A", "B", "C")
	free := &catalog.Product{Name: "Sample", Price: eur(0), TaxClass: "standard", Active: true}
	free.ID = "FREE"
	s.must(second(s.app.SaveProduct(ctx, free, meta)))
	s.ok(s.app.Adjust(ctx, app.AdjustStock{Reason: "found", Note: "behind Bob's desk", Lines: []app.AdjustLine{{SKU: "FREE", Location: "north", Delta: 9}}}, meta))
	web, err := s.app.Channel(ctx, "web")
	s.must(err)
	web.TaxRates = []catalog.TaxRate{{Name: "VAT", Country: "GB", Rate: "0.2"}}
	web.ShippingMethods = []catalog.ShippingMethod{{Code: "post", Name: "Post", Price: eur(495)}}
	web.ShippingTaxClass = "standard"
	s.must(second(s.app.SaveChannel(ctx, web, meta)))
	k := s.app.CreateKey(ctx, app.CreateKey{Name: "shop", Scopes: []string{"orders:read"}}, meta)
	s.must(k.Err)
	s.ids["key"] = k.Value.(app.NewKey).Key.ID
	person := s.app.CreateUser(ctx, people.User{Email: "packer@example.com", Name: "Packer", Roles: []string{"warehouse"}}, "four warm copper kettles", meta)
	s.must(person.Err)
	s.ids["user"] = person.Value.(app.NewUser).User.ID
	gone := s.app.CreateKey(ctx, app.CreateKey{Name: "old", Scopes: []string{"*"}}, meta)
	s.must(gone.Err)
	s.must(s.app.RevokeKey(ctx, gone.Value.(app.NewKey).Key.ID, meta).Err)

	s.manualOrders()
	s.webhookStory()
	s.worked()
	s.sandboxOrders()
	s.moneyStory()
	s.changedOrders()
	s.pending()
	s.stockStory()
	s.labelStory()
	s.sourceStory()
	s.returnStory()
	s.parcelStory()
	s.serviceStory()
	s.mailStory()
	s.importStory()
	s.eraseStory()
	s.quiet() // so that what follows is the last event
	s.ok(s.app.Adjust(ctx, app.AdjustStock{Reason: "lost", Lines: []app.AdjustLine{{SKU: "C", Location: "south", Delta: -4}}}, meta))
}

func (s *shop) manualOrders() {
	s.t.Helper()
	ctx := s.t.Context()
	p := placement("manual", "", line("A", 3), line("B", 120), line("A", 1))
	p.Discounts = []order.PlacementDiscount{{Code: "TEN", Amount: eur(1000)}}
	p.ShippingMethod = "post"
	s.place("open", p)
	p = placement("manual", "", line("A", 2))
	p.ExternalID = "ext-1"
	s.place("external", p)
	s.place("external", p) // a second submission
	s.place("released", placement("manual", "", line("C", 2)))
	s.step("released", "release")
	s.place("given up", placement("manual", "", line("C", 2)))
	s.step("given up", "release")
	s.ok(s.app.Cancel(ctx, s.ids["given up"], "out_of_stock", meta))
	s.place("delivered", placement("manual", "", line("A", 2), line("C", 1)))
	s.step("delivered", "release", "ship", "deliver")
	s.receipt("delivered", 500)
	s.receipt("delivered", 700)
	s.place("canceled", placement("manual", "", line("B", 2)))
	s.ok(s.app.Cancel(ctx, s.ids["canceled"], "customer", meta))
	s.invoices()
	s.place("owed", placement("manual", "", line("B", 2)))
	s.receipt("owed", 600)
	s.ok(s.app.Cancel(ctx, s.ids["owed"], "customer", meta)) // a manual refund waits for a person
}

// invoices issues one for what has shipped and one for what is ordered.
func (s *shop) invoices() {
	s.t.Helper()
	ctx := s.t.Context()
	s.place("shipped", placement("manual", "", line("A", 2), line("C", 1)))
	s.step("shipped", "release", "ship")
	s.place("billed", placement("manual", "", line("A", 3)))
	s.must(s.app.IssueInvoice(ctx, app.IssueInvoice{Order: s.ids["shipped"]}, meta).Err)
	s.must(s.app.IssueInvoice(ctx, app.IssueInvoice{Order: s.ids["billed"], Units: order.InvoiceOrdered}, meta).Err)
	made := s.app.CreateLink(ctx, app.CreateLink{Order: s.ids["billed"]}, meta)
	s.must(made.Err)
	token, err := s.app.LinkToken(ctx, made.Value.(app.Link))
	s.must(err)
	for _, card := range []string{"tok_declined", "tok_ok", "tok_ok"} {
		s.must(second(s.app.PayByLink(ctx, token, card, made.Value.(app.Link).Amount, meta)))
	}
}

func (s *shop) sandboxOrders() {
	s.t.Helper()
	ctx := s.t.Context()
	s.place("free", placement("sandbox", "tok_ok", line("FREE", 1)))

	s.place("paid", placement("sandbox", "tok_ok", line("A", 2), line("B", 1)))
	s.place("voided", placement("sandbox", "tok_ok", line("A", 1)))
	s.place("slow", placement("sandbox", "tok_ok_slow", line("C", 1)))
	s.place("refused", placement("sandbox", "tok_capture_declined", line("C", 1)))
	s.settle(0)
	s.step("paid", "release", "ship")
	s.step("refused", "release", "ship")
	s.ok(s.app.Cancel(ctx, s.ids["voided"], "customer", meta))
	declined := placement("sandbox", "tok_declined", line("A", 1))
	declined.ExternalID = "ext-2"
	out := s.app.Place(ctx, declined, key("declined"))
	if out.Err != nil || out.Answer.Status != 402 {
		s.t.Fatalf("declined: %+v", out)
	}
	declined.PaymentToken = "tok_ok"
	s.ok(s.app.Place(ctx, declined, key("again")))
	s.must(second(s.app.TryPlace(ctx, placement("manual", "", line("A", 1)), meta)))
	s.settle(0)
}

// pending places an order whose payment stays open. The request gives up when its caller does.
func (s *shop) pending() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	done := make(chan work.Outcome)
	go func() { done <- s.app.Place(ctx, placement("sandbox", "tok_timeout", line("A", 5)), key("pending")) }()
	for s.ids["pending"] == "" {
		list, err := s.app.ListOrders(ctx, app.OrderFilter{Status: "pending", Limit: 1})
		s.must(err)
		for _, o := range list {
			s.ids["pending"] = o.ID
		}
	}
	cancel()
	<-done
}

func (s *shop) receipt(name string, amount int64) {
	s.t.Helper()
	v := s.view(name)
	s.ok(s.app.ReceiveMoney(s.t.Context(), app.RecordReceipt{Order: v.Order.ID, Payment: v.Payments[0].ID, Amount: amount, Currency: "EUR", Reference: "statement 7"}, meta))
}

// copies gives every test a database of its own with what a shop has lived through. The shop is closed.
func (s *shop) copies() func(t *testing.T) string {
	s.close()
	if path, ok := strings.CutPrefix(s.url, "sqlite:"); ok {
		return func(t *testing.T) string {
			to := filepath.Join(t.TempDir(), "ordo.db")
			for _, suffix := range []string{"", ".sandbox", ".carriers"} {
				b, err := os.ReadFile(path + suffix)
				if err == nil {
					err = os.WriteFile(to+suffix, b, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			return "sqlite:" + to
		}
	}
	return func(t *testing.T) string { return pgtest.Copy(t, s.url) }
}

// tryVerify checks a database as the command does: opened for reading only.
func tryVerify(t testing.TB, url string, o Options) (*Report, error) {
	t.Helper()
	db, err := database.OpenReadOnly(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	done, err := o.OpenSandboxes(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	return Run(t.Context(), db, o)
}

func verified(t testing.TB, url string, o Options) *Report {
	t.Helper()
	rep, err := tryVerify(t, url, o)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func (rep *Report) brokenChecks() []string {
	var out []string
	for _, c := range rep.Checks {
		if c.Broken > 0 {
			out = append(out, c.Check)
		}
	}
	slices.Sort(out)
	return out
}

func text(t testing.TB, rep *Report) string {
	t.Helper()
	var b strings.Builder
	if err := rep.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
