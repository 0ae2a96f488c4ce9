package console

import (
	"slices"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// returnActions are the forms of a return, and those of an order that begin one.
func returnActions() []action {
	at := func(path string) string { return "/returns/{id}/" + path }
	return []action{
		{path: "/orders/{id}/return", op: "requestReturn", title: "Start a return", verb: "Start the return", preview: true, begin: startReturnForm},
		{path: "/orders/{id}/exchange", op: "requestExchange", title: "Exchange", verb: "Start the exchange", preview: true, begin: exchangeForm},
		{path: "/orders/{id}/claim", op: "fileClaim", title: "Claim", verb: "Settle it", preview: true, begin: claimForm},
		{path: at("approve"), op: "approveReturn", title: "Approve", verb: "Approve it", preview: true, begin: returnStep("approve", said{Text: "It was approved."})},
		{path: at("decline"), op: "declineReturn", title: "Decline", verb: "Decline it", danger: true, preview: true, begin: declineForm},
		{path: at("cancel"), op: "cancelReturn", title: "Give up", verb: "Give it up", danger: true, preview: true, begin: giveUpForm},
		{path: at("label"), op: "buyReturnLabel", title: "Buy a label", verb: "Buy it", preview: true, begin: returnLabelForm},
		{path: at("ship"), op: "shipReturn", title: "Is under way", verb: "Note it", preview: true, begin: underWayForm},
		{path: at("lose"), op: "loseReturn", title: "Lost", verb: "It will never arrive", danger: true, preview: true, begin: returnStep("lose", said{Text: "It is noted as lost."})},
		{path: at("receive"), op: "receiveReturn", title: "Receive", verb: "Receive it", preview: true, begin: receiveForm},
		{path: at("inspect"), op: "inspectReturn", title: "Inspect", verb: "Decide it", preview: true, begin: inspectForm},
		{path: at("dispose/{piece}"), op: "disposeReturn", title: "Move on", verb: "Move it", preview: true, begin: disposeForm},
		{path: at("refund/{grant}"), op: "retryGrant", title: "Refund again", verb: "Refund it again", begin: refundAgainForm},
		{path: at("charge"), op: "chargeExchange", title: "Charge", verb: "Charge it", danger: true, preview: true, begin: returnStep("charge", said{Text: "The replacement is charged."})},
		{path: at("waive"), op: "waiveExchange", title: "Waive", verb: "Give it away", danger: true, preview: true, begin: returnStep("waive", said{Text: "The replacement is given away."})},
	}
}

// returnSubject begins every form of a return.
func returnSubject(v *visit, step string) (*subject, *api.Return, error) {
	var r api.Return
	id := v.r.PathValue("id")
	if err := v.get("getReturn", slots("id", id), nil, &r); err != nil {
		return nil, nil, err
	}
	s := &subject{name: v.t("Return %s", number0(r.Number)), slots: slots("id", id), version: r.Version, back: returnsPath + "/" + id, no: v.noStep(&r, step)}
	s.effects = func(answer []byte) ([]effect, error) {
		var after api.Return
		err := jsonx.Unmarshal(answer, &after)
		return v.returnEffects(&r, &after), err
	}
	return s, &r, nil
}

// said is what is said when something was done.
type said struct{ Text string }

// returnStep is a step that asks for nothing.
func returnStep(step string, done said) func(*visit) (*subject, error) {
	return func(v *visit) (*subject, error) {
		s, r, err := returnSubject(v, step)
		if err != nil {
			return nil, err
		}
		s.about = strings.Join(findings(r), " ")
		s.done = func([]byte) string { return v.t(done.Text) }
		return s, nil
	}
}

// findings are why the policy says what it says, as sentences.
func findings(r *api.Return) (out []string) {
	for _, f := range r.Findings {
		out = append(out, pages.Sentence(f.Detail))
	}
	return out
}

func declineForm(v *visit) (*subject, error) {
	s, r, err := returnSubject(v, "decline")
	if err != nil {
		return nil, err
	}
	s.about = strings.Join(findings(r), " ")
	s.fields = []field{{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"policy", "window_over", "final_sale", "condition", "abuse", "other"}, ""), Required: true}}
	s.done = func([]byte) string { return v.t("It was declined.") }
	return s, nil
}

