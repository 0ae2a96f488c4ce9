package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ordo/internal/address"
	"ordo/internal/catalog"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/mail"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Mails and their templates.
var (
	Mails = work.NewKind[mail.Mail](work.Spec{
		Table: "mails", What: "mail", Rank: 39, Cols: []store.Col{text("order_id"), text("case_id"), text("channel"), text("status"), text("recipient")}, Personal: true,
	}, func(m *mail.Mail) []any {
		return []any{m.Order, m.Case, m.Channel, string(m.Status), mail.Fold(m.To.Email)}
	})
	MailTemplates = work.NewKind[mail.Template](work.Spec{Table: "mail_templates", What: "mail_template", Rank: 59, Reference: true}, nil)
)

// jobSendMail hands a mail over.
const jobSendMail = "send_mail"

type sendMailJob struct {
	Mail string `json:"mail"`
}

func registerMails(a *App) { a.Jobs.Handle(jobSendMail, a.runSendMail) }

// MailBody is the body of the events about a mail.
type MailBody struct {
	Mail *mail.Mail `json:"mail"` // as stored, without what is personal
}

// MailIntent is a mail that somebody wants written: by a template, or as a person wrote it.
type MailIntent struct {
	Cause    string // mail.EventCause or mail.Cause: with the template and the recipient it names the mail, once for all
	Template string // name of a template, filled with Data; "" for Subject and Text as they are
	Data     mail.Data
	Subject  string
	Text     string
	Tag      string // stands in the subject whatever the template says, so that answers find back; "" for none

	Channel    string // code; its sender is the mail's
	Language   string // "" for the channel's
	To         mail.Address
	Order      string   // id, if it is about one
	Case       string   // id, if it is about one
	ReplyTo    string   // "" for the channel's
	InReplyTo  string   // message id of the mail that it answers
	References []string // message ids of the conversation, oldest first
	Files      []mail.File
}

// QueueMail writes a mail in the unit of what asks for it, and has it sent after the commit. A mail that was asked for
// before, with the same cause, template and recipient, is returned as it is: fresh is false then. Without a sender in
// this installation the mail is written and kept as suppressed.
func (a *App) QueueMail(u *work.Unit, in MailIntent) (m *mail.Mail, fresh bool, err error) {
	if err := in.check(); err != nil {
		return nil, false, err
	}
	key := mail.Key(in.Cause, in.Template, in.To.Email)
	if id, err := u.Holder(ScopeMail, key); err != nil {
		return nil, false, err
	} else if id != "" {
		m, err := Mails.Get(u, id)
		return m, false, err
	}
	channel, err := Channels.Ref(u, in.Channel)
	if err != nil {
		return nil, false, err
	}
	if channel == nil {
		channel = &catalog.Channel{}
	}
	m = &mail.Mail{
		Meta: doc.Meta{ID: u.NewID("mail")}, Cause: in.Cause, Template: in.Template, Channel: in.Channel, Order: in.Order, Case: in.Case,
		Key: key, From: a.mailFrom(channel), ReplyTo: in.ReplyTo, QueuedAt: u.Now(), To: in.To, InReplyTo: in.InReplyTo, References: in.References, Files: in.Files,
	}
	if m.From.Email == "" {
		return nil, false, noSender(in.Channel)
	}
	if m.ReplyTo == "" {
		m.ReplyTo = channel.Mails.ReplyTo
	}
	m.MessageID = mail.MessageID(m.ID, m.From.Email)
	if err := a.write(u, m, in, channel.Mails.Language); err != nil {
		return nil, false, err
	}
	return m, true, a.queue(u, m)
}

func noSender(channel string) error {
	if channel == "" {
		return errs.New(errs.Conflict, "no_mail_sender", "there is no address that mails come from; name a sales channel that has one, or set mail_from of the server")
	}
	return errs.New(errs.Conflict, "no_mail_sender", "channel %q has no address that mails come from; set mails.from with PUT /v1/channels/%s, or give another channel", channel, channel).With("channel", channel)
}

