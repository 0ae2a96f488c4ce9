package console

import (
	"net/http"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
)

// The returns desk: what comes back, from the request to the last unit's shelf. A scan leads to the return; the step that
// comes next is the primary action.

const returnsPath = Root + "/returns"

func returnRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: returnsPath, Scope: "returns:read", handle: listReturns},
		{Method: http.MethodGet, Path: returnsPath + "/{id}", Scope: "returns:read", handle: showReturn},
		{Method: http.MethodGet, Path: returnsPath + "/{id}/label.pdf", Scope: "returns:read", handle: returnLabelFile},
	}
}

// returnViews are the lists in the order of the work.
func returnViews() []view {
	return []view{
		{Text: "All"},
		{Text: "To approve", Query: query("stage", "to_approve")},
		{Text: "Expected", Query: query("stage", "expected")},
		{Text: "To inspect", Query: query("stage", "to_inspect")},
		{Text: "In processing", Query: query("stage", "to_dispose")},
		{Text: "To refund", Query: query("stage", "to_refund")},
	}
}

// returnFilters are the parameters of the list, in the order of their chips.
var returnFilters = []string{"stage", "type", "status", "order"}

type returnsPage struct {
	filterBar
	Views   []view
	Own     keptBar
	Returns []returnRow
	Next    string
	Scan    string // what was scanned and not found
	Error   string
}

// returnRow is a return in a list.
type returnRow struct {
	api.Return
	Href  string
	Units int64 // that are still expected or undecided
	Worth money.Money
}

func listReturns(v *visit) error {
	if code := strings.TrimSpace(v.r.URL.Query().Get("scan")); code != "" {
		return v.scanReturn(code)
	}
	return v.returnList(http.StatusOK, returnsPage{})
}

// returnList shows the list, with what is wrong with a scan if anything is.
func (v *visit) returnList(code int, p returnsPage) error {
	options := map[string][]string{}
	for _, name := range returnFilters {
		options[name] = api.Values("listReturns", name)
	}
	p.filterBar = v.filters(returnFilters, options)
	if err := p.byNumber(v); err != nil {
		return err
	}
	ask := p.ask(v, "50")
	if !ask.Has("stage") { // not work to be done, but what happened
		ask.Set("sort", "newest")
	}
	var list api.List[api.Return]
	switch err := v.get("listReturns", nil, ask, &list); {
	case errs.Is(err, "all_channels_required"):
		p.Error = v.t("You see some sales channels only: scan a number, or begin with an order.")
	case err != nil:
		return err
	}
	ask.Del("sort")
	p.Next = v.nextPage(ask, list.NextCursor)
	for _, r := range list.Data {
		p.Returns = append(p.Returns, rowOfReturn(r))
	}
	for _, w := range returnViews() {
		w.Path = p.Path
		if len(w.Query) > 0 {
			w.Path += "?" + w.Query.Encode()
		}
		w.Current = w.Query.Encode() == p.query.Encode()
		p.Views = append(p.Views, w)
	}
	var err error
	if p.Own, err = v.kept("returns", p.filterBar, p.Views); err != nil {
		return err
	}
	return v.page(code, "returns", "Returns", "ord", p)
}

func rowOfReturn(r api.Return) returnRow {
	row := returnRow{Return: r, Href: returnsPath + "/" + number0(r.ID)}
	for _, l := range r.Lines {
		row.Units += undecided(l)
	}
	for _, f := range r.Refunds {
		row.Worth = sum(row.Worth, f.Amount)
	}
	if row.Worth.Amount == 0 && r.Estimate != nil {
		row.Worth = r.Estimate.Amount
	}
	return row
}

// undecided is what of a line is neither accepted nor rejected, kept or gone.
func undecided(l api.ReturnLine) int64 {
	return l.Quantity - l.Kept - l.Accepted - l.Rejected - l.Gone
}

// expected is what of a line has not come and may still come.
func expected(l api.ReturnLine) int64 { return l.Quantity - l.Received - l.Kept - l.Gone }

