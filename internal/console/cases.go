package console

import (
	"net/http"
	"net/url"
	"time"

	"ordo/internal/api"
)

func caseRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: Root + "/cases", Scope: "cases:read", handle: listCases},
		{Method: http.MethodGet, Path: Root + "/cases/{id}", Scope: "cases:read", handle: showCase},
	}
}

// caseFilters are the parameters of the inbox, in the order of their chips.
var caseFilters = []string{"open", "status", "queue", "owner", "due_before", "tag", "q"}

type casesPage struct {
	filterBar
	Views []view
	Own   keptBar
	Cases []api.Case
	Names map[string]string // of owners
	Next  string
	New   []pageAction

	Queues map[string]string // their names, by code
}

// caseViews are the lists that people work by. The moment of the overdue stands in the address, so that its pages fit.
func (v *visit) caseViews(now time.Time) []view {
	return []view{
		{Text: "All"},
		{Text: "Unresolved", Query: query("open", "true")},
		{Text: "Mine", Query: query("open", "true", "owner", v.person.User.ID)},
		{Text: "Overdue", Query: query("open", "true", "due_before", now.UTC().Format(time.RFC3339))},
		{Text: "Waiting for customers", Query: query("status", "pending_customer")},
		{Text: "Resolved", Query: query("status", "resolved")},
	}
}

func listCases(v *visit) error {
	options := map[string][]string{"open": api.Values("listCases", "open"), "status": api.Values("listCases", "status")}
	queues, err := v.queues()
	if err != nil {
		return err
	}
	p := casesPage{Queues: map[string]string{}}
	for _, q := range queues {
		options["queue"] = append(options["queue"], q.Value)
		p.Queues[q.Value] = q.Text
	}
	p.filterBar = v.filters(caseFilters, options)
	for i, f := range p.Filters {
		if f.Name == "owner" { // elsewhere the word is a role's
			p.Filters[i].Text = "works_on_it"
		}
		if f.Name == "queue" {
			p.Filters[i].Names, p.Filters[i].Shown = p.Queues, p.Queues[f.Value]
		}
	}
	ask := p.ask(v, "50")
	var list api.List[api.Case]
	if err := v.get("listCases", nil, ask, &list); err != nil {
		return err
	}
	p.New = v.only("cases:write", []pageAction{{Text: "New case", Path: Root + "/cases/new", Key: "n", Primary: true}})
	p.Cases, p.Next = list.Data, v.nextPage(ask, list.NextCursor)
	if p.Names, err = namesOf(v, list.Data, func(c api.Case) string { return c.Owner }); err != nil {
		return err
	}
	for _, w := range v.caseViews(time.Now()) {
		w.Path = p.Path
		if len(w.Query) > 0 {
			w.Path += "?" + w.Query.Encode()
		}
		w.Current = sameView(w.Query, p.query)
		p.Views = append(p.Views, w)
	}
	if p.Own, err = v.kept("cases", p.filterBar, p.Views); err != nil {
		return err
	}
	return v.page(http.StatusOK, "cases", "Cases", "case", p)
}

// sameView compares filters; overdue is overdue at whatever moment.
func sameView(a, b url.Values) bool {
	if len(a) != len(b) {
		return false
	}
	for name := range a {
		if !b.Has(name) || name != "due_before" && a.Get(name) != b.Get(name) {
			return false
		}
	}
	return true
}

// queues are all queues by their names, for those who may see them.
func (v *visit) queues() ([]option, error) {
	if !v.may("service:read") {
		return nil, nil
	}
	var list api.List[api.Queue]
	err := v.get("listQueues", nil, query("limit", "100"), &list)
	out := make([]option, len(list.Data))
	for i, q := range list.Data {
		out[i] = option{Value: q.Code, Text: q.Name}
	}
	return out, err
}

// queueCalled is the name of one of the queues.
func (v *visit) queueCalled(queues []option, code string) string {
	for _, q := range queues {
		if q.Value == code {
			return q.Text
		}
	}
	return v.word(code)
}