func giveUpForm(v *visit) (*subject, error) {
	s, _, err := returnSubject(v, "cancel")
	if err != nil {
		return nil, err
	}
	s.about = v.t("Nothing comes back then; a label that was bought is given back to its carrier.")
	s.fields = []field{{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"customer", "kept", "mistake", "other"}, ""), Required: true}}
	s.done = func([]byte) string { return v.t("It was given up.") }
	return s, nil
}

func returnLabelForm(v *visit) (*subject, error) {
	s, r, err := returnSubject(v, "label")
	if err != nil {
		return nil, err
	}
	s.version = 0 // of the label, which there is none of yet
	s.about = v.t("From the customer to %s. The preview says what it costs.", r.Location)
	s.fields = []field{
		{Name: "carrier", Label: "Carrier", Kind: "text", Help: "Empty: the cheapest that takes it."},
		{Name: "service", Label: "Service", Kind: "text"},
	}
	s.effects = func(answer []byte) ([]effect, error) {
		var l api.Label
		if err := jsonx.Unmarshal(answer, &l); err != nil {
			return nil, err
		}
		return []effect{
			{Text: v.t("Label"), After: strings.TrimSpace(l.Carrier + " " + l.Service)},
			{Text: v.t("Expected cost"), After: v.money(l.Quoted)},
		}, nil
	}
	s.done = func([]byte) string {
		return v.t("The label was asked for. It stands on this page as soon as the carrier has made it.")
	}
	return s, nil
}

func underWayForm(v *visit) (*subject, error) {
	s, _, err := returnSubject(v, "ship")
	if err != nil {
		return nil, err
	}
	s.about = v.t("The customer has sent it. Give the number of the parcel where it is known: then a scan of it leads here.")
	s.fields = []field{
		{Name: "carrier", Label: "Carrier", Kind: "text"},
		{Name: "tracking_number", Label: "Tracking number", Kind: "text"},
		{Name: "prepaid", Label: "With a label that we paid for", Kind: "check"},
	}
	s.done = func([]byte) string { return v.t("It is noted as under way.") }
	return s, nil
}

// strays is how many products that nobody expected one receipt can note.
const strays = 3

func receiveForm(v *visit) (*subject, error) {
	s, r, err := returnSubject(v, "receive")
	if err != nil {
		return nil, err
	}
	names, err := v.lineNames(r.Order)
	if err != nil {
		return nil, err
	}
	s.about = v.t("Scan each unit, or type how many came. They wait in quality at %s until they are inspected.", r.Location)
	rows := field{Name: "lines", Label: "What came", Kind: "rows"}
	for i, l := range r.Lines {
		if n := expected(l); n > 0 {
			at := "lines." + strconv.Itoa(i) + "."
			rows.Rows = append(rows.Rows, rowField{Text: nameOr(names[l.Line], l.SKU), About: l.SKU, Code: l.SKU, Hidden: map[string]string{at + "line": l.Line}, Name: at + "quantity", Most: n})
		}
	}
	s.fields = []field{{Name: "_scan", Label: "Scan", Kind: "scan", Help: "The barcode of a unit counts its line up."}, rows}
	stray := field{Name: "unexpected", Label: "Not expected", Kind: "looks", Help: "It is noted, and no stock moves."}
	for i := range strays {
		at := "unexpected." + strconv.Itoa(i) + "."
		stray.Rows = append(stray.Rows, rowField{Text: v.t("Product %d", i+1), Name: at + "quantity", Shown: true, Fields: []field{{Name: at + "sku", Label: "SKU", Kind: "text"}}})
	}
	s.fields = append(s.fields, stray, field{Name: "last", Label: "Nothing more will come", Kind: "check", Help: "What is missing then is not waited for."})
	s.done = func([]byte) string { return v.t("It was received. Inspect it next.") }
	return s, nil
}

