package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// orderActions are the forms of an order's page.
func orderActions() []action {
	at := func(path string) string { return "/orders/{id}" + path }
	return []action{
		{path: at("/cancel"), op: "cancelOrder", title: "Cancel order", verb: "Cancel the order", danger: true, preview: true, begin: cancelForm},
		{path: at("/hold"), op: "placeHold", title: "Place a hold", verb: "Place the hold", begin: holdForm},
		{path: at("/holds/{hold}/lift"), op: "liftHold", title: "Lift hold", verb: "Lift the hold", begin: liftForm},
		{path: at("/note"), op: "addNote", title: "Add a note", verb: "Add the note", begin: noteForm},
		{path: at("/tags"), op: "setTags", title: "Tags", verb: "Save", begin: tagsForm},
		{path: at("/address"), op: "changeOrderDetails", title: "Change address", verb: "Save", preview: true, begin: addressForm},
		{path: at("/payments/{payment}/receipt"), op: "recordReceipt", title: "Record a receipt", verb: "Record it", preview: true, begin: receiptForm},
		{path: at("/payments/{payment}/capture"), op: "capturePayment", title: "Capture", verb: "Capture it", preview: true, begin: captureForm},
		{path: at("/payments/{payment}/refund"), op: "refundPayment", title: "Refund", verb: "Refund it", danger: true, preview: true, begin: refundForm},
		{path: at("/payment-link"), op: "createPaymentLink", title: "Payment link", verb: "Make the link", begin: linkForm},
	}
}

// orderSubject begins every form of an order.
func orderSubject(v *visit) (*subject, *api.Order, error) {
	var o api.Order
	id := v.r.PathValue("id")
	if err := v.get("getOrder", slots("id", id), nil, &o); err != nil {
		return nil, nil, err
	}
	s := &subject{name: v.t("Order %s", number0(o.Number)), slots: slots("id", id), version: o.Version, back: Root + "/orders/" + id}
	s.effects = func(answer []byte) ([]effect, error) {
		var after api.Order
		err := jsonx.Unmarshal(answer, &after)
		return v.orderEffects(&o, &after), err
	}
	return s, &o, nil
}

// notNow says why a step is not possible, by what is.
func notNow(v *visit, o *api.Order, step string) string {
	if slices.Contains(o.Allowed, step) {
		return ""
	}
	return v.t("Not possible now: the order is %s, its payment %s, its fulfillment %s.", lower(v.word(o.Status)), lower(v.word(o.PaymentStatus)), lower(v.word(o.FulfillmentStatus)))
}

func lower(s string) string { return strings.ToLower(s) }

// orderEffects are the differences of an order before and after, as far as people ask for them.
func (v *visit) orderEffects(a, b *api.Order) []effect {
	var out []effect
	state := func(text, x, y string) {
		if x != y {
			out = append(out, effect{Text: v.t(text), Before: v.word(x), After: v.word(y)})
		}
	}
	amount := func(text string, x, y *money.Money) {
		if x != nil && y != nil && *x != *y {
			out = append(out, effect{Text: v.t(text), Before: v.money(*x), After: v.money(*y)})
		}
	}
	state("Status", a.Status, b.Status)
	state("Payment", a.PaymentStatus, b.PaymentStatus)
	state("Fulfillment", a.FulfillmentStatus, b.FulfillmentStatus)
	amount("Total", &a.Totals.GrandTotal, &b.Totals.GrandTotal)
	amount("To pay", a.AmountDue, b.AmountDue)
	amount("To be refunded", a.RefundDue, b.RefundDue)
	for i := range b.Lines {
		if i >= len(a.Lines) {
			break
		}
		x, y := a.Lines[i].Units, b.Lines[i].Units
		if n := y.Canceled - x.Canceled; n > 0 {
			out = append(out, effect{Text: v.t("%s: units given up", a.Lines[i].SKU), After: v.number(n)})
		}
		if n := x.Allocated + x.Released - y.Allocated - y.Released; n > 0 && y.Canceled > x.Canceled {
			out = append(out, effect{Text: v.t("%s: units back in stock", a.Lines[i].SKU), After: v.number(n), Tone: "good"})
		}
	}
	for i, p := range b.Payments {
		if i < len(a.Payments) {
			amount("Captured", &a.Payments[i].Captured, &p.Captured)
			amount("Refunded", &a.Payments[i].Refunded, &p.Refunded)
			amount("Voided", &a.Payments[i].Voided, &p.Voided)
			for _, e := range p.Entries[min(len(a.Payments[i].Entries), len(p.Entries)):] {
				out = append(out, effect{Text: v.t("%s: %s", v.word(p.Provider), lower(v.word(e.Kind))), After: v.money(e.Amount)})
			}
		}
	}
	return out
}

