package api

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/money"
	written "ordo/internal/pages" // for people; pages are taken here
	"ordo/internal/work"
)

// PaymentLink is a page on which whoever has its address pays one amount of an order, once.
type PaymentLink struct {
	ID        *string     `json:"id" doc:"null in a dry run"`
	Order     string      `json:"order"`
	URL       *string     `json:"url" doc:"for the customer; null in a dry run" example:"https://shop.example/pay/01kas8…"`
	Amount    money.Money `json:"amount"`
	Provider  string      `json:"provider"`
	ExpiresAt string      `json:"expires_at" format:"date-time"`
}

// CreatePaymentLink is the body of POST /v1/orders/{id}/payment-links.
type CreatePaymentLink struct {
	Amount           *money.Money `json:"amount,omitzero" doc:"left out: what is due when it is paid; amount says what that is now"`
	ExpiresInMinutes int64        `json:"expires_in_minutes,omitzero" minimum:"0" maximum:"129600" doc:"three days when left out or 0" example:"1440"`
	Provider         string       `json:"provider,omitzero" doc:"sandbox when left out"`
}

func createPaymentLink(c *call) error {
	id, err := c.orderID()
	if err != nil {
		return err
	}
	var in CreatePaymentLink
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.CreateLink{Order: id, Amount: in.Amount, Minutes: in.ExpiresInMinutes, Provider: in.Provider}
	if _, err := c.s.app.LinkToken(c.r.Context(), app.Link{}); err != nil { // the secret is there before it is needed
		return away(err)
	}
	return c.run(
		func(m work.Meta) work.Outcome { return c.s.app.CreateLink(c.r.Context(), cmd, m) },
		func(m work.Meta) (any, error) { return c.s.app.TryCreateLink(c.r.Context(), cmd, m) },
		func(v any) work.Answer {
			return work.Answer{Status: http.StatusCreated, Body: jsonx.Marshal(c.linkJSON(v.(app.Link)))}
		})
}

func (c *call) linkJSON(l app.Link) PaymentLink {
	out := PaymentLink{ID: orNull(l.ID), Order: l.Order, Amount: money.Money{Amount: l.Amount, Currency: l.Currency}, Provider: l.Provider, ExpiresAt: l.ExpiresAt.String()}
	if l.ID != "" {
		token, err := c.s.app.LinkToken(context.WithoutCancel(c.r.Context()), l)
		if err == nil { // the secret was read before
			out.URL = orNull(baseURL(c.r) + "/pay/" + token)
		}
	}
	return out
}

// payPolicy lets the page load its own style and send its own form, and nothing else.
const payPolicy = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A testCard is what stands in for a card on the sandbox.
type testCard struct{ Token, Name, Does string }

var testCards = []testCard{
	{"tok_ok", "•••• 4242", "is accepted"},
	{"tok_declined", "•••• 0002", "is declined"},
	{"tok_insufficient_funds", "•••• 9995", "has too little money on it"},
	{"tok_timeout", "•••• 3220", "takes a while to answer"},
}

// payView is what the template shows.
type payView struct {
	*app.PayPage
	Lang        string
	Title, Text string
	Kind        string // of the banner: good, warn or bad; "" for none
	Form        bool
	Cards       []testCard
	Amount      string
	Asked       int64 // Amount in minor units: sent back with the form
	Lines       []payLine
	Sums        []payLine // what else makes the total
	Reload      bool      // by itself, until there is an outcome
}

type payLine struct {
	Quantity    int64
	Name, Total string
}

//go:embed messages
var payMessages embed.FS

// payWords are the catalogs of the pages of payment links.
var payWords = sync.OnceValue(func() written.Words {
	w, err := written.ReadWords(payMessages)
	if err != nil {
		panic(err) // embedded at build time
	}
	return w
})

// payTemplate says its texts in a language.
func payTemplate(f *written.Format) (*template.Template, error) {
	return template.New("pay.html").Funcs(template.FuncMap{"t": f.T}).ParseFS(assets, "assets/pay.html")
}

// payFormat writes in the language that the browser asks for, as the other pages for customers do: where it asks for none
// that there is, in the order's. P is nil where there is no link.
func payFormat(r *http.Request, p *app.PayPage) (*written.Format, string) {
	lang, asked := written.LanguageOf(r.Header.Get("Accept-Language"))
	if !asked && p != nil {
		lang, _ = written.LanguageOf(p.Language)
	}
	return payWords().Format(lang, time.UTC), lang
}

// payText is what each state says, how it looks and with which status it is answered; ended states are errors for
// those who try to pay.
var payText = map[app.LinkState]struct {
	title, text, kind string
	get, post         int
}{
	app.LinkOpen:     {"Pay your order", "", "", 200, 200},
	app.LinkChanged:  {"The amount has changed", "Nothing was charged: another amount is due by now. Please look at it, and pay it if it is right.", "warn", 409, 409},
	app.LinkDeclined: {"Payment declined", "Nothing was charged. Please try another card.", "bad", 200, 402},
	app.LinkPending:  {"Payment in progress", "We are waiting for the bank. Please do not pay again; this page tells you as soon as it is decided.", "warn", 200, 202},
	app.LinkPaid:     {"Payment received", "Thank you. There is nothing more to do.", "good", 200, 200},
	app.LinkSettled:  {"Nothing to pay here", "Less is due for this order than this link asks for. Please ask the shop for a new link if you want to pay the rest.", "good", 409, 409},
	app.LinkExpired:  {"This link has expired", "Nothing was charged. Please ask the shop for a new link.", "warn", 410, 410},
	app.LinkEnded:    {"This order was canceled", "Nothing has to be paid for it any more.", "warn", 410, 410},
}

