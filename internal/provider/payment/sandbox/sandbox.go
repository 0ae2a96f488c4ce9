// Package sandbox is a payment provider that moves no money and behaves like one that does, faults included.
//
// What lives here: the provider's side of every payment, kept in a store of its own: on SQLite a file beside the
// database (ordo.db.sandbox), on PostgreSQL the schema sandbox over connections of its own. What does not: anything
// Ordo believes about a payment; `ordo verify --sandbox` compares the two sides.
// The one idea: the provider commits apart from Ordo, and before it answers. So it can be asked after any crash, and
// every way in which the two sides can come apart happens here too.
//
// What happens is chosen by the token of the authorization, and is the same every time:
//
//	Token                    What happens
//	tok_ok                   everything succeeds at once
//	tok_ok_slow              the authorization takes 2 s, then succeeds
//	tok_declined             the authorization is refused: card_declined
//	tok_insufficient_funds   the authorization is refused: insufficient_funds
//	tok_timeout              the authorization times out, is pending for 15 s, then succeeds
//	tok_timeout_declined     the authorization times out, is pending for 15 s, then is refused: card_declined
//	tok_error_500            the first call fails and leaves no trace; the second, with the same key, succeeds
//	tok_capture_declined     the authorization succeeds, captures are refused: capture_declined
//	tok_capture_timeout      the authorization succeeds, captures time out, are pending for 15 s, then succeed
//	tok_refund_fails         authorization and captures succeed, refunds are refused: refund_failed
//	tok_refund_timeout       refunds time out, are pending for 15 s, then succeed
//	tok_refund_error_500     the first call of a refund fails and leaves no trace; the second, with the same key, succeeds
//	tok_capture_declined_once  the first capture is refused: capture_declined; the next one succeeds
//	tok_void_fails_once      the first void is refused: void_failed; the next one succeeds
//	tok_refund_fails_once    the first refund is refused: refund_failed; the next one succeeds
//	tok_auth_expires         the authorization expires after a minute; one that replaces it succeeds
//	tok_auth_expires_declined  the same, and one that replaces it is refused: card_declined
//	tok_webhook              the authorization is pending until the webhook says that it succeeded
//	tok_webhook_declined     the authorization is pending until the webhook says that it was refused: card_declined
//	tok_capture_webhook      the authorization succeeds, captures are pending until the webhook says that they succeeded
//
// Other authorizations expire after seven days. An outcome that only a webhook brings can be asked for a day later.
//
// These refusals do not depend on the token:
//
//	Reason                         When
//	invalid_token                  authorize: the token is none of the above
//	invalid_request                no key, an unknown kind, a negative amount, text that is not UTF-8
//	key_reused                     the key stands for another kind, amount, currency or parent
//	unknown_parent                 capture, void, refund: the parent is no authorization (refund: nor a capture)
//	currency_mismatch              the currency is not that of the authorization
//	amount_exceeds_authorization   capture, void: more than is authorized and not yet captured or voided
//	authorization_expired          capture, void: the authorization has expired
//	amount_exceeds_capture         refund: more than is captured and not yet refunded
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"ordo/internal/micros"
	"ordo/internal/payment"
	provider "ordo/internal/provider/payment"
)

// The errors of Send. After each but ErrReadOnly the outcome is unknown to the caller.
var (
	ErrTimeout  = errors.New("sandbox: the call timed out")
	ErrServer   = errors.New("sandbox: the provider answered 500")
	ErrClosed   = errors.New("sandbox: closed")
	ErrReadOnly = errors.New("sandbox: opened for reading only")
)

// ErrNoStore says that the sandbox was never used with this database.
var ErrNoStore = errors.New("sandbox: there is no store of the sandbox beside this database")

