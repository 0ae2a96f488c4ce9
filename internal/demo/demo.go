// Package demo shows Ordo at work on real data.
//
// What lives here: `ordo demo`: a server on a folder of its own, whose clock goes through five trading days while they are
// replayed through the public HTTP API, the summary, and a trickle of new orders afterwards. What does not: the data and what its rows mean
// (retail), and anything that a client over HTTP could not do.
// The one idea: every step has a key that is derived from its invoice, so a replay that was cut off is simply sent
// again: what is done answers as it did, and the rest happens now.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"ordo/internal/config"
	"ordo/internal/retail"
	"ordo/internal/server"
)

// Key is the API key of every demo. It is public knowledge, so the demo listens on loopback addresses only.
const Key = "ordo_sk_demo"

// Options of Run. The zero value of everything but Dir and Out is what people get.
type Options struct {
	Dir       string // the demo's folder; made when it is not there
	Listen    string // HOST:PORT; empty: the first free port from 127.0.0.1:8080
	DB        string // postgres://… instead of an SQLite file in Dir
	Fresh     bool   // remove what an earlier demo made in Dir
	NoTrickle bool   // no new orders after the replay
	Exit      bool   // stop after the summary
	Version   string
	Out       io.Writer
	Live      bool         // Out is a terminal
	Plan      *retail.Plan // what to replay; nil: all of it

	pace   time.Duration // of the trickle; 0: one order per second
	payer  string        // everything is paid with this provider instead of the mix; for tests
	prover prover        // instead of the real one; for tests
}

// prover proves that the data behind a database URL is right, writes what it checked, and reports the verdict.
type prover func(ctx context.Context, url string, out io.Writer) (bool, error)

// errBroken is the verdict that nobody should ever see.
var errBroken = errors.New("verify found broken rows, see above")

// demo is one run of it.
type demo struct {
	Options
	plan   *retail.Plan
	folder *folder
	url    string // of the database
	clock  *clock
	log    *slog.Logger
	server *server.Server
	client *client
}

// Run is `ordo demo`. It returns when the context ends, or after the summary with Options.Exit.
func Run(ctx context.Context, o Options) error {
	d := &demo{Options: o, plan: o.Plan}
	if err := d.prepare(); err != nil {
		return err
	}
	logFile, err := os.OpenFile(filepath.Join(d.Dir, logName), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("cannot write to %s: %w", d.Dir, err)
	}
	defer logFile.Close()
	d.log = slog.New(slog.NewTextHandler(logFile, nil))
	if d.server, err = d.start(ctx); err != nil {
		return err
	}
	defer d.server.Stop()
	d.client = newClient(d.server.URL)
	d.client.now = d.clock.now
	// A connection that was opened and not used yet would hold up the server's stop for five seconds.
	defer d.client.http.CloseIdleConnections()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		select {
		case err := <-d.server.Failed():
			stop(fmt.Errorf("the server failed: %w", err))
		case <-ctx.Done():
		}
	}()
	return d.run(ctx)
}

// prepare does what can fail before anything runs.
func (d *demo) prepare() (err error) {
	if err := checkListen(d.Listen); err != nil {
		return err
	}
	if d.plan == nil {
		if d.plan, err = retail.Load(); err != nil {
			return err
		}
	}
	if d.folder, err = openFolder(d.Dir, d.DB, d.Fresh); err != nil {
		return err
	}
	if d.url = d.DB; d.url == "" {
		d.url = "sqlite:" + filepath.Join(d.Dir, dbName)
	}
	m := &d.folder.marker
	if m.Last.IsZero() { // a demo that is resumed goes on with the days that it began
		m.Last = time.Now().UTC().Truncate(time.Second)
	}
	d.clock = newClock(d.plan, m.Last)
	if m.Finished {
		d.clock.catchUp()
	}
	return nil
}

func (d *demo) config() config.Config {
	c := config.Default()
	c.DB, c.BootstrapKey = d.url, Key
	c.MailSender, c.Storefront = "sandbox", shopChannel
	// Resuming rests on stored answers. A demo that was cut off may be resumed in a year.
	c.AnswerMaxAge = 100 * 365 * 24 * time.Hour
	c.WebhookNetworks = "127.0.0.0/8,::1/128" // what is tried out here listens here
	return c
}

func (d *demo) run(ctx context.Context) error {
	broken, err := d.fill(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		return err
	}
	if d.Exit {
		return broken
	}
	if err := d.makeAccounts(ctx); err != nil {
		return err
	}
	if err := d.openShop(ctx); err != nil {
		return err
	}
	d.welcome(ctx)
	if !d.NoTrickle {
		newTrickle(d).run(ctx)
	} else {
		<-ctx.Done()
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return broken
}

// interrupted says how to go on, or why the server went away.
func interrupted(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return errors.New("stopped before the end; the same command goes on from here")
}

// fill replays unless that was done, and prints the summary either way. The first error is the verdict of verify.
func (d *demo) fill(ctx context.Context) (broken, err error) {
	m := &d.folder.marker
	if m.Finished {
		d.say("The replay in %s is finished (--fresh starts over).\n", d.Dir)
		m.Summary.write(d.Out)
		m.Starts++
		return nil, d.folder.save()
	}
	if err := d.claim(ctx); err != nil {
		return nil, err
	}
	m.Starts++
	if err := d.folder.save(); err != nil {
		return nil, err
	}
	d.say("Replaying %d invoices of a gift shop, November 2011, over HTTP on %s\n", invoices(d.plan), d.server.URL)
	if m.Starts > 1 {
		d.say("An earlier run was cut off: what it did is recognized, the rest is done now.\n")
		if d.DB != "" { // other nodes may be at work on them
			d.say("Payments that were under way when it died come back after half a minute.\n")
		}
	}
	began := time.Now()
	s, err := newReplay(d).run(ctx)
	if err != nil {
		return nil, err
	}
	s.Seconds = time.Since(began).Seconds()
	s.Resumed = m.Starts > 1
	if s.DatabaseBytes, err = databaseBytes(ctx, d.server.DB); err != nil {
		return nil, err
	}
	s.write(d.Out)
	if broken, err = d.verify(ctx); err != nil {
		return nil, err
	}
	m.Finished, m.Summary = broken == nil, s
	return broken, d.folder.save()
}

// claim makes sure that what is in the database came from this demo.
func (d *demo) claim(ctx context.Context) error {
	m := &d.folder.marker
	plan := fingerprint(d.plan)
	if m.Plan != "" && m.Plan != plan {
		return fmt.Errorf("%s was begun with other data, by another version of the demo; --fresh starts over", d.Dir)
	}
	if m.Plan == "" {
		var products list[struct{}]
		if err := d.client.get(ctx, "/v1/products?limit=1", &products); err != nil {
			return err
		}
		if len(products.Data) > 0 {
			return errors.New("the database holds data that is not this demo's; give an empty one")
		}
	}
	m.Plan = plan
	return nil
}

func (d *demo) verify(ctx context.Context) (broken, err error) {
	check := d.prover
	if check == nil {
		check = prove
	}
	d.say("\nVerify: the stored data against the journal, its hashes, the rules and the payment provider's own books\n")
	began := time.Now()
	ok, err := check(ctx, d.url, d.Out)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	d.say("verified in %s\n", seconds(time.Since(began)))
	if !ok {
		return errBroken, nil
	}
	return nil, nil
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.Out, format, args...) }
