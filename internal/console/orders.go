package console

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ordo/internal/api"
	"ordo/internal/money"
	"ordo/internal/words"
)

func orderRoutes() []Route {
	own := []Route{
		{Method: http.MethodGet, Path: Root + "/orders", Scope: "orders:read", handle: listOrders},
		{Method: http.MethodGet, Path: orderFilesPath + "csv", Scope: "orders:read", handle: orderFile("csv")},
		{Method: http.MethodGet, Path: orderFilesPath + "xlsx", Scope: "orders:read", handle: orderFile("xlsx")},
		{Method: http.MethodGet, Path: Root + "/orders/{id}", Scope: "orders:read", handle: showOrder},
		{Method: http.MethodGet, Path: Root + "/orders/{id}/sourcing", Scope: "orders:read", handle: showSourcing},
	}
	for _, m := range manyActions {
		own = append(own, m.routes()...)
	}
	return own
}

// view is a list under a name: the filters that it stands for.
type view struct {
	Text    string
	Query   url.Values
	Path    string
	Current bool
}

// orderViews are the lists that every shop looks at.
func orderViews() []view {
	return []view{
		{Text: "All"},
		{Text: "To ship", Query: query("status", "open", "fulfillment_status", "unfulfilled")},
		{Text: "In progress", Query: query("fulfillment_status", "in_progress")},
		{Text: "Awaiting payment", Query: query("status", "pending")},
		{Text: "Payment failed", Query: query("payment_status", "failed")},
		{Text: "Drafts", Query: query("status", "draft")},
		{Text: "Canceled", Query: query("status", "canceled")},
	}
}

// orderFilters are the parameters of the list, in the order of their chips.
var orderFilters = []string{"status", "payment_status", "fulfillment_status", "channel", "hold", "tag", "customer", "q"}

type ordersPage struct {
	filterBar
	Views  []view
	Own    keptBar
	Orders []api.Order
	Next   string       // address of the next page
	Many   []pageAction // for orders that are chosen
	List   string       // the filters, for what leads back
	Files  string       // what follows in the address of files: the filters
}

// filterBar is what narrows a list. All of it stands in the address.
type filterBar struct {
	Path    string
	Filters []filter
	Set     []held // those that have a value
	Any     bool   // whether there are any
	query   url.Values
}

// With is the address of the list with one more filter.
func (b filterBar) With(name, value string) string {
	q := maps.Clone(b.query)
	q.Set(name, value)
	return b.Path + "?" + q.Encode()
}

// filter is a chip: a parameter with the value that it has, and its choices.
type filter struct {
	Name, Text, Value string
	Shown             string // in place of the value's word
	Options           []string
	Names             map[string]string // of options, in place of their words
	Day               bool              // it is a moment, which people give by its day
	Without           string            // address of the list without it
}

// filters reads which filters of a list are set.
func (v *visit) filters(names []string, options map[string][]string) filterBar {
	bar := filterBar{Path: v.r.URL.Path, query: url.Values{}}
	given := v.r.URL.Query()
	for _, name := range names {
		if value := given.Get(name); value != "" {
			if isMoment(name) {
				value = v.endOfDay(value)
				given.Set(name, value)
			}
			bar.query.Set(name, value)
			bar.Set = append(bar.Set, held{name, value})
		}
	}
	bar.Any = len(bar.Set) > 0
	for _, name := range names {
		f := filter{Name: name, Text: name, Value: given.Get(name), Options: options[name], Day: isMoment(name)}
		if at, ok := words.ParseTime(f.Value); ok && f.Day {
			f.Shown = v.momentShown(at)
		}
		rest := maps.Clone(bar.query)
		rest.Del(name)
		f.Without = bar.Path + "?" + rest.Encode()
		bar.Filters = append(bar.Filters, f)
	}
	return bar
}

// isMoment reports whether a filter of a list is a moment until which something counts.
func isMoment(name string) bool { return name == "due_before" || name == "until" }

// endOfDay makes the moment at which a day ends, where the person is, of a date; anything else stays.
func (v *visit) endOfDay(typed string) string {
	day, err := time.ParseInLocation(time.DateOnly, typed, v.location())
	if err != nil {
		return typed
	}
	return day.AddDate(0, 0, 1).UTC().Format(time.RFC3339)
}

