package portal

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// backRow is a return as the customer sees it.
type backRow struct {
	api.LinkedReturn
	Kind, Word, Tone string
	Units            []string // what comes back, by name
	Money            string   // what is given for it
	Label            string   // address of the label to print; "" for none
	How              string   // how to send it, while it is to be sent
}

// returns are those of the order, the newest first.
func (v *visit) returns() (out []backRow) {
	for _, r := range v.order.Returns {
		w := returnWords[r.Status]
		row := backRow{LinkedReturn: r, Kind: v.t(kindWords[r.Type].Text), Word: v.t(w.Text), Tone: w.tone, Units: v.unitsOf(r), Money: v.gives(r)}
		if r.Label {
			row.Label = v.path("labels/" + url.PathEscape(r.Number))
		}
		if r.SendTo != nil {
			row.How = v.how(r)
		}
		out = append(out, row)
	}
	slices.Reverse(out)
	return out
}

// how says how to send a return.
func (v *visit) how(r api.LinkedReturn) string {
	switch {
	case r.Label:
		return v.t("Print the label, put it on the parcel and hand it in at the carrier. It goes to:")
	case r.LabelBy == "customer":
		return v.t("Write %s on the parcel, send it at your own cost, and keep the receipt. It goes to:", r.Number)
	}
	return v.t("The shop pays for the way back: its label will be here to print. If you send it without one, write %s on the parcel and keep the receipt. It goes to:", r.Number)
}

// backMoney is what the shop gives back, as its customer reads it.
type backMoney struct {
	api.LinkedRefund
	Word, Tone, Way string
	Units           []string
}

var refundWords = map[string]word{
	"open": {Text: "Taken off what is due"}, "pending": {Text: "On its way to you", tone: "info"}, "succeeded": {Text: "Refunded", tone: "good"}, "failed": {Text: "The shop is looking into it", tone: "warn"},
}

// refunds are what was given back, the newest first.
func (v *visit) refunds() (out []backMoney) {
	for _, r := range v.order.Refunds {
		w := refundWords[r.Status]
		x := backMoney{LinkedRefund: r, Word: v.t(w.Text), Tone: w.tone, Way: v.t("The way you paid")}
		if r.To == toCredit {
			x.Way, x.Word = v.t("Store credit"), v.t("Credited")
		}
		if r.Return != "" {
			x.Way += " · " + v.t("Return") + " " + r.Return
		}
		for _, g := range r.Lines {
			for _, l := range v.order.Lines {
				if l.ID == g.Line {
					x.Units = append(x.Units, v.format.Number(g.Quantity)+" × "+l.Name+": "+v.format.Money(g.Amount))
				}
			}
		}
		if r.Shipping.Amount > 0 {
			x.Units = append(x.Units, v.t("Delivery")+": "+v.format.Money(r.Shipping))
		}
		for _, b := range v.order.Returns {
			if b.Number == r.Return && b.Exchange == nil && b.Fees.Amount > 0 {
				x.Units = append(x.Units, v.t("Fees")+": −"+v.format.Money(b.Fees))
			}
		}
		out = append(out, x)
	}
	slices.Reverse(out)
	return out
}

// kindWords are what returns are called.
var kindWords = map[string]word{"return": {Text: "Return"}, "exchange": {Text: "Exchange"}, "claim": {Text: "Complaint"}}

func (v *visit) unitsOf(r api.LinkedReturn) (out []string) {
	for _, u := range r.Lines {
		for _, l := range v.order.Lines {
			if l.ID == u.Line {
				out = append(out, v.format.Number(u.Quantity)+" × "+l.Name)
			}
		}
	}
	return out
}

// gives says what is given for a return.
func (v *visit) gives(r api.LinkedReturn) string {
	switch {
	case r.Status == "declined" || r.Status == "canceled" || r.Status == "expired" || r.Status == "lost":
		return ""
	case r.Exchange != nil && r.Exchange.ToPay.Amount > 0:
		return v.t("To pay: %s", v.format.Money(r.Exchange.ToPay))
	case r.Exchange != nil && r.Exchange.ToRefund.Amount > 0:
		return v.t("Refund: %s", v.format.Money(r.Exchange.ToRefund))
	case r.Exchange != nil:
		return v.t("Nothing to pay")
	case r.RefundTo == toCredit:
		return v.t("Store credit: %s", v.format.Money(money.Money{Amount: r.Refund.Amount + r.Bonus.Amount, Currency: r.Refund.Currency}))
	}
	return v.t("Refund: %s", v.format.Money(r.Refund))
}

// What a customer may want for what comes back.
const (
	toTender = "tender"
	toCredit = "store_credit"
	exchange = "exchange"
)

