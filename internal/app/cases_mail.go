package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/service"
	"ordo/internal/work"
)

// MailSecret is the name of the secret that those who hand mails in sign with, in the environment with ORDO_SECRET_.
const MailSecret = "MAIL_IN"

// messageKey is the unique value of a mail: its Message-ID, with or without the brackets around it. The id may tell
// about a person, and keys outlive an erasure.
func messageKey(id string) string {
	sum := sha256.Sum256([]byte(bareID(id)))
	return hex.EncodeToString(sum[:])
}

// TakeMail takes what a customer wrote by mail or form: into the thread that it answers, or as a new case. The same
// message again changes nothing.
type TakeMail struct {
	From      service.Contact
	Subject   string
	Text      string
	MessageID string
	Answers   []string // Message-IDs that it answers, the nearest first
	Via       string   // mail or form
	Queue     string   // of a new case; "" for the general one
	Orders    []string // ids that it names; those of the writer are linked
	Robot     bool     // nobody wrote it: an absence notice and the like
}

// TakenMail says where a mail went.
type TakenMail struct {
	Case, Number string
	Opened       bool // a new case
	Duplicate    bool // it was taken before
}

// Needs implements work.Command.
func (c *TakeMail) Needs(n *work.Needs) {
	n.Key(ScopeCaseMessage, messageKey(c.MessageID))
	for _, id := range c.Answers {
		n.Key(ScopeCaseMessage, messageKey(id))
	}
	if number := service.NumberIn(c.Subject); number != "" {
		n.Key(ScopeCaseNumber, number)
	}
	n.Key(ScopeCustomerEmail, fold(c.From.Email))
	n.Docs(Orders.Spec, c.Orders...)
}

// own are the orders that the mail names, as far as its writer is their customer.
func (c *TakeMail) own(u *work.Unit) (out []string, err error) {
	for _, id := range c.Orders {
		o, found, err := Orders.Find(u, id)
		if err != nil {
			return nil, err
		}
		if found && fold(o.Customer.Email) == fold(c.From.Email) {
			out = append(out, id)
		}
	}
	return out, nil
}

// named links what the mail names to a case that it goes on with, where it comes from its contact.
func (c *TakeMail) named(d *desk, own []string) {
	if fold(d.Contact.Email) != fold(c.From.Email) {
		return
	}
	next := *d.Case
	next.Orders = slices.Clone(d.Orders)
	for _, id := range own {
		if !slices.Contains(next.Orders, id) && len(next.Orders) < maxNamed {
			next.Orders = append(next.Orders, id)
		}
	}
	d.Case = &next
}

// Run implements work.Command.
func (c *TakeMail) Run(u *work.Unit) (TakenMail, error) {
	holder, err := u.Holder(ScopeCaseMessage, messageKey(c.MessageID))
	if err != nil {
		return TakenMail{}, err
	}
	if holder != "" {
		d, err := loadCase(u, holder)
		if err != nil {
			return TakenMail{}, err
		}
		return TakenMail{Case: d.ID, Number: d.Number, Duplicate: true}, nil
	}
	d, err := c.thread(u)
	if err != nil {
		return TakenMail{}, err
	}
	own, err := c.own(u)
	if err != nil {
		return TakenMail{}, err
	}
	opened := d == nil || !service.Reopens(d.Case, d.queue, u.Now()) || d.Entries >= service.MaxEntries
	if opened {
		d, err = c.open(u, d, own)
	} else if !c.Robot {
		err = d.hear(u)
	}
	if err != nil {
		return TakenMail{}, err
	}
	c.named(d, own)
	if _, _, err := u.Claim(ScopeCaseMessage, messageKey(c.MessageID), d.ID); err != nil {
		return TakenMail{}, err
	}
	text := service.Cut(c.Text, service.MaxText)
	if strings.TrimSpace(text) == "" {
		text = "(no text)"
	}
	e := service.Entry{Kind: service.Message, Via: c.Via, By: "customer", Words: service.Words{
		From: c.From.Email, Subject: service.Cut(service.Line(c.Subject), service.MaxSubject), Text: text, MessageID: c.MessageID,
	}}
	if _, err := d.write(u, e); err != nil {
		return TakenMail{}, err
	}
	v, err := d.save(u)
	if err != nil {
		return TakenMail{}, err
	}
	return TakenMail{Case: v.ID, Number: v.Number, Opened: opened}, nil
}

