// Package app holds the commands and queries of Ordo, one file per area of user intentions.
//
// What lives here: the only place where domains meet: a command loads aggregates from a unit of work, lets the pure
// rules decide, and stages what they return. What does not: rules (domains), SQL of writing (work, store), HTTP (api).
// The one idea: a command reads like the sentence it implements; everything that must be true together is in one unit.
package app

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ordo/internal/facts"
	"ordo/internal/ids"
	"ordo/internal/jobs"
	"ordo/internal/mail"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/project"
	"ordo/internal/provider/carrier"
	"ordo/internal/provider/carrier/table"
	mailer "ordo/internal/provider/mail"
	provider "ordo/internal/provider/payment"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/stuck"
	"ordo/internal/work"
)

// Settings are what operators may change.
type Settings struct {
	PaymentWait   time.Duration // how long a placement waits for its payment before it answers `pending`
	AnswerMaxAge  time.Duration // how long answers are kept under their Idempotency-Key
	RefusedAfter  time.Duration // until a refused void or refund is asked for again; ten times that the next time
	BootstrapKey  string        // an API key that has the owner role; "" for none
	MailFrom      string        // address of mails of channels that have none, written by people; "" for none
	PublicURL     string        // under which customers reach the server, without a slash at its end; "": mails have no links
	MailRetry     time.Duration // until a mail that is refused for the moment is tried again; three times that the next time
	WebhookLogAge time.Duration // how long deliveries of webhooks are kept in the log
	// WebhookReaches says which addresses messages may be sent to; nil for all.
	WebhookReaches func(netip.Addr) bool
	ImportSize     int64         // bytes that a file to import may have; 0: the default
	FileMaxAge     time.Duration // how long the files of imports and exports are kept after their end; 0: the default

	SessionIdle time.Duration // until a signed-in browser that is not used has to sign in again; 0: the default
	SessionAge  time.Duration // until any has to; 0: the default

	CancelWait       time.Duration // how long a location may take to answer a cancellation request; 0: the default
	PickupWindow     time.Duration // how long an order waits for its customer; 0: the default
	PickupScanWithin time.Duration // from label or dispatch to the carrier's first scan; 0: no risk is told
	MovementWithin   time.Duration // from one scan of a parcel to the next; 0: no risk is told

	Patience stuck.Patience // waits until things count as stuck, other than those of the table

	Clock func() micros.Time // for tests; nil takes the database's time
}

// DefaultSettings are the values of a new installation.
var DefaultSettings = Settings{
	PaymentWait: 10 * time.Second, AnswerMaxAge: 72 * time.Hour, RefusedAfter: time.Minute, MailRetry: mail.FirstDelay,
	CancelWait: 24 * time.Hour, PickupWindow: 7 * 24 * time.Hour, PickupScanWithin: 48 * time.Hour, MovementWithin: 5 * 24 * time.Hour,
	WebhookLogAge: 30 * 24 * time.Hour, ImportSize: 64 << 20, FileMaxAge: 7 * 24 * time.Hour,
	SessionIdle: 8 * time.Hour, SessionAge: 24 * time.Hour,
}

// Renderer makes the answers that are stored under an Idempotency-Key; package api sets it.
type Renderer interface {
	Placed(v *OrderView) work.Answer
	Exchanged(v *ReturnView) work.Answer
	Refused(err error, requestID string) work.Answer
}

// App is the application: what api, console and channels call.
type App struct {
	DB        store.DB
	Committer *work.Committer
	Jobs      *jobs.Runner
	Settings  Settings
	Render    Renderer
	Rows      RowCodec                     // of files
	Providers map[string]provider.Provider // by name; `manual` has none
	Carriers  map[string]carrier.Provider  // by name
	Secret    func(name string) string     // what carriers' secrets are, by the names that documents give them
	Mailer    mailer.Sender                // hands mails over; nil keeps them as suppressed
	Verifier  Verifier                     // runs the checks of ordo verify; nil leaves them out

	WebhookStats WebhookStats

	// RenderLabel makes the answer that is kept for a label; package api sets it.
	RenderLabel func(*shipping.Label) work.Answer

	node      string
	log       *slog.Logger
	watch     watchers
	waiters   waiters
	keys      keyCache
	people    persons
	readers   *project.Runner // of the journal
	more      []project.Reader
	secrets   secrets
	processed atomic.Pointer[process] // newest that this node has met
	verifying verifying
}

// Manual is the payment provider that needs no call: invoice, bank transfer, cash on delivery.
const Manual = payment.Manual

