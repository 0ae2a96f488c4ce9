package app

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ordo/internal/fulfillment"
	"ordo/internal/ids"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/returns"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Lookup finds things by whatever somebody has in hand: a number on a parcel, a mail address, the beginning of a name.
// Each way to find something is one question to one index; only those are asked that the text can be meant for.

// Hit is something that was found.
type Hit struct {
	Type    string // order, fulfillment, label, invoice, payment, return, case or product
	ID      string
	Title   string // what people call it
	Detail  string // such as its state
	Order   string // that it belongs to; "" for none
	Channel string // "" where all channels share it
	By      string // what was found in it: number, external_id, email, …
	Rank    int    // the higher the likelier it is meant
}

// LookupQuery is what is looked for.
type LookupQuery struct {
	Text     string
	Channels []string // what the asking key may see; empty for all
	Cases    bool     // cases are looked for, too
	Limit    int
}

// MinLookup is the least number of characters that are looked for.
const MinLookup = 2

// lookup is a search on its way.
type lookup struct {
	a    *App
	q    string // trimmed
	n    int    // of hits per question
	more bool   // cases, too
	hits []Hit
}

// ways are the questions, with what they find things by.
var ways = []struct {
	by   string
	rank int
	fits func(q string) bool
	ask  func(l *lookup, ctx context.Context, by string, rank int) error
}{
	{"id", 100, func(q string) bool { return idForm.MatchString(q) }, (*lookup).byID},
	{"number", 95, func(q string) bool { return len(q) <= 128 }, (*lookup).byNumber},
	{"return_number", 95, func(q string) bool { return returnForm.MatchString(q) }, (*lookup).byReturn},
	{"case_number", 95, func(q string) bool { return caseForm.MatchString(q) }, (*lookup).byCase},
	{"tracking_number", 90, func(q string) bool { return utf8.RuneCountInString(foldCode(q)) <= 100 }, (*lookup).byTracking},
	{"invoice_number", 85, func(q string) bool { return invoiceDigits(q) > 0 }, (*lookup).byInvoice},
	{"provider_ref", 85, func(q string) bool { return len(q) >= 4 && len(q) <= 200 }, (*lookup).byProviderRef},
	{"email", 80, func(q string) bool { return strings.Contains(q, "@") }, ordersBy("email = $1", fold)},
	{"sku", 75, func(q string) bool { return len(q) <= 64 }, (*lookup).bySKU},
	{"phone", 70, func(q string) bool { return len(foldPhone(q)) >= 6 && !hasLetter(q) }, ordersBy("phone = $1", foldPhone)},
	{"name", 50, func(q string) bool { return hasLetter(q) && !strings.Contains(q, "@") }, ordersBy("name >= $1 AND name < $1 || '\U0010FFFF'", foldName)},
	{"postal_code", 40, func(q string) bool { return len(q) <= 20 && strings.ContainsFunc(q, unicode.IsDigit) }, ordersBy("postal_code = $1", foldCode)},
}

var (
	idForm     = regexp.MustCompile(`^[a-z]{3,4}_[0-9a-z]{26}$`)
	returnForm = regexp.MustCompile(`^(.{1,128})-[Rr]([0-9]{1,4})$`) // as customers are told it: the order's number and which of its returns
	caseForm   = regexp.MustCompile(`^\[?([Cc][0-9]{4,15})\]?$`)
)

func hasLetter(q string) bool { return strings.ContainsFunc(q, unicode.IsLetter) }

// Lookup finds what a text can mean, the likeliest first.
func (a *App) Lookup(ctx context.Context, q LookupQuery) ([]Hit, error) {
	l := &lookup{a: a, q: strings.TrimSpace(q.Text), n: q.Limit, more: q.Cases}
	for _, w := range ways {
		if !w.fits(l.q) {
			continue
		}
		if err := w.ask(l, ctx, w.by, w.rank); err != nil {
			return nil, err
		}
	}
	seen := map[string]bool{}
	slices.SortStableFunc(l.hits, func(x, y Hit) int { return cmp.Or(y.Rank-x.Rank, strings.Compare(y.ID, x.ID)) })
	l.hits = slices.DeleteFunc(l.hits, func(h Hit) bool {
		again := seen[h.ID]
		seen[h.ID] = true
		return again || h.Channel != "" && len(q.Channels) > 0 && !slices.Contains(q.Channels, h.Channel)
	})
	return l.hits[:min(len(l.hits), q.Limit)], nil
}

// ask reads ids and adds the orders that they lead to; made returns the hit for an id and its order.
func (l *lookup) ask(ctx context.Context, made func(id string, o *order.Order) Hit, text string, args ...any) error {
	var found, owners []string
	if err := l.a.DB.Query(ctx, func(r store.Row) error {
		var id, owner string
		err := r.Scan(&id, &owner)
		found, owners = append(found, id), append(owners, owner)
		return err
	}, text, args...); err != nil {
		return err
	}
	orders, err := many(ctx, l.a.DB, Orders, owners)
	if err != nil {
		return err
	}
	byID := map[string]*order.Order{}
	for _, o := range orders {
		byID[o.ID] = o
	}
	for i, id := range found {
		if o := byID[owners[i]]; o != nil {
			h := made(id, o)
			h.Order, h.Channel = o.ID, o.Channel
			l.hits = append(l.hits, h)
		}
	}
	return nil
}

