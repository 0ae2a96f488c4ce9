package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/order"
	"ordo/internal/returns"
	"ordo/internal/shipping"
	"ordo/internal/work"
)

// CreateLink is the body of POST /v1/orders/{id}/links.
type CreateLink struct {
	Allow            []string `json:"allow" minItems:"1" enum:"status,cancel,address,return" doc:"what the customer may do with it; every link shows the status"`
	ExpiresInMinutes int64    `json:"expires_in_minutes,omitzero" minimum:"0" maximum:"527040" doc:"60 days when left out or 0" example:"43200"`
}

// OrderLink is a signed link by which a customer sees an order and may do some things, without an API key.
type OrderLink struct {
	Order     string   `json:"order"`
	URL       *string  `json:"url" doc:"a page for the customer; null in a dry run" example:"https://shop.example/my-order/01kas8…"`
	Token     *string  `json:"token" doc:"the last part of url, for /v1/links/{token}; whoever has it may use it; null in a dry run"`
	Allow     []string `json:"allow" enum:"status,cancel,address,return"`
	ExpiresAt string   `json:"expires_at" format:"date-time"`
}

// LinkedOrder is what a customer sees of an order by a link: what they gave, and how it stands.
type LinkedOrder struct {
	Number            string          `json:"number" example:"1042"`
	Shop              string          `json:"shop" doc:"name of the seller"`
	Help              string          `json:"help,omitzero" doc:"how to reach the shop"`
	Status            string          `json:"status" enum:"pending,open,completed,canceled,rejected"`
	PaymentStatus     string          `json:"payment_status"`
	FulfillmentStatus string          `json:"fulfillment_status"`
	ReturnStatus      string          `json:"return_status"`
	PlacedAt          string          `json:"placed_at" format:"date-time"`
	Language          string          `json:"language" doc:"of the order, else of the shop" example:"en-GB"`
	TimeZone          string          `json:"time_zone" doc:"of the shop" example:"Europe/London"`
	Total             money.Money     `json:"total"`
	Totals            Totals          `json:"totals" doc:"what makes the total"`
	Granted           money.Money     `json:"granted" doc:"that the shop decided to give back, but for store credit: total - granted is what the order costs now"`
	Paid              money.Money     `json:"paid" doc:"that the shop has, less refunds on their way"`
	Held              money.Money     `json:"held" doc:"reserved at the bank and not taken"`
	Payable           money.Money     `json:"payable" doc:"what may be paid now by POST …/payment"`
	AmountDue         money.Money     `json:"amount_due" doc:"to be paid; what comes back in exchanges pays first, so of these it is the difference"`
	RefundDue         money.Money     `json:"refund_due"`
	ShippingAddress   address.Address `json:"shipping_address,omitzero"`
	BillingAddress    address.Address `json:"billing_address,omitzero" doc:"left out: that of the delivery"`
	Pickup            address.Address `json:"pickup,omitzero" doc:"where the customer collects it, instead of a delivery"`
	Lines             []LinkedLine    `json:"lines"`
	Parcels           []LinkedParcel  `json:"parcels"`
	Returns           []LinkedReturn  `json:"returns" doc:"what is sent back, exchanged or claimed of it; in a dry run the last one would be"`
	Refunds           []LinkedRefund  `json:"refunds,omitzero" doc:"what the shop decided to give back, the oldest first"`
	ReturnOptions     *ReturnOptions  `json:"return_options,omitzero" doc:"what may be said of a return, while one is allowed"`
	Allowed           []string        `json:"allowed" enum:"status,cancel,address,return" doc:"what this link allows and the order still does"`
	NotAllowed        []NotAllowed    `json:"not_allowed,omitzero" doc:"what the link allows and the order does not any more, and why"`
	ExpiresAt         string          `json:"expires_at" format:"date-time" doc:"of the link"`
}

