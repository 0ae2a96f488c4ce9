package api

import (
	"net/http"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/money"
	"ordo/internal/service"
	"ordo/internal/work"
)

// MacroStep is one thing that a macro does. Which fields count says do.
type MacroStep struct {
	Do      string           `json:"do,omitzero" enum:"cancel,refund,reship,appease,change_address,resend_mail,reply,note,tag,status"`
	Reason  string           `json:"reason,omitzero" maxLength:"64" doc:"cancel, refund, appease: a code"`
	Lines   []LineUnit       `json:"lines,omitzero" maxItems:"1000" doc:"cancel, refund, reship: units; without them all of the order"`
	Amount  int64            `json:"amount,omitzero" minimum:"0" doc:"refund, appease: minor units of the order's currency"`
	Percent int64            `json:"percent,omitzero" minimum:"0" maximum:"100" doc:"refund, appease: of the order's total, instead of an amount"`
	Tender  string           `json:"tender,omitzero" enum:"refund,store_credit" doc:"appease: in what it is given"`
	Address *address.Address `json:"address,omitzero" doc:"change_address"`
	Text    string           `json:"text,omitzero" maxLength:"20000" doc:"reply, note; {customer}, {number}, {case} and {agent} are filled in"`
	Channel string           `json:"channel,omitzero" maxLength:"64" doc:"reply: code of the sales channel that writes; that of the first order of the case when left out"`
	Mail    string           `json:"mail,omitzero" maxLength:"64" doc:"resend_mail: name of its template, such as order_shipped; the order's last mail when left out"`
	Tag     string           `json:"tag,omitzero" maxLength:"64"`
	Status  string           `json:"status,omitzero" enum:"open,pending_customer,pending_internal,on_hold,resolved,closed"`
}

// Macro is a named row of steps.
type Macro struct {
	Code    string      `json:"code" example:"late_parcel"`
	Version int64       `json:"version"`
	Name    string      `json:"name"`
	Active  bool        `json:"active"`
	Steps   []MacroStep `json:"steps"`
}

// PutMacro is the body of PUT /v1/macros/{code}.
type PutMacro struct {
	Name   string      `json:"name" minLength:"1" maxLength:"200"`
	Active *bool       `json:"active,omitzero" doc:"true when left out"`
	Steps  []MacroStep `json:"steps" minItems:"1" maxItems:"20" doc:"done in this order; what a step leaves open is given when the macro is run"`
}

// RunMacro is the body of POST /v1/cases/{id}/macros.
type RunMacro struct {
	Macro string      `json:"macro,omitzero" maxLength:"64" doc:"code of a macro; without it the steps as they are"`
	Order string      `json:"order,omitzero" maxLength:"64" doc:"id of an order of the case; its only one when left out"`
	Steps []MacroStep `json:"steps,omitzero" maxItems:"20" doc:"with a macro: what its steps leave open, in the same order"`
}

// MacroRun is what a macro did, or would do.
type MacroRun struct {
	Case    Case         `json:"case"`
	Steps   []MacroDone  `json:"steps"`
	Money   *MacroMoney  `json:"money,omitzero" doc:"what changed of the order's money"`
	Stock   []MacroStock `json:"stock" doc:"what moved"`
	Order   *Order       `json:"order,omitzero" doc:"the order as it is then"`
	Reships *Order       `json:"reships,omitzero" doc:"the order that sends the goods again"`
}

// MacroDone is what one step did.
type MacroDone struct {
	Do     string       `json:"do"`
	Reason string       `json:"reason,omitzero"`
	Amount *money.Money `json:"amount,omitzero"`
	Tender string       `json:"tender,omitzero"`
	Mail   string       `json:"mail,omitzero" doc:"id of the mail that was sent again"`
	Status string       `json:"status,omitzero" doc:"of the case then"`
	Tag    string       `json:"tag,omitzero" doc:"that the case got"`
	Text   string       `json:"text,omitzero" doc:"note: as it is written, with the names filled in; the text of a reply stands in mails of the case"`
	Made   string       `json:"made,omitzero" doc:"id of what it made: an order, a grant, an account of store credit, a mail"`
}

// MacroMoney is what changed of an order's money.
type MacroMoney struct {
	Total       money.Money `json:"total" doc:"change of the order's total"`
	Granted     money.Money `json:"granted" doc:"granted back"`
	Refund      money.Money `json:"refund" doc:"refunds asked for"`
	Void        money.Money `json:"void" doc:"authorizations given up"`
	StoreCredit money.Money `json:"store_credit" doc:"issued"`
	AmountDue   money.Money `json:"amount_due" doc:"what the customer has to pay then; 0 where money is owed to the customer"`
	RefundDue   money.Money `json:"refund_due" doc:"what is owed to the customer then, and has not arrived"`
}

