package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
)

// inventoryPath is where stock is: below it the words transfers, counts and receive are pages, anything else is a SKU.
const inventoryPath = Root + "/inventory"

func inventoryRoutes() []Route {
	own := []Route{
		{Method: http.MethodGet, Path: inventoryPath, Scope: "stock:read", handle: listPositions},
		{Method: http.MethodGet, Path: inventoryPath + "/files/csv", Scope: "stock:read", handle: positionFile("csv")},
		{Method: http.MethodGet, Path: inventoryPath + "/files/xlsx", Scope: "stock:read", handle: positionFile("xlsx")},
		{Method: http.MethodGet, Path: inventoryPath + "/{sku}", Scope: "stock:read", handle: showProductStock},
	}
	return slices.Concat(own, transferRoutes(), countRoutes(), stockScanRoutes())
}

// stockPath is the page of a SKU.
func stockPath(sku string) string { return inventoryPath + "/" + url.PathEscape(sku) }

// stockViews are what people look for in the list.
var stockViews = []struct{ Text, State string }{
	{Text: "All"},
	{Text: "Low stock", State: "low"},
	{Text: "Less than nothing left", State: "negative"},
	{Text: "Owed to orders", State: "backordered"},
	{Text: "Set aside", State: "set_aside"},
	{Text: "On the way", State: "inbound"},
}

// stockFilters are the parameters of the list.
var stockFilters = []string{"state", "location", "q"}

// inventoryAreas are the lists around stock.
func inventoryAreas(current string) []view {
	out := []view{{Text: "Positions", Path: inventoryPath}, {Text: "Transfers", Path: inventoryPath + "/transfers"}, {Text: "Counts", Path: inventoryPath + "/counts"}}
	for i := range out {
		out[i].Current = out[i].Text == current
	}
	return out
}

// positionRow is a position with what it is of.
type positionRow struct {
	api.StockPosition
	Name      string
	Path      string
	SetAside  int64
	Inbound   int64
	Low       bool
	LimitPath string
	Adjust    string
}

type positionsPage struct {
	filterBar
	Areas, Views []view
	Q, State     string
	Location     string
	Locations    []string
	Rows         []positionRow
	Next         string
	CSV, XLSX    string
	CountPath    string // to count what is shown
	Actions      []pageAction
}

func listPositions(v *visit) error {
	p := positionsPage{filterBar: v.filters(stockFilters, nil), Areas: inventoryAreas("Positions")}
	p.Q, p.State, p.Location = p.query.Get("q"), p.query.Get("state"), p.query.Get("location")
	ask := p.ask(v, "50")
	var list api.List[api.StockPosition]
	if err := v.get("listStock", nil, ask, &list); err != nil {
		return err
	}
	p.Next = v.nextPage(ask, list.NextCursor)
	var err error
	if p.Rows, err = v.positionRows(list.Data); err != nil {
		return err
	}
	if p.Locations, err = v.locations("1000"); err != nil {
		return err
	}
	for _, w := range stockViews {
		q := query("location", p.Location, "q", p.Q, "state", w.State)
		p.Views = append(p.Views, view{Text: w.Text, Path: strings.TrimSuffix(p.Path+"?"+q.Encode(), "?"), Current: p.State == w.State})
	}
	p.CSV, p.XLSX = inventoryPath+"/files/csv?"+p.query.Encode(), inventoryPath+"/files/xlsx?"+p.query.Encode()
	p.Actions = v.stockButtons(url.Values{})
	last := &p.Actions[len(p.Actions)-1]
	last.Path, last.Page, last.Key = inventoryPath+"/receive", true, "s" // many products: by scanning
	if p.Location != "" && len(p.Rows) > 0 && v.may("stock:write") {
		q := query("location", p.Location)
		var skus []string
		for _, r := range p.Rows {
			skus = append(skus, r.SKU)
		}
		q.Set("skus", strings.Join(skus, "\n"))
		p.CountPath = inventoryPath + "/counts/new?" + q.Encode()
	}
	return v.page(http.StatusOK, "inventory", "Inventory", stockLive, p)
}