// LinkedLine is a line as its customer sees it.
type LinkedLine struct {
	ID         string      `json:"id" example:"1"`
	SKU        string      `json:"sku"`
	Name       string      `json:"name"`
	Quantity   int64       `json:"quantity" doc:"still wanted"`
	Canceled   int64       `json:"canceled"`
	Shipped    int64       `json:"shipped"`
	Delivered  int64       `json:"delivered"`
	UnitPrice  money.Money `json:"unit_price"`
	Total      money.Money `json:"total" doc:"of what is still wanted, less its discounts, with taxes that are added"`
	Returnable int64       `json:"returnable" doc:"units that may be sent back"`
	Expected   *Window     `json:"expected,omitzero" doc:"when it is to arrive"`
}

// ReturnOptions are what may be said of a return, as the policy of the shop has it.
type ReturnOptions struct {
	Reasons    []string `json:"reasons" doc:"codes"`
	Conditions []string `json:"conditions" doc:"codes"`
	WindowDays int64    `json:"window_days" doc:"from delivery; 0: for ever"`
}

// LinkedPayment is a page on which what is due is paid.
type LinkedPayment struct {
	URL       *string     `json:"url" doc:"null in a dry run" example:"https://shop.example/pay/01kas8…"`
	Amount    money.Money `json:"amount"`
	ExpiresAt string      `json:"expires_at" format:"date-time"`
}

// LinkMessage is the body of POST /v1/links/{token}/messages.
type LinkMessage struct {
	Subject string `json:"subject" minLength:"1" maxLength:"200" example:"My mug"`
	Text    string `json:"text" minLength:"1" maxLength:"10000" example:"Where is it?"`
}

// AskLink is the body of POST /v1/links.
type AskLink struct {
	OrderNumber string `json:"order_number" minLength:"1" maxLength:"64" example:"1042"`
	Email       string `json:"email" minLength:"3" maxLength:"254" example:"grace@example.com" doc:"of the order"`
}

// AskedLink says that a link was asked for.
type AskedLink struct {
	Accepted bool `json:"accepted" doc:"always true: whether there is such an order is not told"`
}

// Window is a span of days.
type Window struct {
	Earliest string `json:"earliest" format:"date"`
	Latest   string `json:"latest" format:"date"`
}

// LinkedReturn is a return, an exchange or a claim as the customer sees it.
type LinkedReturn struct {
	Number         string           `json:"number" example:"1042-R1"`
	Type           string           `json:"type" enum:"return,exchange,claim"`
	Status         string           `json:"status" enum:"requested,approved,declined,label_issued,in_transit,partially_received,received,inspected,closed,canceled,expired,lost"`
	Lines          []ReturnUnits    `json:"lines"`
	Carrier        string           `json:"carrier,omitzero"`
	TrackingNumber string           `json:"tracking_number,omitzero"`
	ArrivedAt      string           `json:"arrived_at,omitzero" format:"date-time"`
	SendTo         *address.Address `json:"send_to,omitzero" doc:"where to send it, while it is to be sent"`
	SendBy         string           `json:"send_by,omitzero" format:"date-time" doc:"until when, while it is to be sent"`
	LabelBy        string           `json:"label_by,omitzero" enum:"merchant,customer" doc:"who pays the way back, while it is to be sent"`
	Label          bool             `json:"label,omitzero" doc:"there is a label to print, at …/labels/{number}.pdf"`
	RefundTo       string           `json:"refund_to" enum:"tender,store_credit" doc:"how the refund comes"`
	Items          money.Money      `json:"items" doc:"of refund: what the units cost"`
	Shipping       money.Money      `json:"shipping" doc:"of refund: the delivery"`
	Fees           money.Money      `json:"fees" doc:"taken off refund"`
	Bonus          money.Money      `json:"bonus" doc:"of store credit, on top of refund"`
	Refund         money.Money      `json:"refund" doc:"what goes back for it, or would if all of it were accepted; of an exchange the value that pays for the new goods first"`
	Exchange       *ExchangeBalance `json:"exchange,omitzero" doc:"of an exchange: what it comes to"`
	Replacement    string           `json:"replacement,omitzero" enum:"awaiting_return,replacement_released,return_received,item_overdue,charged,waived,canceled,refunded" doc:"state of the new goods; refunded: there were none"`
}

