package verify

import (
	"context"
	"reflect"
	"strconv"
	"strings"

	"ordo/internal/app"
	"ordo/internal/jsonx"
	"ordo/internal/mail"
	"ordo/internal/store"
)

// mailRow is a mail with what stands beside it.
type mailRow struct {
	stored[mail.Mail]
	order, caseID, channel, status, recipient string

	events []*mailEvent
	owner  string // of its key
	caused bool   // its cause exists
	job    bool   // one sends it
}

type mailEvent struct {
	seq, version int64
	kind         string
	body         app.MailBody
	personal     mail.Personal
	hasPersonal  bool
	err          error
}

// mailArgs are the arguments of a job of kind send_mail (app).
type mailArgs struct {
	Mail string `json:"mail"`
}

func mailName(id string) string { return "mail " + id }

// readMails walks the mails by id, each with its events, its key and its cause; then it looks for events without one.
func (v *run) readMails(ctx context.Context) error {
	met := int64(0)
	for after := ""; ; {
		var page []*mailRow
		err := v.db.Query(ctx, func(r store.Row) error {
			m := &mailRow{}
			var text string
			if err := r.Scan(&m.id, &m.version, &text, &m.order, &m.caseID, &m.channel, &m.status, &m.recipient); err != nil {
				return err
			}
			m.stored = decode(app.Mails, m.id, m.version, text)
			m.job = v.jobs.mails[m.id]
			page = append(page, m)
			return nil
		}, "SELECT id, version, doc, order_id, case_id, channel, status, recipient FROM mails WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].id
		if err := v.readMailsBeside(ctx, page); err != nil {
			return err
		}
		for _, m := range page {
			met += int64(len(m.events))
			if m.doc != nil && m.owner == m.id {
				v.total.counted.keys++
			}
			each(v, mailName(m.id), m, func(c *check) func(*result, *mailRow) { return c.mail })
		}
	}
	if met == v.total.counted.mailEvents {
		return nil
	}
	r := v.total.of("journal.events")
	return v.db.Query(ctx, func(row store.Row) error {
		var seq int64
		var kind, id string
		err := row.Scan(&seq, &kind, &id)
		r.bad(seqName(seq), "%s is about mail %s, which does not exist", kind, id)
		return err
	}, "SELECT seq, type, aggregate FROM journal AS j WHERE type LIKE 'mail.%' AND NOT EXISTS (SELECT 1 FROM mails AS d WHERE d.id = j.aggregate) ORDER BY seq")
}

func (v *run) readMailsBeside(ctx context.Context, page []*mailRow) error {
	byID := map[string]*mailRow{}
	byKey := map[string][]*mailRow{}
	var ids, keys []string
	for _, m := range page {
		byID[m.id], ids = m, append(ids, m.id)
		if m.doc != nil {
			byKey[m.doc.Key], keys = append(byKey[m.doc.Key], m), append(keys, m.doc.Key)
		}
	}
	err := v.in(ctx, ids, func(r store.Row) error {
		var id, body string
		var personal []byte
		e := &mailEvent{}
		if err := r.Scan(&id, &e.seq, &e.version, &e.kind, &body, &personal); err != nil {
			return err
		}
		if e.err = jsonx.Unmarshal([]byte(body), &e.body); e.err == nil && len(personal) > 0 {
			e.hasPersonal = true
			e.err = jsonx.Unmarshal(personal, &e.personal)
		}
		byID[id].events = append(byID[id].events, e)
		return nil
	}, "SELECT aggregate, seq, version, type, body, personal FROM journal WHERE aggregate IN (?) ORDER BY aggregate, seq")
	if err != nil {
		return err
	}
	err = v.in(ctx, keys, func(r store.Row) error {
		var value, owner string
		err := r.Scan(&value, &owner)
		for _, m := range byKey[value] {
			m.owner = owner
		}
		return err
	}, "SELECT value, owner FROM unique_keys WHERE scope = '"+app.ScopeMail+"' AND value IN (?)")
	if err != nil {
		return err
	}
	return v.readCauses(ctx, page)
}

// readCauses finds out which causes exist: rows of the journal, mails that were sent again, and aggregates that have
// events.
func (v *run) readCauses(ctx context.Context, page []*mailRow) error {
	mails, aggregates := map[string][]*mailRow{}, map[string][]*mailRow{}
	var mailIDs, names []string
	for _, m := range page {
		if m.doc == nil {
			continue
		}
		word, rest, _ := strings.Cut(m.doc.Cause, ":")
		subject, n, _ := strings.Cut(rest, ":")
		switch word {
		case "event":
			seq, err := strconv.ParseInt(rest, 10, 64)
			m.caused = err == nil && seq > 0 && seq <= v.last.Seq && len(m.events) > 0 && seq < m.events[0].seq
		case "resend":
			if _, err := strconv.ParseInt(n, 10, 64); err == nil {
				mails[subject], mailIDs = append(mails[subject], m), append(mailIDs, subject)
			}
		default:
			aggregates[subject], names = append(aggregates[subject], m), append(names, subject)
		}
	}
	err := v.in(ctx, mailIDs, func(r store.Row) error {
		var id, text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		if old := decode(app.Mails, id, 0, text).doc; old != nil {
			for _, m := range mails[id] {
				n, _ := strconv.ParseInt(m.doc.Cause[strings.LastIndexByte(m.doc.Cause, ':')+1:], 10, 64)
				m.caused = n >= 1 && n <= old.Resent
			}
		}
		return nil
	}, "SELECT id, doc FROM mails WHERE id IN (?)")
	if err != nil {
		return err
	}
	return v.in(ctx, names, func(r store.Row) error {
		var id string
		err := r.Scan(&id)
		for _, m := range aggregates[id] {
			m.caused = true
		}
		return err
	}, "SELECT DISTINCT aggregate FROM journal WHERE aggregate IN (?)")
}

// mailKeys adds the keys that mails own.
func (v *run) mailKeys(ctx context.Context, to map[string][]string, ids []string) error {
	return v.in(ctx, ids, func(r store.Row) error {
		var id, text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		to[id] = nil
		if m := decode(app.Mails, id, 0, text).doc; m != nil {
			to[id] = []string{app.ScopeMail + " " + m.Key}
		}
		return nil
	}, "SELECT id, doc FROM mails WHERE id IN (?)")
}

func mailVersions(r *result, m *mailRow) {
	version, seq := int64(0), int64(0)
	for _, e := range m.events {
		r.rows++
		if text := nextVersion(version, seq, e.version, e.seq); text != "" {
			r.bad(seqName(e.seq), "%s %s", mailName(m.id), text)
		}
		version, seq = e.version, e.seq
	}
	if version != m.version {
		r.bad(mailName(m.id), "has version %d, its last event %d", m.version, version)
	}
}

func mailColumns(r *result, m *mailRow) {
	switch d := m.doc; {
	case m.err != nil:
		r.bad(mailName(m.id), "cannot be read: %v", m.err)
	case d.ID != m.id || d.Version != m.version || d.Order != m.order || d.Case != m.caseID || d.Channel != m.channel || string(d.Status) != m.status || mail.Fold(d.To.Email) != m.recipient:
		r.bad(mailName(m.id), "has other columns than its document")
	}
}

// mailRules: a mail by itself, and its key. Two mails of one cause, template and recipient would have one key, which the
// key table gives to one of them.
func mailRules(r *result, m *mailRow) {
	if m.doc == nil {
		return
	}
	if why := mail.Check(m.doc); why != "" {
		r.bad(mailName(m.id), "%s", why)
	} else if m.owner != m.id {
		r.bad(mailName(m.id), "its key belongs to %q: it was sent for a cause, template and recipient that have another mail", m.owner)
	}
}

func mailCause(r *result, m *mailRow) {
	if m.doc != nil && !m.caused {
		r.bad(mailName(m.id), "was sent for %s, which does not exist", m.doc.Cause)
	}
}

func mailFold(r *result, m *mailRow) {
	if m.doc == nil || len(m.events) == 0 {
		return // other checks tell
	}
	last := m.events[len(m.events)-1]
	if last.err != nil || last.body.Mail == nil {
		r.bad(seqName(last.seq), "%s about %s says nothing of it", last.kind, mailName(m.id))
		return
	}
	public := *mail.Public(m.doc)
	if text := difference(*last.body.Mail, public); text != "" {
		r.bad(mailName(m.id), "%s", text)
		return
	}
	if first := m.events[0]; first.hasPersonal && !m.doc.Erased && !reflect.DeepEqual(first.personal, mail.PersonalOf(m.doc)) {
		r.bad(mailName(m.id), "is not the mail that was written: recipient, subject or text differ from journal row %d", first.seq)
	}
}

func mailJob(r *result, m *mailRow) {
	switch {
	case m.doc == nil || !m.doc.Open():
	case !m.job:
		r.bad(mailName(m.id), "is %s, and no job sends it", m.status)
	default:
		r.waiting++
	}
}