// optionsOf makes options of codes, with nothing chosen first unless one is given.
func (v *visit) optionsOf(codes []string, chosen string) []option {
	var out []option
	if chosen == "" {
		out = append(out, option{})
	}
	for _, c := range codes {
		out = append(out, option{Value: c, Text: v.word(c), On: c == chosen})
	}
	return out
}

// cancelReasons are those that people choose.
var cancelReasons = []string{"customer", "out_of_stock", "fraud", "payment", "other"}

func cancelForm(v *visit) (*subject, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	s.no = notNow(v, o, "cancel")
	s.about = v.t("All that has not shipped goes back to stock. Type quantities to give up only some units; leave them empty for the whole order.")
	rows := field{Name: "lines", Label: "Units to give up", Kind: "rows"}
	for i, l := range o.Lines {
		left := l.Quantity - l.Units.Canceled - l.Units.Shipped
		if left > 0 {
			at := "lines." + strconv.Itoa(i) + "."
			rows.Rows = append(rows.Rows, rowField{Text: l.Name, About: l.SKU, Hidden: map[string]string{at + "line": l.ID}, Name: at + "quantity", Most: left})
		}
	}
	s.fields = []field{
		{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf(cancelReasons, ""), Required: true},
		rows,
	}
	s.done = func(answer []byte) string {
		var after api.Order
		if jsonx.Unmarshal(answer, &after) == nil && after.Status != "canceled" {
			return v.t("The units were given up. The rest of the order goes on.")
		}
		return v.t("The order was canceled.")
	}
	return s, nil
}

func holdForm(v *visit) (*subject, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	s.no = notHeld(v, o)
	s.done, s.undo = func([]byte) string { return v.t("The hold was placed.") }, v.undoHold(o)
	s.fields, err = v.holdFields()
	return s, err
}

// notHeld says why an order cannot be held.
func notHeld(v *visit, o *api.Order) string {
	if o.Status != "pending" && o.Status != "open" {
		return v.t("Not possible now: the order is %s.", lower(v.word(o.Status)))
	}
	return ""
}

func (v *visit) holdFields() ([]field, error) {
	var types api.List[api.HoldType]
	if err := v.get("listHoldTypes", nil, nil, &types); err != nil {
		return nil, err
	}
	codes := make([]string, len(types.Data))
	for i, t := range types.Data {
		codes[i] = t.Type
	}
	return []field{
		{Name: "type", Label: "Why", Kind: "select", Options: v.optionsOf(codes, ""), Required: true},
		{Name: "note", Label: "Note", Kind: "area", Help: "For colleagues: what is to be looked into."},
		{Name: "expires_minutes", Label: "Ends by itself after minutes", Kind: "number", Help: "Empty: when somebody lifts it."},
	}, nil
}

func liftForm(v *visit) (*subject, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	hold := v.r.PathValue("hold")
	s.slots["hold"] = hold
	i := slices.IndexFunc(o.Holds, func(h api.Hold) bool { return h.ID == hold && h.Status == "open" })
	if i < 0 {
		s.no = v.t("This hold has ended.")
	} else {
		h := o.Holds[i]
		blocks := make([]string, len(h.Blocks))
		for i, b := range h.Blocks {
			blocks[i] = lower(v.word(b))
		}
		s.about = v.t("%s. It stops: %s. Work goes on at once when it is lifted.", v.word(h.Type), strings.Join(blocks, ", "))
	}
	s.fields = []field{{Name: "note", Label: "Note", Kind: "area", Help: "Why it may go on."}}
	s.done = func([]byte) string { return v.t("The hold was lifted.") }
	return s, nil
}

func noteForm(v *visit) (*subject, error) {
	s, _, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	s.version = 0
	s.fields = []field{{Name: "text", Label: "Note", Kind: "area", Required: true, Help: "Colleagues see it, customers do not."}}
	s.done = func([]byte) string { return v.t("The note was added.") }
	return s, nil
}

func tagsForm(v *visit) (*subject, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	s.fields = []field{{Name: "tags", Label: "Tags", Kind: "list", Value: strings.Join(o.Tags, ", "), Help: "Separated by commas. They stay in the journal for good: nothing about persons."}}
	s.fill = func(form url.Values, body any, _ *errs.List) {
		if exact := form[exactTags]; len(exact) > 0 {
			body.(*api.SetTags).Tags = exact
		}
	}
	s.done, s.undo = func([]byte) string { return v.t("Saved.") }, undoTags(o)
	return s, nil
}

func addressForm(v *visit) (*subject, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	a := o.ShippingAddress
	at := func(name, label, value string) field {
		return field{Name: "shipping_address." + name, Label: label, Kind: "text", Value: value}
	}
	s.fields = []field{
		at("name", "Name", a.Name), at("line1", "Street and number", a.Line1), at("line2", "Further line", a.Line2), at("postal_code", "Postal code", a.PostalCode),
		at("city", "City", a.City), at("region", "Region", a.Region), at("country", "Country", a.Country),
	}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}