// check refuses what no mail can be made of. Intents come from commands: what people typed was checked there.
func (in *MailIntent) check() error {
	var list errs.List
	if !address.Mailable(in.To.Email) {
		list.Add("/to", "invalid_email", "give an address such as ada@example.com")
	}
	if in.Template == "" && strings.TrimSpace(in.Text) == "" {
		list.Add("/text", "required", "give a text, or the name of a template")
	}
	return list.Err()
}

// mailFrom is who writes for a channel.
func (a *App) mailFrom(c *catalog.Channel) mail.Address {
	from := mail.Address{Name: c.Mails.Name, Email: c.Mails.From}
	if from.Name == "" {
		from.Name = c.Name
	}
	if from.Email == "" {
		from.Email = a.Settings.MailFrom
	}
	return from
}

// write makes the text of a mail. A template that cannot be used for it gives way to the one of Ordo: what a customer
// must know is told, and the mail says that it was so.
func (a *App) write(u *work.Unit, m *mail.Mail, in MailIntent, channelLanguage string) error {
	languages := mail.Languages(in.Language, channelLanguage)
	m.Language = languages[0]
	if in.Template == "" {
		m.Subject, m.Text = mail.Subject(in.Subject), in.Text
		return nil
	}
	t, language, err := chooseTemplate(u, in.Template, in.Channel, languages)
	if err != nil {
		return err
	}
	d := in.Data
	d.Shop = mail.Shop{Name: m.From.Name, Email: m.From.Email}
	d.Customer = mail.Person{Name: in.To.Name, Email: in.To.Email}
	d.Language = language
	c, err := mail.Render(t, d)
	if err != nil && t.Version > 0 {
		a.log.Warn("a mail template cannot be used for a mail; the one of Ordo is", "template", t.ID, "mail", m.ID, "err", err)
		m.TemplateFailed = true
		t, language = mail.Choose(in.Template, in.Channel, languages, func(string) *mail.Template { return nil })
		if t == nil {
			return errs.New(errs.Conflict, "template_failed", "the template %s cannot be used for this: %s", in.Template, errs.Clip(err.Error()))
		}
		d.Language = language
		c, err = mail.Render(t, d)
	}
	if err != nil {
		return fmt.Errorf("app: template %s: %w", t.ID, err)
	}
	if !strings.Contains(c.Subject, in.Tag) {
		c.Subject = mail.Subject(in.Tag + " " + c.Subject)
	}
	m.Language, m.Subject, m.Text, m.HTML = language, c.Subject, c.Text, c.HTML
	if t.Version > 0 {
		m.TemplateCode, m.TemplateVersion = t.ID, t.Version
	}
	return nil
}

// chooseTemplate finds the best template as the unit has it.
func chooseTemplate(u *work.Unit, name, channel string, languages []string) (*mail.Template, string, error) {
	if err := MailTemplates.Refs(u, mail.Candidates(name, channel, languages)); err != nil {
		return nil, "", err
	}
	var failed error
	t, language := mail.Choose(name, channel, languages, func(code string) *mail.Template {
		t, err := MailTemplates.Ref(u, code)
		failed = errors.Join(failed, err)
		return t
	})
	if failed == nil && t == nil {
		failed = errs.Unknown(MailTemplates.What, name)
	}
	return t, language, failed
}

// queue stores a mail that was written, under its key.
func (a *App) queue(u *work.Unit, m *mail.Mail) error {
	m.Status = mail.Queued
	event := "mail.queued"
	if a.Mailer == nil {
		*m, event = *mail.Suppress(m, "no_sender"), "mail.suppressed"
	}
	if _, ok, err := u.Claim(ScopeMail, m.Key, m.ID); err != nil || !ok {
		return errors.Join(err, fmt.Errorf("app: the key of mail %s is taken", m.ID))
	}
	Mails.Create(u, m)
	recordMail(u, event, m, mail.PersonalOf(m))
	if m.Open() {
		u.Enqueue(jobSendMail, sendMailJob{m.ID}, u.Now())
	}
	return nil
}

