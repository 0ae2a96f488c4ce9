// Package torture tries to make orders wrong: a server under load that is killed again and again, a payment provider
// that misbehaves, and the failure drills of the domain (D1 to D23); then it counts what is lost or doubled.
//
// What lives here: the drills, the storm of buyers and kills, the count and the report. What does not: checking stored
// data, which is verify's.
// The one idea: only what was acknowledged counts. Every request has a key and is repeated under it until it is
// answered, as a good client does; afterwards what was answered must be there once, whatever happened in between.
package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ordo/internal/database"
	"ordo/internal/drive"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/verify"
)

// Options of a run.
type Options struct {
	DB       string        // sqlite:FILE or postgres://…; what is in it stays
	For      time.Duration // how long the storm lasts
	Rounds   int           // kills at least, however long they take
	Clients  int           // buyers and staff that work at once
	Drills   []string      // names of drills; nil for all
	NoDrills bool
	Seed     uint64   // 0: a random one
	Server   []string // command that starts a server, without --db and --listen; nil: this binary's serve
	Progress func(format string, args ...any)
}

func (o *Options) check() error {
	switch {
	case o.DB == "":
		return errors.New("give --db, such as sqlite:/tmp/torture.db (it is kept)")
	case o.Clients < 1 || o.Clients > 1000:
		return errors.New("--clients: give 1 to 1000")
	case o.For < 0 || o.Rounds < 0:
		return errors.New("--for and --rounds: give 0 or more")
	}
	for _, name := range o.Drills {
		if !slices.ContainsFunc(Drills, func(d Drill) bool { return strings.EqualFold(d.Name, name) }) {
			return fmt.Errorf("there is no drill %q", name)
		}
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	return nil
}

// world is what drills and the storm work on: one server and a client of it.
type world struct {
	srv    *drive.Server
	api    *drive.Client
	o      Options
	secret string // of the sandbox provider's webhooks
	prefix string // of the SKUs, locations and mail addresses of this run: nothing is shared with other runs
	rng    *rand.Rand
	carts  map[string]string // reservations of D9, by product
	hooks  []*hook           // systems that take webhooks (D17)
}

// Run starts a server, runs the drills and the storm, and proves the database afterwards. The report is there also
// when something is wrong with the data; an error means that it could not be found out.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	began := time.Now()
	engine, _, err := database.Split(o.DB)
	if err != nil {
		return nil, err
	}
	hooks := drive.Secret(16)
	srv, err := drive.Start(ctx, o.Server, o.DB, "ORDO_PAYMENT_WAIT=250ms", "ORDO_LOG_LEVEL=error", "ORDO_SANDBOX_SECRET="+hooks, "ORDO_WEBHOOK_NETWORKS=127.0.0.0/8")
	if err != nil {
		return nil, err
	}
	stopped := false
	defer func() {
		if !stopped {
			srv.Kill()
		}
	}()
	w := &world{secret: hooks, srv: srv, api: srv.Client(o.Clients + 8), o: o, prefix: "T" + strings.ToUpper(drive.Secret(3)), rng: rand.New(rand.NewPCG(o.Seed, 1))} //nolint:gosec // not a secret
	defer w.closeHooks()
	if err := w.open(ctx); err != nil {
		return nil, fmt.Errorf("preparing: %w", err)
	}
	rep := &Report{Engine: engine, Seed: o.Seed}
	if !o.NoDrills {
		w.drill(ctx, rep, false)
	}
	if o.For > 0 || o.Rounds > 0 {
		s := newStorm(w)
		err = s.run(ctx)
		rep.Storm = s.count
	}
	if !o.NoDrills && err == nil {
		w.drill(ctx, rep, true)
	}
	if err == nil {
		err = ctx.Err()
	}
	stopped = true
	if err = errors.Join(err, srv.Stop()); err != nil {
		return rep, err
	}
	o.Progress("verifying")
	rep.Verify, err = prove(ctx, o.DB)
	rep.Took = time.Since(began)
	return rep, err
}

// drill runs the drills, one after the other, each on goods of its own. Those that wait for time to pass begin before
// the storm and end after it.
func (w *world) drill(ctx context.Context, rep *Report, last bool) {
	for _, d := range Drills {
		if !last && d.begin != nil && w.wanted(d) {
			if err := d.begin(ctx, w); err != nil {
				rep.Drills = append(rep.Drills, DrillResult{Name: d.Name, What: d.What, Err: err})
			}
		}
	}
	for _, d := range Drills {
		if !w.wanted(d) || last != (d.begin != nil) || slices.ContainsFunc(rep.Drills, func(r DrillResult) bool { return r.Name == d.Name }) {
			continue
		}
		w.o.Progress("%s %s", d.Name, d.What)
		began := time.Now()
		err := d.run(ctx, w)
		rep.Drills = append(rep.Drills, DrillResult{Name: d.Name, What: d.What, Took: time.Since(began), Err: err})
		if ctx.Err() != nil {
			return
		}
	}
}

func (w *world) wanted(d Drill) bool {
	return w.o.Drills == nil || slices.ContainsFunc(w.o.Drills, func(s string) bool { return strings.EqualFold(s, d.Name) })
}

// prove runs all of verify's checks, the sandboxes' sides included, and returns what it found wrong; "" for nothing.
func prove(ctx context.Context, url string) (string, error) {
	db, err := database.OpenReadOnly(ctx, url)
	if err != nil {
		return "", err
	}
	defer db.Close()
	var o verify.Options
	done, err := o.OpenSandboxes(ctx, url)
	if err == nil {
		defer done()
	} else if !errors.Is(err, sandbox.ErrNoStore) {
		return "", err
	}
	rep, err := verify.Run(ctx, db, o)
	if err != nil {
		return "", err
	}
	if rep.OK {
		return "", nil
	}
	var text strings.Builder
	_ = rep.Write(&text) // a builder takes everything
	return text.String(), nil
}