// momentShown is a moment as people say it: a whole day by its date.
func (v *visit) momentShown(at time.Time) string {
	local := at.In(v.location())
	if local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 {
		return v.format.DayOf(local.Add(-time.Second))
	}
	return v.format.DayOf(local) + " " + local.Format("15:04")
}

// byNumber lets the filter of an order take what people call it: its number.
func (b *filterBar) byNumber(v *visit) error {
	number := strings.TrimPrefix(strings.TrimSpace(b.query.Get("order")), "#")
	if number == "" || strings.HasPrefix(number, "ord_") || !v.may("orders:read") {
		return nil
	}
	id, err := v.orderCalled(number)
	if err != nil || id == "" {
		return err
	}
	b.query.Set("order", id)
	for i, f := range b.Filters {
		if f.Name == "order" {
			b.Filters[i].Shown = "#" + number
		}
	}
	return nil
}

// orderCalled is the id of the order with a number, as people type it, or with that id; "" where there is none.
func (v *visit) orderCalled(typed string) (string, error) {
	number := strings.TrimPrefix(strings.TrimSpace(typed), "#")
	var list api.List[api.Order]
	if err := v.get("listOrders", nil, query("q", number, "limit", "10"), &list); err != nil {
		return "", err
	}
	for _, o := range list.Data {
		if number0(o.Number) == number || number0(o.ID) == number {
			return number0(o.ID), nil
		}
	}
	return "", nil
}

// ask is what to ask a list for: its filters, a limit, and where to go on.
func (b filterBar) ask(v *visit, limit string) url.Values {
	q := query("limit", limit, "cursor", v.r.URL.Query().Get("cursor"))
	maps.Copy(q, b.query)
	return q
}

// nextPage is the address of the page after this one; "" where there is none.
func (v *visit) nextPage(q url.Values, cursor string) string {
	if cursor == "" {
		return ""
	}
	next := maps.Clone(q)
	next.Set("cursor", cursor)
	next.Del("limit")
	return v.r.URL.Path + "?" + next.Encode()
}

func listOrders(v *visit) error {
	options := map[string][]string{}
	for _, name := range orderFilters {
		options[name] = api.Values("listOrders", name)
	}
	channels, err := v.channels()
	if err != nil {
		return err
	}
	for _, c := range channels {
		options["channel"] = append(options["channel"], c.Code)
	}
	p := ordersPage{filterBar: v.filters(orderFilters, options)}
	ask := p.ask(v, "50")
	var list api.List[api.Order]
	if err := v.get("listOrders", nil, ask, &list); err != nil {
		return err
	}
	p.Orders, p.Next = list.Data, v.nextPage(ask, list.NextCursor)
	p.Many, p.List = v.manyButtons(), p.query.Encode()
	if p.Any {
		p.Files = "?" + p.List
	}
	for _, w := range orderViews() {
		w.Path = p.Path
		if len(w.Query) > 0 {
			w.Path += "?" + w.Query.Encode()
		}
		w.Current = w.Query.Encode() == p.query.Encode()
		p.Views = append(p.Views, w)
	}
	if p.Own, err = v.kept("orders", p.filterBar, p.Views); err != nil {
		return err
	}
	return v.page(http.StatusOK, "orders", "Orders", "ord", p)
}

type orderPage struct {
	Fulfillment bool // the person may open fulfillment orders
	Order       api.Order
	Events      []timelineEntry
	Steps       []api.Step
	Late        bool
	Open        []api.Hold
	Units       map[string][]part // of lines
	AsOf        bool              // it is shown as it was
	Newest      int64             // version now

	Actions []pageAction
	Returns []returnRow
	Pay     map[string][]pageAction // of payments
	Back    []pageAction            // that begin a return, an exchange or a claim

	CustomerPage string
	settled
}

// settled is what leads from an order's total to what is to pay; nil where it is nothing.
type settled struct {
	Granted, Received, Refunded *money.Money
}

func settledOf(o *api.Order) settled {
	var granted, received, refunded int64
	for _, g := range o.Grants {
		if g.StoreCredit == "" { // what was given as store credit stays paid
			granted += g.Amount.Amount
		}
	}
	for _, p := range o.Payments {
		received, refunded = received+p.Captured.Amount, refunded+p.Refunded.Amount
	}
	in := func(n int64) *money.Money {
		if n == 0 {
			return nil
		}
		return &money.Money{Amount: n, Currency: o.Currency}
	}
	return settled{in(granted), in(received), in(refunded)}
}