func nameOr(name, sku string) string {
	if name == "" {
		return sku
	}
	return name
}

// lineNames are the names of an order's products, for those who may see it.
func (v *visit) lineNames(order string) (map[string]string, error) {
	if !v.may("orders:read") {
		return nil, nil
	}
	var o api.Order
	err := v.get("getOrder", slots("id", order), nil, &o)
	return namesOfLines(&o), err
}

// dispositions are what may become of units, with the keys that choose them.
var dispositions = []struct{ code, key string }{
	{"restock", "r"}, {"refurbish", "f"}, {"quarantine", "q"}, {"scrap", "s"}, {"return_to_vendor", "v"}, {"return_to_customer", "c"},
}

// inspectForm asks for the condition of what came and what becomes of it, by one key each. Units of a line in different
// conditions take a row each.
func inspectForm(v *visit) (*subject, error) {
	s, r, err := returnSubject(v, "inspect")
	if err != nil {
		return nil, err
	}
	var policy api.ReturnPolicy
	if err := v.get("getPolicyOfReturn", s.slots, nil, &policy); err != nil {
		return nil, err
	}
	names, err := v.lineNames(r.Order)
	if err != nil {
		return nil, err
	}
	s.about = v.t("A figure says the condition, a letter what becomes of it. The preview shows what is refunded.")
	rows, n := field{Name: "units", Label: "Units", Kind: "looks"}, 0
	for _, l := range r.Lines {
		left := toInspect(r, l)
		for i := range min(left, splits) {
			row := v.lookRow(n, l, nameOr(names[l.Line], l.SKU), left, &policy)
			if i == 0 {
				row.Value = strconv.FormatInt(left, 10)
			} else {
				row.Text = v.t("%s, others of it", row.Text)
			}
			rows.Rows = append(rows.Rows, row)
			n++
		}
	}
	s.fields = []field{rows}
	s.done = func([]byte) string { return v.t("It was inspected.") }
	return s, nil
}

// splits is in how many conditions units of one line can be found at once.
const splits = 3

func (v *visit) lookRow(n int, l api.ReturnLine, name string, left int64, p *api.ReturnPolicy) rowField {
	at := "units." + strconv.Itoa(n) + "."
	condition := field{Name: at + "condition", Label: "Condition", Kind: "radio"}
	for i, c := range p.Conditions {
		o := option{Value: c.Code, Text: v.word(c.Code), About: v.becomes(c)}
		if i < 9 {
			o.Key = strconv.Itoa(i + 1)
		}
		condition.Options = append(condition.Options, o)
	}
	becomes := field{Name: at + "disposition", Label: "What becomes of it", Kind: "radio", Options: []option{{Text: v.t("As the condition says"), On: true, Key: "d"}}}
	for _, d := range dispositions {
		becomes.Options = append(becomes.Options, option{Value: d.code, Text: v.word(d.code), Key: d.key})
	}
	accepted := field{Name: at + "accepted", Label: "Accepted", Kind: "select", Options: []option{{Text: v.t("As the condition says"), On: true}, {Value: "true", Text: v.t("Yes: it is refunded")}, {Value: "false", Text: v.t("No: it is rejected")}}}
	reason := field{Name: at + "reason", Label: "Why rejected", Kind: "select", Options: v.optionsOf([]string{"wrong_item", "used", "damaged_by_customer", "incomplete", "not_ours", "condition", "other"}, "")}
	about := l.SKU + " · " + v.word(l.Reason)
	if l.Condition != "" {
		about += " · " + v.t("the customer says: %s", lower(v.word(l.Condition)))
	}
	return rowField{
		Text: name, About: about, Code: l.SKU, Hidden: map[string]string{at + "line": l.Line}, Name: at + "quantity", Most: left,
		Fields: []field{condition, becomes, accepted, reason},
	}
}