func sum(a, b money.Money) money.Money {
	return money.Money{Amount: a.Amount + b.Amount, Currency: b.Currency}
}

// scanReturn goes to the return that a scan means: by its number, by the tracking number of its parcel, or by its order.
func (v *visit) scanReturn(code string) error {
	if strings.HasPrefix(strings.ToLower(code), "ret_") && v.get("getReturn", slots("id", strings.ToLower(code)), nil, nil) == nil {
		v.redirect(returnsPath + "/" + strings.ToLower(code))
		return nil
	}
	var found api.List[api.Hit]
	if len(code) > 1 && len(code) <= 200 && v.may("orders:read") {
		if err := v.get("lookUp", nil, query("q", code), &found); err != nil {
			return err
		}
	}
	order := ""
	for _, h := range found.Data {
		switch h.Type {
		case "return":
			v.redirect(returnsPath + "/" + h.ID)
			return nil
		case "label":
			var l api.Label
			if v.may("shipping:read") && v.get("getLabel", slots("id", h.ID), nil, &l) == nil && l.Return != "" {
				v.redirect(returnsPath + "/" + l.Return)
				return nil
			}
		}
		if order == "" && (h.By == "number" || h.By == "external_id" || h.By == "tracking_number" || h.By == "id") {
			order = h.Order
		}
	}
	if order == "" {
		return v.returnList(http.StatusNotFound, returnsPage{Scan: code, Error: v.t("Nothing is found by %q. Try the number of the return, of the order or of the parcel.", errs.Clip(code))})
	}
	return v.returnsOf(order)
}

// returnsOf goes to the one open return of an order, or to the list of its returns; to the order when there is none, since
// one may be begun there.
func (v *visit) returnsOf(order string) error {
	var all api.List[api.Return]
	if err := v.get("listReturns", nil, query("order", order, "limit", "100"), &all); err != nil {
		return err
	}
	open := slices.DeleteFunc(slices.Clone(all.Data), func(r api.Return) bool { return r.ClosedAt != "" })
	switch {
	case len(all.Data) == 0:
		v.flash(v.t("Nothing comes back of this order yet. You can start a return here."))
		v.redirect(Root + "/orders/" + order + "#returns")
	case len(open) == 1:
		v.redirect(returnsPath + "/" + number0(open[0].ID))
	case len(all.Data) == 1:
		v.redirect(returnsPath + "/" + number0(all.Data[0].ID))
	default:
		v.redirect(returnsPath + "?order=" + order)
	}
	return nil
}

type returnPage struct {
	Return  api.Return
	ID      string
	Order   *api.Order // nil for those who may not see it
	Lines   []returnLine
	Pieces  []returnPiece
	Events  []timelineEntry
	Names   map[string]string
	Actions []pageAction
	Label   *api.Label
	Refund  money.Money // of all that was decided
	Payouts []payout
	Again   []payout // refunds that were refused

	CustomerPage string
}

// returnLine is a line with its name.
type returnLine struct {
	api.ReturnLine
	Name                 string
	Expected, ToLookAtIt int64
}

// returnPiece is inspected units with where they may move on to.
type returnPiece struct {
	api.ReturnPiece
	SKU     string
	Dispose string // where to move them on; "" when they have their last disposition
}

// payout is money that waits for a person: to be paid out and recorded, or to be asked for again.
type payout struct {
	Provider, Path string
	Amount         money.Money
}