// stockLive are the documents that change stock apart from orders: pages of stock renew themselves with them.
const stockLive = "adj,rec,mov,trf,cnt"

// stockButtons are what may be done with stock; q fills in what is known of it.
func (v *visit) stockButtons(q url.Values) []pageAction {
	with := func(path string) string {
		return strings.TrimSuffix(inventoryPath+path+"?"+q.Encode(), "?")
	}
	out := []pageAction{
		{Text: "Adjust", Path: with("/do/adjust"), Key: "a"},
		{Text: "Set aside", Path: with("/do/move")},
		{Text: "Transfer", Path: with("/transfers/new")},
		{Text: "Count", Path: with("/counts/new")},
		{Text: "Receive", Path: with("/do/receive"), Primary: true},
	}
	return v.only("stock:write", out)
}

// only gives buttons a reason when the person lacks the scope.
func (v *visit) only(scope string, actions []pageAction) []pageAction {
	if no := v.lacks(scope); no != "" {
		for i := range actions {
			actions[i].No = no
		}
	}
	return actions
}

// productNames are the names of products, for those who may see them.
func (v *visit) productNames(skus []string) (map[string]string, error) {
	names := map[string]string{}
	if !v.may("catalog:read") {
		return names, nil
	}
	for _, sku := range skus {
		if _, known := names[sku]; known {
			continue
		}
		var p api.Product
		err := v.get("getProduct", slots("sku", sku), nil, &p)
		if err != nil && !gone(err) {
			return nil, err
		}
		names[sku] = p.Name
	}
	return names, nil
}

// gone reports whether an error says that something is not there.
func gone(err error) bool {
	e := errs.As(err)
	return e != nil && e.Class == errs.NotFound
}

func (v *visit) positionRows(list []api.StockPosition) ([]positionRow, error) {
	skus := make([]string, len(list))
	for i, p := range list {
		skus[i] = p.SKU
	}
	names, err := v.productNames(skus)
	rows := make([]positionRow, len(list))
	for i, p := range list {
		q := query("lines.0.sku", p.SKU, "lines.0.location", p.Location)
		rows[i] = positionRow{
			StockPosition: p, Name: names[p.SKU], Path: stockPath(p.SKU), SetAside: p.Damaged + p.Quality, Inbound: p.InTransitIn + p.OnOrder, Low: p.ReorderPoint > 0 && p.Available <= p.ReorderPoint,
			LimitPath: inventoryPath + "/limits/" + url.PathEscape(p.SKU) + "/" + url.PathEscape(p.Location), Adjust: inventoryPath + "/do/adjust?" + q.Encode(),
		}
	}
	return rows, err
}

// positionFile hands out all positions that the filters of the list let through.
func positionFile(form string) func(*visit) error {
	return func(v *visit) error {
		return v.tableFile("inventory", form, v.t("Inventory"), v.eachPosition)
	}
}

// eachPosition goes through the rows of the file, the names of the columns first.
func (v *visit) eachPosition(row func(cells ...any) error) error {
	ask := v.filters(stockFilters, nil).ask(v, "1000")
	ask.Del("cursor")
	for first := true; ; first = false {
		var list api.List[api.StockPosition]
		if err := v.get("listStock", nil, ask, &list); err != nil {
			return err
		}
		if first {
			if err := row("sku", "name", "location", "on_hand", "allocated", "reserved", "damaged", "quality", "safety", "available", "backordered", "in_transit_in", "on_order", "backorder_limit", "reorder_point"); err != nil {
				return err
			}
		}
		page, err := v.positionRows(list.Data)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := row(p.SKU, p.Name, p.Location, p.OnHand, p.Allocated, p.Reserved, p.Damaged, p.Quality, p.Safety, p.Available, p.Backordered, p.InTransitIn, p.OnOrder, p.BackorderLimit, p.ReorderPoint); err != nil {
				return err
			}
		}
		if list.NextCursor == "" {
			return nil
		}
		ask.Set("cursor", list.NextCursor)
	}
}