// LinkedRefund is money that the shop decided to give back, as the customer sees it.
type LinkedRefund struct {
	Status   string      `json:"status" enum:"open,pending,succeeded,failed" doc:"open: it is taken off what is due; pending: on its way; failed: refused by the bank, and still owed"`
	To       string      `json:"to" enum:"tender,store_credit" doc:"the way it was paid, or an account of store credit"`
	Return   string      `json:"return,omitzero" doc:"number of the return that it is for" example:"1042-R1"`
	Lines    []GrantLine `json:"lines,omitzero"`
	Shipping money.Money `json:"shipping" doc:"part of amount"`
	Amount   money.Money `json:"amount" doc:"less what pays for new goods of an exchange"`
	At       string      `json:"at" format:"date-time"`
}

// LinkedParcel is a parcel, or what a location is preparing.
type LinkedParcel struct {
	Status         string `json:"status" doc:"of the fulfillment order" example:"shipped"`
	Carrier        string `json:"carrier,omitzero"`
	TrackingNumber string `json:"tracking_number,omitzero"`
	TrackingURL    string `json:"tracking_url,omitzero" doc:"page of the carrier, where one is known"`
	Tracking       string `json:"tracking,omitzero" doc:"newest code of the carrier" example:"in_transit"`
	TrackingAt     string `json:"tracking_at,omitzero" format:"date-time"`
	ShippedAt      string `json:"shipped_at,omitzero" format:"date-time"`
	DeliveredAt    string `json:"delivered_at,omitzero" format:"date-time"`
	PickupUntil    string `json:"pickup_until,omitzero" format:"date-time" doc:"until when it may be collected"`
}

// LinkAddress is the body of POST /v1/links/{token}/address.
type LinkAddress struct {
	ShippingAddress address.Address `json:"shipping_address" doc:"whole"`
}

// LinkReturn is the body of POST /v1/links/{token}/returns.
type LinkReturn struct {
	Lines    []ReturnWish   `json:"lines" minItems:"1" maxItems:"1000"`
	Items    []ExchangeItem `json:"items,omitzero" maxItems:"100" doc:"what is wanted instead; left out: the money back"`
	RefundTo string         `json:"refund_to,omitzero" enum:"tender,store_credit" doc:"tender when left out: back to the payments of the order"`
	Note     string         `json:"note,omitzero" maxLength:"2000" doc:"for the shop"`
}

func createLink(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in CreateLink
	if err := c.decode(&in); err != nil {
		return err
	}
	if _, err := c.s.app.CustomerToken(c.r.Context(), app.CustomerLink{}); err != nil { // the secret is there before it is needed
		return away(err)
	}
	cmd := app.CreateCustomerLink{Order: id, Allow: in.Allow, Minutes: in.ExpiresInMinutes}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.LinkOrder(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryLinkOrder(c.r.Context(), cmd, m) },
		func(v any) work.Answer {
			return work.Answer{Status: http.StatusCreated, Body: jsonx.Marshal(c.orderLinkJSON(id, v.(app.CustomerLink)))}
		})
}

func (c *call) orderLinkJSON(order string, l app.CustomerLink) OrderLink {
	out := OrderLink{Order: order, Allow: l.Allow, ExpiresAt: l.ExpiresAt.String()}
	if l.Order != "" {
		token, err := c.s.app.CustomerToken(context.WithoutCancel(c.r.Context()), l)
		if err == nil { // the secret was read before
			out.Token, out.URL = orNull(token), orNull(cmp.Or(c.s.app.Settings.PublicURL, baseURL(c.r))+app.CustomerLinkPath+token)
		}
	}
	return out
}

func revokeLinks(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.RevokeLinks(c.r.Context(), id, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryRevokeLinks(c.r.Context(), id, m) },
		orderAnswer(http.StatusOK))
}