// recordMail tells about a mail as it is stored.
func recordMail(u *work.Unit, event string, m *mail.Mail, personal any) {
	u.Record(work.Event{Type: event, Aggregate: m.ID, Body: MailBody{mail.Public(m)}, Personal: personal})
}

// beginMail notes that a mail is about to be handed over: if its job finds it so again, nobody knows what became of it.
type beginMail struct{ mail string }

// Needs implements work.Command.
func (c *beginMail) Needs(n *work.Needs) { n.Docs(Mails.Spec, c.mail) }

// Run implements work.Command.
func (c *beginMail) Run(u *work.Unit) (*mail.Mail, error) {
	m, err := Mails.Get(u, c.mail)
	if err != nil {
		return nil, err
	}
	if m, err = mail.Begin(m, u.Now()); err != nil {
		return nil, err
	}
	if err := Mails.Put(u, m); err != nil {
		return nil, err
	}
	recordMail(u, "mail.sending", m, nil)
	return m, nil
}

// settleMail records what became of a try, and ends its job.
type settleMail struct {
	mail  string
	begun int // number of the attempt that was begun; 0 for one that never was
	out   mail.Outcome
	job   string
	app   *App
}

// Needs implements work.Command.
func (c *settleMail) Needs(n *work.Needs) { n.Docs(Mails.Spec, c.mail) }

// Run implements work.Command.
func (c *settleMail) Run(u *work.Unit) (*mail.Mail, error) {
	m, err := Mails.Get(u, c.mail)
	if err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.app.node)
	m, changed := mail.Settle(m, c.begun, c.out, u.Now(), c.app.Settings.MailRetry)
	if !changed {
		return m, nil
	}
	if m.Status == mail.Failed {
		u.Enqueue(jobSendMail, sendMailJob{m.ID}, m.NextAt)
	}
	if err := Mails.Put(u, m); err != nil {
		return nil, err
	}
	var personal any
	if d := m.Attempts[len(m.Attempts)-1].Detail; d != "" {
		personal = mail.Personal{Detail: d}
	}
	recordMail(u, mailEvents[m.Status], m, personal)
	return m, nil
}

// mailEvents tell what became of a try.
var mailEvents = map[mail.Status]string{mail.Sent: "mail.sent", mail.Failed: "mail.failed", mail.Dead: "mail.failed", mail.Unknown: "mail.unknown"}

// suppressMail ends a mail whose sender was taken away before it was sent.
type suppressMail struct {
	mail, job string
	app       *App
}

// Needs implements work.Command.
func (c *suppressMail) Needs(n *work.Needs) { n.Docs(Mails.Spec, c.mail) }

// Run implements work.Command.
func (c *suppressMail) Run(u *work.Unit) (*mail.Mail, error) {
	m, err := Mails.Get(u, c.mail)
	if err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.app.node)
	if m.Status != mail.Queued && m.Status != mail.Failed {
		return m, nil
	}
	m = mail.Suppress(m, "no_sender")
	if err := Mails.Put(u, m); err != nil {
		return nil, err
	}
	recordMail(u, "mail.suppressed", m, nil)
	return m, nil
}

// settleWithin is how long the outcome of a mail is tried to be stored: without it a mail that was sent stays unknown.
const settleWithin = 15 * time.Second

