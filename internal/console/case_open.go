package console

import (
	"net/url"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/service"
)

// caseOpenActions open a case: from the inbox for whoever calls, from the page of an order or a customer for theirs.
func caseOpenActions() []action {
	at := func(path string, begin func(*visit) (*subject, error)) action {
		return action{path: path, op: "openCase", title: "New case", verb: "Open the case", begin: begin}
	}
	return []action{
		at("/cases/new", openCaseForm),
		at("/orders/{id}/case", openOrderCase),
		at("/customers/{id}/case", openCustomerCase),
	}
}

// caseOpening begins them. More are the fields of who it is about, where the page does not say so.
func (v *visit) caseOpening(s *subject, more ...field) (*subject, error) {
	s.slots, s.version, s.effects = nil, 0, nil
	fill := s.fill
	s.fill = func(form url.Values, body any, list *errs.List) {
		if in := body.(*api.OpenCase); in.Text != "" { // somebody called
			in.Origin = "phone"
		}
		if fill != nil {
			fill(form, body, list)
		}
	}
	s.fields = append([]field{
		{Name: "subject", Label: "Subject", Kind: "text", Required: true},
		{Name: "text", Label: "What they said", Kind: "area", Help: "It becomes the first entry of the thread."},
		{Name: "note", Label: "Or a note", Kind: "area", Help: "Where nobody called. Colleagues see it, customers do not."},
	}, more...)
	queues, err := v.queues()
	if err != nil {
		return nil, err
	}
	if len(queues) > 0 {
		s.fields = append(s.fields, field{Name: "queue", Label: "Queue", Kind: "select", Options: append([]option{{}}, queues...), Help: v.t("Empty: %s.", v.queueCalled(queues, service.General))})
	}
	s.fields = append(s.fields,
		field{Name: "priority", Label: "Priority", Kind: "select", Options: v.optionsOf([]string{"low", "normal", "high", "urgent"}, ""), Help: "Empty: that of the queue."})
	s.done = func([]byte) string { return v.t("The case was opened.") }
	s.next = func(answer []byte) string {
		var made api.Case
		if jsonx.Unmarshal(answer, &made) != nil {
			return s.back
		}
		return Root + "/cases/" + number0(made.ID)
	}
	return s, nil
}

func openCaseForm(v *visit) (*subject, error) {
	s := &subject{back: Root + "/cases"}
	s.fill = func(form url.Values, body any, list *errs.List) {
		typed := strings.TrimSpace(form.Get("_order"))
		if typed == "" {
			return
		}
		id, err := v.orderCalled(typed)
		if err != nil || id == "" {
			list.Add("/_order", "invalid_value", "there is no order with this number that you may see")
			return
		}
		body.(*api.OpenCase).Orders = []string{id}
	}
	s.place = func(name string) string {
		if strings.HasPrefix(name, "orders") {
			return "_order"
		}
		return name
	}
	return v.caseOpening(s,
		field{Name: "_order", Label: "Order", Kind: "text", Help: "Its number. Who ordered is who the case is with, unless you type somebody else."},
		field{Name: "contact.name", Label: "Name", Kind: "text", Auto: "off"},
		field{Name: "contact.email", Label: "Mail address", Kind: "email", Auto: "off"},
		field{Name: "contact.phone", Label: "Phone", Kind: "text", Auto: "off"})
}

func openOrderCase(v *visit) (*subject, error) {
	s, o, err := orderSubject(v)
	if err != nil {
		return nil, err
	}
	s.about = v.t("The case is with %s, about this order.", o.Customer.Name)
	s.fill = func(_ url.Values, body any, _ *errs.List) { body.(*api.OpenCase).Orders = []string{number0(o.ID)} }
	return v.caseOpening(s)
}

func openCustomerCase(v *visit) (*subject, error) {
	s, c, err := customerSubject(v)
	if err != nil {
		return nil, err
	}
	s.fill = func(_ url.Values, body any, _ *errs.List) { body.(*api.OpenCase).Customer = number0(c.ID) }
	return v.caseOpening(s)
}
