package console

import (
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/jsonx"
	"ordo/internal/money"
)

// caseActions are the forms of a case's page.
func caseActions() []action {
	at := func(path string) string { return "/cases/{id}" + path }
	return []action{
		{path: at("/reply"), op: "replyCase", title: "Write to the customer", verb: "Send the mail", begin: replyForm},
		{path: at("/note"), op: "writeCaseNote", title: "Add a note", verb: "Add the note", begin: caseNoteForm},
		{path: at("/message"), op: "writeCaseMessage", title: "What the customer said", verb: "Write it down", begin: messageForm},
		{path: at("/macro"), op: "runMacro", title: "Run macro", verb: "Run it", preview: true, begin: macroForm},
		{path: at("/status"), op: "moveCase", title: "Change status", verb: "Save", begin: moveForm},
		{path: at("/change"), op: "changeCase", title: "Change case", verb: "Save", begin: changeCaseForm},
	}
}

// caseSubject begins every form of a case.
func caseSubject(v *visit) (*subject, *api.Case, error) {
	var c api.Case
	id := v.r.PathValue("id")
	if err := v.get("getCase", slots("id", id), nil, &c); err != nil {
		return nil, nil, err
	}
	return &subject{name: v.t("Case %s", number0(c.Number)), slots: slots("id", id), version: c.Version, back: Root + "/cases/" + id}, &c, nil
}

func replyForm(v *visit) (*subject, error) {
	s, c, err := caseSubject(v)
	if err != nil {
		return nil, err
	}
	s.no, s.fix = v.noReply(c)
	s.about = v.t("A mail goes to %s. The answer comes back to this case.", c.Contact.Email)
	var next []string
	for _, status := range c.Allowed {
		if status != "closed" {
			next = append(next, status)
		}
	}
	s.fields = []field{
		{Name: "text", Label: "Text", Kind: "area", Required: true, Help: "Greeting and the shop's name are added."},
		{Name: "status", Label: "Status afterwards", Kind: "select", Options: v.optionsOf(next, ""), Help: "Empty: it stays."},
	}
	s.done = func([]byte) string { return v.t("The reply is on its way.") }
	return s, nil
}

func caseNoteForm(v *visit) (*subject, error) {
	s, _, err := caseSubject(v)
	if err != nil {
		return nil, err
	}
	s.version = 0 // a note disturbs nobody
	s.fields = []field{{Name: "text", Label: "Note", Kind: "area", Required: true, Help: "Colleagues see it, customers do not."}}
	s.done = func([]byte) string { return v.t("The note was added.") }
	return s, nil
}

func messageForm(v *visit) (*subject, error) {
	s, _, err := caseSubject(v)
	if err != nil {
		return nil, err
	}
	s.version = 0
	s.about = v.t("A case that waits for the customer, or is resolved, is opened again.")
	s.fields = []field{{Name: "text", Label: "What they said", Kind: "area", Required: true}, {Name: "via", Kind: "hidden", Value: "phone"}}
	s.done = func([]byte) string { return v.t("It stands in the thread.") }
	return s, nil
}

func moveForm(v *visit) (*subject, error) {
	s, c, err := caseSubject(v)
	if err != nil {
		return nil, err
	}
	s.no = v.noMove(c)
	s.about = v.t("The case is %s.", lower(v.word(c.Status)))
	s.fields = []field{
		{Name: "status", Label: "Status", Kind: "select", Options: v.optionsOf(c.Allowed, ""), Required: true},
		{Name: "note", Label: "Note", Kind: "area", Help: "Colleagues see it, customers do not."},
	}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}

func changeCaseForm(v *visit) (*subject, error) {
	s, c, err := caseSubject(v)
	if err != nil {
		return nil, err
	}
	users, err := v.s.app.ListUsers(v.ctx(), "", 1000)
	if err != nil {
		return nil, err
	}
	owners := field{Name: "owner", Label: "Works on it", Kind: "select"}
	known := false
	for _, u := range users {
		if u.Active {
			owners.Options = append(owners.Options, option{Value: u.ID, Text: u.Name, On: u.ID == c.Owner})
			known = known || u.ID == c.Owner
		}
	}
	if !known { // nobody, or a key: it stays unless somebody is chosen
		owners.Options = slices.Insert(owners.Options, 0, option{Value: c.Owner, Text: c.Owner, On: true})
	}
	queues, err := v.queues()
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(queues, func(q option) bool { return q.Value == c.Queue }) {
		queues = append(queues, option{Value: c.Queue, Text: v.word(c.Queue)})
	}
	for i := range queues {
		queues[i].On = queues[i].Value == c.Queue
	}
	s.fields = []field{
		owners,
		{Name: "priority", Label: "Priority", Kind: "select", Options: v.optionsOf([]string{"low", "normal", "high", "urgent"}, c.Priority)},
		{Name: "queue", Label: "Queue", Kind: "select", Options: queues, Help: "Another queue or priority measures the running clocks anew."},
		{Name: "orders", Label: "Orders", Kind: "list", Value: strings.Join(c.Orders, ", "), Help: "Their ids, separated by commas."},
	}
	s.done = func([]byte) string { return v.t("Saved.") }
	return s, nil
}

