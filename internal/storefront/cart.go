package storefront

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	"ordo/internal/pages"
)

const (
	cookieName = "ordo_cart"
	cartAge    = 30 * 24 * time.Hour
	maxLines   = 30 // what a cookie holds
	maxUnits   = 99 // of one product
	holdsEach  = 20 // times per minute that stock may be held from one address
)

// cart is what somebody wants, in the browser's cookie. It has no personal data but the country.
type cart struct {
	Lines       []cartLine `json:"l,omitzero"`
	Reservation string     `json:"r,omitzero"` // of its units, from the way to the checkout on
	Country     string     `json:"c,omitzero"`
}

type cartLine struct {
	SKU      string `json:"s"`
	Quantity int64  `json:"q"`
}

func (c *cart) units() (n int64) {
	for _, l := range c.Lines {
		n += l.Quantity
	}
	return n
}

// set gives a product so many units; none takes it out. It reports whether there is room for it.
func (c *cart) set(sku string, n int64) bool {
	i := slices.IndexFunc(c.Lines, func(l cartLine) bool { return l.SKU == sku })
	n = min(n, maxUnits)
	switch {
	case i >= 0 && n <= 0:
		c.Lines = slices.Delete(c.Lines, i, i+1)
	case i >= 0:
		c.Lines[i].Quantity = n
	case n <= 0:
	case len(c.Lines) >= maxLines:
		return false
	default:
		c.Lines = append(c.Lines, cartLine{sku, n})
	}
	return true
}

