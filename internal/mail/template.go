package mail

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/money"
)

// Names of the notifications: what customers are told without anybody asking.
const (
	OrderPlaced    = "order_placed"
	OrderShipped   = "order_shipped"
	OrderDelivered = "order_delivered"
	OrderDelayed   = "order_delayed"
	OrderCanceled  = "order_canceled"
	OrderRefunded  = "order_refunded"
	ReturnReceived = "return_received"
)

// CaseReply is the template of what agents write to customers.
const CaseReply = "case_reply"

// OrderLink is the template of the mail that somebody asks for who has no link to an order at hand.
const OrderLink = "order_link"

// Notifications lists them in the order in which an order meets them.
var Notifications = []string{OrderPlaced, OrderShipped, OrderDelivered, OrderDelayed, OrderCanceled, OrderRefunded, ReturnReceived}

// Template is the text of a mail in one language, for one sales channel or for all. Its id is its code: the name, the
// language and, for one channel, that channel, with dots between: "order_shipped.de", "order_shipped.de.web".
type Template struct {
	doc.Meta
	Active  bool   `json:"active"` // the one that would be taken without it is, where it is not
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitzero"` // "" for mails that are text only
}

// Code is the id of a template.
func Code(name, language, channel string) string {
	if channel == "" {
		return name + "." + language
	}
	return name + "." + language + "." + channel
}

// SplitCode takes the id of a template apart.
func SplitCode(code string) (name, language, channel string) {
	parts := strings.SplitN(code, ".", 3)
	parts = append(parts, "", "")
	return parts[0], parts[1], parts[2]
}

var templateName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// What a template and what comes of it may have, in bytes; a subject in characters.
const (
	maxSource  = 64 << 10
	maxOutput  = 256 << 10
	maxSubject = 200
)

// Check adds to the list what is wrong with a template: it must say something about the sample, in every part.
func (t *Template) Check(list *errs.List) {
	name, lang, _ := SplitCode(t.ID)
	if !templateName.MatchString(name) {
		list.Add("/code", "invalid_code", "a code is a name of small letters, digits and underscores, a language, and perhaps a channel: order_shipped.de or order_shipped.de.web")
	}
	if templateName.MatchString(name) && !Written(name) {
		list.Add("/code", "unknown_template", "no mail is made of %q; there is %s, and for agents' replies what begins with %s", errs.Clip(name), strings.Join(Names(), ", "), ReplyPrefix)
	}
	if tag, ok := ParseLanguage(lang); !ok || tag != lang {
		list.Add("/code", "invalid_language", "the second part of the code is a language such as en, de or de-AT, not %q", errs.Clip(lang))
		return
	}
	if strings.TrimSpace(t.Subject) == "" {
		list.Add("/subject", "required", "give a subject")
	}
	if strings.TrimSpace(t.Text) == "" {
		list.Add("/text", "required", "give a text: not everybody sees HTML")
	}
	for _, part := range [][2]string{{"/subject", t.Subject}, {"/text", t.Text}, {"/html", t.HTML}} {
		if len(part[1]) > maxSource {
			list.Add(part[0], "too_long", "at most %d bytes", maxSource)
		}
	}
	if !list.Empty() {
		return
	}
	sample := Sample(name)
	sample.Language = lang
	_, err := Render(t, sample)
	var e *PartError
	if errors.As(err, &e) {
		list.Add("/"+e.Part, "invalid_template", "%s", e.Says())
	}
}

// PartError says which part of a template cannot be used, and why.
type PartError struct {
	Part string // subject, text or html
	Err  error
	data any // that it was tried on
}

// Says is what is wrong in words: the line, what is unknown, and what there is.
func (e *PartError) Says() string { return explain(e.Err, e.data) }

func (e *PartError) Error() string { return e.Part + ": " + e.Err.Error() }
func (e *PartError) Unwrap() error { return e.Err }

// Content is what a mail says.
type Content struct{ Subject, Text, HTML string }

//go:embed words
var words embed.FS

// Shipped returns the template of a name that comes with Ordo, in a language that Ordo has it in.
func Shipped(name, language string) (*Template, bool) {
	b, err := words.ReadFile("words/" + name + "." + language + ".txt")
	if err != nil {
		return nil, false
	}
	head, html, _ := strings.Cut(string(b), "\n--- html\n")
	subject, text, _ := strings.Cut(head, "\n\n")
	t := &Template{Active: true, Subject: strings.TrimPrefix(subject, "Subject: "), Text: text + "\n", HTML: html}
	t.ID = Code(name, language, "")
	return t, true
}

// AllShipped lists the templates that come with Ordo, by their codes.
func AllShipped() (out []*Template) {
	files, _ := fs.Glob(words, "words/*.txt") // the pattern is right
	for _, f := range files {
		name, language, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(f, "words/"), ".txt"), ".")
		if !ok || name == "parts" {
			continue
		}
		if t, ok := Shipped(name, language); ok {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *Template) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Candidates are the codes under which a template is looked for, the best first: in each language that of the channel
// before the one of all.
func Candidates(name, channel string, languages []string) (codes []string) {
	for _, l := range languages {
		if channel != "" {
			codes = append(codes, Code(name, l, channel))
		}
		codes = append(codes, Code(name, l, ""))
	}
	return codes
}