// MacroStock is what moved at one position.
type MacroStock struct {
	SKU      string `json:"sku"`
	Location string `json:"location"`
	Bucket   string `json:"bucket"`
	Delta    int64  `json:"delta"`
}

func stepsOf(in []MacroStep) []service.Step {
	var out []service.Step
	for _, s := range in {
		step := service.Step{
			Do: s.Do, Reason: s.Reason, Amount: s.Amount, Percent: s.Percent, Tender: s.Tender, Address: s.Address, Text: s.Text, Channel: s.Channel, Mail: s.Mail, Tag: s.Tag,
			Status: service.Status(s.Status),
		}
		for _, l := range s.Lines {
			step.Lines = append(step.Lines, service.Units(l))
		}
		out = append(out, step)
	}
	return out
}

func macroJSON(m *service.Macro) Macro {
	out := Macro{Code: m.ID, Version: m.Version, Name: m.Name, Active: m.Active, Steps: []MacroStep{}}
	for _, s := range m.Steps {
		step := MacroStep{
			Do: s.Do, Reason: s.Reason, Amount: s.Amount, Percent: s.Percent, Tender: s.Tender, Address: s.Address, Text: s.Text, Channel: s.Channel, Mail: s.Mail, Tag: s.Tag, Status: string(s.Status),
		}
		for _, l := range s.Lines {
			step.Lines = append(step.Lines, LineUnit(l))
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

func putMacro(c *call) error {
	var in PutMacro
	if err := c.shared(&in); err != nil {
		return err
	}
	m := &service.Macro{Meta: doc.Meta{ID: c.r.PathValue("code")}, Name: in.Name, Active: yes(in.Active), Steps: stepsOf(in.Steps)}
	return save(c, m, c.s.app.SaveMacro, macroJSON)
}

func getMacro(c *call) error { return read(c, c.r.PathValue("code"), c.s.app.Macro, macroJSON) }

func listMacros(c *call) error {
	return list(c, c.s.app.ListMacros, macroJSON, func(m *service.Macro) string { return m.ID })
}

func runMacro(c *call) error {
	id, err := c.sharedID("case", "case")
	if err != nil {
		return err
	}
	var in RunMacro
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.RunMacro{Case: id, Order: in.Order, Macro: in.Macro, Steps: stepsOf(in.Steps), By: c.key.ID, May: c.key.Allows}
	err = c.run(
		func(m work.Meta) work.Outcome { return c.s.app.RunMacro(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryRunMacro(c.r.Context(), cmd, m) },
		rendered(http.StatusOK, c.macroRunJSON))
	if errs.Is(err, "missing_scope") {
		return c.s.refused(c, errs.As(err))
	}
	return err
}

func (c *call) macroRunJSON(v *app.MacroView) MacroRun {
	out := MacroRun{Case: c.caseViewJSON(v.CaseView), Steps: []MacroDone{}, Stock: []MacroStock{}}
	for i, s := range v.Ran.Steps {
		done := MacroDone{Do: s.Do, Reason: s.Reason, Tender: s.Tender, Mail: s.Mail, Status: string(s.Status), Made: s.Made}
		if s.Do == "tag" {
			done.Tag = v.Texts[i]
		} else {
			done.Text = v.Texts[i]
		}
		if s.Currency != "" {
			done.Amount = &money.Money{Amount: s.Amount, Currency: s.Currency}
		}
		if c.dryRun() {
			done.Made = ""
		}
		out.Steps = append(out.Steps, done)
	}
	for _, m := range v.Stock {
		out.Stock = append(out.Stock, MacroStock{m.SKU, m.Location, string(m.Bucket), m.Delta})
	}
	if v.Order == nil {
		return out
	}
	a, b, currency := v.Before, v.Order, v.Order.Order.Currency
	sa, sb := a.Sums(), b.Sums()
	amount := func(n int64) money.Money { return money.Money{Amount: n, Currency: currency} }
	out.Money = &MacroMoney{
		Total: amount(b.Order.Totals.GrandTotal - a.Order.Totals.GrandTotal), Granted: amount(b.Order.Granted() - a.Order.Granted()),
		Refund: amount(sb.Refunded + sb.RefundPending - sa.Refunded - sa.RefundPending), Void: amount(sb.Voided + sb.VoidPending - sa.Voided - sa.VoidPending),
		StoreCredit: amount(v.Credit), AmountDue: amount(max(0, b.Due())), RefundDue: amount(b.RefundDue()),
	}
	o := orderJSON(b)
	out.Order = &o
	if v.Again != nil {
		again := orderJSON(v.Again)
		if c.dryRun() {
			again.ID, again.Number = nil, nil
		}
		out.Reships = &again
	}
	return out
}
