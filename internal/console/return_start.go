package console

import (
	"slices"
	"strconv"

	"ordo/internal/api"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/pages"
)

// Forms of an order that begin what comes back: a return, an exchange, a claim.

// backSubject begins them. Only units that have left and are in no return or claim can be named.
func backSubject(v *visit) (*subject, *api.Order, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, nil, err
	}
	s.no = v.noReturn(o)
	s.effects = func(answer []byte) ([]effect, error) {
		var after api.Return
		err := jsonx.Unmarshal(answer, &after)
		return v.returnEffects(nil, &after), err
	}
	return s, o, nil
}

// noReturn says why nothing of an order can come back now; "" when something can.
func (v *visit) noReturn(o *api.Order) string {
	if slices.Contains(o.Allowed, "return") {
		return ""
	}
	for _, x := range o.NotAllowed {
		if x.Step == "return" {
			return v.t(pages.Sentence(x.Detail))
		}
	}
	return v.t("Nothing has shipped yet: cancel units instead.")
}

// returnable is how many units of a line can come back or be claimed.
func returnable(l api.OrderLine) int64 {
	u := l.Units
	return u.Shipped - u.ReturnRequested - u.ReturnedAccepted - u.ReturnedRejected - u.WrittenOff
}

// backRows are the lines of an order of which units can come back. With reasons, each asks for one.
func (v *visit) backRows(o *api.Order, p *api.ReturnPolicy) field {
	rows := field{Name: "lines", Label: "Lines", Kind: "rows"}
	if p != nil {
		rows.Kind = "looks"
	}
	for i, l := range o.Lines {
		n := returnable(l)
		if n <= 0 {
			continue
		}
		at := "lines." + strconv.Itoa(i) + "."
		row := rowField{Text: l.Name, About: l.SKU + " · " + v.money(l.UnitPrice), Code: l.SKU, Hidden: map[string]string{at + "line": l.ID}, Name: at + "quantity", Most: n}
		if p != nil {
			var reasons, conditions []string
			for _, r := range p.Reasons {
				reasons = append(reasons, r.Code)
			}
			for _, c := range p.Conditions {
				conditions = append(conditions, c.Code)
			}
			row.Fields = []field{
				{Name: at + "reason", Label: "Reason", Kind: "select", Options: v.optionsOf(reasons, "")},
				{Name: at + "condition", Label: "Condition, as the customer says", Kind: "select", Options: v.optionsOf(conditions, "")},
			}
		}
		rows.Rows = append(rows.Rows, row)
	}
	return rows
}

// wishes are the fields that returns and exchanges have in common.
func (v *visit) wishes(s *subject, o *api.Order) error {
	var p api.ReturnPolicy
	if err := v.get("getPolicyOfOrder", s.slots, nil, &p); err != nil {
		return err
	}
	s.fields = append(s.fields, v.backRows(o, &p))
	return nil
}

// besidesPolicy are the fields after the others: a decision against the policy, and the customer's words.
func (v *visit) besidesPolicy() []field {
	note := field{Name: "note", Label: "Note", Kind: "area", Help: "In the customer's words. It stands on the order."}
	if !v.may("returns:override") {
		return []field{note}
	}
	return []field{{Name: "override", Label: "Whatever the policy says", Kind: "select", Options: v.optionsOf([]string{"goodwill", "policy_error", "promised", "legal", "other"}, ""), Help: "It stays on record who decided so, and why."}, note}
}

// toReturn says that something begins, and goes there.
func (v *visit) toReturn(s *subject, text said) {
	s.done = func(answer []byte) string {
		var r api.Return
		if jsonx.Unmarshal(answer, &r) == nil && r.ID != nil {
			s.back = returnsPath + "/" + *r.ID
		}
		return v.t(text.Text, number0(r.Number))
	}
}

// refundTos are the choices where money goes.
func (v *visit) refundTo() field {
	return field{Name: "refund_to", Label: "Refund", Kind: "select", Options: []option{{Value: "tender", Text: v.t("Back to the payments"), On: true}, {Value: "store_credit", Text: v.t("As store credit")}}}
}