// pay shows the page of a link, and takes its form.
func (s *Server) pay(w http.ResponseWriter, r *http.Request) {
	token := r.PathValue("token")
	post := r.Method == http.MethodPost
	var p *app.PayPage
	var err error
	if post {
		p, err = s.payByLink(w, r, token)
	} else {
		p, err = s.app.PayPage(r.Context(), token)
	}
	if err != nil {
		s.payFailed(w, r, away(err))
		return
	}
	if post && p.State == app.LinkPaid {
		http.Redirect(s.payHeaders(w), r, r.URL.EscapedPath(), http.StatusSeeOther) // a reload does not send the form again
		return
	}
	code := payText[p.State].get
	if post {
		code = payText[p.State].post
	}
	s.payPage(w, r, code, p)
}

// maxForm is far more than the form has.
const maxForm = 4096

func (s *Server) payByLink(w http.ResponseWriter, r *http.Request, token string) (*app.PayPage, error) {
	r.Body = http.MaxBytesReader(innermost(w), r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, errs.New(errs.Malformed, "malformed_body", "the form cannot be read")
	}
	card := r.PostForm.Get("card")
	if !slices.ContainsFunc(testCards, func(c testCard) bool { return c.Token == card }) {
		return s.app.PayPage(r.Context(), token) // no card was chosen: show the form again
	}
	amount, err := strconv.ParseInt(r.PostForm.Get("amount"), 10, 64)
	if err != nil {
		amount = -1 // it was not seen
	}
	return s.app.PayByLink(r.Context(), token, card, amount, work.Meta{Actor: "payment_link", RequestID: requestID(r)})
}

func (s *Server) payHeaders(w http.ResponseWriter) http.ResponseWriter {
	h := w.Header()
	h.Set("Content-Security-Policy", payPolicy)
	h.Set("Referrer-Policy", "no-referrer") // the address is the right to pay
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	return w
}

func (s *Server) payPage(w http.ResponseWriter, r *http.Request, code int, p *app.PayPage) {
	t := payText[p.State]
	format, lang := payFormat(r, p)
	in := func(n int64) string { return format.Money(money.Money{Amount: n, Currency: p.Link.Currency}) }
	v := payView{
		PayPage: p, Lang: lang, Title: format.T(t.title), Text: format.T(t.text), Kind: t.kind, Form: p.State == app.LinkOpen || p.State == app.LinkDeclined || p.State == app.LinkChanged,
		Asked: p.Link.Amount, Cards: testCards, Amount: in(p.Link.Amount), Reload: p.State == app.LinkPending,
	}
	for _, l := range p.Order.Lines {
		if n := l.Kept(); n > 0 {
			v.Lines = append(v.Lines, payLine{n, l.Name, in(l.UnitPrice * n)})
		}
	}
	sums := p.Order.Totals
	for _, x := range []struct {
		name   string
		amount int64
	}{{format.T("Discount"), -sums.Discount}, {format.T("Delivery"), sums.Shipping}, {format.T("Tax"), sums.Tax}, {format.T("Order total"), sums.GrandTotal}} {
		if x.amount != 0 {
			v.Sums = append(v.Sums, payLine{Name: x.name, Total: in(x.amount)})
		}
	}
	s.payRender(w, r, code, v, format)
}

// payFailed shows what went wrong to somebody who has nothing but a link.
func (s *Server) payFailed(w http.ResponseWriter, r *http.Request, err error) {
	format, lang := payFormat(r, nil)
	v := payView{Lang: lang, Title: format.T("Something went wrong"), Text: format.T("Nothing was charged by this try. Please try again in a moment."), Kind: "bad"}
	code := http.StatusInternalServerError
	if e := errs.As(err); e != nil {
		code = status[e.Class]
		if e.Class == errs.NotFound {
			v.Title, v.Text, v.Kind = format.T("There is no such link"), format.T("Please check that the address is complete, or ask the shop for a new link."), "warn"
		}
	} else {
		s.log.Error("payment page failed", "err", err, "request_id", requestID(r))
	}
	s.payRender(w, r, code, v, format)
}

func (s *Server) payRender(w http.ResponseWriter, r *http.Request, code int, v payView, format *written.Format) {
	var b bytes.Buffer
	t, err := payTemplate(format)
	if err == nil {
		err = t.Execute(&b, v)
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	write(s.payHeaders(w), code, "text/html; charset=utf-8", b.Bytes())
}

func (s *Server) payStyle(w http.ResponseWriter, _ *http.Request) {
	css, _ := assets.ReadFile("assets/pay.css") // embedded
	w.Header().Set("Cache-Control", "public, max-age=300")
	write(w, http.StatusOK, "text/css; charset=utf-8", css)
}

// registerPay gives the pages of payment links their handlers.
func (s *Server) registerPay() {
	s.mux.HandleFunc("/pay/{token}", func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead, http.MethodPost:
			s.pay(w, r)
		default:
			s.notAllowed(w, r, "/pay/{token}", strings.Fields("GET HEAD POST"))
		}
	})
	s.mux.HandleFunc("GET /pay/pay.css", s.payStyle)
}
