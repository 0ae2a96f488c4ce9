package app

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/mail"
	"ordo/internal/service"
	"ordo/internal/store"
	"ordo/internal/work"
)

// ReplyCase writes to the customer by mail. The mail is decided together with the entry of the thread, and sent by its
// job: an agent's words that stand in the thread have a mail, once.
type ReplyCase struct {
	Case     string
	Text     string         // what the agent wrote: the template's {{.message}}
	Template string         // name of the template; "" for the one of replies
	Channel  string         // code of the channel that writes; "" for that of the first order of the case
	Status   service.Status // where the case goes then; "" leaves it
	By       string

	app   *App
	refs  []string // Message-IDs of the thread, oldest first
	agent string   // name of who writes
}

// Needs implements work.Command.
func (c *ReplyCase) Needs(n *work.Needs) { n.Docs(Cases.Spec, c.Case) }

// Run implements work.Command.
func (c *ReplyCase) Run(u *work.Unit) (*CaseView, error) {
	d, err := loadCase(u, c.Case)
	if err != nil {
		return nil, err
	}
	m, err := c.app.reply(u, d, replyWords{text: c.Text, template: c.Template, channel: c.Channel, refs: c.refs, by: c.By, agent: c.agent})
	if err != nil {
		return nil, err
	}
	if c.Status != "" && c.Status != d.Status {
		if err := d.move(u, c.Status, "reply"); err != nil {
			return nil, err
		}
	}
	v, err := d.save(u)
	if err != nil {
		return nil, err
	}
	v.Mails = []*mail.Mail{m}
	return v, nil
}

// replyWords are what a reply says, and how.
type replyWords struct {
	text, template, channel string // the text with its placeholders
	number                  string // of the order that {number} stands for; "": the first of the case
	refs                    []string
	by, agent               string // id of who writes, and the name that {agent} stands for
}

// reply queues a mail to the customer and writes it into the thread: its Message-ID leads the answer back, as does the
// number of the case in its subject.
func (a *App) reply(u *work.Unit, d *desk, w replyWords) (*mail.Mail, error) {
	e := service.Entry{Kind: service.Reply, Via: "mail", By: w.by, Words: service.Words{Text: w.text}}
	var list errs.List
	e.Check(&list, "/text")
	if service.CheckWords(&list, "/text", w.text); list.Err() != nil {
		return nil, list.Err()
	}
	if d.Contact.Email == "" {
		return nil, errs.New(errs.Conflict, "no_address", "the contact of the case has no mail address; add one")
	}
	in, err := a.replyIntent(u, d, w)
	if err != nil {
		return nil, err
	}
	number := w.number
	if number == "" && in.Data.Order != nil {
		number = in.Data.Order.Number
	}
	e.Text = service.FillWords(w.text, d.Contact.Name, number, d.Number, w.agent)
	in.Data.Message = e.Text
	m, _, err := a.QueueMail(u, *in)
	if errs.ClassOf(err) == errs.NotFound {
		list.Add("/template", "unknown_value", "there is no mail template %q; leave it out for %s, or write one whose name begins with %s", errs.Clip(in.Template), mail.CaseReply, mail.ReplyPrefix)
		return nil, list.Err()
	}
	if errs.Is(err, "no_mail_sender") && in.Channel == "" {
		return nil, errs.New(errs.Conflict, "no_mail_sender", `the case names no order, so no sales channel writes for it: name its order with POST /v1/cases/%s/change {"orders":["ord_…"]}, give a channel with the reply, or set mail_from of the server`, d.ID).
			With("allowed", []string{"change", "replies"})
	}
	if err != nil {
		return nil, err
	}
	u.ClaimFresh(ScopeCaseMessage, messageKey(m.MessageID), d.ID)
	e.Mail, e.Subject, e.MessageID = m.ID, m.Subject, m.MessageID
	if _, err := d.write(u, e); err != nil {
		return nil, err
	}
	d.Case = service.Answered(d.Case, d.sla, u.Now())
	return m, nil
}