// becomes says what a policy does with a condition.
func (v *visit) becomes(c api.ReturnCondition) string {
	text := lower(v.word(c.Disposition))
	if c.Bucket != "" && c.Bucket != "available" {
		text += " (" + lower(v.word(c.Bucket)) + ")"
	}
	if !c.Accept {
		text = v.t("rejected, %s", text)
	}
	if c.FeePercent > 0 {
		text += ", " + v.t("fee %d%%", c.FeePercent)
	}
	return text
}

func disposeForm(v *visit) (*subject, error) {
	s, r, err := returnSubject(v, "dispose")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(r.Pieces, func(p api.ReturnPiece) bool { return p.ID == v.r.PathValue("piece") })
	if i < 0 {
		return nil, errNoPage
	}
	p := r.Pieces[i]
	s.about = v.t("%d units, %s, at %s: %s.", p.Quantity, lower(v.word(p.Condition)), p.Location, lower(v.word(p.Disposition)))
	becomes := field{Name: "disposition", Label: "What becomes of it", Kind: "radio", Required: true}
	for _, d := range dispositions {
		if d.code != p.Disposition {
			becomes.Options = append(becomes.Options, option{Value: d.code, Text: v.word(d.code), Key: d.key})
		}
	}
	s.fields = []field{
		{Name: "piece", Kind: "hidden", Value: p.ID},
		becomes,
		{Name: "bucket", Label: "Stock", Kind: "select", Options: v.optionsOf([]string{"available", "damaged", "quality"}, ""), Help: "Of a restock."},
		{Name: "quantity", Label: "Quantity", Kind: "number", Help: "Empty: all of it."},
	}
	s.done = func([]byte) string { return v.t("It was moved on.") }
	return s, nil
}

// refundAgainForm asks the provider once more for a refund that was refused.
func refundAgainForm(v *visit) (*subject, error) {
	s, r, err := returnSubject(v, "")
	if err != nil {
		return nil, err
	}
	var o api.Order
	if err := v.get("getOrder", slots("id", r.Order), nil, &o); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(o.Grants, func(g api.Grant) bool { return g.ID == v.r.PathValue("grant") && g.Return == number0(r.ID) })
	if i < 0 {
		return nil, errNoPage
	}
	g := o.Grants[i]
	s.slots, s.version, s.no = slots("id", r.Order, "grant", g.ID), o.Version, ""
	if g.Status != "failed" {
		s.no = v.t("Not possible now: it is %s.", lower(v.word(g.Status)))
	}
	s.about = v.t("%s of %s has arrived. The rest is asked for again, under a new key: nothing is paid twice.", v.money(g.Refunded), v.money(g.Amount))
	s.done = func([]byte) string { return v.t("The provider was asked. The outcome follows on this page.") }
	return s, nil
}

// returnEffects are what a step of a return changes; a is nil for a new one.
func (v *visit) returnEffects(a, b *api.Return) []effect {
	var out []effect
	var before api.Return
	if a != nil {
		before = *a
	}
	add := func(text, was, is, tone string) {
		out = append(out, effect{Text: text, Before: was, After: is, Tone: tone})
	}
	switch {
	case a == nil:
		add(v.t("Status"), "", v.word(b.Status), "")
		for _, f := range b.Findings {
			add(pages.Sentence(f.Detail), "", v.word(f.Verdict), "")
		}
	case a.Status != b.Status:
		add(v.t("Status"), v.word(a.Status), v.word(b.Status), "")
	}
	skus := map[string]string{}
	for i, l := range b.Lines {
		skus[l.Line] = l.SKU
		var was api.ReturnLine
		if i < len(before.Lines) {
			was = before.Lines[i]
		}
		for _, x := range []struct {
			Text string
			n    int64
		}{
			{Text: "%s: units received", n: l.Received - was.Received},
			{Text: "%s: units accepted", n: l.Accepted - was.Accepted},
			{Text: "%s: units rejected", n: l.Rejected - was.Rejected},
			{Text: "%s: units settled without coming back", n: l.Kept - was.Kept},
			{Text: "%s: units that will not come", n: l.Gone - was.Gone},
		} {
			if x.n > 0 {
				add(v.t(x.Text, l.SKU), "", v.number(x.n), "")
			}
		}
	}
	out = append(out, v.pieceEffects(before.Pieces, b.Pieces, skus)...)
	return append(out, v.returnMoney(&before, b)...)
}