// runSendMail hands a mail over. A mail that an earlier run of the job had begun to hand over, and whose outcome nobody
// stored, is not handed over again: a mail server cannot be asked, and two mails are worse than one that a person has to
// look after.
func (a *App) runSendMail(ctx context.Context, j jobs.Job) error {
	var args sendMailJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	m, err := one(ctx, a.DB, Mails, args.Mail)
	if err != nil {
		return err
	}
	settle := &settleMail{mail: m.ID, job: j.ID, app: a}
	switch {
	case !m.Open():
		return nil
	case m.Status == mail.Sending:
		settle.begun, settle.out = len(m.Attempts), mail.Outcome{State: mail.Unknown, Code: "interrupted"}
	case a.Mailer == nil:
		_, err := work.Do(ctx, a.Committer, &suppressMail{m.ID, j.ID, a}, a.system())
		return err
	default:
		if gone, err := a.readFiles(ctx, m); err != nil {
			return err
		} else if gone {
			settle.out = mail.Outcome{State: mail.Dead, Code: "attachment_gone"}
			return a.settle(ctx, settle)
		}
		settle.out, err = a.Mailer.Send(ctx, m, func() error {
			begun, err := work.Do(ctx, a.Committer, &beginMail{m.ID}, a.system())
			if err == nil {
				settle.begun = len(begun.Attempts)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return a.settle(ctx, settle)
}

// settle stores an outcome, also while the program stops or the database is away for a moment.
func (a *App) settle(ctx context.Context, c *settleMail) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	for {
		_, err := work.Do(ctx, a.Committer, c, a.system())
		if errs.ClassOf(err) != errs.Unavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// ResendMail sends a mail once more, as it was written, as a mail of its own.
type ResendMail struct {
	Mail string
	To   string // another address; "" for the same
	app  *App
}

// Needs implements work.Command.
func (c *ResendMail) Needs(n *work.Needs) { n.Docs(Mails.Spec, c.Mail) }

// Run implements work.Command.
func (c *ResendMail) Run(u *work.Unit) (*mail.Mail, error) {
	m, err := Mails.Get(u, c.Mail)
	if err != nil {
		return nil, err
	}
	if c.To != "" {
		if err := (&MailIntent{To: mail.Address{Email: c.To}, Text: "-"}).check(); err != nil {
			return nil, err
		}
	}
	fresh, old, err := mail.Again(m, u.NewID("mail"), c.To, u.Now())
	if err != nil {
		return nil, err
	}
	if err := linksStay(u, m, fresh.To.Email); err != nil {
		return nil, err
	}
	if err := Mails.Put(u, old); err != nil {
		return nil, err
	}
	recordMail(u, "mail.resent", old, nil)
	return fresh, c.app.queue(u, fresh)
}

// ResendMail runs ResendMail.
func (a *App) ResendMail(ctx context.Context, c ResendMail, meta work.Meta) work.Outcome {
	c.app = a
	return work.Submit(ctx, a.Committer, &c, meta)
}

// TryResendMail is ResendMail without effect.
func (a *App) TryResendMail(ctx context.Context, c ResendMail, meta work.Meta) (*mail.Mail, error) {
	c.app = a
	m, err := work.DryRun(ctx, a.Committer, &c, meta)
	if err == nil {
		m.ID = ""
	}
	return m, err
}

// Mail reads a mail.
func (a *App) Mail(ctx context.Context, id string) (*mail.Mail, error) {
	return one(ctx, a.DB, Mails, id)
}

// MailFilter selects mails; empty fields select all.
type MailFilter struct {
	Order, Case, Status string
	Recipient           string   // address
	Channels            []string // what the asking key may see; empty for all
	Before              string   // id of the last mail of the page before
	Limit               int
}

// ListMails lists mails, newest first.
func (a *App) ListMails(ctx context.Context, f MailFilter) ([]*mail.Mail, error) {
	var where selection
	where.equal([2]string{"order_id", f.Order}, [2]string{"case_id", f.Case}, [2]string{"status", f.Status}, [2]string{"recipient", mail.Fold(f.Recipient)})
	where.among("channel", f.Channels)
	if f.Before != "" {
		where.add("id < ?", f.Before)
	}
	text, args := where.page("SELECT doc FROM mails", "id DESC", f.Limit)
	var out []*mail.Mail
	err := a.DB.Query(ctx, func(r store.Row) error {
		m, err := scanDoc(Mails, r)
		out = append(out, m)
		return err
	}, text, args...)
	return out, err
}