func macroForm(v *visit) (*subject, error) {
	s, c, err := caseSubject(v)
	if err != nil {
		return nil, err
	}
	if s.no = v.noMacro(c); s.no != "" {
		return s, nil
	}
	var macros api.List[api.Macro]
	if err := v.get("listMacros", nil, query("limit", "100"), &macros); err != nil {
		return nil, err
	}
	choice := field{Name: "macro", Label: "Macro", Kind: "select", Required: true, Options: []option{{}}}
	for _, m := range macros.Data {
		if m.Active {
			choice.Options = append(choice.Options, option{Value: m.Code, Text: m.Name})
		}
	}
	if len(choice.Options) == 1 {
		s.no = v.t("There are no macros yet. Developers make them by PUT /v1/macros/{code}.")
	}
	orders := field{Name: "order", Label: "Order", Kind: "select", Required: true}
	for _, id := range c.Orders[:min(len(c.Orders), caseOrders)] {
		text := id
		var o api.Order
		if v.may("orders:read") && v.get("getOrder", slots("id", id), nil, &o) == nil {
			text = v.t("Order %s", number0(o.Number))
		}
		orders.Options = append(orders.Options, option{Value: id, Text: text})
	}
	s.about = v.t("All of its steps are done, or none. Look at the preview first.")
	s.fields = []field{choice, orders}
	s.effects = v.macroEffects
	s.done = func([]byte) string { return v.t("The macro was run.") }
	return s, nil
}

// macroEffects tells what a macro would do, step by step, and what moves of money and stock.
func (v *visit) macroEffects(answer []byte) ([]effect, error) {
	var run api.MacroRun
	if err := jsonx.Unmarshal(answer, &run); err != nil {
		return nil, err
	}
	out := v.stepEffects(&run)
	if m := run.Money; m != nil {
		for _, x := range []struct {
			Text   string
			amount money.Money
		}{
			{Text: "Granted back", amount: m.Granted},
			{Text: "Asked to be refunded", amount: m.Refund},
			{Text: "Authorizations given up", amount: m.Void},
			{Text: "Store credit issued", amount: m.StoreCredit},
			{Text: "To pay then", amount: m.AmountDue},
			{Text: "Owed to the customer then", amount: m.RefundDue},
		} {
			if x.amount.Amount != 0 {
				out = append(out, effect{Text: v.t(x.Text), After: v.money(x.amount)})
			}
		}
	}
	for _, m := range run.Stock {
		sign := ""
		if m.Delta > 0 {
			sign = "+"
		}
		out = append(out, effect{Text: m.SKU + " · " + m.Location + " · " + lower(v.word(m.Bucket)), After: sign + v.number(m.Delta)})
	}
	return append(out, effect{Text: v.t("Status of the case"), After: v.word(run.Case.Status)}), nil
}

// stepEffects tells what each step of a macro does, texts as they will be read.
func (v *visit) stepEffects(run *api.MacroRun) (out []effect) {
	mails := run.Case.Mails
	for _, step := range run.Steps {
		e := effect{Text: v.word(step.Do), Long: step.Text}
		switch {
		case step.Amount != nil:
			e.After = v.money(*step.Amount)
		case step.Do == "reply" || step.Do == "resend_mail":
			if len(mails) > 0 {
				e.Long = mails[0].Subject
				if step.Do == "reply" {
					e.Long += "\n\n" + strings.TrimSpace(mails[0].Text)
				}
				mails = mails[1:]
			}
		case step.Do == "status":
			e.After = v.word(step.Status)
		case step.Do == "tag":
			e.After = step.Tag
		case step.Do == "change_address" && run.Order != nil:
			to := run.Order.ShippingAddress
			e.Long = strings.Join([]string{to.Name, to.Line1, strings.TrimSpace(to.PostalCode + " " + to.City), to.Country}, "\n")
		case step.Do == "reship" && run.Reships != nil:
			var lines []string
			for _, l := range run.Reships.Lines {
				lines = append(lines, v.number(l.Quantity)+" × "+l.SKU)
			}
			e.Long = strings.Join(lines, "\n")
		case step.Reason != "":
			e.After = v.word(step.Reason)
		}
		out = append(out, e)
	}
	return out
}