// pageAction is a button that opens a form. One that is not possible now says why.
type pageAction struct {
	Text, Path, No, Key string
	Danger              bool
	Primary             bool
	Fix                 string // address of the page where what prevents it is mended
	Page                bool   // it opens as a page, not in a dialog
}

// part is a share of a line's units in one state.
type part struct {
	Text  string
	Units int64
	X     int64 // where it begins
	Class string
}

// parts splits the units of a line by what became of them; the sum is the quantity.
func parts(u api.LineUnits) (out []part) {
	x := int64(0)
	for _, p := range []part{
		{"delivered", u.Delivered, 0, "good"},
		{"shipped", u.Shipped - u.Delivered, 0, "good"},
		{"packed", u.Packed, 0, "accent"},
		{"picked", u.Picked, 0, "accent"},
		{"released", u.Released, 0, "accent"},
		{"allocated", u.Allocated, 0, "calm"},
		{"backordered", u.Backordered, 0, "warn"},
		{"canceled", u.Canceled, 0, "off"},
	} {
		if p.Units > 0 {
			p.X = x
			x += p.Units
			out = append(out, p)
		}
	}
	return out
}

func showOrder(v *visit) error {
	id := v.r.PathValue("id")
	p := orderPage{Units: map[string][]part{}}
	asOf := v.r.URL.Query().Get("as_of")
	if err := v.get("getOrder", slots("id", id), query("as_of", asOf), &p.Order); err != nil {
		return err
	}
	p.AsOf = asOf != ""
	p.settled = settledOf(&p.Order)
	p.Fulfillment = v.may("fulfillments:read")
	var events api.List[api.Event]
	if err := v.get("getOrderTimeline", slots("id", id), query("limit", "1000"), &events); err != nil {
		return err
	}
	names, err := namesOf(v, events.Data, eventActor)
	if err != nil {
		return err
	}
	p.Events = v.timeline(events.Data, names)
	var next api.NextSteps
	if err := v.get("getNext", slots("id", id), nil, &next); err != nil {
		return err
	}
	p.Steps, p.Late, p.Newest = next.Steps, next.Late, next.Version
	p.Actions, p.Pay, p.Back = v.orderButtons(&p.Order), v.paymentButtons(&p.Order), v.backButtons(&p.Order)
	if p.Returns, err = v.orderReturns(&p.Order); err != nil {
		return err
	}
	who := p.Order.Customer
	p.CustomerPage = v.customerLink("", who.Email, who.Name, who.Phone)
	for _, h := range p.Order.Holds {
		if h.Status == "open" {
			p.Open = append(p.Open, h)
		}
	}
	for _, l := range p.Order.Lines {
		p.Units[l.ID] = parts(l.Units)
	}
	return v.page(http.StatusOK, "order", v.t("Order %s", number0(p.Order.Number)), id, p)
}

// orderButtons are the actions of an order, those that are not possible now with the reason.
func (v *visit) orderButtons(o *api.Order) []pageAction {
	at := Root + "/orders/" + v.r.PathValue("id") + "/"
	all := []struct {
		pageAction
		scope string
	}{
		{pageAction{Text: "Note", Path: at + "note", Key: "n"}, "orders:write"},
		{pageAction{Text: "Hold", Path: at + "hold", Key: "h"}, "holds:write"},
		{pageAction{Text: "Change", Path: at + "change", No: notNow(v, o, "change")}, "orders:write"},
		{pageAction{Text: "New case", Path: at + "case", Key: "c"}, "cases:write"},
		{pageAction{Text: "Payment link", Path: at + "payment-link", No: v.notDue(o)}, "payments:write"},
		{pageAction{Text: "Cancel", Path: at + "cancel", Danger: true, No: notNow(v, o, "cancel")}, "orders:write"},
	}
	var out []pageAction
	for _, a := range all {
		if no := v.lacks(a.scope); no != "" {
			a.No = no
		}
		out = append(out, a.pageAction)
	}
	return out
}

// number0 is an order's number; drafts have none yet.
func number0(n *string) string {
	if n == nil {
		return "–"
	}
	return *n
}

// namesOf are those of who did what, by id.
func namesOf[T any](v *visit, what []T, actor func(T) string) (map[string]string, error) {
	ids := make([]string, 0, len(what))
	for _, x := range what {
		ids = append(ids, actor(x))
	}
	return v.s.app.Names(v.ctx(), ids)
}

func eventActor(e api.Event) string { return e.Actor }
