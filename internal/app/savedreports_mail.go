package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/people"
	"ordo/internal/report"
	"ordo/internal/savedreport"
	"ordo/internal/sheet"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Reports are mailed by a sweep: the facts are read and the file is made and stored before the unit of work that writes
// the mails and moves the report on to its next due time. Whoever comes second finds the report moved on. A file that
// no mail carries is forgotten with the others.

// mailReportsEach is how late a report may be at most, beside what it has to wait for.
const mailReportsEach = time.Minute

func registerSavedReports(a *App) { a.Jobs.Schedule("mail_reports", mailReportsEach, a.MailReports) }

// mailReportWait is how long a report may take of a sweep: one that takes too long is in no other's way.
const mailReportWait = 15 * time.Second

// factsReady waits a moment for the facts to have all that happened until now, and returns the position of that.
func (a *App) factsReady(ctx context.Context) (int64, error) {
	head, err := a.Head(ctx)
	if err == nil {
		err = a.AwaitFacts(ctx)
	}
	return head.Seq, err
}

// MailReports sends what is due. A report that cannot be made now is tried again by the next sweep; one that never can
// says so, and waits for its next due time.
func (a *App) MailReports(ctx context.Context) error {
	due, err := a.dueReports(ctx, a.now())
	if err != nil || len(due) == 0 {
		return err
	}
	least, err := a.factsReady(ctx)
	if err != nil {
		return err
	}
	// In any order: where a sweep has no time for all, it is not always the same that wait.
	rand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	var failed error
	for _, d := range due {
		if err := a.mailDue(ctx, d, least); !errs.Is(err, errFactsBehind.Code) { // the next sweep
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// dueReport is a report with the due time to handle.
type dueReport struct {
	*savedreport.Report
	due micros.Time
}

func (a *App) dueReports(ctx context.Context, now micros.Time) (out []dueReport, err error) {
	for after := ""; ; {
		rows, err := page(ctx, a.DB, SavedReports, after, 200)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			after = r.ID
			if due, ok := r.Due(now); ok {
				out = append(out, dueReport{r, due})
			}
		}
		if len(rows) < 200 {
			return out, nil
		}
	}
}

func (a *App) mailDue(ctx context.Context, r dueReport, least int64) error {
	ctx, cancel := context.WithTimeout(ctx, mailReportWait)
	defer cancel()
	c, err := a.readyReport(ctx, r.Report, r.due, least)
	if err == nil {
		err = c.keepFile(ctx)
	}
	if err != nil {
		return err
	}
	_, err = work.Do(ctx, a.Committer, c, a.system())
	return err
}

// mailReport writes the mails of a due time, or of a request, and moves the report on.
type mailReport struct {
	id      string
	version int64 // that all of it was made of
	by      string
	asked   bool // by a person: no due time
	pause   string
	did     savedreport.Delivery
	subject string
	text    string
	tongue  string // language of both; "" for English
	file    mail.File
	content []byte // of the file
	app     *App
}

// Needs implements work.Command.
func (c *mailReport) Needs(n *work.Needs) {
	n.Catalog()
	n.Docs(SavedReports.Spec, c.id)
}

// Run implements work.Command.
func (c *mailReport) Run(u *work.Unit) (*savedreport.Report, error) {
	r, err := SavedReports.Get(u, c.id)
	if c.asked {
		r, err = savedReportFor(u, c.id, c.by, true)
	}
	if err != nil {
		return nil, err
	}
	if r.Version != c.version {
		if c.asked {
			return nil, errs.New(errs.Conflict, "version_mismatch", "the report was changed in between; look at it and send it again")
		}
		return r, nil // another node was first, or a person changed it: the next sweep looks again
	}
	kind, pause := "saved_report.mailed", c.pause
	did := c.did
	did.At = u.Now()
	if pause == "" {
		if did.Problem == "" {
			err = c.write(u, r, &did)
			if e := errs.As(err); e != nil && (e.Class == errs.Invalid || e.Code == savedreport.NoSender) && !c.asked { // a refusal for good
				did.Problem, did.Mails, err = e.Code, nil, nil
			}
		}
		if err != nil {
			return nil, err
		}
		if r = r.Handled(did); did.Problem != "" {
			kind = "saved_report.failed"
		}
		if did.Problem == savedreport.NoSender {
			pause = savedreport.NoSender
		}
	}
	if pause != "" {
		kind, r.Paused, r.NextDue = "saved_report.paused", pause, 0
	}
	if err := SavedReports.Put(u, r); err != nil {
		return nil, err
	}
	u.Record(savedReportEvent(kind, r))
	return r, nil
}

// write writes a mail to each recipient.
func (c *mailReport) write(u *work.Unit, r *savedreport.Report, did *savedreport.Delivery) error {
	cause := mailCauseOf(r.ID, did.Due, u.Now())
	for _, to := range r.Schedule.Recipients {
		m, _, err := c.app.QueueMail(u, MailIntent{
			Cause: cause, Subject: c.subject, Text: c.text, Channel: r.Schedule.Channel, Language: cmp.Or(c.tongue, people.Languages[0]), To: mail.Address{Email: to}, Files: []mail.File{c.file},
		})
		if err != nil {
			return err
		}
		did.Mails = append(did.Mails, m.ID)
	}
	return nil
}

// readyReport makes all that a mail needs, as its owner sees it, of facts that have all up to a position; due 0 stands for now. What will never work is part of
// the command, so that it is told; other errors are for now.
func (a *App) readyReport(ctx context.Context, r *savedreport.Report, due micros.Time, least int64) (*mailReport, error) {
	c := &mailReport{id: r.ID, version: r.Version, did: savedreport.Delivery{Due: due}, app: a}
	owner, err := a.accessOf(ctx, r.Owner)
	if err != nil {
		return nil, err
	}
	d := report.Find(r.Ask.Report)
	switch {
	case !owner.Allows(readsReports) || d != nil && d.AllChannels() && len(owner.Channels) > 0:
		c.pause = savedreport.OwnerLost
		return c, nil
	case !owner.Allows(writesReports):
		c.pause = savedreport.OwnerMayNotMail
		return c, nil
	}
	if d == nil {
		c.did.Problem = "unknown_report" // of a version of Ordo that had more
		return c, nil
	}
	at := due
	if at == 0 {
		at = a.now()
	}
	all, err := a.Channels(ctx, "", 1_000)
	if err != nil {
		return nil, err
	}
	from, to := a.SavedDays(r, all, owner.Channels, at)
	if err != nil {
		return nil, err
	}
	c.did.From, c.did.To = from, to
	var whole *report.Whole
	err = a.OnFacts(ctx, least, func(s store.Reader, _ FactState) (err error) {
		whole, err = d.RunWhole(ctx, s, queryOf(&r.Ask, from, to, owner.Channels, at), r.Ask.Metric)
		return err
	})
	var content []byte
	reader := report.Reader{Language: r.Schedule.Language, Zone: r.Schedule.Zone()}
	if err == nil {
		if reader.Language == "" {
			reader.Language, err = a.languageOf(ctx, r.Owner)
		}
	}
	if err == nil {
		content, err = formOf(whole, r.Schedule.Form, at, reader)
	}
	if e := errs.As(err); e != nil && (e.Class == errs.Invalid || e.Class == errs.Malformed) {
		c.did.Problem = e.Code
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	c.tongue = reader.Language
	c.subject, c.text = whole.Mail(r.Name, at.Std(), reader)
	sum := sha256.Sum256(content)
	c.content = content
	c.file = mail.File{
		Name: d.Name + "-" + from + "-" + to + "." + r.Schedule.Form, Type: typesOfForms[r.Schedule.Form], Stored: mailedFile + ids.New("file"),
		Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]),
	}
	return c, nil
}

var typesOfForms = map[string]string{"pdf": "application/pdf", "csv": "text/csv", "xlsx": sheet.TypeXLSX}

// formOf makes the file of a report.
func formOf(w *report.Whole, form string, at micros.Time, to report.Reader) ([]byte, error) {
	switch form {
	case "csv":
		return report.CSV(w.Asked)
	case "xlsx":
		return report.XLSX(w.Asked)
	}
	return w.PDF(at, to)
}

// mailedFile begins the names of files that mails carry.
const mailedFile = "mailed_"

// keepFile stores the file for the mails to carry, before they are written.
func (c *mailReport) keepFile(ctx context.Context) error {
	w := &fileWriter{ctx: ctx, db: c.app.DB, name: c.file.Stored}
	_, err := w.Write(c.content)
	if err == nil {
		err = w.flush()
	}
	return err
}

// readFiles reads what a mail carries. gone is for files that are not there any more, or not what they were.
func (a *App) readFiles(ctx context.Context, m *mail.Mail) (gone bool, err error) {
	for i := range m.Files {
		f := &m.Files[i]
		var b bytes.Buffer
		_, err := io.Copy(&b, openFile(ctx, a.DB, f.Stored, f.Size, 0))
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if sum := sha256.Sum256(b.Bytes()); hex.EncodeToString(sum[:]) != f.SHA256 {
			return true, nil
		}
		f.Content = b.Bytes()
	}
	return false, nil
}

// mailedFileFor is how long a file that mails carry is needed: they are tried for a day.
const mailedFileFor = 48 * time.Hour

// mailedFileEnded is when a file that mails carry is needed no more.
func (a *App) mailedFileEnded(ctx context.Context, name string) (micros.Time, error) {
	var made micros.Time
	err := a.DB.Query(ctx, func(r store.Row) error { return r.Scan(&made) }, "SELECT created_at FROM file_chunks WHERE file = $1 AND part = 0", name)
	return made.Add(mailedFileFor), err
}

// SendReport mails a report now, beside its schedule, for somebody who may write reports.
func (a *App) SendReport(ctx context.Context, id, by string, meta work.Meta) work.Outcome {
	c, err := a.readySend(ctx, id, by)
	if err == nil {
		err = c.keepFile(ctx)
	}
	if err != nil {
		return work.Outcome{Err: err}
	}
	return work.Submit(ctx, a.Committer, c, meta)
}

// TrySendReport is SendReport without effect.
func (a *App) TrySendReport(ctx context.Context, id, by string, meta work.Meta) (*savedreport.Report, error) {
	c, err := a.readySend(ctx, id, by)
	if err != nil {
		return nil, err
	}
	return work.DryRun(ctx, a.Committer, c, meta)
}

func (a *App) readySend(ctx context.Context, id, by string) (*mailReport, error) {
	r, err := a.SavedReport(ctx, id, by)
	if err != nil {
		return nil, err
	}
	if r.Schedule == nil {
		return nil, errs.New(errs.Conflict, "not_scheduled", "the report has no recipients; give it a schedule with recipients first")
	}
	least, err := a.factsReady(ctx)
	if err != nil {
		return nil, err
	}
	c, err := a.readyReport(ctx, r, 0, least)
	if err != nil {
		return nil, err
	}
	switch {
	case c.pause != "":
		return nil, errs.New(errs.Conflict, "report_paused", "the owner of the report may not read it, or not have it mailed, any more; save it again in your own name, or one of your own")
	case c.did.Problem != "":
		return nil, errs.New(errs.Invalid, c.did.Problem, "the report cannot be made; ask for less time, a larger bucket or fewer groups, or choose CSV or XLSX")
	}
	c.by, c.asked = by, true
	return c, nil
}