type productStockPage struct {
	SKU, Name   string
	ProductPath string
	Product     *api.Product // nil for who may not see it
	Sum         api.StockPosition
	Rows        []positionRow
	Places      []view
	Spans       []view
	Location    string
	Chart       *chart
	Holders     []holderRow
	More        bool // there are more holders
	Card        []cardRow
	Next        string
	Actions     []pageAction
}

// holderRow is what an order or a cart holds at one place.
type holderRow struct {
	api.HeldUnits
	Path, Text, Channel, Status, Since string
}

// cardRow is a movement.
type cardRow struct {
	api.CardEntry
	Path, By  string
	Moved     []string
	Available int64
}

// spans are how many days the chart of a product shows.
var spans = []string{"30", "90", "365"}

func showProductStock(v *visit) error {
	sku := v.r.PathValue("sku")
	q := v.r.URL.Query()
	p := productStockPage{SKU: sku, ProductPath: productPath(sku), Location: q.Get("location")}
	if v.may("catalog:read") {
		p.Product = &api.Product{}
		if err := v.get("getProduct", slots("sku", sku), nil, p.Product); err != nil {
			return err
		}
		p.Name = p.Product.Name
	}
	var list api.List[api.StockPosition]
	if err := v.get("listStock", nil, query("sku", sku, "limit", "1000"), &list); err != nil {
		return err
	}
	var err error
	if p.Rows, err = v.positionRows(list.Data); err != nil {
		return err
	}
	days := q.Get("days")
	if !slices.Contains(spans, days) {
		days = spans[0]
	}
	here := func(location, days string) string {
		if days == spans[0] {
			days = ""
		}
		return strings.TrimSuffix(stockPath(sku)+"?"+query("location", location, "days", days).Encode(), "?")
	}
	p.Places = []view{{Text: v.t("All locations"), Path: here("", days), Current: p.Location == ""}}
	for _, r := range p.Rows {
		p.Places = append(p.Places, view{Text: r.Location, Path: here(r.Location, days), Current: p.Location == r.Location})
		if p.Location == "" || p.Location == r.Location {
			p.Sum = plus(p.Sum, r.StockPosition)
		}
	}
	for _, s := range spans {
		p.Spans = append(p.Spans, view{Text: v.t("%s days", s), Path: here(p.Location, s), Current: s == days})
	}
	if len(p.Rows) > 0 {
		if err := v.productHistory(&p, days); err != nil {
			return err
		}
	}
	with := query("lines.0.sku", sku, "lines.0.location", p.Location)
	if p.Location == "" && len(p.Rows) == 1 {
		with.Set("lines.0.location", p.Rows[0].Location)
	}
	p.Actions = v.stockButtons(with)
	if p.Product != nil && len(p.Product.Components) > 0 {
		for i := range p.Actions {
			p.Actions[i].No = v.t("A kit has no stock of its own: its components have.")
		}
	}
	return v.page(http.StatusOK, "stock", cmp.Or(p.Name, sku), stockLive, p)
}

// plus adds up positions.
func plus(a, b api.StockPosition) api.StockPosition {
	a.OnHand, a.Allocated, a.Reserved, a.Damaged, a.Quality, a.Safety = a.OnHand+b.OnHand, a.Allocated+b.Allocated, a.Reserved+b.Reserved, a.Damaged+b.Damaged, a.Quality+b.Quality, a.Safety+b.Safety
	a.InTransitIn, a.OnOrder, a.Backordered, a.Available = a.InTransitIn+b.InTransitIn, a.OnOrder+b.OnOrder, a.Backordered+b.Backordered, a.Available+b.Available
	return a
}