// How often a link may be used per minute, by all who have it. Tokens that open nothing cost no look at the database
// and cannot be guessed, and behind a proxy all callers share an address: they are not counted.
const linkUsesPerMinute = 30

// maxLinkBuckets is how many orders' links are counted at once.
const maxLinkBuckets = 10_000

// link reads the token in the path, and counts its use.
func (c *call) link() (l app.CustomerLink, err error) {
	h := c.w.Header()
	h.Set("Referrer-Policy", "no-referrer") // the address is the right to see it
	h.Set("X-Robots-Tag", "noindex")
	if l, err = c.s.app.ReadCustomerLink(c.r.Context(), c.r.PathValue("token")); err != nil {
		return l, away(err)
	}
	c.s.links.bound(maxLinkBuckets)
	if c.s.links.take(h, l.Order, linkUsesPerMinute, time.Minute, time.Now()) != nil {
		return l, errs.New(errs.TooMany, "rate_limited", "this link may be used %d times per minute", linkUsesPerMinute)
	}
	return l, nil
}

func getLink(c *call) error {
	if _, err := c.link(); err != nil {
		return err
	}
	v, err := c.s.app.CustomerPage(c.r.Context(), c.r.PathValue("token"))
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, linkedJSON(v))
}

// byLink runs a command of a customer, or tries it, and shows the order as it is then.
func (c *call) byLink(in any, do func(app.CustomerCall) (*app.CustomerView, error)) error {
	l, err := c.link()
	if err != nil {
		return err
	}
	if err := c.decode(in); err != nil {
		return err
	}
	m, err := c.customer(l)
	if err != nil {
		return err
	}
	v, err := do(m)
	if err != nil {
		return away(err)
	}
	if m.Try {
		c.w.Header().Set("Dry-Run", "true")
	}
	return c.reply(http.StatusOK, linkedJSON(v))
}

// customer is what comes with the request of a customer. An Idempotency-Key is for this link alone.
func (c *call) customer(l app.CustomerLink) (app.CustomerCall, error) {
	m, err := c.metaOf(app.CustomerActor, "link "+l.Order, nil)
	return app.CustomerCall{Link: l, Meta: m, Try: c.dryRun()}, err
}

func cancelByLink(c *call) error {
	return c.byLink(&struct{}{}, func(m app.CustomerCall) (*app.CustomerView, error) {
		return c.s.app.CustomerCancel(c.r.Context(), m)
	})
}

func addressByLink(c *call) error {
	var in LinkAddress
	return c.byLink(&in, func(m app.CustomerCall) (*app.CustomerView, error) {
		return c.s.app.CustomerAddress(c.r.Context(), m, in.ShippingAddress)
	})
}

func returnByLink(c *call) error {
	var in LinkReturn
	return c.byLink(&in, func(m app.CustomerCall) (*app.CustomerView, error) {
		wish := app.CustomerReturn{RefundTo: in.RefundTo, Note: in.Note}
		for _, w := range in.Lines {
			wish.Lines = append(wish.Lines, w.wish())
		}
		for _, item := range in.Items {
			wish.Items = append(wish.Items, returns.SwapItem(item))
		}
		return c.s.app.CustomerReturn(c.r.Context(), m, wish)
	})
}

func payByLink(c *call) error {
	l, err := c.link()
	if err != nil {
		return err
	}
	if _, err := c.s.app.LinkToken(c.r.Context(), app.Link{}); err != nil { // the secret is there before it is needed
		return away(err)
	}
	m, err := c.customer(l)
	if err != nil {
		return err
	}
	m.Meta.Key = nil // each asking makes a link of its own, and all of them pay once
	pay, err := c.s.app.CustomerPayment(c.r.Context(), m)
	if err != nil {
		return away(err)
	}
	if m.Try {
		pay.ID = ""
		c.w.Header().Set("Dry-Run", "true")
		p := c.linkJSON(pay)
		return c.reply(http.StatusOK, LinkedPayment{nil, p.Amount, p.ExpiresAt})
	}
	p := c.linkJSON(pay)
	return c.reply(http.StatusCreated, LinkedPayment{p.URL, p.Amount, p.ExpiresAt})
}