// orderHit makes hits of orders.
func orderHit(by string, rank int) func(string, *order.Order) Hit {
	return func(id string, o *order.Order) Hit {
		return Hit{Type: "order", ID: id, Title: cmp.Or(o.Number, o.ExternalID, id), Detail: string(o.Status), By: by, Rank: rank}
	}
}

// partHit makes hits of parts of orders.
func partHit(kind, title, by string, rank int) func(string, *order.Order) Hit {
	return func(id string, o *order.Order) Hit {
		return Hit{Type: kind, ID: id, Title: cmp.Or(title, id), Detail: "order " + cmp.Or(o.Number, o.ID), By: by, Rank: rank}
	}
}

// ordersBy finds the newest orders by a column.
func ordersBy(where string, folded func(string) string) func(*lookup, context.Context, string, int) error {
	return func(l *lookup, ctx context.Context, by string, rank int) error {
		value := folded(l.q)
		if value == "" {
			return nil
		}
		return l.ask(ctx, orderHit(by, rank), "SELECT id, id FROM orders WHERE "+where+" ORDER BY id DESC LIMIT $2", value, l.n)
	}
}

// partTables are the parts of orders that are found by their ids.
var partTables = map[string][2]string{"ful": {"fulfillment", "fulfillments"}, "pay": {"payment", "payments"}, "lbl": {"label", "labels"}, "inv": {"invoice", "invoices"}, "chg": {"order_change", "order_changes"}, "rma": {"return", "returns"}, "ret": {"return", "returns"}}

func (l *lookup) byID(ctx context.Context, by string, rank int) error {
	prefix, _, _ := strings.Cut(l.q, "_")
	if !ids.Valid(prefix, l.q) {
		return nil
	}
	if prefix == "case" {
		return l.cases(ctx, CaseFilter{Query: l.q, Limit: 1}, by, rank)
	}
	if prefix == "ord" {
		return l.ask(ctx, orderHit(by, rank), "SELECT id, id FROM orders WHERE id = $1", l.q)
	}
	part, ok := partTables[prefix]
	if !ok {
		return nil
	}
	return l.ask(ctx, partHit(part[0], "", by, rank), "SELECT id, order_id FROM "+part[1]+" WHERE id = $1", l.q)
}

// byNumber finds orders by their number and by the id of their channel.
func (l *lookup) byNumber(ctx context.Context, _ string, rank int) error {
	found, err := l.a.searchOrders(ctx, l.q)
	if err != nil {
		return err
	}
	orders, err := many(ctx, l.a.DB, Orders, found)
	for _, o := range orders {
		by, likely := "number", rank
		if o.ExternalID == l.q {
			by, likely = "external_id", rank-5
		}
		h := orderHit(by, likely)(o.ID, o)
		h.Order, h.Channel = o.ID, o.Channel
		l.hits = append(l.hits, h)
	}
	return err
}

// byReturn finds a return by the number that its customer knows.
func (l *lookup) byReturn(ctx context.Context, by string, rank int) error {
	m := returnForm.FindStringSubmatch(l.q)
	found, err := l.a.searchOrders(ctx, m[1])
	if err != nil {
		return err
	}
	orders, err := many(ctx, l.a.DB, Orders, found)
	n, _ := strconv.Atoi(m[2]) // digits, few
	for _, o := range orders {
		if !strings.EqualFold(o.Number, m[1]) || n < 1 || n > len(o.Returns) {
			continue
		}
		h := partHit("return", order.ReturnNumber(o, o.Returns[n-1]), by, rank)(o.Returns[n-1], o)
		h.Order, h.Channel = o.ID, o.Channel
		l.hits = append(l.hits, h)
	}
	return err
}

func (l *lookup) byCase(ctx context.Context, by string, rank int) error {
	return l.cases(ctx, CaseFilter{Query: caseForm.FindStringSubmatch(l.q)[1], Limit: 1}, by, rank)
}

// cases adds cases, for those who may see them.
func (l *lookup) cases(ctx context.Context, f CaseFilter, by string, rank int) error {
	if !l.more {
		return nil
	}
	found, err := l.a.ListCases(ctx, f)
	for _, c := range found {
		h := Hit{Type: "case", ID: c.ID, Title: c.Number, Detail: string(c.Status), By: by, Rank: rank}
		if len(c.Orders) > 0 {
			h.Order = c.Orders[0]
		}
		l.hits = append(l.hits, h)
	}
	return err
}