// Options are for tests; the zero value is what people get.
type Options struct {
	Clock        func() time.Time                           // time.Now
	Sleep        func(context.Context, time.Duration) error // waits, or returns the context's error
	Slow         time.Duration                              // how long tok_ok_slow takes: 2 s
	ResolveAfter time.Duration                              // how long a call that timed out stays pending: 15 s
	GoodFor      time.Duration                              // how long authorizations are good: 7 days
	ExpireSoon   time.Duration                              // those of tok_auth_expires: 1 minute
	WebhookOnly  time.Duration                              // how long an outcome that comes by webhook stays pending: 24 h
	Secret       string                                     // signs webhooks; "": they are neither sent nor taken
	WebhookURL   string                                     // where they are sent; "": nowhere
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Slow == 0 {
		o.Slow = 2 * time.Second
	}
	for d, standard := range map[*time.Duration]time.Duration{
		&o.ResolveAfter: 15 * time.Second, &o.GoodFor: 7 * 24 * time.Hour, &o.ExpireSoon: time.Minute, &o.WebhookOnly: 24 * time.Hour,
	} {
		if *d == 0 {
			*d = standard
		}
	}
	return o
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Charge is what the provider knows of one key.
type Charge struct {
	Key           string
	Kind          payment.Kind
	Amount        int64 // minor units
	Currency      string
	Token         string        // for authorize; empty when it was not a token of the sandbox: it may be a real card
	Parent        string        // the key of what it acts on, as the caller named it
	Authorization string        // the key of the authorization that it belongs to; its own when there is none
	State         payment.State // Pending, Succeeded or Failed, at the time of asking
	Reason        string        // why it failed
	Fault         string        // what went wrong on the way: "", "slow", "timeout", "error_500" or "webhook"
	ProviderRef   string
	CreatedAt     micros.Time
	ResolvesAt    micros.Time // when a slow or timed-out call gets its outcome; 0: at once
	Calls         int64       // how often Send was called with the key
	Reused        int64       // how many of these calls wanted something else and were refused with key_reused
	Order         string      // what the caller said it is for
	Payment       string
	ExpiresAt     micros.Time // of an authorization
}

// Provider is the sandbox. It implements the interface of the same name of package provider/payment and is safe for
// use by many goroutines, and by several nodes on one store.
type Provider struct {
	opts    Options
	books   *books
	calls   chan *call // nil when opened for reading only
	closing chan struct{}
	closed  chan struct{} // the committer has ended
	close   sync.Once
	ctx     context.Context // of webhooks being sent
	cancel  context.CancelFunc
	sending sync.WaitGroup
}

var (
	_ provider.Provider = (*Provider)(nil)
	_ provider.Notifier = (*Provider)(nil)
)

// A call waits for the batch that it becomes part of.
type call struct {
	request provider.Request
	done    chan answer
}

// answer is what the caller of Send hears, once wait has passed.
type answer struct {
	outcome payment.Outcome
	err     error
	wait    time.Duration
}

const (
	maxBatch = 1000
	patience = 30 * time.Second // with the store
)

// Open opens the sandbox's store beside the database with the URL, and makes it where there is none. Two nodes may
// open it at once.
func Open(ctx context.Context, databaseURL string, opts Options) (*Provider, error) {
	b, err := openBooks(ctx, databaseURL, false)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	p := &Provider{
		opts: opts.withDefaults(), books: b,
		calls: make(chan *call, maxBatch), closing: make(chan struct{}), closed: make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	go p.commit()
	return p, nil
}

// OpenReadOnly opens an existing store for Query and List, also beside a running server; ErrNoStore when there is
// none.
func OpenReadOnly(ctx context.Context, databaseURL string, opts Options) (*Provider, error) {
	b, err := openBooks(ctx, databaseURL, true)
	if errors.Is(err, ErrNoStore) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	p := &Provider{opts: opts.withDefaults(), books: b, closing: make(chan struct{}), closed: make(chan struct{})}
	close(p.closed)
	return p, nil
}

// Close ends what has been handed in and closes the store. A second Close does nothing.
func (p *Provider) Close() {
	p.close.Do(func() {
		close(p.closing)
		<-p.closed
		if p.cancel != nil {
			p.cancel()
			p.sending.Wait()
		}
		p.books.db.Close()
	})
}

// Send implements the payment provider. A key that was recorded gets its stored outcome again, Pending included.
// When ctx ends first, the call may be recorded all the same.
func (p *Provider) Send(ctx context.Context, r provider.Request) (payment.Outcome, error) {
	if p.calls == nil {
		return payment.Outcome{}, ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return payment.Outcome{}, err
	}
	if !wellFormed(r) {
		return payment.Outcome{State: payment.Failed, Reason: "invalid_request"}, nil
	}
	c := &call{request: r, done: make(chan answer, 1)}
	select {
	case p.calls <- c:
	case <-ctx.Done():
		return payment.Outcome{}, ctx.Err()
	case <-p.closing:
		return payment.Outcome{}, ErrClosed
	}
	var a answer
	select {
	case a = <-c.done:
	case <-ctx.Done():
		return payment.Outcome{}, ctx.Err()
	case <-p.closed:
		select {
		case a = <-c.done: // answered by the last batch
		default:
			return payment.Outcome{}, ErrClosed
		}
	}
	if p.opts.WebhookURL != "" && p.opts.Secret != "" && !errors.Is(a.err, ErrServer) {
		p.sending.Go(func() { p.deliver(r.Key) })
	}
	if a.err != nil {
		return payment.Outcome{}, a.err
	}
	if a.wait > 0 {
		if err := p.opts.Sleep(ctx, a.wait); err != nil {
			return payment.Outcome{}, err
		}
	}
	return a.outcome, nil
}

// wellFormed refuses what no store could keep: one such row would spoil a batch for all others in it.
func wellFormed(r provider.Request) bool {
	switch r.Kind {
	case payment.Authorize, payment.Capture, payment.Void, payment.Refund:
	default:
		return false
	}
	for _, s := range []string{r.Key, r.Parent, r.Currency, r.Order, r.Payment} {
		if !storable(s) {
			return false
		}
	}
	return r.Key != "" && r.Amount >= 0
}

func storable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0) && len(s) <= 1000
}

