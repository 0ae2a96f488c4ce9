package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
)

// Stock is received, sent and counted by scanning: what was scanned stands in the address until it is booked, so that Back
// takes the last scan out, and nothing is lost when the handheld falls.

// stockScan is what is scanned for.
type stockScan struct {
	path  string // of the page
	title string
	about string
	name  string
	book  string // address of the form that takes the lines
	verb  string
	back  string
	known []scannable // what may be scanned; nil for any product
	no    string
}

// scannable is a product that may be scanned, with the most units; 0 for any.
type scannable struct {
	SKU string
	Of  int64
}

func stockScanRoutes() []Route {
	var out []Route
	for path, begin := range map[string]func(*visit) (*stockScan, error){
		"/receive": scanDelivery, "/transfers/scan": scanTransfer, "/transfers/{id}/scan": scanArrival, "/counts/{id}/scan": scanCount,
	} {
		out = append(out,
			Route{Method: http.MethodGet, Path: inventoryPath + path, Scope: "stock:write", handle: showStockScan(begin)},
			Route{Method: http.MethodPost, Path: inventoryPath + path, Scope: "stock:write", handle: takeStockScan(begin)})
	}
	return out
}

func scanDelivery(v *visit) (*stockScan, error) {
	return &stockScan{
		path: inventoryPath + "/receive", title: v.t("Receive"), about: v.t("Scan each product, or scan one and type how many. Book them when the pallet is done."),
		book: inventoryPath + "/do/receive", verb: v.t("Look at it and take it in"), back: inventoryPath,
	}, nil
}

func scanTransfer(v *visit) (*stockScan, error) {
	return &stockScan{
		path: inventoryPath + "/transfers/scan", title: v.t("What is sent"), about: v.t("Scan what goes into the boxes for another location."),
		book: inventoryPath + "/transfers/new", verb: v.t("Make the transfer"), back: inventoryPath + "/transfers",
	}, nil
}

func scanArrival(v *visit) (*stockScan, error) {
	t, err := v.transfer()
	if err != nil {
		return nil, err
	}
	at := inventoryPath + "/transfers/" + v.r.PathValue("id")
	s := &stockScan{
		path: at + "/scan", title: v.t("Receive the transfer"), name: v.t("%s to %s", t.From, t.To), about: v.t("Scan what arrived in good order. What is not scanned stays under way."),
		book: at + "/receive", verb: v.t("Look at it and take it in"), back: at, known: []scannable{},
	}
	if !slices.Contains(t.Allowed, "receive") {
		s.no = v.t("Not possible now: the transfer is %s.", lower(v.word(t.Status)))
	}
	for _, l := range t.Lines {
		if l.InTransit > 0 {
			s.known = append(s.known, scannable{l.SKU, l.InTransit})
		}
	}
	return s, nil
}

func scanCount(v *visit) (*stockScan, error) {
	c, err := v.count()
	if err != nil {
		return nil, err
	}
	at := inventoryPath + "/counts/" + v.r.PathValue("id")
	s := &stockScan{
		path: at + "/scan", title: v.t("Count"), name: c.Location, about: v.t("Scan each unit, or scan one and type how many. What the books say is not shown here."),
		book: at + "/record", verb: v.t("Look at it and note it"), back: at, known: []scannable{},
	}
	if !slices.Contains(c.Allowed, "record") {
		s.no = v.t("Not possible now: the count is %s.", lower(v.word(c.Status)))
	}
	for _, l := range c.Lines {
		s.known = append(s.known, scannable{SKU: l.SKU})
	}
	return s, nil
}

type stockScanPage struct {
	Title, Name, About, No, Path, Book, Verb, Back string
	Got                                            []string
	Location                                       string
	Lines                                          []stockScanLine
	Units                                          int64
	Said, Error                                    string
}

// stockScanLine is a product with how many were scanned.
type stockScanLine struct {
	SKU, Name      string
	Done, Of       int64
	Last, Complete bool
}

// place is where a line stands on a small screen: what was scanned last, what is open, what is done.
func (l stockScanLine) place() int {
	switch {
	case l.Last:
		return 0
	case l.Complete:
		return 2
	}
	return 1
}

func showStockScan(begin func(*visit) (*stockScan, error)) func(*visit) error {
	return func(v *visit) error {
		s, err := begin(v)
		if err != nil {
			return err
		}
		q := v.r.URL.Query()
		return v.stockScanPage(http.StatusOK, s, q, q.Get("last"), "")
	}
}