// byTracking finds labels, and what goes by them or by a number that was typed in: packages, and returns on their way
// back.
func (l *lookup) byTracking(ctx context.Context, by string, rank int) error {
	number := foldCode(l.q)
	if err := l.ask(ctx, partHit("label", number, by, rank), "SELECT id, order_id FROM labels WHERE tracking IN ($1, $2) ORDER BY id DESC LIMIT $3", l.q, number, l.n); err != nil {
		return err
	}
	const found = " AS d ON d.id = t.id WHERE t.field = $1 AND t.value = $2 ORDER BY t.id DESC LIMIT $3"
	if err := l.ask(ctx, partHit("fulfillment", number, by, rank), "SELECT d.id, d.order_id FROM fulfillment_terms AS t JOIN fulfillments"+found, TermTracking, number, l.n); err != nil {
		return err
	}
	return l.ask(ctx, func(id string, o *order.Order) Hit {
		return partHit("return", order.ReturnNumber(o, id), by, rank)(id, o)
	}, "SELECT d.id, d.order_id FROM return_terms AS t JOIN returns"+found, TermTracking, number, l.n)
}

// TermTracking finds fulfillment orders and returns by tracking number, without spaces and in capitals.
const TermTracking = "tracking"

// FulfillmentTerms are the tracking numbers of the packages, of a label or typed in.
func FulfillmentTerms(f *fulfillment.Fulfillment) (terms []work.Term) {
	for _, p := range f.Packages {
		if t := (work.Term{Field: TermTracking, Value: foldCode(p.TrackingNumber)}); t.Value != "" && !slices.Contains(terms, t) {
			terms = append(terms, t)
		}
	}
	return terms
}

// ReturnTerms is the tracking number of what comes back.
func ReturnTerms(r *returns.Return) []work.Term {
	if number := foldCode(r.Tracking); number != "" {
		return []work.Term{{Field: TermTracking, Value: number}}
	}
	return nil
}

// invoiceDigits is the sequence in a printed number, such as INV-1042; 0 for none.
func invoiceDigits(q string) int64 {
	i := len(q)
	for i > 0 && q[i-1] >= '0' && q[i-1] <= '9' {
		i--
	}
	n, err := strconv.ParseInt(q[i:], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (l *lookup) byInvoice(ctx context.Context, by string, rank int) error {
	channels, err := l.a.Channels(ctx, "", 1000)
	if err != nil {
		return err
	}
	codes := make([]string, len(channels))
	for i, c := range channels {
		codes[i] = c.ID
	}
	in := args{invoiceDigits(l.q)}
	var invoices []*order.Invoice
	if err := l.a.DB.Query(ctx, func(r store.Row) error {
		v, err := scanDoc(Invoices, r)
		invoices = append(invoices, v)
		return err
	}, "SELECT doc FROM invoices WHERE number = $1 AND "+in.among(l.a.DB.Dialect(), "channel", codes), in...); err != nil {
		return err
	}
	for _, v := range invoices {
		likely := rank
		if !strings.EqualFold(v.Number, l.q) {
			likely = rank - 40 // only the digits are the same
		}
		l.hits = append(l.hits, Hit{Type: "invoice", ID: v.ID, Title: v.Number, Detail: "order " + v.OrderNumber, Order: v.Order, Channel: v.Channel, By: by, Rank: likely})
	}
	return nil
}

func (l *lookup) byProviderRef(ctx context.Context, by string, rank int) error {
	return l.ask(ctx, partHit("payment", l.q, by, rank), "SELECT id, order_id FROM payments WHERE provider_ref = $1 ORDER BY id DESC LIMIT $2", l.q, l.n)
}

func (l *lookup) bySKU(ctx context.Context, by string, rank int) error {
	products, err := many(ctx, l.a.DB, Products, slices.Compact(slices.Sorted(slices.Values([]string{l.q, strings.ToUpper(l.q)}))))
	for _, p := range products {
		l.hits = append(l.hits, Hit{Type: "product", ID: p.ID, Title: p.Name, Detail: "SKU " + p.ID, By: by, Rank: rank})
	}
	return err
}

// foldName makes names comparable: small letters, single spaces.
func foldName(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// foldPhone is the digits of a phone number; 00 in front is the + of countries.
func foldPhone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	return strings.TrimPrefix(digits, "00")
}

// foldCode is a postal code or a tracking number without spaces, in capitals.
func foldCode(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// OrderColumns are what orders are found by, beside what stands in their lists.
func OrderColumns(o *order.Order) []any {
	phone, name, postal := FoundBy(o)
	return []any{o.Channel, string(o.Status), o.PaymentStatus, o.FulfillmentStatus, fold(o.Customer.Email), int64(o.PlacedAt), phone, name, postal}
}

// FoundBy is what an order is found by beside the mail address: of its customer, else of whom it goes to.
func FoundBy(o *order.Order) (phone, name, postal string) {
	return foldPhone(cmp.Or(o.Customer.Phone, o.ShippingAddress.Phone)), foldName(cmp.Or(o.Customer.Name, o.ShippingAddress.Name)), foldCode(o.ShippingAddress.PostalCode)
}

// PaymentRef is the provider's name for the first authorization of a payment; "" while there is none.
func PaymentRef(p *payment.Payment) string {
	for _, e := range p.Entries {
		if e.ProviderRef != "" {
			return e.ProviderRef
		}
	}
	return ""
}