func writeByLink(c *call) error {
	l, err := c.link()
	if err != nil {
		return err
	}
	if err := c.s.limits.take(c.w.Header(), "form "+l.Order, formsEach, time.Minute, time.Now()); err != nil {
		return err
	}
	var in LinkMessage
	if err := c.decode(&in); err != nil {
		return err
	}
	m, err := c.customer(l)
	if err != nil {
		return err
	}
	m.Meta.Key = nil // the same words again are the same message
	taken, err := c.s.app.CustomerMessage(c.r.Context(), m, in.Subject, in.Text)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, TakenForm{taken.Number})
}

func askLink(c *call) error {
	if err := c.fromOutside(); err != nil {
		return err
	}
	var in AskLink
	if err := c.decode(&in); err != nil {
		return err
	}
	meta := work.Meta{Actor: app.CustomerActor, RequestID: requestID(c.r)}
	if err := c.s.app.MailCustomerLink(c.r.Context(), in.OrderNumber, in.Email, meta); err != nil {
		return away(err)
	}
	return c.reply(http.StatusAccepted, AskedLink{true})
}

func labelByLink(c *call) error {
	l, err := c.link()
	if err != nil {
		return err
	}
	p, err := c.s.app.CustomerLabel(c.r.Context(), l, c.r.PathValue("number"))
	if err != nil {
		return away(err)
	}
	return c.document(p)
}

func linkedJSON(v *app.CustomerView) LinkedOrder {
	o := v.Order
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: o.Currency} }
	out := LinkedOrder{
		Number: o.Number, Shop: v.Shop, Help: v.Help, Status: string(o.Status), PaymentStatus: o.PaymentStatus, FulfillmentStatus: o.FulfillmentStatus, ReturnStatus: o.ReturnStatus,
		PlacedAt: o.PlacedAt.String(), Language: v.Language, TimeZone: v.Zone, Total: in(o.Totals.GrandTotal), Totals: totalsJSON(o.Totals, in), Granted: in(o.Granted()), Paid: in(v.Paid()), Held: in(v.Held()), Payable: in(v.Payable),
		BillingAddress: o.BillingAddress, Pickup: v.Place, AmountDue: in(v.DueByCustomer(v.All)), RefundDue: in(v.RefundDue()), ShippingAddress: o.ShippingAddress,
		Lines: []LinkedLine{}, Parcels: []LinkedParcel{}, Allowed: v.Allowed, NotAllowed: notAllowedJSON(v.NotAllowed), Returns: []LinkedReturn{}, ExpiresAt: v.Link.ExpiresAt.String(),
	}
	for _, x := range v.All {
		out.Returns = append(out.Returns, linkedReturnJSON(x, v))
	}
	out.Refunds = linkedRefundsJSON(v, in)
	if slices.Contains(v.Allowed, app.AllowReturn) {
		out.ReturnOptions = returnOptionsJSON(v.Policy)
	}
	for _, l := range o.Lines {
		line := LinkedLine{
			ID: l.ID, SKU: l.SKU, Name: l.Name, Quantity: l.Kept(), Canceled: l.Units.Canceled, Shipped: l.Units.Shipped, Delivered: l.Units.Delivered, UnitPrice: in(l.UnitPrice),
			Total: in(l.Worth(l.Kept())), Returnable: l.Returnable(),
		}
		if l.Promise != nil {
			line.Expected = &Window{l.Promise.Current.Earliest, l.Promise.Current.Latest}
		}
		out.Lines = append(out.Lines, line)
	}
	for _, f := range v.Fulfillments {
		p := LinkedParcel{
			Status: string(f.Status), Carrier: f.Carrier, TrackingNumber: f.TrackingNumber,
			ShippedAt: f.ShippedAt.String(), DeliveredAt: f.DeliveredAt.String(), PickupUntil: f.PickupUntil.String(),
		}
		whole := true
		for _, pack := range f.Packages {
			if pack.TrackingNumber == "" {
				continue
			}
			whole = false
			p.Carrier, p.TrackingNumber = pack.Carrier, pack.TrackingNumber
			out.Parcels = append(out.Parcels, p.tracked(v, f.ID))
		}
		if whole {
			out.Parcels = append(out.Parcels, p.tracked(v, f.ID))
		}
	}
	return out
}