func (v *visit) stockScanPage(code int, s *stockScan, q url.Values, last, problem string) error {
	got := linesOf(url.Values{"got": q["got"]}, "")
	p := stockScanPage{Title: s.title, Name: s.name, About: s.about, No: s.no, Path: s.path, Verb: s.verb, Back: s.back, Location: q.Get("location"), Error: problem}
	lines := map[string]*stockScanLine{}
	var order []string
	add := func(sku string) *stockScanLine {
		if lines[sku] == nil {
			lines[sku], order = &stockScanLine{SKU: sku}, append(order, sku)
		}
		return lines[sku]
	}
	for _, e := range s.known {
		add(e.SKU).Of = e.Of
	}
	for _, g := range got {
		l := add(g.SKU)
		l.Done = g.Units
		p.Units += g.Units
		p.Got = append(p.Got, g.String())
	}
	names, err := v.productNames(order)
	if err != nil {
		return err
	}
	for _, sku := range order {
		l := lines[sku]
		l.Name, l.Last, l.Complete = names[sku], sku == last && problem == "", l.Of > 0 && l.Done >= l.Of
		if l.Last {
			p.Said = v.t("%s: %d", l.SKU, l.Done)
			if l.Of > 0 {
				p.Said = v.t("%s: %d of %d", l.SKU, l.Done, l.Of)
			}
		}
		p.Lines = append(p.Lines, *l)
	}
	slices.SortStableFunc(p.Lines, func(a, b stockScanLine) int { return a.place() - b.place() })
	booked := url.Values{"got": p.Got}
	if p.Location != "" {
		booked.Set("location", p.Location)
	}
	p.Book = s.book + "?" + booked.Encode()
	return v.page(code, "stockscan", s.title, "", p)
}

// takeStockScan counts one scan. Nothing is stored: it stands in the address that this leads to.
func takeStockScan(begin func(*visit) (*stockScan, error)) func(*visit) error {
	return func(v *visit) error {
		form, err := v.parse()
		if err != nil {
			return err
		}
		s, err := begin(v)
		if err != nil {
			return err
		}
		got := linesOf(url.Values{"got": form["got"]}, "")
		code, units := strings.TrimSpace(form.Get("code")), max(1, min(whole(form.Get("units")), 1_000_000))
		sku := ""
		if code != "" && s.no == "" {
			var text string
			if sku, text, err = v.scannedProduct(s, got, code, units); err != nil {
				return err
			}
			if text != "" {
				return v.stockScanPage(http.StatusUnprocessableEntity, s, form, "", text)
			}
			got = linesOf(url.Values{"got": append(gotTexts(got), stockLine{sku, units}.String())}, "")
		}
		to := query("location", form.Get("location"), "last", sku)
		if len(got) > 0 {
			to["got"] = gotTexts(got)
		}
		v.redirect(strings.TrimSuffix(s.path+"?"+to.Encode(), "?"))
		return nil
	}
}

// gotTexts writes lines for an address.
func gotTexts(lines []stockLine) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.String()
	}
	return out
}

// scannedProduct finds the product of a code; text says why it does not count.
func (v *visit) scannedProduct(s *stockScan, got []stockLine, code string, units int64) (sku, text string, err error) {
	done := func(sku string) int64 {
		for _, g := range got {
			if g.SKU == sku {
				return g.Units
			}
		}
		return 0
	}
	if s.known != nil {
		for _, e := range s.known {
			if strings.EqualFold(e.SKU, code) {
				if left := e.Of - done(e.SKU); e.Of > 0 && left < units {
					return "", v.t("Only %d more of %s.", left, e.SKU), nil
				}
				return e.SKU, "", nil
			}
		}
		return "", v.t("%q is not expected here.", errs.Clip(code)), nil
	}
	if len(got) >= mostLines && done(code) == 0 {
		return "", v.t("That are many products: book them first."), nil
	}
	if !v.may("catalog:read") {
		return code, "", nil
	}
	for _, c := range []string{code, strings.ToUpper(code)} {
		var p api.Product
		err := v.get("getProduct", slots("sku", c), nil, &p)
		switch {
		case err != nil && !gone(err):
			return "", "", err
		case err != nil:
		case len(p.Components) > 0:
			return "", v.t("%s is a kit: scan what it is made of.", p.SKU), nil
		default:
			return p.SKU, "", nil
		}
	}
	return "", v.t("There is no product %q.", errs.Clip(code)), nil
}