func (s *Server) mac(text string) string {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte(s.channel + "\n" + text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

// seal writes a cart so that nobody else can.
func (s *Server) seal(c cart) string {
	text := base64.RawURLEncoding.EncodeToString(jsonx.Marshal(c))
	return text + "." + s.mac(text)
}

// openCart reads a sealed cart; one that was tampered with is none.
func (s *Server) openCart(sealed string) (c cart, ok bool) {
	text, mac, _ := strings.Cut(sealed, ".")
	if len(sealed) > 4096 || !hmac.Equal([]byte(mac), []byte(s.mac(text))) {
		return cart{}, false
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || jsonx.Unmarshal(body, &c) != nil {
		return cart{}, false
	}
	return c, true
}

// keep writes the cart into the cookie.
func (v *visit) keep() {
	k := &http.Cookie{Name: cookieName, Value: v.s.seal(v.cart), Path: v.s.path(), MaxAge: int(cartAge.Seconds()), HttpOnly: true, Secure: pages.TLS(v.r), SameSite: http.SameSiteLaxMode}
	if len(v.cart.Lines) == 0 && v.cart.Country == "" {
		k.Value, k.MaxAge = "", -1
	}
	http.SetCookie(v.w, k)
}

// hold reserves the units of the cart, so that nobody else buys them while its customer types. What cannot be held is
// no reason to stop: it is looked at again when the order is placed.
func (v *visit) hold() error {
	if err := v.s.api.Limit(v.w.Header(), "hold", v.r.RemoteAddr, holdsEach, time.Minute); err != nil {
		return err
	}
	v.release()
	in := api.CreateReservation{Channel: v.s.channel}
	for _, l := range v.cart.Lines {
		in.Lines = append(in.Lines, api.ReservationLine{SKU: l.SKU, Quantity: l.Quantity})
	}
	var r api.Reservation
	err := v.act(api.Act{Op: "createReservation", Body: in, Key: pages.NewKey()}, &r)
	if err == nil {
		v.cart.Reservation = *r.ID
	}
	if e := errs.As(err); e != nil && (e.Class == errs.Conflict || e.Class == errs.Invalid) {
		return nil
	}
	return err
}

// release gives back what was held for the cart as it was. It ends by itself where this fails.
func (v *visit) release() {
	if !ids.Valid("rsv", v.cart.Reservation) {
		return
	}
	err := v.act(api.Act{Op: "releaseReservation", Slots: map[string]string{"id": v.cart.Reservation}, Key: pages.NewKey()}, nil)
	if errs.ClassOf(err) == errs.Internal {
		v.s.log.Warn("a cart's reservation was not released", "err", err)
	}
	v.cart.Reservation = ""
}

// held is the reservation of the cart; nil where nothing is held.
func (v *visit) held() *api.Reservation {
	if !ids.Valid("rsv", v.cart.Reservation) {
		return nil
	}
	var r api.Reservation
	if err := v.get("getReservation", map[string]string{"id": v.cart.Reservation}, nil, &r); err != nil || r.Status != "active" {
		return nil
	}
	return &r
}

// heldMinutes is how long the units of the cart are held yet; 0 for not at all.
func (v *visit) heldMinutes() int {
	r := v.held()
	if r == nil {
		return 0
	}
	end, err := time.Parse(time.RFC3339Nano, r.ExpiresAt)
	if err != nil {
		return 0
	}
	return max(1, int(time.Until(end).Round(time.Minute).Minutes()))
}

// row is a line of the cart as it is shown.
type row struct {
	Product  api.Product
	Quantity int64
	Total    money.Money
	Stock    stock
}

// rows are the lines of the cart with what can be promised of them. What is sold no more falls out of it, which changed reports.
func (v *visit) rows() (out []row, changed bool, err error) {
	var products []api.Product
	var units []int64
	for _, l := range slices.Clone(v.cart.Lines) {
		p, err := v.product(l.SKU)
		if errs.ClassOf(err) == errs.NotFound {
			v.cart.set(l.SKU, 0)
			changed = true
			continue
		}
		if err != nil {
			return nil, false, err
		}
		products, units = append(products, p), append(units, l.Quantity)
	}
	have, err := v.available(products, units, "")
	if err != nil {
		return nil, false, err
	}
	held := v.heldMinutes() > 0
	for i, p := range products {
		r := row{p, units[i], times(p.Price, units[i]), v.stock(have.of(p.SKU), units[i])}
		if held {
			r.Stock = stock{v.t("Held for you"), "good"}
		}
		out = append(out, r)
	}
	return out, changed, nil
}

type cartPage struct {
	Rows  []row
	Items money.Money
	Held  int
	Short bool   // something cannot be had as wanted
	Gone  bool   // something is sold no more
	Error string // above the rows
}

func (v *visit) cartPage(code int, message string) error {
	rows, gone, err := v.rows()
	if err != nil {
		return err
	}
	p := cartPage{Rows: rows, Gone: gone, Held: v.heldMinutes(), Error: message}
	for _, r := range rows {
		p.Items = money.Money{Amount: p.Items.Amount + r.Total.Amount, Currency: r.Total.Currency}
		p.Short = p.Short || r.Stock.Tone == "bad"
	}
	if gone {
		v.release()
		v.keep()
	}
	return v.show(code, "cart", v.t("Your cart"), p)
}

func showCart(v *visit) error { return v.cartPage(http.StatusOK, "") }

// quantity reads a number of units; what is none is 1.
func quantity(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return 1
	}
	return n
}

// addToCart puts a product into the cart, beside what is there of it.
func addToCart(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	p, err := v.product(form.Get("sku"))
	if err != nil {
		return err
	}
	n := quantity(form.Get("quantity"))
	for _, l := range v.cart.Lines {
		if l.SKU == p.SKU {
			n += l.Quantity
		}
	}
	if !v.cart.set(p.SKU, n) {
		return v.cartPage(http.StatusConflict, v.t("Your cart is full: it takes %d different products. Please order these first.", maxLines))
	}
	v.release()
	v.keep()
	return v.redirect(v.s.path("cart") + "?done=added")
}

// changeCart takes the quantities, takes something out, or leads to the checkout.
func changeCart(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	before := slices.Clone(v.cart.Lines)
	for _, l := range before {
		if typed, ok := form["q."+l.SKU]; ok {
			v.cart.set(l.SKU, quantity(typed[0]))
		}
	}
	v.cart.set(form.Get("remove"), 0)
	if !slices.Equal(before, v.cart.Lines) {
		v.release()
	}
	if form.Get("_step") != "checkout" || len(v.cart.Lines) == 0 {
		v.keep()
		return v.redirect(v.s.path("cart") + "?done=changed")
	}
	rows, _, err := v.rows()
	if err != nil {
		return err
	}
	short := slices.ContainsFunc(rows, func(r row) bool { return r.Stock.Tone == "bad" })
	if v.heldMinutes() == 0 && !short {
		if err := v.hold(); err != nil {
			return err
		}
	}
	v.keep()
	if short || len(rows) == 0 {
		return v.redirect(v.s.path("cart"))
	}
	return v.redirect(v.s.path("checkout"))
}
