// Package bench measures Ordo from outside: buyers that place orders over HTTP, and the bare loop of inserts that
// SQLite's share is judged by.
//
// What lives here: the load generator, its stock, what is observed while it runs, and the report. What does not: the
// function written by hand that PostgreSQL's share is judged by, and the pairing of runs (bench/ in the repository).
// The one idea: the server is another process, as it is for buyers, and the generator is so lean that what the two
// cores of a small machine spend is spent by the server and the database; what each of the three spent is reported.
package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"ordo/internal/database"
	"ordo/internal/drive"
	"ordo/internal/verify"
)

// Options of a run of Place.
type Options struct {
	DB        string // sqlite:FILE or postgres://…; with URL it may be empty, then nothing is said of the database
	URL       string // of a server that runs already; empty: start one
	Key       string // API key for URL
	Hot       bool   // every order has one SKU in common
	Lifecycle bool   // each order is brought to the door: released, picked, packed, shipped, captured, delivered
	Fill      bool   // orders end as those of a merchant do (fates)
	Clients   int    // closed loops: each sends its next order when the last one is answered
	Seconds   float64
	WarmUp    time.Duration // before the measuring begins: connections, statements and caches are there then
	Lines     int           // per order, each of another SKU
	SKUs      int
	Provider  string                           // manual or sandbox
	Verify    bool                             // prove the database afterwards
	Server    []string                         // command that starts a server, without --db and --listen; nil: this binary's serve
	Progress  func(format string, args ...any) // tells people what takes long; nil for silence
}

// follow is what comes after a placement; nil for nothing.
func (o *Options) follow() func(*buyer, context.Context, []byte) (int, error) {
	switch {
	case o.Lifecycle:
		return (*buyer).deliver
	case o.Fill:
		return (*buyer).live
	}
	return nil
}

// what names the run.
func (o *Options) what() string {
	if o.Lifecycle {
		return "lifecycle"
	}
	return "place"
}

func (o *Options) check() error {
	u, err := url.Parse(o.URL)
	switch {
	case o.URL == "" && o.DB == "":
		return errors.New("give --db, such as sqlite:/tmp/bench.db (it is kept), or --url of a running server")
	case o.URL != "" && (err != nil || u.Scheme != "http" || u.Host == ""):
		return fmt.Errorf("--url %q: give http://HOST:PORT", o.URL)
	case o.URL != "" && o.Key == "":
		return errors.New("--url needs --key, with all scopes: stock is made first")
	case o.Clients < 1 || o.Clients > 10_000:
		return errors.New("--clients: give 1 to 10000")
	case o.Seconds <= 0:
		return errors.New("--seconds: give more than 0")
	case o.Lines < 1 || o.Lines > 1000:
		return errors.New("--lines: give 1 to 1000")
	case o.SKUs < 2*o.Lines || o.SKUs > maxSKUs:
		return fmt.Errorf("--skus: give twice the lines to %d", maxSKUs)
	}
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	return nil
}

// Place runs a benchmark of placements: it seeds what is missing, warms up, measures and verifies.
func Place(ctx context.Context, o Options) (res *Result, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.URL == "" {
		srv, err := drive.Start(ctx, o.Server, o.DB)
		if err != nil {
			return nil, err
		}
		o.URL, o.Key = srv.URL, srv.Key
		// Verifying comes after the server has stopped, so that it finds an idle database.
		res, err = measure(ctx, o)
		if err = errors.Join(err, srv.Stop()); err != nil {
			return res, err
		}
	} else if res, err = measure(ctx, o); err != nil {
		return res, err
	}
	if o.Verify && o.DB != "" {
		o.Progress("verifying")
		return res, prove(ctx, o.DB, res)
	}
	return res, nil
}

// prove runs all of verify's checks: a benchmark of wrong orders would be worth nothing.
func prove(ctx context.Context, url string, res *Result) error {
	db, err := database.OpenReadOnly(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	rep, err := verify.Run(ctx, db, verify.Options{})
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if !rep.OK {
		res.Verify = "failed"
		var text strings.Builder
		_ = rep.Write(&text) // a builder takes everything
		return fmt.Errorf("verify: the data is not right\n%s", text.String())
	}
	res.Verify = "clean"
	return nil
}

func measure(ctx context.Context, o Options) (*Result, error) {
	watch, err := observe(ctx, o)
	if err != nil {
		return nil, err
	}
	defer watch.close()
	api := drive.NewClient(o.URL, o.Key, o.Clients)
	o.Progress("seeding")
	if err := seed(ctx, api, o.SKUs); err != nil {
		return nil, fmt.Errorf("seeding: %w", err)
	}
	l, err := newLoad(o)
	if err != nil {
		return nil, err
	}
	first, err := l.probe(ctx, api)
	if err != nil {
		return nil, err
	}
	if err := watch.begin(ctx, first); err != nil {
		return nil, err
	}
	o.Progress("placing orders")
	before, after, err := l.run(ctx, watch)
	if err != nil {
		return nil, err
	}
	res := l.result(o)
	res.observed(before, after)
	if o.Lifecycle {
		o.Progress("waiting for captures that are on their way")
		drained, err := watch.drain(ctx)
		if err != nil {
			return res, err
		}
		res.Drain = round(drained.Seconds(), 2)
		res.Rate = round(float64(res.Orders)/(res.Seconds+res.Drain), 1)
	}
	return res, watch.end(ctx, res)
}

func openReadOnly(ctx context.Context, o Options) (dbReader, error) {
	if o.DB == "" {
		return nil, nil
	}
	return database.OpenReadOnly(ctx, o.DB)
}