// New wires the application on an open, migrated database. Start begins its background work.
func New(db store.DB, s Settings, providers map[string]provider.Provider, log *slog.Logger) *App {
	for _, d := range []struct{ is, otherwise *time.Duration }{
		{&s.RefusedAfter, &DefaultSettings.RefusedAfter},
		{&s.CancelWait, &DefaultSettings.CancelWait},
		{&s.PickupWindow, &DefaultSettings.PickupWindow},
		{&s.MailRetry, &DefaultSettings.MailRetry},
		{&s.WebhookLogAge, &DefaultSettings.WebhookLogAge},
		{&s.FileMaxAge, &DefaultSettings.FileMaxAge},
		{&s.SessionIdle, &DefaultSettings.SessionIdle},
		{&s.SessionAge, &DefaultSettings.SessionAge},
	} {
		if *d.is == 0 {
			*d.is = *d.otherwise
		}
	}
	if s.ImportSize == 0 {
		s.ImportSize = DefaultSettings.ImportSize
	}
	a := &App{DB: db, Settings: s, Providers: providers, node: ids.New("node"), log: log}
	a.watch.init()
	a.waiters.m = map[string][]chan struct{}{}
	a.keys.m = map[[32]byte]cachedKey{}
	a.people.init()
	a.Jobs = jobs.NewRunner(db, a.node, log)
	registerMoney(a)
	registerWebhooks(a)
	registerFulfillment(a)
	registerReservations(a)
	a.Carriers, a.Secret = map[string]carrier.Provider{shipping.Table: table.Provider{}}, secretOf
	registerLabels(a)
	registerReports(a)
	registerLate(a)
	registerSavedReports(a)
	a.Jobs.Schedule("sweep_answers", 10*time.Minute, a.sweepAnswers)
	a.Jobs.Schedule("sweep_sessions", time.Hour, a.sweepSessions)
	registerHolds(a)
	registerVerify(a)
	registerExpiry(a)
	registerBackorders(a)
	registerReturns(a)
	registerCases(a)
	registerMails(a)
	registerBulk(a)
	a.Jobs.Schedule("cases_of_dead_jobs", deadJobsEach, a.SweepDeadJobs)
	a.readers = project.NewRunner(db, a.node, a.Changed, log)
	a.Committer = work.NewCommitter(db, work.Options{Kinds: Kinds, Log: log, Clock: s.Clock, Raised: stockRaised, Echoes: webhookEchoes, After: func(stored []work.Job) {
		a.watch.wake()
		a.Jobs.Dispatch(stored)
	}})
	return a
}

// Read adds a reader of the journal, for Start to start.
func (a *App) Read(r project.Reader) { a.more = append(a.more, r) }

// Start seeds an empty database and starts the readers of the journal and the job runner.
func (a *App) Start(ctx context.Context) error {
	if err := a.seed(ctx); err != nil {
		return err
	}
	if err := a.seedRules(ctx); err != nil {
		return err
	}
	if err := a.seedService(ctx); err != nil {
		return err
	}
	if err := a.SeedRoles(ctx); err != nil {
		return err
	}
	if err := a.refoldFacts(ctx); err != nil {
		return err
	}
	secret, err := a.secret(ctx, facts.Secret)
	if err != nil {
		return err
	}
	d := a.DB.Dialect()
	readers := []project.Reader{project.Ledger(d), stockCardReader(d), facts.Reader(d, facts.Pseudonyms(secret)), a.notifications(), a.caseReader()}
	if err := a.readers.Start(ctx, append(readers, a.more...)...); err != nil {
		return err
	}
	return a.Jobs.Start(ctx)
}

// Close finishes running jobs and queued commands, within the time of ctx.
func (a *App) Close(ctx context.Context) {
	a.readers.Stop()
	a.Jobs.Stop(ctx)
	a.verifying.stop()
	a.verifying.wg.Wait()
	a.Committer.Close()
}

// System is the actor of what Ordo does by itself.
const System = order.BySystem

func (a *App) system() work.Meta { return work.Meta{Actor: System} }

// watchers wakes those who wait for new journal rows. It only wakes; the journal carries the truth.
type watchers struct {
	mu sync.Mutex
	ch chan struct{}
}

func (w *watchers) init() { w.ch = make(chan struct{}) }

func (w *watchers) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.ch)
	w.ch = make(chan struct{})
}

func (w *watchers) next() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ch
}

// Changed returns a channel that is closed after the next commit on this node. Commits of other nodes do not close
// it: wait for a bounded time.
func (a *App) Changed() <-chan struct{} { return a.watch.next() }

// waiters wakes requests that wait for the outcome of a payment.
type waiters struct {
	mu sync.Mutex
	m  map[string][]chan struct{}
}

// add returns a channel that is closed by wake, and what ends the waiting.
func (w *waiters) add(subject string) (woken <-chan struct{}, forget func()) {
	ch := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.m[subject] = append(w.m[subject], ch)
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		left := slices.DeleteFunc(w.m[subject], func(c chan struct{}) bool { return c == ch })
		if w.m[subject] = left; len(left) == 0 {
			delete(w.m, subject)
		}
	}
}

func (w *waiters) wake(subject string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ch := range w.m[subject] {
		close(ch)
	}
	delete(w.m, subject)
}