// returnPage is the form of a return, or its preview.
type returnPage struct {
	No, Path, Back, Key string
	About               string
	Rows                []wishRow
	Ways                []pages.Option
	Note                string
	Error               string
	Errors              []rowError
	Returns             []backRow

	Ready   bool // looked at, to be sent
	Next    string
	Effects []effect
	Hidden  []pages.Field
}

// wishRow is a line of the order that may come back.
type wishRow struct {
	At                  string // of its fields: lines.0.
	Line, Name, SKU     string
	Most                int64
	Quantity            string
	Reasons, Conditions []pages.Option
	Error               string
}

type rowError struct{ At, Text string }

// chosen makes options of codes; the first says that nothing is chosen.
func (v *visit) chosen(codes []string, words map[string]word, value, none string) []pages.Option {
	out := []pages.Option{{Text: none, On: value == ""}}
	for _, c := range codes {
		text := v.format.Word(c) // a code of the shop's own
		if w, ok := words[c]; ok {
			text = v.t(w.Text)
		}
		out = append(out, pages.Option{Value: c, Text: text, On: c == value})
	}
	return out
}

// reasonWords and conditionWords are those of a new installation.
var (
	reasonWords = map[string]word{
		"unwanted": {Text: "I do not want it any more"}, "wrong_size": {Text: "It does not fit"}, "ordered_by_mistake": {Text: "Ordered by mistake"}, "damaged": {Text: "It came damaged"},
		"defective": {Text: "It does not work"}, "wrong_item": {Text: "It is not what I ordered"}, "not_as_described": {Text: "It is not as described"}, "arrived_late": {Text: "It came too late"},
		"other": {Text: "Something else"},
	}
	conditionWords = map[string]word{"new": {Text: "Unopened"}, "opened": {Text: "Opened, not used"}, "used": {Text: "Used"}, "damaged": {Text: "Damaged"}, "defective": {Text: "Defective"}}
)

func (v *visit) returnPage(form url.Values) (returnPage, error) {
	if err := v.open(); err != nil {
		return returnPage{}, err
	}
	o := v.order
	p := returnPage{Path: v.path("return"), Back: v.path(""), Key: form.Get("_key"), No: v.no("return"), Returns: v.returns(), Note: form.Get("note")}
	if p.Key == "" {
		p.Key = pages.NewKey()
	}
	if p.No != "" || o.ReturnOptions == nil {
		return p, nil
	}
	if n := o.ReturnOptions.WindowDays; n > 0 {
		p.About = v.t("Things can be sent back within %d days after they arrived.", n)
	}
	for i, l := range o.Lines {
		if l.Returnable == 0 {
			continue
		}
		at := "lines." + strconv.Itoa(i) + "."
		p.Rows = append(p.Rows, wishRow{
			At: at, Line: l.ID, Name: l.Name, SKU: l.SKU, Most: l.Returnable, Quantity: form.Get(at + "quantity"),
			Reasons:    v.chosen(o.ReturnOptions.Reasons, reasonWords, form.Get(at+"reason"), v.t("Why?")),
			Conditions: v.chosen(o.ReturnOptions.Conditions, conditionWords, form.Get(at+"condition"), v.t("How is it?")),
		})
	}
	way := form.Get("_way")
	if way == "" {
		way = toTender
	}
	for _, w := range []struct {
		code string
		word
	}{
		{toTender, word{Text: "Money back, the way I paid"}}, {toCredit, word{Text: "Store credit"}}, {exchange, word{Text: "The same again"}},
	} {
		p.Ways = append(p.Ways, pages.Option{Value: w.code, Text: v.t(w.Text), On: w.code == way})
	}
	return p, nil
}

func askReturn(v *visit) error {
	p, err := v.returnPage(url.Values{})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "return", v.t("Send something back"), p)
}

// wish reads the form into the body of the operation. Rows without a quantity are left out, as Fill does; kept are the
// others, so that findings come back to their rows.
func (v *visit) wish(p *returnPage, form url.Values) (body api.LinkReturn, kept []int) {
	var list errs.List
	pages.Fill(&body, form, v.lang, &list)
	for i, r := range p.Rows {
		if q := strings.TrimSpace(r.Quantity); q != "" && q != "0" {
			kept = append(kept, i)
		}
	}
	switch form.Get("_way") {
	case toCredit:
		body.RefundTo = toCredit
	case exchange:
		units := map[string]int64{}
		for i, w := range body.Lines {
			if i < len(kept) {
				sku := p.Rows[kept[i]].SKU
				if units[sku] == 0 {
					body.Items = append(body.Items, api.ExchangeItem{SKU: sku})
				}
				units[sku] += w.Quantity
			}
		}
		for i := range body.Items {
			body.Items[i].Quantity = units[body.Items[i].SKU]
		}
	}
	return body, kept
}