// Choose takes the first of the languages in which somebody has written the template, or Ordo has it. set returns what
// is set under a code, nil for nothing.
func Choose(name, channel string, languages []string, set func(code string) *Template) (t *Template, language string) {
	for _, l := range languages {
		for _, code := range Candidates(name, channel, []string{l}) {
			if t := set(code); t != nil && t.Active {
				return t, l
			}
		}
		if t, ok := Shipped(name, l); ok {
			return t, l
		}
	}
	return nil, ""
}

// Render makes what a mail says of a template. Whatever stands in the data is text: in HTML it is escaped. A name that
// is not in the data is an error, so that no mail goes out with a hole in it.
func Render(t *Template, d Data) (Content, error) {
	var c Content
	var err error
	data := names(d)
	if c.Subject, err = renderText(t.Subject, d.Language, data); err != nil {
		return c, &PartError{"subject", err, data}
	}
	c.Subject = Subject(c.Subject)
	if c.Text, err = renderText(t.Text, d.Language, data); err != nil {
		return c, &PartError{"text", err, data}
	}
	c.Text = tidy(c.Text)
	if t.HTML == "" {
		return c, nil
	}
	if c.HTML, err = renderHTML(t.HTML, d.Language, data); err != nil {
		return c, &PartError{"html", err, data}
	}
	return c, nil
}

// Subject makes one line of a text: what is in it could otherwise add headers.
func Subject(s string) string { return clip(strings.Join(strings.Fields(s), " "), maxSubject) }

var blankLines = regexp.MustCompile(`\n{3,}`)

// tidy takes away the empty lines that conditions leave in a text.
func tidy(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(blankLines.ReplaceAllString(s, "\n\n")) + "\n"
}

func renderText(source, language string, data any) (string, error) {
	t, err := template.New("").Option("missingkey=error").Funcs(funcs(language)).Parse(partsOf(language, "txt"))
	if err == nil {
		t, err = t.New("mail").Parse(source)
	}
	if err != nil {
		return "", err
	}
	var out bounded
	err = t.Execute(&out, data)
	return out.String(), err
}

func renderHTML(source, language string, data any) (string, error) {
	t, err := htmltemplate.New("").Option("missingkey=error").Funcs(funcs(language)).Parse(partsOf(language, "html"))
	if err == nil {
		t, err = t.New("mail").Parse(source)
	}
	if err != nil {
		return "", err
	}
	var out bounded
	err = t.Execute(&out, data)
	return out.String(), err
}

// partsOf are the parts that all templates can use: head, lines and foot.
func partsOf(language, ending string) string {
	for _, l := range Languages(language) {
		if b, err := words.ReadFile("words/parts." + l + "." + ending); err == nil {
			return string(b)
		}
	}
	return ""
}

// funcs are what templates can call beside the functions of the language of templates.
func funcs(language string) map[string]any {
	return map[string]any{
		"money": func(m money.Money) string { return Money(language, m) },
		"date":  func(v any) (string, error) { return Date(language, v) },
		"count": func(n int64) string { return Count(language, n) },
		"link":  func(links map[string]string, name string) string { return links[name] },
		"some":  func(m money.Money) bool { return m.Amount != 0 },
	}
}

// bounded takes so much and no more: a template can be asked to write without end.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		return 0, fmt.Errorf("more than %d bytes come out", maxOutput)
	}
	return b.Buffer.Write(p)
}

// Sample is what templates are tried on: everything that the notification can have, and of the rest nothing. A name that
// is none of Ordo's notifications has everything.
func Sample(name string) Data {
	eur := func(n int64) money.Money { return money.Money{Amount: n, Currency: "EUR"} }
	lines := []LineData{{SKU: "MUG", Name: "Mug, blue", Quantity: 2, Total: eur(2400)}, {SKU: "TEA", Name: "Tea & biscuits", Quantity: 1, Total: eur(650)}}
	d := Data{
		Language: "en", Shop: Shop{Name: "Example Shop", Email: "shop@example.com"}, Customer: Person{Name: "Ada Example", Email: "ada@example.com"},
		Order: &OrderData{
			Number: "10001", PlacedAt: micros.Time(1_795_000_000_000_000), Lines: lines,
			Items: eur(3050), Discount: eur(305), Shipping: eur(490), Tax: eur(0), Total: eur(3235),
			Address: []string{"Ada Example", "1 Example Street", "10115 Berlin", "DE"},
		},
		Links: map[string]string{"status": "https://shop.example.com/status/sample", "return": "https://shop.example.com/return/sample"}, Message: "Thank you for your patience.",
	}
	is := func(names ...string) bool {
		return slices.Contains(names, name) || !slices.Contains(Notifications, name)
	}
	if is(OrderShipped, OrderDelivered) {
		d.Shipment = &ShipmentData{Carrier: "Example Parcels", TrackingNumber: "EP123456789", Lines: lines[:1]}
	}
	if is(OrderDelayed) {
		d.Promise = &PromiseData{Earliest: "2026-11-26", Latest: "2026-11-28", Before: "2026-11-25"}
	}
	if is(OrderCanceled) {
		d.Canceled = &CanceledData{Reason: "out_of_stock", Lines: lines[1:]}
	}
	if is(OrderRefunded) {
		d.Refund = &RefundData{Amount: eur(650)}
	}
	if is(ReturnReceived) {
		d.Return = &ReturnData{Number: "10001-R1", Lines: lines[:1]}
	}
	if is() {
		d.Case = &CaseData{Number: "C1077", Subject: "Where is my mug?"}
	}
	return d
}
