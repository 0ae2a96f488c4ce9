package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/money"
)

func homeRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: Root + "/{$}", handle: home},
		{Method: http.MethodGet, Path: Root + "/find", handle: find},
		{Method: http.MethodGet, Path: Root + "/attention", Scope: "orders:read", handle: late},
	}
}

type homePage struct {
	Name      string
	Attention []attention
	Stats     []stat
	Orders    []api.Order
	Events    []timelineEntry
}

// attention is something that somebody should look at.
type attention struct {
	Text, Path string
	Count      int
	More       bool // there are more than were counted
	Tone       string
}

// stat is a number of today beside that of the same day a week ago.
type stat struct {
	Text, Value, Before string
}

// stuckShown bounds how many late things of a kind are counted.
const stuckShown = 20

func home(v *visit) error {
	p := homePage{Name: strings.Fields(v.person.User.Name + " ")[0]}
	if v.may("orders:read") {
		if err := v.attention(&p); err != nil {
			return err
		}
		var latest api.List[api.Order]
		if err := v.get("listOrders", nil, query("limit", "8"), &latest); err != nil {
			return err
		}
		p.Orders = latest.Data
	}
	if err := v.toDo(&p); err != nil {
		return err
	}
	if v.may("reports:read") {
		if err := v.stats(&p); err != nil {
			return err
		}
	}
	return v.page(http.StatusOK, "home", "Home", "ord", p)
}

// attention counts what is late, each kind by itself: where there are many young things of one, the search ends before
// it comes to another.
func (v *visit) attention(p *homePage) error {
	for _, kind := range api.Values("listStuck", "kind") {
		var late api.List[api.Step]
		if err := v.get("listStuck", nil, query("kind", kind, "limit", strconv.Itoa(stuckShown)), &late); err != nil {
			return err
		}
		if n := len(late.Data); n > 0 {
			p.Attention = append(p.Attention, attention{Text: v.word(kind), Path: stuckPath(kind), Count: n, More: late.NextCursor != "", Tone: "bad"})
		}
	}
	var types api.List[api.HoldType]
	if err := v.get("listHoldTypes", nil, nil, &types); err != nil {
		return err
	}
	for _, h := range types.Data {
		if h.Orders > 0 {
			p.Attention = append(p.Attention, attention{Text: v.t("Held: %s", strings.ToLower(v.word(h.Type))), Path: Root + "/orders?hold=" + h.Type, Count: int(h.Orders), Tone: "warn"})
		}
	}
	return nil
}

// toDo counts what waits for somebody's work, and not for time.
func (v *visit) toDo(p *homePage) error {
	overdue := query("open", "true", "due_before", time.Now().UTC().Format(time.RFC3339))
	for _, w := range []struct {
		scope, op, text, path string
		ask                   url.Values
	}{
		{"cases:read", "listCases", v.t("Cases overdue"), "/cases", overdue},
		{"returns:read", "listReturns", v.t("Returns to approve"), "/returns", query("stage", "to_approve")},
		{"returns:read", "listReturns", v.t("Returns to inspect"), "/returns", query("stage", "to_inspect")},
		{"returns:read", "listReturns", v.t("Returns to refund"), "/returns", query("stage", "to_refund")},
		{"stock:read", "listStock", v.t("Positions low in stock"), "/inventory", query("state", "low")},
	} {
		if !v.may(w.scope) {
			continue
		}
		a := attention{Text: w.text, Path: Root + w.path + "?" + w.ask.Encode(), Tone: "warn"}
		w.ask.Set("limit", strconv.Itoa(stuckShown))
		var found api.List[map[string]any]
		if err := v.get(w.op, nil, w.ask, &found); err != nil {
			return err
		}
		if a.Count, a.More = len(found.Data), found.NextCursor != ""; a.Count > 0 {
			p.Attention = append(p.Attention, a)
		}
	}
	return nil
}

func stuckPath(kind string) string { return Root + "/attention?kind=" + kind }

// stats asks for the demand of today, and of the same day a week ago.
func (v *visit) stats(p *homePage) error {
	now := time.Now().In(v.location())
	var reports [2]api.Report
	for i, back := range []int{0, 7} {
		day := now.AddDate(0, 0, -back).Format(time.DateOnly)
		err := v.get("getReport", slots("report", "demand"), query("from", day, "to", day), &reports[i])
		if errs.Is(err, "rebuilding") {
			return nil
		}
		if err != nil {
			return err
		}
	}
	today, before := totals(&reports[0]), totals(&reports[1])
	p.Stats = append(p.Stats,
		stat{v.t("Orders today"), v.number(today.orders), v.t("%s a week ago", v.number(before.orders))},
		stat{v.t("Units today"), v.number(today.units), v.t("%s a week ago", v.number(before.units))})
	for _, m := range today.money {
		p.Stats = append(p.Stats, stat{v.t("Ordered today"), v.money(m), v.t("%s a week ago", v.money(money.Money{Amount: before.of(m.Currency), Currency: m.Currency}))})
	}
	return nil
}

// sums are those of a report's rows.
type sums struct {
	orders, units int64
	money         []money.Money
}

func (s *sums) of(currency string) int64 {
	for _, m := range s.money {
		if m.Currency == currency {
			return m.Amount
		}
	}
	return 0
}

func totals(r *api.Report) (s sums) {
	for _, row := range r.Rows {
		s.orders += int64(row.Values["orders"])
		s.units += int64(row.Values["units"])
		if row.Currency != "" {
			s.money = append(s.money, money.Money{Amount: int64(row.Values["value"]), Currency: row.Currency})
		}
	}
	return s
}

type latePage struct {
	Kind  string
	Kinds []string
	Steps []api.Step
	Next  string
}

// late lists what is late of one kind, or of all.
func late(v *visit) error {
	kind := v.r.URL.Query().Get("kind")
	q := query("kind", kind, "limit", "200", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[api.Step]
	if err := v.get("listStuck", nil, q, &list); err != nil {
		return err
	}
	return v.page(http.StatusOK, "late", "Needs attention", "", latePage{kind, api.Values("listStuck", "kind"), list.Data, v.nextPage(q, list.NextCursor)})
}

// find goes where a search leads: to the one thing that it finds, or to a list of what it finds.
func find(v *visit) error {
	q := strings.TrimSpace(v.r.URL.Query().Get("q"))
	if q == "" || !v.may("orders:read") {
		v.redirect(Root + "/orders")
		return nil
	}
	var found api.List[api.Hit]
	if err := v.get("lookUp", nil, query("q", q), &found); err != nil {
		return err
	}
	p := foundPage{Query: q}
	for _, h := range found.Data {
		hit := foundHit{h, v.pageOf(h.ID)}
		if hit.Href == "" && h.Order != "" {
			hit.Href = Root + "/orders/" + h.Order
		}
		p.Hits = append(p.Hits, hit)
	}
	if v.may("catalog:read") {
		var products api.List[api.Product]
		if err := v.get("listProducts", nil, query("q", q, "limit", "10"), &products); err != nil {
			return err
		}
		for _, x := range products.Data {
			p.Hits = append(p.Hits, foundHit{api.Hit{Type: "product", Title: x.Name, Detail: x.SKU, By: "name"}, productPath(x.SKU)})
		}
	}
	if len(p.Hits) == 1 && p.Hits[0].Href != "" {
		v.redirect(p.Hits[0].Href)
		return nil
	}
	return v.page(http.StatusOK, "found", "Search", "", p)
}

type foundPage struct {
	Query string
	Hits  []foundHit
}

// foundHit is what was found, with its page, or else that of its order; "" where it has none.
type foundHit struct {
	api.Hit
	Href string
}
