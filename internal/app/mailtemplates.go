package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"ordo/internal/errs"
	"ordo/internal/mail"
	"ordo/internal/work"
)

// SaveMailTemplate publishes a template: it must say something about the sample. Mails that were written keep their text.
func (a *App) SaveMailTemplate(ctx context.Context, t *mail.Template, meta work.Meta) (Saved[*mail.Template], error) {
	return work.Do(ctx, a.Committer, &Save[mail.Template, *mail.Template]{kind: MailTemplates, doc: t, check: func(u *work.Unit, list *errs.List) error {
		t.Check(list)
		_, _, channel := mail.SplitCode(t.ID)
		if channel == "" {
			return nil
		}
		c, err := Channels.Ref(u, channel)
		if err == nil && c == nil {
			list.Add("/code", "unknown_channel", "there is no sales channel %q", errs.Clip(channel))
		}
		return err
	}}, meta)
}

// MailTemplate reads a template: the one that was set, or the one that comes with Ordo, which has version 0.
func (a *App) MailTemplate(ctx context.Context, code string) (*mail.Template, error) {
	t, err := one(ctx, a.DB, MailTemplates, code)
	if errs.ClassOf(err) != errs.NotFound {
		return t, err
	}
	name, language, channel := mail.SplitCode(code)
	if t, ok := mail.Shipped(name, language); ok && channel == "" {
		return t, nil
	}
	return nil, err
}

// MailTemplatesAfter lists templates by their codes, those of Ordo too where no other is set under their code.
func (a *App) MailTemplatesAfter(ctx context.Context, after string, limit int) ([]*mail.Template, error) {
	out, err := page(ctx, a.DB, MailTemplates, after, limit)
	if err != nil {
		return nil, err
	}
	for _, s := range mail.AllShipped() {
		if s.ID > after && !slices.ContainsFunc(out, func(t *mail.Template) bool { return t.ID == s.ID }) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(x, y *mail.Template) int { return strings.Compare(x.ID, y.ID) })
	return out[:min(len(out), limit)], nil
}

// PreviewMail is a question what a template says: about an order, or about the sample.
type PreviewMail struct {
	Code                string
	Subject, Text, HTML *string // instead of what is set
	Order               *OrderView
}

// Preview makes what a mail would say.
func (a *App) Preview(ctx context.Context, p PreviewMail) (mail.Content, error) {
	name, language, channel := mail.SplitCode(p.Code)
	var c mail.Content
	t, err := a.MailTemplate(ctx, p.Code)
	if errs.ClassOf(err) == errs.NotFound && p.Subject != nil && p.Text != nil {
		t, err = &mail.Template{}, nil // one that is not published yet
		t.ID = p.Code
	}
	if err != nil {
		return c, err
	}
	tried := *t
	for _, part := range []struct {
		given *string
		to    *string
	}{{p.Subject, &tried.Subject}, {p.Text, &tried.Text}, {p.HTML, &tried.HTML}} {
		if part.given != nil {
			*part.to = *part.given
		}
	}
	var list errs.List
	if tried.Check(&list); list.Err() != nil {
		return c, list.Err()
	}
	d := mail.Sample(name)
	d.Language = language
	if p.Order != nil {
		o := p.Order.Order
		channel = o.Channel
		d.Order, d.Customer = OrderMailData(o), mail.Person{Name: o.Customer.Name, Email: o.Customer.Email}
		for _, f := range p.Order.Fulfillments {
			if d.Shipment != nil && f.ShippedAt != 0 {
				d.Shipment = ShipmentMailData(o, f)
			}
		}
	}
	if channel != "" {
		ch, err := a.Channel(ctx, channel)
		if err != nil {
			return c, err
		}
		if from := a.mailFrom(ch); from.Email != "" {
			d.Shop = mail.Shop(from)
		}
	}
	c, err = mail.Render(&tried, d)
	var e *mail.PartError
	if errors.As(err, &e) {
		list.Add("/"+e.Part, "invalid_template", "%s", e.Says())
		return c, list.Err()
	}
	return c, err
}
