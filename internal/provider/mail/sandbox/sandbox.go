// Package sandbox is a sender that sends nothing: it keeps what it was given, and fails where the address asks for it.
//
// What lives here: the faults of mail servers, chosen by the first part of the recipient's address. What does not:
// SMTP. It behaves the same every time: what it does with a mail follows from the mail alone.
package sandbox

import (
	"context"
	"strings"
	"sync"

	"ordo/internal/mail"
)

// The addresses that fail, by what stands before @ or +.
const (
	RefusedOnce = "mail-refused-once" // refused for the moment, and taken the next time
	Refused     = "mail-refused"      // refused for the moment, every time
	NoSuchUser  = "mail-no-such-user" // refused for good
	Lost        = "mail-lost"         // taken, and the answer never comes
)

// kept is how many mails the outbox holds: the newest.
const kept = 1_000

// Sender keeps what it is given. The zero value is ready.
type Sender struct {
	mu     sync.Mutex
	outbox []mail.Mail
}

// Send implements the interface.
func (s *Sender) Send(ctx context.Context, m *mail.Mail, begin func() error) (mail.Outcome, error) {
	user, _, _ := strings.Cut(mail.Fold(m.To.Email), "@")
	user, _, _ = strings.Cut(user, "+")
	tries := len(m.Attempts)
	switch {
	case user == NoSuchUser:
		return mail.Outcome{State: mail.Dead, Code: "5.1.1", Detail: "no such user"}, nil
	case user == Refused, user == RefusedOnce && tries == 0:
		return mail.Outcome{State: mail.Failed, Code: "4.2.1", Detail: "try again later"}, nil
	}
	if err := ctx.Err(); err != nil {
		return mail.Outcome{}, err
	}
	if err := begin(); err != nil {
		return mail.Outcome{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outbox = append(s.outbox, *m); len(s.outbox) > kept {
		s.outbox = s.outbox[1:]
	}
	if user == Lost {
		return mail.Outcome{State: mail.Unknown, Code: "no_answer"}, nil
	}
	return mail.Outcome{State: mail.Sent, Code: "250"}, nil
}

// Outbox returns what was taken, oldest first.
func (s *Sender) Outbox() []mail.Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]mail.Mail(nil), s.outbox...)
}