func doReturn(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	p, err := v.returnPage(form)
	if err != nil {
		return err
	}
	title := v.t("Send something back")
	if form.Get("_step") == "edit" || p.No != "" && form.Get("_step") == "preview" {
		return v.show(http.StatusOK, "return", title, p)
	}
	body, kept := v.wish(&p, form)
	if len(body.Lines) == 0 && p.No == "" {
		p.Error = v.t("Please say how many of what you want to send back.")
		return v.show(http.StatusUnprocessableEntity, "return", title, p)
	}
	try := form.Get("_step") == "preview"
	var after api.LinkedOrder
	if _, err = v.act(api.Act{Op: "returnByLink", Body: body, Key: form.Get("_key"), DryRun: try}, &after); err != nil {
		code, err := v.denied(&p, kept, err)
		if err != nil {
			return err
		}
		return v.show(code, "return", title, p)
	}
	if !try {
		v.redirect(v.path("return") + "?done=return")
		return nil
	}
	v.preview(&p, form, after.Returns[len(after.Returns)-1])
	return v.show(http.StatusOK, "return", title, p)
}

// preview says what a return comes to, and how it goes on.
func (v *visit) preview(p *returnPage, form url.Values, r api.LinkedReturn) {
	p.Ready = true
	amount := func(text string, m money.Money, sign int64) {
		if m.Amount != 0 {
			p.Effects = append(p.Effects, effect{Text: v.t(text), After: v.format.Money(money.Money{Amount: sign * m.Amount, Currency: m.Currency})})
		}
	}
	for _, units := range v.unitsOf(r) {
		p.Effects = append(p.Effects, effect{Text: units})
	}
	if form.Get("_way") == exchange {
		p.Effects = append(p.Effects, effect{Text: v.t("You get the same again when it has come back.")})
	}
	switch b := r.Exchange; {
	case b != nil:
		amount("Worth of what comes back", b.Returned, 1)
		amount("Price of the new goods", b.Replacement, 1)
		amount("To pay", b.ToPay, 1)
		amount("To be refunded", b.ToRefund, 1)
	default:
		amount("Worth of what comes back", r.Items, 1)
		amount("Delivery", r.Shipping, 1)
		amount("Fees", r.Fees, -1)
		amount("Bonus for store credit", r.Bonus, 1)
		p.Effects = append(p.Effects, effect{Text: v.t("You get"), After: v.gives(r)})
	}
	switch {
	case r.Status == "requested":
		p.Next = v.t("The shop looks at it first. You hear by mail what it decides.")
	case r.Status == "closed" || r.Status == "inspected":
		p.Next = v.t("You need not send anything back.")
	case form.Get("_way") == exchange:
		p.Next = v.t("It is approved at once. Please send it back: the same leaves for you when it was checked.")
	case form.Get("_way") == toCredit:
		p.Next = v.t("It is approved at once. Please send it back, and you get the credit when it was checked.")
	default:
		p.Next = v.t("It is approved at once. Please send it back, and you get the money when it was checked.")
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if name != "_step" && name != "_key" {
			p.Hidden = append(p.Hidden, pages.Field{Name: name, Value: form.Get(name)})
		}
	}
}

// denied puts a refusal into the form: at its rows what is about them.
func (v *visit) denied(p *returnPage, kept []int, err error) (int, error) {
	e := errs.As(err)
	if e == nil || e.Class == errs.Internal || e.Class == errs.NotFound || e.Class == errs.TooMany {
		return 0, err
	}
	at := func(row int, text string) {
		if row < len(kept) {
			r := &p.Rows[kept[row]]
			if r.Error == "" {
				r.Error = text
				p.Errors = append(p.Errors, rowError{r.At + "quantity", r.Name + ": " + text})
			}
		}
	}
	for _, x := range e.Problems {
		parts := strings.Split(strings.TrimPrefix(x.Pointer, "/"), "/")
		if len(parts) < 2 || parts[0] != "lines" {
			continue
		}
		i, bad := strconv.Atoi(parts[1])
		if bad != nil {
			continue
		}
		switch {
		case len(parts) > 2 && parts[2] == "reason":
			at(i, v.t("Please choose why."))
		case x.Code == "return_limit":
			at(i, v.t("That is more than can be sent back."))
		default:
			at(i, v.t("Please look at how many."))
		}
	}
	switch {
	case e.Code == "idempotency_conflict":
		p.Key, p.Error = pages.NewKey(), v.t(sentBefore.Text)
	case e.Code == "return_denied":
		p.Error = v.t("The shop does not take this back by its rules: the time for it may be over, or it is excluded from returns. Please write to the shop if you think it should.")
	case e.Code == "insufficient_stock":
		p.Error = v.t("The same is not there any more. Please choose money back or store credit.")
	case len(p.Errors) == 0 && e.Class == errs.Conflict:
		p.Error = v.t("This is not possible any more: the order has changed meanwhile.")
	case len(p.Errors) == 0:
		p.Error = v.t("This could not be done: please look at what you typed.")
	}
	return api.Status(e.Class), nil
}