// replyIntent is the mail of a reply, about the first order of the case and in the customer's language.
func (a *App) replyIntent(u *work.Unit, d *desk, w replyWords) (*MailIntent, error) {
	in := &MailIntent{
		Cause: mail.Cause("case", d.ID, strconv.FormatInt(d.Entries+1, 10)), Template: w.template, Channel: w.channel, Case: d.ID, Tag: service.Tag(d.Number),
		To:   mail.Address{Name: d.Contact.Name, Email: d.Contact.Email},
		Data: mail.Data{Case: &mail.CaseData{Number: d.Number, Subject: service.PlainSubject(d.Case)}, Message: w.text},
	}
	if in.Template == "" {
		in.Template = mail.CaseReply
	}
	if n := len(w.refs); n > 0 {
		in.InReplyTo, in.References = w.refs[n-1], w.refs
	}
	if len(d.Orders) > 0 {
		o, err := Orders.Get(u, d.Orders[0])
		if err != nil {
			return nil, err
		}
		in.Order, in.Language, in.Data.Order = o.ID, o.Language, OrderMailData(o)
		if in.Data.Links, err = a.mailLinks(context.Background(), o, in.To.Email, u.Now()); err != nil { // the secret was read before
			return nil, err
		}
		if in.Channel == "" {
			in.Channel = o.Channel
		}
	}
	if in.Language == "" && d.Customer != "" {
		c, found, err := Customers.Find(u, d.Customer)
		if err != nil {
			return nil, err
		}
		if found {
			in.Language = c.Language
		}
	}
	if w.channel == "" {
		return in, nil
	}
	known, err := Channels.Ref(u, w.channel)
	if err == nil && known == nil {
		var list errs.List
		list.Add("/channel", "unknown_value", "there is no sales channel %q", errs.Clip(w.channel))
		err = list.Err()
	}
	return in, err
}

// Writer is the sales channel that replies about orders come from, nil where there is none, and whether mails have an
// address to come from.
func (a *App) Writer(ctx context.Context, orders []string) (*catalog.Channel, bool, error) {
	if len(orders) == 0 {
		return nil, a.Settings.MailFrom != "", nil
	}
	o, err := one(ctx, a.DB, Orders, orders[0])
	if err != nil {
		return nil, false, err
	}
	channel, err := one(ctx, a.DB, Channels, o.Channel)
	if err != nil {
		return nil, false, err
	}
	return channel, a.mailFrom(channel).Email != "", nil
}

// readyReply reads what a reply needs beforehand: the mails of the thread, and the name of who writes. An id is none:
// customers read it.
func (a *App) readyReply(ctx context.Context, id, by string) (refs []string, agent string, err error) {
	if err := a.readyLinks(ctx); err != nil {
		return nil, "", err
	}
	names, err := a.Names(ctx, []string{by})
	if err != nil {
		return nil, "", err
	}
	refs, err = a.threadMails(ctx, id)
	return refs, names[by], err
}

// threadMails are the Message-IDs of a thread, oldest first: the last of a long one.
func (a *App) threadMails(ctx context.Context, id string) (refs []string, err error) {
	err = a.DB.Query(ctx, func(r store.Row) error {
		e, err := scanDoc(CaseEntries, r)
		if err == nil && e.Via == "mail" && e.MessageID != "" && len(refs) < maxReferences {
			refs = append(refs, bareID(e.MessageID))
		}
		return err
	}, "SELECT doc FROM case_entries WHERE case_id = $1 ORDER BY number DESC LIMIT 100", id)
	slices.Reverse(refs)
	return refs, err
}

// bareID is a Message-ID without the angle brackets that some hand it over in.
func bareID(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
}

// Reply runs ReplyCase.
func (a *App) Reply(ctx context.Context, c ReplyCase, meta work.Meta) work.Outcome {
	var err error
	if c.refs, c.agent, err = a.readyReply(ctx, c.Case, c.By); err != nil {
		return work.Outcome{Err: err}
	}
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryReply is Reply without effect: the mail as it would be written.
func (a *App) TryReply(ctx context.Context, c ReplyCase, meta work.Meta) (v *CaseView, err error) {
	if c.refs, c.agent, err = a.readyReply(ctx, c.Case, c.By); err != nil {
		return nil, err
	}
	c.app = a
	return work.DryRun(ctx, a.Committer, &c, meta)
}

// MailStates are the states of the mails that entries went out with, by id of the mail.
func (a *App) MailStates(ctx context.Context, entries []*service.Entry) (map[string]mail.Status, error) {
	var ids []string
	for _, e := range entries {
		if e.Mail != "" {
			ids = append(ids, e.Mail)
		}
	}
	mails, err := many(ctx, a.DB, Mails, ids)
	out := make(map[string]mail.Status, len(mails))
	for _, m := range mails {
		out[m.ID] = m.Status
	}
	return out, err
}