// productHistory reads what happened to the stock of a SKU, and who holds it.
func (v *visit) productHistory(p *productStockPage, days string) error {
	var history api.StockHistory
	if err := v.get("getStockHistory", slots("sku", p.SKU), query("location", p.Location, "days", days), &history); err != nil {
		return err
	}
	p.Chart = v.stockChart(history.Data)
	ask := query("location", p.Location, "order", "newest", "limit", "50", "cursor", v.r.URL.Query().Get("cursor"))
	var card api.StockCard
	if err := v.get("getStockCard", slots("sku", p.SKU), ask, &card); err != nil {
		return err
	}
	ask.Del("order")
	p.Next = v.nextPage(ask, card.NextCursor)
	names, err := namesOf(v, card.Data, func(e api.CardEntry) string { return e.Actor })
	if err != nil {
		return err
	}
	for _, e := range card.Data {
		b := e.Balance
		p.Card = append(p.Card, cardRow{CardEntry: e, Path: v.pageOf(e.Cause), By: cmp.Or(names[e.Actor], e.Actor), Moved: v.moved(e.Moved), Available: b.OnHand - b.Allocated - b.Reserved - b.Damaged - b.Quality - b.Safety})
	}
	if !v.may("orders:read") {
		return nil
	}
	var holders api.List[api.StockHolder]
	if err := v.get("listStockHolders", slots("sku", p.SKU), query("location", p.Location, "limit", "50"), &holders); err != nil {
		return err
	}
	p.More = holders.NextCursor != ""
	for _, h := range holders.Data {
		for _, u := range h.Held {
			row := holderRow{HeldUnits: u, Path: Root + "/orders/" + h.ID, Channel: h.Channel, Status: h.Status, Since: h.Since}
			row.Text = "#" + h.Number
			if h.Kind == "reservation" {
				row.Text, row.Path = v.t("Cart"), ""
			}
			p.Holders = append(p.Holders, row)
		}
	}
	return nil
}

// bucketsOf are the units of a position with the names of the buckets, in the order in which people read them.
func bucketsOf(b api.StockBuckets) []held64 {
	return []held64{
		{"on_hand", b.OnHand},
		{"allocated", b.Allocated},
		{"reserved", b.Reserved},
		{"damaged", b.Damaged},
		{"quality", b.Quality},
		{"safety", b.Safety},
		{"in_transit_in", b.InTransitIn},
		{"on_order", b.OnOrder},
		{"backordered", b.Backordered},
	}
}

type held64 struct {
	Name  string
	Units int64
}

// bucket is what people call one.
func (v *visit) bucket(name string) string {
	switch name {
	case "in_transit_in":
		return v.t("On the way")
	case "quality":
		return v.t("In inspection")
	}
	return v.word(name)
}

// moved says what came or went: On hand +5.
func (v *visit) moved(b api.StockBuckets) (out []string) {
	for _, x := range bucketsOf(b) {
		switch {
		case x.Units > 0:
			out = append(out, v.bucket(x.Name)+" +"+v.number(x.Units))
		case x.Units < 0:
			out = append(out, v.bucket(x.Name)+" −"+v.number(-x.Units))
		}
	}
	return out
}

// stockChart draws what was on hand, and what was available of it.
func (v *visit) stockChart(days []api.StockDay) *chart {
	most := int64(0)
	for _, d := range days {
		most = max(most, d.Balance.OnHand)
	}
	if most == 0 {
		return nil
	}
	c := &chart{Class: "levels", Title: v.word("on_hand"), Most: v.number(most), First: v.format.Day(days[0].Day), Last: v.format.Day(days[len(days)-1].Day), Before: true}
	w := 1000 / float64(len(days))
	for i, d := range days {
		h, a := float64(d.Balance.OnHand)/float64(most)*1000, float64(max(0, d.Available))/float64(most)*1000
		c.Bars = append(c.Bars, bar{
			X: (float64(i) + .1) * w, W: .8 * w, Y: 1000 - h, H: h, PX: (float64(i) + .1) * w, PY: 1000 - a, PH: a,
			Text: v.t("%s: %d on hand, %d available", v.format.Day(d.Day), d.Balance.OnHand, d.Available),
		})
	}
	return c
}
