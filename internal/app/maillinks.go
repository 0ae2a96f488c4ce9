package app

import (
	"context"
	"fmt"
	"time"

	"ordo/internal/micros"
	"ordo/internal/order"
)

// Names of the links in mails, as templates call them.
const (
	MailLinkStatus = "status" // how the order stands, and canceling while that works
	MailLinkReturn = "return" // the same with sending back
)

// mailLinkRights are what the links in mails allow. The address stays out: a mail that was passed on must not lead a
// parcel elsewhere.
var mailLinkRights = map[string][]string{
	MailLinkStatus: {AllowStatus, AllowCancel},
	MailLinkReturn: {AllowStatus, AllowReturn},
}

// mailLinks are the self-service links of an order in a mail; none where nobody set under which address customers reach
// this server. Their tokens stand in the text of the mail alone: no event, log or answer of the API has them.
func (a *App) mailLinks(ctx context.Context, o *order.Order, now micros.Time) (map[string]string, error) {
	if a.Settings.PublicURL == "" || o.Status == order.Draft {
		return nil, nil
	}
	links := map[string]string{}
	for name, allow := range mailLinkRights {
		token, err := a.CustomerToken(ctx, CustomerLink{
			Order: o.ID, Allow: allow, Round: o.LinkRound, ExpiresAt: now.Add(DefaultCustomerLinkMinutes * time.Minute),
		})
		if err != nil {
			return nil, fmt.Errorf("app: links of a mail: %w", err)
		}
		links[name] = a.Settings.PublicURL + CustomerLinkPath + token
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
