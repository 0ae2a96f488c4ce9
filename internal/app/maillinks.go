package app

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ordo/internal/address"
	"ordo/internal/errs"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/work"
)

// Names of the links in mails, as templates call them.
const (
	MailLinkStatus = "status" // how the order stands, canceling while that works, and sending back afterwards
	MailLinkReturn = "return" // the page for sending back
)

// mailLinkRights are what the links in mails allow. The address stays out: a mail that was passed on must not lead a
// parcel elsewhere.
var mailLinkRights = []string{AllowStatus, AllowCancel, AllowReturn}

// mailLinkPages follow the token in the links of mails.
var mailLinkPages = map[string]string{MailLinkStatus: "", MailLinkReturn: CustomerReturnPath}

// isCustomer reports whether a mail address is that of the order's customer: a link lets its holder act on the order, so
// no mail to anybody else has one.
func isCustomer(o *order.Order, email string) bool {
	return email != "" && fold(o.Customer.Email) == fold(email)
}

// linksStay refuses to send a mail with links to anybody but the customer of its order, as the order has it now. A mail
// that is about no order can have them only from what a person wrote: it goes to nobody else than before.
func linksStay(u *work.Unit, m *mail.Mail, to string) error {
	if !strings.Contains(m.Text+m.HTML, CustomerLinkPath) {
		return nil
	}
	fits := fold(m.To.Email) == fold(to)
	if m.Order != "" {
		o, err := Orders.Get(u, m.Order)
		if err != nil {
			return err
		}
		fits = isCustomer(o, to)
	}
	if fits {
		return nil
	}
	return errs.New(errs.Conflict, "mail_has_links", "the links in the mail let whoever has them act on the order, so it goes to the customer of the order only; correct the contact of the order, or write a new mail").
		With("order", m.Order)
}

// mailLinks are the self-service links of an order in a mail to an address; none where nobody set under which address
// customers reach this server, and none for anybody but the customer. Their tokens stand in the text of the mail alone: no event, log or answer of the API has them.
func (a *App) mailLinks(ctx context.Context, o *order.Order, to string, now micros.Time) (map[string]string, error) {
	if a.Settings.PublicURL == "" || o.Status == order.Draft || !isCustomer(o, to) {
		return nil, nil
	}
	token, err := a.CustomerToken(ctx, CustomerLink{
		Order: o.ID, Allow: mailLinkRights, Round: o.LinkRound, ExpiresAt: now.Add(DefaultCustomerLinkMinutes * time.Minute),
	})
	if err != nil {
		return nil, fmt.Errorf("app: links of a mail: %w", err)
	}
	links := map[string]string{}
	for name, page := range mailLinkPages {
		links[name] = a.Settings.PublicURL + CustomerLinkPath + token + page
	}
	return links, nil
}

// readyLinks reads the secret of links before a unit of work that makes some: nothing is read from there.
func (a *App) readyLinks(ctx context.Context) error {
	if a.Settings.PublicURL == "" {
		return nil
	}
	_, err := a.secret(ctx, customerLinkSecret)
	return err
}

// MailCustomerLink mails the link to an order to its customer, if there is one of that number and mail address: once in
// an hour, however often it is asked for. Whether there is one is not told.
func (a *App) MailCustomerLink(ctx context.Context, number, email string, meta work.Meta) error {
	if a.Settings.PublicURL == "" {
		return errs.New(errs.NotFound, "not_found", "this installation mails no links: nobody set under which address customers reach it (public_url)")
	}
	var list errs.List
	if strings.TrimSpace(number) == "" {
		list.Add("/order_number", "required", "give the number of the order")
	}
	if !address.ValidEmail(strings.TrimSpace(email)) {
		list.Add("/email", "invalid_email", "a mail address has the form local@domain")
	}
	if err := list.Err(); err != nil {
		return err
	}
	ids, err := a.searchOrders(ctx, strings.TrimSpace(number))
	if err != nil {
		return err
	}
	orders, err := many(ctx, a.DB, Orders, ids)
	if err != nil {
		return err
	}
	channels, err := a.mailing(ctx)
	if err != nil {
		return err
	}
	var intents []MailIntent
	for _, o := range orders {
		if channels[o.Channel] == nil || order.Erased(o) || !isCustomer(o, strings.TrimSpace(email)) {
			continue
		}
		links, err := a.mailLinks(ctx, o, o.Customer.Email, a.now())
		if err != nil {
			return err
		}
		if len(links) == 0 {
			continue
		}
		hour := strconv.FormatInt(int64(a.now())/int64(time.Hour/time.Microsecond), 10)
		intents = append(intents, MailIntent{
			Cause: mail.Cause("link", o.ID, hour), Template: mail.OrderLink, Data: mail.Data{Order: OrderMailData(o), Links: links}, Channel: o.Channel, Language: o.Language,
			To: mail.Address{Name: o.Customer.Name, Email: o.Customer.Email}, Order: o.ID,
		})
	}
	if len(intents) == 0 {
		return nil
	}
	_, err = work.Do(ctx, a.Committer, &queueMails{a, intents}, meta)
	return err
}