func startReturnForm(v *visit) (*subject, error) {
	s, o, err := backSubject(v)
	if err != nil || s.no != "" {
		return s, err
	}
	s.about = v.t("The policy of the channel judges it. The preview says what it decides and what would be refunded.")
	if err := v.wishes(s, o); err != nil {
		return nil, err
	}
	s.fields = append(append(s.fields, v.refundTo()), v.besidesPolicy()...)
	v.toReturn(s, said{Text: "Return %s was started."})
	return s, nil
}

// wanted is how many products an exchange can name.
const wanted = 3

func exchangeForm(v *visit) (*subject, error) {
	s, o, err := backSubject(v)
	if err != nil || s.no != "" {
		return s, err
	}
	s.about = v.t("What comes back pays for what is sent instead; only the difference moves. The same product costs what it cost.")
	if err := v.wishes(s, o); err != nil {
		return nil, err
	}
	items := field{Name: "items", Label: "Instead", Kind: "looks"}
	for i := range wanted {
		at := "items." + strconv.Itoa(i) + "."
		items.Rows = append(items.Rows, rowField{Text: v.t("Product %d", i+1), Name: at + "quantity", Shown: true, Fields: []field{{Name: at + "sku", Label: "SKU", Kind: "text"}}})
	}
	s.fields = append(append(s.fields, items), v.besidesPolicy()...)
	v.toReturn(s, said{Text: "Exchange %s was started."})
	return s, nil
}

func claimForm(v *visit) (*subject, error) {
	s, o, err := backSubject(v)
	if err != nil || s.no != "" {
		return s, err
	}
	s.about = v.t("For units that are missing, wrong or damaged: nothing has to come back. They are refunded, sent again for nothing, or both.")
	s.fields = []field{
		{Name: "reason", Label: "Reason", Kind: "select", Options: v.optionsOf([]string{"missing", "wrong", "damaged", "lost", "defective"}, ""), Required: true},
		v.backRows(o, nil),
		{Name: "remedy", Label: "Settled by", Kind: "select", Options: []option{{Value: "refund", Text: v.t("A refund")}, {Value: "reship", Text: v.t("Sending them again")}, {Value: "both", Text: v.t("Both")}}, Required: true},
		v.refundTo(),
		{Name: "note", Label: "Note", Kind: "area", Help: "The evidence, such as where a photo is. It stands on the order."},
	}
	effects := s.effects
	s.effects = func(answer []byte) ([]effect, error) {
		out, err := effects(answer)
		var r api.Return
		if err == nil && jsonx.Unmarshal(answer, &r) == nil && len(r.Sent) > 0 {
			units := int64(0)
			for _, l := range r.Lines {
				units += l.Quantity
			}
			out = append(out, effect{Text: v.t("Units sent again for nothing"), After: v.number(units)})
		}
		return out, err
	}
	v.toReturn(s, said{Text: "Claim %s was settled."})
	return s, nil
}

// orderReturns are what comes back of an order, for its page.
func (v *visit) orderReturns(o *api.Order) ([]returnRow, error) {
	if !v.may("returns:read") || len(o.Returns) == 0 {
		return nil, nil
	}
	var list api.List[api.Return]
	if err := v.get("listReturns", nil, query("order", number0(o.ID), "limit", "100"), &list); err != nil {
		return nil, err
	}
	var out []returnRow
	for _, r := range list.Data {
		out = append(out, rowOfReturn(r))
	}
	return out, nil
}

// backButtons begin what comes back of an order.
func (v *visit) backButtons(o *api.Order) []pageAction {
	at := Root + "/orders/" + v.r.PathValue("id") + "/"
	out := []pageAction{{Text: "Start a return", Path: at + "return", Key: "r"}, {Text: "Exchange", Path: at + "exchange"}, {Text: "Claim", Path: at + "claim"}}
	no := v.lacks("returns:write")
	if no == "" {
		no = v.noReturn(o)
	}
	for i := range out {
		out[i].No = no
	}
	return out
}

func (v *visit) inputAmount(m money.Money) string { return pages.InputAmount(m, v.lang) }
