// Package mail is what Ordo asks of those who carry mails.
//
// What lives here: the interface. What does not: what is sent and when (app, internal/mail); each sender has a package
// below this one.
// The one idea: a mail server cannot be asked later what became of a mail. So a sender says the moment from which on
// the mail may have gone out, before it comes to it, and that is stored.
package mail

import (
	"context"

	"ordo/internal/mail"
)

// Sender hands mails over.
type Sender interface {
	// Send tries once. It calls begin when all is ready and before the first byte of the text leaves; when begin fails,
	// nothing leaves, and its error is returned. An error means that nothing has left and the try does not count; whatever
	// else can happen is an outcome.
	Send(ctx context.Context, m *mail.Mail, begin func() error) (mail.Outcome, error)
}