// thread finds the case that the mail belongs to: by the mails that it answers, whose names nobody can guess; or by the
// number in its subject, which anybody could write, if it comes from the contact of that case.
func (c *TakeMail) thread(u *work.Unit) (*desk, error) {
	for _, id := range c.Answers {
		holder, err := u.Holder(ScopeCaseMessage, messageKey(id))
		if err != nil {
			return nil, err
		}
		if holder != "" {
			return loadCase(u, holder)
		}
	}
	number := service.NumberIn(c.Subject)
	if number == "" {
		return nil, nil
	}
	holder, err := u.Holder(ScopeCaseNumber, number)
	if err != nil || holder == "" {
		return nil, err
	}
	d, err := loadCase(u, holder)
	if err != nil || fold(d.Contact.Email) != fold(c.From.Email) {
		return nil, err
	}
	return d, nil
}

// open makes a case of the mail; one that ended long ago is gone on with.
func (c *TakeMail) open(u *work.Unit, before *desk, own []string) (*desk, error) {
	wish := service.Case{
		Origin: c.Via, Queue: c.Queue, Subject: service.Cut(service.Line(c.Subject), service.MaxSubject),
		Contact: service.Contact{Email: c.From.Email, Name: service.Cut(service.Line(c.From.Name), address.MaxText), Phone: c.From.Phone},
	}
	if wish.Subject == "" {
		wish.Subject = "(no subject)"
	}
	wish.Orders = own
	if before != nil {
		wish.Follows, wish.Orders, wish.Customer = before.ID, before.Orders, before.Customer
	}
	return openCase(u, wish)
}

// InMail is a mail as it is handed in.
type InMail struct {
	From, To, Subject, Text, MessageID, InReplyTo string
	References                                    []string
	Robot                                         bool
}

// maxReferences is how many mails that a mail names are looked for: the end of a long thread.
const maxReferences = 20

// maxMessageID is the longest Message-ID that is taken (RFC 5322 lines).
const maxMessageID = 998

// MailIn takes a mail.
func (a *App) MailIn(ctx context.Context, in InMail, meta work.Meta) (TakenMail, error) {
	c := &TakeMail{Subject: service.Cut(in.Subject, service.MaxSubject), Text: in.Text, MessageID: strings.TrimSpace(in.MessageID), Via: "mail", Robot: in.Robot}
	var list errs.List
	from, err := mail.ParseAddress(in.From)
	if err != nil || !address.ValidEmail(from.Address) {
		list.Add("/from", "invalid_email", "give who wrote it, such as Ada <ada@example.com>")
	} else {
		c.From = service.Contact{Email: from.Address, Name: from.Name}
	}
	if c.MessageID == "" || len(c.MessageID) > maxMessageID {
		list.Add("/message_id", "required", "give the Message-ID of the mail, of at most %d characters", maxMessageID)
	}
	if err := list.Err(); err != nil {
		return TakenMail{}, err
	}
	for _, id := range append([]string{in.InReplyTo}, reversed(in.References)...) {
		if id = strings.TrimSpace(id); id != "" && len(id) <= maxMessageID && len(c.Answers) < maxReferences {
			c.Answers = append(c.Answers, id)
		}
	}
	if c.Orders, err = a.ordersNamed(ctx, c.From.Email, c.Subject+"\n"+service.Cut(in.Text, service.MaxText)); err != nil {
		return TakenMail{}, err
	}
	return work.Do(ctx, a.Committer, c, meta)
}

// maxNamed is how many orders of its writer a mail is linked to.
const maxNamed = 10

