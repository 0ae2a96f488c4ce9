package console

import (
	"net/http"

	"ordo/internal/api"
	"ordo/internal/errs"
)

const customersPath = Root + "/customers"

func customerRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: customersPath, Scope: "customers:read", handle: listCustomers},
		{Method: http.MethodGet, Path: customersPath + "/of", Scope: "customers:read", handle: customerOf},
		{Method: http.MethodGet, Path: customersPath + "/{id}", Scope: "customers:read", handle: showCustomer},
	}
}

// customerFilters are the parameters of the list, in the order of their chips.
var customerFilters = []string{"tag", "email", "q"}

type customersPage struct {
	filterBar
	Query     string
	Customers []api.CustomerRecord
	Next      string
	New       pageAction
}

func listCustomers(v *visit) error {
	p := customersPage{filterBar: v.filters(customerFilters, nil), Query: v.r.URL.Query().Get("q")}
	ask := p.ask(v, "50")
	var list api.List[api.CustomerRecord]
	if err := v.get("listCustomers", nil, ask, &list); err != nil {
		return err
	}
	p.Customers, p.Next = list.Data, v.nextPage(ask, list.NextCursor)
	p.New = pageAction{Text: "New customer", Path: customersPath + "/new", Key: "n", Primary: true, No: v.lacks("customers:write")}
	return v.page(http.StatusOK, "customers", "Customers", "cus", p)
}

// lacks says that the person may not do what needs a scope; "" when they may.
func (v *visit) lacks(scope string) string {
	if v.may(scope) {
		return ""
	}
	return v.t("Your roles do not allow this: it needs %s.", scope)
}

// customerOf goes to the customer who has a mail address. Where there is none on record, one may be made with it.
func customerOf(v *visit) error {
	q := v.r.URL.Query()
	var list api.List[api.CustomerRecord]
	if email := q.Get("email"); email != "" {
		if err := v.get("listCustomers", nil, query("email", email, "limit", "1"), &list); err != nil {
			return err
		}
	}
	switch {
	case len(list.Data) == 1:
		v.redirect(customersPath + "/" + number0(list.Data[0].ID))
	case v.may("customers:write"):
		v.flash(v.t("Nobody is on record with this mail address yet. Orders need no record; notes and addresses do."))
		v.redirect(customersPath + "/new?" + query("email", q.Get("email"), "name", q.Get("name"), "phone", q.Get("phone")).Encode())
	default:
		v.redirect(customersPath + "?" + query("email", q.Get("email")).Encode())
	}
	return nil
}

type customerPage struct {
	Customer api.CustomerRecord
	ID       string
	Known    *api.CustomerOverview // what orders tell; nil without a mail address, and for those who may not see orders
	Cases    []api.OverviewCase
	Events   []timelineEntry
	Names    map[string]string
	Numbers  map[string]string // of orders
	Actions  []pageAction
	Change   bool // the person may change it
	Credit   pageAction
}

func showCustomer(v *visit) error {
	id := v.r.PathValue("id")
	p := customerPage{ID: id, Numbers: map[string]string{}}
	if err := v.get("getCustomer", slots("id", id), nil, &p.Customer); err != nil {
		return err
	}
	c := &p.Customer
	actors := []string{}
	for _, n := range c.Notes {
		actors = append(actors, n.By)
	}
	if c.Email != "" && v.may("orders:read") {
		p.Known = &api.CustomerOverview{}
		if err := v.get("getCustomerOverview", nil, query("email", c.Email), p.Known); err != nil {
			return err
		}
		for _, o := range p.Known.Orders {
			p.Numbers[o.ID] = o.Number
		}
		for _, e := range p.Known.Events {
			actors = append(actors, e.Actor)
		}
	}
	var err error
	if p.Names, err = v.s.app.Names(v.ctx(), actors); err != nil {
		return err
	}
	if p.Known != nil {
		p.Events = v.timeline(oldestFirst(p.Known.Events), p.Names)
	}
	if v.may("cases:read") {
		if err := p.itsCases(v); err != nil {
			return err
		}
	}
	p.Change = v.may("customers:write") && c.ErasedAt == ""
	p.Actions = v.customerButtons(c)
	p.Credit = pageAction{Text: "Grant store credit", Path: customersPath + "/" + id + "/credit", No: v.noCredit(c)}
	title := c.Name
	if title == "" {
		title = v.t("Customer")
	}
	return v.page(http.StatusOK, "customer", title, id, p)
}

// itsCases are the cases of a customer, whether by mail address or not.
func (p *customerPage) itsCases(v *visit) error {
	var list api.List[api.Case]
	if err := v.get("listCases", nil, query("customer", p.ID, "limit", "50"), &list); err != nil {
		return err
	}
	for _, c := range list.Data {
		p.Cases = append(p.Cases, api.OverviewCase{ID: number0(c.ID), Number: number0(c.Number), Status: c.Status, Priority: c.Priority, Subject: c.Subject, DueAt: c.DueAt, OpenedAt: c.OpenedAt})
	}
	return nil
}

// oldestFirst turns events around that came the newest first: the timeline does so once more.
func oldestFirst(events []api.Event) []api.Event {
	out := make([]api.Event, 0, len(events))
	for i := len(events) - 1; i >= 0; i-- {
		out = append(out, events[i])
	}
	return out
}

// customerButtons are the actions of a customer, those that are not possible now with the reason.
func (v *visit) customerButtons(c *api.CustomerRecord) []pageAction {
	at := customersPath + "/" + v.r.PathValue("id") + "/"
	out := []pageAction{
		{Text: "Note", Path: at + "note", Key: "n"},
		{Text: "Edit", Path: at + "edit", Key: "e"},
		{Text: "Tags", Path: at + "tags", Key: "t"},
		{Text: "New case", Path: at + "case", Key: "c"},
		{Text: "Erase", Path: at + "erase", Danger: true},
	}
	for i := range out {
		scope := "customers:write"
		if out[i].Text == "New case" {
			scope = "cases:write"
		}
		if out[i].No = v.lacks(scope); out[i].No == "" {
			out[i].No = v.wasErased(c)
		}
	}
	return out
}

func (v *visit) wasErased(c *api.CustomerRecord) string {
	if c.ErasedAt != "" {
		return v.t("What is personal of the customer was erased.")
	}
	return ""
}

func (v *visit) noCredit(c *api.CustomerRecord) string {
	switch {
	case !v.may("payments:write"):
		return v.lacks("payments:write")
	case c.ErasedAt != "":
		return v.wasErased(c)
	case c.Email == "":
		return v.t("Store credit belongs to a mail address: add one first.")
	}
	return ""
}

// confirmed refuses what was not typed again.
func (v *visit) confirmed(typed, want string) error {
	var list errs.List
	if typed != want {
		list.Add("/_confirm", "invalid_value", "%s", v.t("type %s exactly as it stands here", want))
	}
	return list.Err()
}

// customerLink leads to the page of who ordered or wrote; "" for those who may not see it, or with nobody to lead to.
func (v *visit) customerLink(id, email, name, phone string) string {
	switch {
	case !v.may("customers:read"):
		return ""
	case id != "":
		return customersPath + "/" + id
	case email != "":
		return customersPath + "/of?" + query("email", email, "name", name, "phone", phone).Encode()
	}
	return ""
}
