package verify

import (
	"context"
	"strconv"
	"strings"

	"ordo/internal/app"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/service"
	"ordo/internal/store"
)

// readReplies reads the mails that were written for the cases of a page.
func (v *run) readReplies(ctx context.Context, ids []string, byID map[string]*caseRow) error {
	return v.in(ctx, ids, func(r store.Row) error {
		var id, owner, doc string
		if err := r.Scan(&id, &owner, &doc); err != nil {
			return err
		}
		if m := decode(app.Mails, id, 0, doc).doc; m != nil {
			byID[owner].mails = append(byID[owner].mails, m)
		}
		return nil
	}, "SELECT id, case_id, doc FROM mails WHERE case_id IN (?)")
}

// caseReplies: what an agent wrote to the customer has one mail, which was written for that entry, and a mail that was
// written for a case stands in its thread (Q3).
func caseReplies(r *result, c *caseRow) {
	if c.doc == nil {
		return
	}
	written := map[string]string{} // mails by their cause
	for _, m := range c.mails {
		written[m.Cause] = m.ID
	}
	for _, e := range c.entries {
		if e.doc == nil || e.doc.Kind != service.Reply {
			continue
		}
		r.rows++
		cause := mail.Cause("case", c.id, strconv.FormatInt(e.doc.Number, 10))
		if id := written[cause]; e.doc.Mail == "" || id != e.doc.Mail {
			r.bad("entry "+e.id, "of case %s went out as mail %q, and the mail written for it is %q", c.id, e.doc.Mail, id)
		}
		delete(written, cause)
	}
	for cause, id := range written {
		if strings.HasPrefix(cause, mail.Cause("case", c.id, "")) {
			r.bad(mailName(id), "was written for case %s, whose thread does not have it", c.id)
		}
	}
}

// caseErased: a case that was erased left no mail behind, whomever that was written to.
func caseErased(r *result, c *caseRow) {
	erasedAt := micros.Time(0)
	for _, e := range c.events {
		if e.kind == "case.erased" {
			erasedAt = e.at
		}
	}
	if erasedAt == 0 {
		return
	}
	r.rows++
	for _, m := range c.mails {
		if !m.Erased && m.QueuedAt <= erasedAt {
			r.bad(mailName(m.ID), "was written in case %s, which was erased, and is still there", c.id)
		}
	}
}