// Query implements the payment provider.
func (p *Provider) Query(ctx context.Context, key string) (payment.Outcome, bool, error) {
	c, err := p.books.find(ctx, key)
	if err != nil {
		return payment.Outcome{}, false, fmt.Errorf("sandbox: %w", err)
	}
	if c == nil {
		return payment.Outcome{}, false, nil
	}
	return c.outcome(p.now()), true, nil
}

// List calls f for every charge that the provider knows, in the order of the bytes of their keys, as of one moment.
// The first error of f ends it.
func (p *Provider) List(ctx context.Context, f func(Charge) error) error {
	now := p.now()
	return p.books.list(ctx, func(c Charge) error { return f(c.at(now)) })
}

func (p *Provider) now() micros.Time { return micros.Of(p.opts.Clock()) }

// commit writes calls until Close: each batch is what came in while the last one was written.
func (p *Provider) commit() {
	defer close(p.closed)
	for {
		select {
		case c := <-p.calls:
			runtime.Gosched() // those who just heard their answer may want to come along again
			p.batch(p.waiting([]*call{c}))
		case <-p.closing:
			for calls := p.waiting(nil); len(calls) > 0; calls = p.waiting(nil) {
				p.batch(calls)
			}
			return
		}
	}
}

func (p *Provider) waiting(calls []*call) []*call {
	for len(calls) < maxBatch {
		select {
		case c := <-p.calls:
			calls = append(calls, c)
		default:
			return calls
		}
	}
	return calls
}

// batch answers after the commit. When the store fails, nobody can say whether the calls were recorded, which is what
// an error of Send means.
func (p *Provider) batch(calls []*call) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answers := make([]answer, len(calls))
	err := p.books.change(ctx, keysOf(calls), func(b *book) {
		now := p.now()
		for i, c := range calls {
			answers[i] = b.send(c.request, now, p.opts)
		}
	})
	for i, c := range calls {
		if err != nil {
			answers[i] = answer{err: fmt.Errorf("sandbox: %w", err)}
		}
		c.done <- answers[i]
	}
}

func keysOf(calls []*call) []string {
	keys := make([]string, 0, 2*len(calls))
	for _, c := range calls {
		keys = append(keys, c.request.Key)
		if c.request.Parent != "" {
			keys = append(keys, c.request.Parent)
		}
	}
	return keys
}
