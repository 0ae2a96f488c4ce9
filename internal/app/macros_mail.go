package app

import (
	"context"

	"ordo/internal/errs"
	"ordo/internal/service"
	"ordo/internal/work"
)

// reply writes to the customer, as an agent would.
func (c *RunMacro) reply(u *work.Unit, d *desk, v *MacroView, s service.Step, did *service.RanStep) error {
	w := replyWords{text: s.Text, channel: s.Channel, refs: c.refs, by: c.By, agent: c.agent} // not filled yet: names are not looked at for placeholders
	if v.Order != nil {
		w.number = v.Order.Order.Number
	}
	m, err := c.app.reply(u, d, w)
	if err != nil {
		return err
	}
	did.Made, v.mails = m.ID, append(v.mails, m)
	return nil
}

// resend sends a mail about the order once more, as a mail of its own whose cause names the old one.
func (c *RunMacro) resend(u *work.Unit, v *MacroView, did *service.RanStep) error {
	i := v.resent
	v.resent++
	if i >= len(c.mails) || c.mails[i] == "" {
		return errs.New(errs.Conflict, "no_mail", "the order has no such mail that could be sent again").With("order", c.Order)
	}
	m, err := work.Step(u, &ResendMail{Mail: c.mails[i], app: c.app})
	if err != nil {
		return err
	}
	did.Mail, did.Made, v.mails = c.mails[i], m.ID, append(v.mails, m)
	return nil
}

// lastMail finds the newest mail about an order, by the name of its template or any: one that was sent or given up, and
// is no reply in a case.
func (a *App) lastMail(ctx context.Context, order, template string) (string, error) {
	mails, err := a.ListMails(ctx, MailFilter{Order: order, Limit: 100})
	for _, m := range mails {
		if m.Case == "" && (template == "" || m.Template == template) && !m.Open() && !m.Erased {
			return m.ID, nil
		}
	}
	return "", err
}
