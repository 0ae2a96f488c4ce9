package storefront

import (
	"bytes"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// visit is one request on its way to a page.
type visit struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	lang    string
	format  *pages.Format
	channel *api.Channel // nil where there is none
	cart    cart
	sent    bool
}

var (
	errGone   = errs.New(errs.NotFound, "not_found", "there is no such page")
	errMethod = errs.New(errs.MethodNotAllowed, "method_not_allowed", "this page takes another method")
)

func (v *visit) t(text string, args ...any) string { return v.s.words.Say(v.lang, text, args...) }

// act carries out an operation for the shop, and reads its answer into out unless that is nil.
func (v *visit) act(a api.Act, out any) error {
	a.Request, a.Remote = v.w.Header().Get("X-Request-Id"), v.r.RemoteAddr
	acted, err := v.s.api.Act(v.r.Context(), v.s.access, a)
	if err != nil || out == nil {
		return err
	}
	return jsonx.Unmarshal(acted.Body, out)
}

func (v *visit) get(op string, slots map[string]string, query url.Values, out any) error {
	return v.act(api.Act{Op: op, Slots: slots, Query: query}, out)
}

// open reads the channel that is sold for, and the cart. A channel that is not there or not active has no shop.
func (v *visit) open() error {
	var c api.Channel
	if err := v.get("getChannel", map[string]string{"code": v.s.channel}, nil, &c); err != nil {
		return err
	}
	if !c.Active {
		return errGone
	}
	v.channel = &c
	if k, err := v.r.Cookie(cookieName); err == nil {
		v.cart, _ = v.s.openCart(k.Value)
	}
	return nil
}

// country is where things go as long as nobody said so: where the customer had them sent before, or where the shop is.
func (v *visit) country() string {
	if v.cart.Country != "" {
		return v.cart.Country
	}
	if c := v.channel.Seller.Address.Country; c != "" {
		return c
	}
	for _, m := range v.channel.ShippingMethods {
		if m.Country != "" {
			return m.Country
		}
	}
	return "GB"
}

// frame is what every page gets.
type frame struct {
	Title string
	Lang  string
	Shop  string
	Items int64 // in the cart
	Query string
	Done  string
	Index bool // search engines may keep it
	Page  any
}

// done are what is said after a step, by what the address carries.
var done = map[string]struct{ Text string }{"added": {Text: "It is in your cart."}, "changed": {Text: "Your cart was changed."}}

// show renders a page.
func (v *visit) show(code int, name, title string, data any) error {
	set, err := v.s.templates.Set(v.lang, "UTC")
	if err != nil {
		return err
	}
	f := frame{Title: title, Lang: v.lang, Page: data, Index: code == http.StatusOK && (name == "grid" || name == "product"), Items: v.cart.units()}
	if v.channel != nil {
		f.Shop = v.channel.Name
	}
	if name == "grid" {
		f.Query = v.r.URL.Query().Get("q")
	}
	if said, ok := done[v.r.URL.Query().Get("done")]; ok && v.r.Method == http.MethodGet {
		f.Done = v.t(said.Text)
	}
	var b bytes.Buffer
	if err := set[name].ExecuteTemplate(&b, "layout", f); err != nil {
		return err
	}
	v.sent = true
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if f.Index {
		v.w.Header().Set(keepHeader, "1")
	}
	v.w.WriteHeader(code)
	_, _ = v.w.Write(b.Bytes())
	return nil
}

// redirect leads to another page, so that a reload does not send the form again.
func (v *visit) redirect(to string) error {
	v.sent = true
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// failure is what the page of an error shows.
type failure struct {
	Status      int
	Title, Text string
	Request     string
}

// fail renders an error.
func (v *visit) fail(err error) {
	if v.sent {
		return
	}
	e := errs.As(err)
	p := failure{Status: http.StatusInternalServerError, Request: v.w.Header().Get("X-Request-Id")}
	switch {
	case e == nil || e.Class == errs.Internal:
		v.s.log.Error("page failed", "err", err, "request_id", p.Request)
		p.Title, p.Text = v.t("Something went wrong here"), v.t("Your cart is still there. Please try again in a moment.")
	case e.Class == errs.NotFound:
		p.Status = http.StatusNotFound
		p.Title, p.Text = v.t("There is nothing here"), v.t("It may be sold no more, or the address is not complete.")
	case e.Class == errs.TooMany:
		p.Status = http.StatusTooManyRequests
		p.Title, p.Text = v.t("Just a moment"), v.t("This was tried very often from where you are. Please wait a minute, go back and send it again: what you typed is still there.")
		v.w.Header().Set("Retry-After", "60")
	default:
		p.Status = api.Status(e.Class)
		p.Title, p.Text = v.t("That did not work"), v.t("Please go back and try again.")
	}
	if err := v.show(p.Status, "problem", p.Title, p); err != nil {
		v.s.log.Error("page of an error failed", "err", err)
		http.Error(v.w, p.Text, p.Status)
	}
}

// form reads what was posted. Text that no database could store is refused here.
func (v *visit) form() (url.Values, error) {
	bad := errs.New(errs.Malformed, "malformed_body", "the form cannot be read")
	if err := v.r.ParseForm(); err != nil {
		return nil, bad
	}
	for _, values := range v.r.PostForm {
		for _, value := range values {
			if !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0 {
				return nil, bad
			}
		}
	}
	return v.r.PostForm, nil
}

// day writes a date short, with its weekday, which is what people plan by.
func (v *visit) day(date string) string {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	point := ""
	if v.lang == "de" {
		point = "."
	}
	return v.t(weekdays[d.Weekday()].Text) + " " + strconv.Itoa(d.Day()) + point + " " + v.t(d.Month().String()[:3])
}

var weekdays = [7]struct{ Text string }{{Text: "Sun"}, {Text: "Mon"}, {Text: "Tue"}, {Text: "Wed"}, {Text: "Thu"}, {Text: "Fri"}, {Text: "Sat"}}

// arrives says when something comes; "" where nobody promises any day.
func (v *visit) arrives(p *api.MethodPromise) string {
	switch {
	case p == nil || p.Latest == "":
		return ""
	case p.Earliest == "" || p.Earliest == p.Latest:
		return v.t("arrives %s", v.day(p.Latest))
	}
	return v.t("arrives %s to %s", v.day(p.Earliest), v.day(p.Latest))
}

// calm writes names that are all capitals, as old systems have them, so that they can be read.
func calm(name string) string {
	if strings.ContainsFunc(name, unicode.IsLower) || len(name) < 6 {
		return name
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(first) + strings.ToLower(name[size:])
}

// initial is what stands for a picture.
func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r))
}

// tint is the color of a tile: the same for a SKU each time.
func tint(sku string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(sku))
	return "tint-" + strconv.Itoa(int(h.Sum32()%6))
}
