package server

import (
	"errors"

	"ordo/internal/config"
	mailer "ordo/internal/provider/mail"
	"ordo/internal/provider/mail/sandbox"
	"ordo/internal/provider/mail/smtp"
)

// mailSender makes what carries mails; nil for nobody.
func mailSender(c config.Config) (mailer.Sender, error) {
	switch c.MailSender {
	case "smtp":
		if c.SMTPHost == "" {
			return nil, errors.New("mail_sender is smtp, and there is no smtp_host; give the name of the mail server")
		}
		return smtp.New(smtp.Options{Host: c.SMTPHost, Port: c.SMTPPort, User: c.SMTPUser, Password: c.SMTPPassword, Mode: c.SMTPTLS}), nil
	case "sandbox":
		return &sandbox.Sender{}, nil
	}
	return nil, nil
}