// pieceEffects are where inspected units go.
func (v *visit) pieceEffects(before, after []api.ReturnPiece, skus map[string]string) (out []effect) {
	for i, p := range after {
		place := v.word(p.Disposition)
		if p.Bucket != "" {
			place += " · " + p.Location + " · " + lower(v.word(p.Bucket))
		}
		text := v.t("%d × %s, %s", p.Quantity, skus[p.Line], lower(v.word(p.Condition)))
		switch {
		case i >= len(before):
			out = append(out, effect{Text: text, After: place})
		case before[i].Disposition != p.Disposition:
			out = append(out, effect{Text: text, Before: v.word(before[i].Disposition), After: place})
		}
	}
	return out
}

// returnMoney is what a step refunds, or what would be refunded later; of an exchange what it comes to.
func (v *visit) returnMoney(a, b *api.Return) (out []effect) {
	for _, f := range b.Refunds[min(len(a.Refunds), len(b.Refunds)):] {
		out = append(out, v.refundEffects(f, b.RefundTo, false)...)
	}
	if len(b.Refunds) == len(a.Refunds) && b.Estimate != nil && (a.Estimate == nil || a.Estimate.Amount != b.Estimate.Amount) {
		out = append(out, v.refundEffects(*b.Estimate, b.RefundTo, true)...)
	}
	if x := b.Replacement; x != nil && (a.Replacement == nil || a.Replacement.Status != x.Status) {
		was := ""
		if a.Replacement != nil {
			was = v.word(a.Replacement.Status)
		}
		out = append(out, effect{Text: v.t("Replacement"), Before: was, After: v.word(x.Status)})
	}
	if x := b.Exchange; x != nil && (a.Exchange == nil || *a.Exchange != *x) {
		for _, y := range []struct {
			Text   string
			amount money.Money
		}{
			{Text: "What comes back is worth", amount: x.Returned},
			{Text: "What is sent instead costs", amount: x.Replacement},
			{Text: "The customer pays", amount: x.ToPay},
			{Text: "The customer gets back", amount: x.ToRefund},
		} {
			out = append(out, effect{Text: v.t(y.Text), After: v.money(y.amount)})
		}
	}
	return out
}

// refundEffects are the parts of a refund, with the fees that are taken off.
func (v *visit) refundEffects(f api.ReturnRefund, to string, later bool) []effect {
	out := []effect{{Text: v.t("Value of the units"), After: v.money(f.Items)}}
	if f.Shipping.Amount != 0 {
		out = append(out, effect{Text: v.t("Of the delivery charge"), After: v.money(f.Shipping)})
	}
	out = append(out, effect{Text: v.t("Fees taken off"), After: v.money(f.Fees)})
	text := v.t("Refunded to the payments")
	switch {
	case to == "store_credit" && later:
		text = v.t("Issued as store credit once it is accepted")
	case to == "store_credit":
		text = v.t("Issued as store credit")
	case later:
		text = v.t("Refunded once it is accepted")
	}
	out = append(out, effect{Text: text, After: v.money(f.Amount), Tone: "good"})
	if f.Bonus.Amount != 0 {
		out = append(out, effect{Text: v.t("Bonus of store credit"), After: v.money(f.Bonus)})
	}
	return out
}