func showReturn(v *visit) error {
	id := v.r.PathValue("id")
	p := returnPage{ID: id}
	if err := v.get("getReturn", slots("id", id), nil, &p.Return); err != nil {
		return err
	}
	r := &p.Return
	var events []api.Event
	if v.may("orders:read") {
		var err error
		if events, err = p.besides(v, id); err != nil {
			return err
		}
	}
	actors := []string{}
	if r.Override != nil {
		actors = append(actors, r.Override.By)
	}
	for _, x := range r.Pieces {
		actors = append(actors, x.By)
	}
	for _, e := range events {
		actors = append(actors, e.Actor)
	}
	var err error
	if p.Names, err = v.s.app.Names(v.ctx(), actors); err != nil {
		return err
	}
	p.Events = v.timeline(events, p.Names)
	if r.Label != "" && v.may("shipping:read") {
		p.Label = &api.Label{}
		if err := v.get("getLabel", slots("id", r.Label), nil, p.Label); err != nil {
			return err
		}
	}
	names := namesOfLines(p.Order)
	skus := map[string]string{}
	for _, l := range r.Lines {
		skus[l.Line] = l.SKU
		p.Lines = append(p.Lines, returnLine{l, names[l.Line], expected(l), toInspect(r, l)})
	}
	for _, x := range r.Pieces {
		piece := returnPiece{ReturnPiece: x, SKU: skus[x.Line]}
		if (x.Disposition == "refurbish" || x.Disposition == "quarantine") && slices.Contains(r.Allowed, "dispose") && v.may("returns:write") {
			piece.Dispose = returnsPath + "/" + id + "/dispose/" + x.ID
		}
		p.Pieces = append(p.Pieces, piece)
	}
	for _, f := range r.Refunds {
		p.Refund = sum(p.Refund, f.Amount)
	}
	p.Actions = v.returnButtons(r)
	return v.page(http.StatusOK, "return", v.t("Return %s", number0(r.Number)), id+","+r.Order, p)
}

// besides reads what stands beside a return: its order, what happened, and money that waits for a person.
func (p *returnPage) besides(v *visit, id string) ([]api.Event, error) {
	p.Order = &api.Order{}
	if err := v.get("getOrder", slots("id", p.Return.Order), nil, p.Order); err != nil {
		return nil, err
	}
	who := p.Order.Customer
	p.CustomerPage = v.customerLink("", who.Email, who.Name, who.Phone)
	var events api.List[api.Event]
	if err := v.get("getOrderTimeline", slots("id", p.Return.Order), query("limit", "1000"), &events); err != nil {
		return nil, err
	}
	its := ofReturn(events.Data, id, p.Return.Refunds)
	if len(p.Return.Refunds) == 0 || !v.may("payments:write") {
		return its, nil
	}
	for _, g := range p.Order.Grants {
		if g.Return == id && g.Status == "failed" {
			p.Again = append(p.Again, payout{Path: returnsPath + "/" + id + "/refund/" + g.ID, Amount: money.Money{Amount: g.Amount.Amount - g.Refunded.Amount, Currency: g.Amount.Currency}})
		}
	}
	for _, x := range p.Order.Payments {
		if x.Provider != "manual" {
			continue
		}
		for _, e := range x.Entries {
			if e.Kind == "refund" && e.State == "requested" {
				p.Payouts = append(p.Payouts, payout{x.Provider, Root + "/orders/" + p.Return.Order + "/payments/" + x.ID + "/refund?" +
					query("amount", v.inputAmount(e.Amount), "reason", "return", "recorded", "true").Encode(), e.Amount})
			}
		}
	}
	return its, nil
}

// ofReturn leaves of the events of an order those that a return is in, with its label and its money.
func ofReturn(events []api.Event, id string, refunds []api.ReturnRefund) []api.Event {
	return slices.DeleteFunc(events, func(e api.Event) bool {
		var b struct {
			Return *struct {
				ID string `json:"id"`
			} `json:"return"`
			Label *struct {
				Return string `json:"return"`
			} `json:"label"`
			Grant *struct {
				Return string `json:"return"`
			} `json:"grant"`
			Payment *struct {
				Entry struct {
					Grant string `json:"grant"`
				} `json:"entry"`
			} `json:"payment"`
		}
		if jsonx.Unmarshal(e.Body, &b) != nil {
			return true
		}
		switch {
		case b.Return != nil && b.Return.ID == id, b.Label != nil && b.Label.Return == id, b.Grant != nil && b.Grant.Return == id:
			return false
		}
		return b.Payment == nil || b.Payment.Entry.Grant == "" || !slices.ContainsFunc(refunds, func(f api.ReturnRefund) bool { return f.Grant == b.Payment.Entry.Grant })
	})
}