// paymentSubject begins forms of one payment.
func paymentSubject(v *visit) (*subject, *api.Payment, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, nil, err
	}
	id := v.r.PathValue("payment")
	s.slots["payment"] = id
	i := slices.IndexFunc(o.Payments, func(p api.Payment) bool { return p.ID == id })
	if i < 0 {
		return nil, nil, errNoPage
	}
	return s, &o.Payments[i], nil
}

func (v *visit) amountField(label string, m money.Money) field {
	return field{Name: "amount", Label: label, Kind: "money", Value: pages.InputAmount(m, v.lang), Currency: m.Currency, Required: true}
}

// open is what is left of a payment's authorization.
func open(p *api.Payment) money.Money {
	return money.Money{Amount: max(0, p.Authorized.Amount-p.Captured.Amount-p.Voided.Amount-p.Expired.Amount), Currency: p.Amount.Currency}
}

// refundable is what is left of what was captured.
func refundable(p *api.Payment) money.Money {
	return money.Money{Amount: max(0, p.Captured.Amount-p.Refunded.Amount), Currency: p.Amount.Currency}
}

// notDue, noCapture and noRefund are why these are not possible now; "" when they are.
func (v *visit) notDue(o *api.Order) string {
	if o.AmountDue == nil || o.AmountDue.Amount <= 0 {
		return v.t("Nothing is due.")
	}
	return ""
}

func (v *visit) noCapture(p *api.Payment) string {
	if open(p).Amount == 0 {
		return v.t("Nothing is left to capture.")
	}
	return ""
}

func (v *visit) noRefund(p *api.Payment) string {
	if refundable(p).Amount == 0 {
		return v.t("Nothing was captured that could be refunded.")
	}
	return ""
}

// paymentButtons are the actions of an order's payments, by their ids.
func (v *visit) paymentButtons(o *api.Order) map[string][]pageAction {
	out := map[string][]pageAction{}
	for i := range o.Payments {
		p := &o.Payments[i]
		at := Root + "/orders/" + v.r.PathValue("id") + "/payments/" + p.ID + "/"
		take := pageAction{Text: "Capture", Path: at + "capture", No: v.noCapture(p)}
		if p.Provider == "manual" {
			take = pageAction{Text: "Record a receipt", Path: at + "receipt"}
		}
		out[p.ID] = []pageAction{take, {Text: "Refund", Path: at + "refund", No: v.noRefund(p)}}
	}
	return out
}

func receiptForm(v *visit) (*subject, error) {
	s, p, err := paymentSubject(v)
	if err != nil {
		return nil, err
	}
	if p.Provider != "manual" {
		s.no = v.t("Only payments by invoice, transfer or on delivery are recorded by hand.")
	}
	s.fields = []field{v.amountField("Amount that arrived", open(p)), {Name: "reference", Label: "Reference", Kind: "text", Help: "For example the bank's."}}
	s.done = func([]byte) string { return v.t("The receipt was recorded.") }
	return s, nil
}

func captureForm(v *visit) (*subject, error) {
	s, p, err := paymentSubject(v)
	if err != nil {
		return nil, err
	}
	s.no = v.noCapture(p)
	s.fields = []field{v.amountField("Amount", open(p))}
	s.done = func([]byte) string { return v.t("The provider was asked. The outcome follows on this page.") }
	return s, nil
}

func refundForm(v *visit) (*subject, error) {
	s, p, err := paymentSubject(v)
	if err != nil {
		return nil, err
	}
	left := refundable(p)
	s.no = v.noRefund(p)
	s.fields = []field{
		v.amountField("Amount", left),
		{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"return", "damaged", "lost", "late", "price", "goodwill", "other"}, ""), Required: true},
		{Name: "recorded", Label: "It was paid out by other means already", Kind: "check"},
		{Name: "reference", Label: "Reference", Kind: "text"},
	}
	s.done = func([]byte) string { return v.t("The refund was requested.") }
	return s, nil
}

func linkForm(v *visit) (*subject, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	s.no = v.notDue(o)
	amount := v.amountField("Amount", money.Money{Currency: o.Currency})
	amount.Value, amount.Required, amount.Help = "", false, "Empty: what is due and not authorized when it is paid."
	s.fields = []field{amount, {Name: "expires_in_minutes", Label: "Good for minutes", Kind: "number", Value: "4320"}}
	s.once = func(answer []byte) (string, any, error) {
		var link api.PaymentLink
		err := jsonx.Unmarshal(answer, &link)
		return "secret", secretPage{Title: "Payment link", About: "Send it to the customer. Whoever has it can pay this amount, once.", Value: number0(link.URL), Back: s.back}, err
	}
	return s, nil
}

// secretPage shows something once.
type secretPage struct{ Title, About, Value, Back string }