// caseOrders is how many orders stand beside a case in full.
const caseOrders = 10

type casePage struct {
	Case   api.Case
	ID     string
	Thread []api.CaseEntry
	Names  map[string]string
	Orders []api.Order
	More   int // orders that are not shown

	Queue        string // its name
	CustomerPage string
	Actions      []pageAction
}

func showCase(v *visit) error {
	id := v.r.PathValue("id")
	p := casePage{ID: id}
	if err := v.get("getCase", slots("id", id), nil, &p.Case); err != nil {
		return err
	}
	var thread api.List[api.CaseEntry]
	if err := v.get("getCaseThread", slots("id", id), query("limit", "1000"), &thread); err != nil {
		return err
	}
	p.Thread = thread.Data
	actors := []string{p.Case.Owner}
	for _, e := range p.Thread {
		actors = append(actors, e.By)
	}
	var err error
	if p.Names, err = v.s.app.Names(v.ctx(), actors); err != nil {
		return err
	}
	if v.may("orders:read") {
		for i, order := range p.Case.Orders {
			if i == caseOrders {
				p.More = len(p.Case.Orders) - i
				break
			}
			var o api.Order
			if err := v.get("getOrder", slots("id", order), nil, &o); err != nil {
				return err
			}
			p.Orders = append(p.Orders, o)
		}
	}
	queues, err := v.queues()
	if err != nil {
		return err
	}
	p.Queue = v.queueCalled(queues, p.Case.Queue)
	p.CustomerPage = v.customerLink(p.Case.Customer, p.Case.Contact.Email, p.Case.Contact.Name, p.Case.Contact.Phone)
	p.Actions = v.caseButtons(&p.Case)
	return v.page(http.StatusOK, "case", v.t("Case %s", number0(p.Case.Number)), id, p)
}

// caseButtons are the actions of a case, those that are not possible now with the reason.
func (v *visit) caseButtons(c *api.Case) []pageAction {
	at := Root + "/cases/" + v.r.PathValue("id") + "/"
	no, fix := v.noReply(c)
	out := []pageAction{
		{Text: "Reply", Path: at + "reply", Key: "r", No: no, Fix: fix},
		{Text: "Note", Path: at + "note", Key: "n"},
		{Text: "They called", Path: at + "message"},
		{Text: "Run macro", Path: at + "macro", Key: "m", No: v.noMacro(c)},
		{Text: "Status", Path: at + "status", No: v.noMove(c)},
		{Text: "Change", Path: at + "change"},
	}
	return v.only("cases:write", out)
}

// noReply says why nobody can be written to, and the page where that is mended, for those who may.
func (v *visit) noReply(c *api.Case) (no, fix string) {
	switch {
	case c.Contact.Email == "":
		return v.t("There is no mail address to write to."), ""
	case c.Status == "closed":
		return v.t("The case is closed."), ""
	}
	channel, can, err := v.s.app.Writer(v.ctx(), c.Orders)
	switch {
	case can || err != nil: // what fails here fails there, and says why
		return "", ""
	case channel == nil:
		return v.t("The case names no order, so no sales channel writes for it: add its order by Change."), ""
	}
	if scope, _ := api.Scope(channelKind.put); v.may(scope) {
		fix = channelKind.at(channel.ID) + "/mails"
	}
	return v.t("The sales channel %s has no address that mails come from: Settings → Sales channels → %s → Mails.", channel.Name, channel.Name), fix
}

func (v *visit) noMacro(c *api.Case) string {
	switch {
	case !v.may("service:read"):
		return v.lacks("service:read")
	case len(c.Orders) == 0:
		return v.t("Macros work on an order: add one to the case by Change.")
	}
	return ""
}

func (v *visit) noMove(c *api.Case) string {
	if len(c.Allowed) == 0 {
		return v.t("The case is closed.")
	}
	return ""
}