func returnOptionsJSON(p returns.Policy) *ReturnOptions {
	out := &ReturnOptions{WindowDays: p.WindowDays}
	for _, r := range p.AllReasons() {
		out.Reasons = append(out.Reasons, r.Code)
	}
	for _, x := range p.AllConditions() {
		out.Conditions = append(out.Conditions, x.Code)
	}
	return out
}

func linkedRefundsJSON(v *app.CustomerView, in func(int64) money.Money) (out []LinkedRefund) {
	for _, g := range v.Order.Grants {
		if g.Amount == g.Offset {
			continue
		}
		x := LinkedRefund{Status: v.GrantState(g), To: returns.ToTender, Shipping: in(g.Shipping), Amount: in(g.Amount - g.Offset), At: g.At.String()}
		if g.Credit != "" {
			x.To = returns.ToCredit
		}
		if g.Return != "" {
			x.Return = order.ReturnNumber(v.Order, g.Return)
		}
		for _, l := range g.Lines {
			x.Lines = append(x.Lines, GrantLine{l.Line, l.Quantity, in(l.Amount)})
		}
		out = append(out, x)
	}
	return out
}

func linkedReturnJSON(v *app.ReturnView, page *app.CustomerView) LinkedReturn {
	r := v.Return
	var sum returns.Refund
	parts := r.Refunds
	if v.Estimate != nil {
		parts = append(slices.Clone(parts), *v.Estimate)
	}
	for _, f := range parts {
		sum.Items, sum.Shipping, sum.Fees, sum.Amount, sum.Bonus = sum.Items+f.Items, sum.Shipping+f.Shipping, sum.Fees+f.Fees, sum.Amount+f.Amount, sum.Bonus+f.Bonus
	}
	in := func(n int64) money.Money { return money.Money{Amount: n, Currency: v.Order.Currency} }
	out := LinkedReturn{
		Number: order.ReturnNumber(v.Order, r.ID), Type: string(r.Type), Status: string(r.Status), Lines: []ReturnUnits{}, Carrier: r.Carrier, TrackingNumber: r.Tracking,
		ArrivedAt: r.ArrivedAt.String(), Label: r.Label != "" && !r.Over(), RefundTo: r.RefundTo, Items: in(sum.Items), Shipping: in(sum.Shipping), Fees: in(sum.Fees), Bonus: in(sum.Bonus), Refund: in(sum.Amount),
		Exchange: balanceJSON(v.Balance, in),
	}
	for _, l := range r.Lines {
		out.Lines = append(out.Lines, ReturnUnits{l.Line, l.Quantity})
	}
	if r.Swap != nil {
		out.Replacement = string(r.Swap.Status)
	}
	if to, ok := page.Back[r.ID]; ok {
		out.SendTo, out.SendBy, out.LabelBy = &to, r.ExpiresAt.String(), cmp.Or(r.Policy.LabelBy, returns.Merchants)
	}
	return out
}

// tracked adds what the carrier said last of a parcel.
func (p LinkedParcel) tracked(v *app.CustomerView, fulfillment string) LinkedParcel {
	p.Tracking, p.TrackingAt = "", ""
	p.TrackingURL = shipping.TrackingPage(p.Carrier, p.TrackingNumber)
	for _, l := range v.Labels {
		if l.Fulfillment == fulfillment && l.TrackingNumber == p.TrackingNumber && p.TrackingNumber != "" {
			p.Tracking, p.TrackingAt = string(l.Tracking.Code), l.Tracking.Since.String()
		}
	}
	return p
}