// ordersNamed finds the orders of a customer whose number, or the channel's id of them, stands in a text as a word of its
// own: "1042", "#1042", "1042-R1". Orders of others are not looked at: a number can be guessed.
func (a *App) ordersNamed(ctx context.Context, email, text string) (ids []string, err error) {
	orders, err := a.ListOrders(ctx, OrderFilter{Customer: email, Limit: MaxOverview})
	if len(orders) == 0 {
		return nil, err
	}
	has := readWords(text)
	for _, o := range orders {
		if len(ids) < maxNamed && (has.word(o.Number) || len(o.ExternalID) > 3 && has.word(o.ExternalID)) {
			ids = append(ids, o.ID)
		}
	}
	return ids, err
}

// words are a text in small letters, and the runs of letters and digits in it: a text is read once, however many words
// are looked for.
type words struct {
	text string
	runs map[string]bool
}

func readWords(text string) words {
	w := words{text: strings.ToLower(text), runs: map[string]bool{}}
	for run := range strings.FieldsFuncSeq(w.text, apart) {
		w.runs[run] = true
	}
	return w
}

// apart reports whether a character is part of no word.
func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// word reports whether the word stands in the text with neither letter nor digit beside it, whatever its capitals. Such as
// "1042-R1" has several runs: only where all are there it is looked for as a whole.
func (w words) word(word string) bool {
	word = strings.ToLower(word)
	runs := 0
	for run := range strings.FieldsFuncSeq(word, apart) {
		if runs++; !w.runs[run] {
			return false
		}
		if run == word {
			return true
		}
	}
	if runs == 0 {
		return false
	}
	for from := 0; ; {
		i := strings.Index(w.text[from:], word)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(word)
		before, _ := utf8.DecodeLastRuneInString(w.text[:at])
		after, _ := utf8.DecodeRuneInString(w.text[end:])
		if apart(before) && apart(after) {
			return true
		}
		from = end
	}
}

func reversed(s []string) []string {
	out := make([]string, 0, len(s))
	for i := len(s) - 1; i >= 0; i-- {
		out = append(out, s[i])
	}
	return out
}

// FormIn is what somebody wrote into the open form.
type FormIn struct{ Name, Email, Subject, Text, OrderNumber string }

// Form takes what somebody wrote into the open form, if a queue takes it. The same words again are the same message.
// Whether there is an order of that number is not told: it is linked where it is the writer's.
func (a *App) Form(ctx context.Context, in FormIn, meta work.Meta) (TakenMail, error) {
	queues, err := a.ListQueues(ctx, "", 1_000)
	if err != nil {
		return TakenMail{}, err
	}
	c := &TakeMail{From: service.Contact{Email: strings.TrimSpace(in.Email), Name: in.Name}, Subject: in.Subject, Text: in.Text, Via: "form"}
	for _, q := range queues {
		if q.WebForm {
			c.Queue = q.ID
		}
	}
	if c.Queue == "" {
		return TakenMail{}, errs.Unknown("queue that takes the form", "web_form")
	}
	var list errs.List
	if !address.ValidEmail(c.From.Email) {
		list.Add("/email", "invalid_email", "a mail address has the form local@domain")
	}
	(&service.Entry{Kind: service.Message, Words: service.Words{Text: in.Text}}).Check(&list, "/text")
	if err := list.Err(); err != nil {
		return TakenMail{}, err
	}
	c.MessageID = "form:" + messageKey(strings.Join([]string{fold(in.Email), in.Subject, in.Text, in.OrderNumber}, "\x00"))
	if n := strings.TrimSpace(in.OrderNumber); n != "" {
		ids, err := a.searchOrders(ctx, n)
		if err != nil {
			return TakenMail{}, err
		}
		orders, err := many(ctx, a.DB, Orders, ids)
		if err != nil {
			return TakenMail{}, err
		}
		for _, o := range orders {
			if fold(o.Customer.Email) == fold(c.From.Email) {
				c.Orders = append(c.Orders, o.ID)
			}
		}
	}
	return work.Do(ctx, a.Committer, c, meta)
}

// SignsMail reports whether a body was signed with the secret for mails: "sha256=" and the HMAC in hexadecimal.
func (a *App) SignsMail(signature string, sum func(secret string) string) bool {
	secret := a.Secret(MailSecret)
	return secret != "" && subtle.ConstantTimeCompare([]byte(signature), []byte(sum(secret))) == 1
}