// toInspect is how many units of a line came and were not looked at.
func toInspect(r *api.Return, l api.ReturnLine) int64 {
	n := l.Received
	for _, p := range r.Pieces {
		if p.Line == l.Line {
			n -= p.Quantity
		}
	}
	return max(0, n)
}

// namesOfLines are the names of products as they stood in the catalog, by line.
func namesOfLines(o *api.Order) map[string]string {
	names := map[string]string{}
	if o != nil {
		for _, l := range o.Lines {
			names[l.ID] = l.Name
		}
	}
	return names
}

// returnButtons are the steps of a return, those that are not possible now with the reason. What comes next is primary.
func (v *visit) returnButtons(r *api.Return) []pageAction {
	at := returnsPath + "/" + v.r.PathValue("id") + "/"
	next := ""
	for _, step := range []string{"approve", "inspect", "receive"} {
		if next == "" && slices.Contains(r.Allowed, step) && (step != "inspect" || slices.ContainsFunc(r.Lines, func(l api.ReturnLine) bool { return toInspect(r, l) > 0 })) {
			next = step
		}
	}
	all := []struct {
		pageAction
		step, scope string
	}{
		{pageAction{Text: "Approve", Path: at + "approve", Key: "a"}, "approve", "returns:write"},
		{pageAction{Text: "Decline", Path: at + "decline", Danger: true}, "decline", "returns:write"},
		{pageAction{Text: "Buy a label", Path: at + "label", Key: "l"}, "label", "shipping:write"},
		{pageAction{Text: "Is under way", Path: at + "ship", Key: "w"}, "ship", "returns:write"},
		{pageAction{Text: "Receive", Path: at + "receive", Key: "r"}, "receive", "returns:write"},
		{pageAction{Text: "Inspect", Path: at + "inspect", Key: "i", Page: true}, "inspect", "returns:write"},
		{pageAction{Text: "Charge", Path: at + "charge"}, "charge", "returns:write"},
		{pageAction{Text: "Waive", Path: at + "waive"}, "waive", "returns:write"},
		{pageAction{Text: "Lost", Path: at + "lose", Danger: true}, "lose", "returns:write"},
		{pageAction{Text: "Give up", Path: at + "cancel", Danger: true}, "cancel", "returns:write"},
	}
	var out []pageAction
	for _, a := range all {
		if (a.step == "charge" || a.step == "waive") && (r.Replacement == nil || !r.Replacement.Advance) {
			continue
		}
		a.No, a.Primary = v.noStep(r, a.step), a.step == next
		if no := v.lacks(a.scope); no != "" {
			a.No = no
		}
		out = append(out, a.pageAction)
	}
	return out
}

// noStep says why a step is not possible now; "" when it is.
func (v *visit) noStep(r *api.Return, step string) string {
	switch {
	case !slices.Contains(r.Allowed, step):
		return v.t("Not possible now: it is %s.", lower(v.word(r.Status)))
	case step == "inspect" && !slices.ContainsFunc(r.Lines, func(l api.ReturnLine) bool { return toInspect(r, l) > 0 }):
		return v.t("Nothing that came waits to be looked at.")
	}
	return ""
}

// returnLabelFile hands out the label of a return, to be printed or mailed.
func returnLabelFile(v *visit) error {
	var r api.Return
	if err := v.get("getReturn", slots("id", v.r.PathValue("id")), nil, &r); err != nil {
		return err
	}
	if r.Label == "" {
		return errNoPage
	}
	acted, err := v.act(api.Act{Op: "getLabelFile", Slots: slots("id", r.Label)}, nil)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", acted.Header.Get("Content-Type"))
	v.w.Header().Set("Content-Disposition", `inline; filename="`+number0(r.Number)+`.pdf"`)
	_, err = v.w.Write(acted.Body)
	return err
}
