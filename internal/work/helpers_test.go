package work

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"ordo/internal/database"
	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/pgtest"
	"ordo/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// Kinds over tables of the schema, with just enough in them.
type (
	tOrder struct {
		doc.Meta
		Status string `json:"status"`
		N      int64  `json:"n"`
	}
	tPayment struct {
		doc.Meta
		Order  string `json:"order"`
		Amount int64  `json:"amount"`
	}
	tRef struct {
		doc.Meta
		Name string `json:"name"`
	}
)

var (
	orders = NewKind[tOrder](Spec{Table: "orders", What: "order", Rank: 20, Personal: true, Cols: []store.Col{
		{Name: "channel", Type: store.Text},
		{Name: "status", Type: store.Text},
		{Name: "payment_status", Type: store.Text},
		{Name: "fulfillment_status", Type: store.Text},
		{Name: "email", Type: store.Text},
		{Name: "placed_at", Type: store.Int},
	}}, func(o *tOrder) []any { return []any{"web", o.Status, "none", "unfulfilled", "", o.N} })
	// The order of a payment may not be NULL: one without is what the database refuses.
	payments = NewKind[tPayment](Spec{Table: "payments", What: "payment", Rank: 30, Cols: []store.Col{
		{Name: "order_id", Type: store.Text, Nullable: true},
	}}, func(p *tPayment) []any { return []any{p.Order} })
	products  = NewKind[tRef](Spec{Table: "products", What: "product", Rank: 10, Reference: true, Bounded: true}, nil)
	locations = NewKind[tRef](Spec{Table: "locations", What: "location", Rank: 11, Reference: true}, nil)
	channels  = NewKind[tRef](Spec{Table: "channels", What: "channel", Rank: 12, Reference: true}, nil)
	kinds     = []*Spec{orders.Spec, payments.Spec, products.Spec, locations.Spec, channels.Spec}
)

// cmd is a command made of two functions.
type cmd struct {
	needs func(*Needs)
	run   func(*Unit) (any, error)
}

func (c cmd) Needs(n *Needs) {
	if c.needs != nil {
		c.needs(n)
	}
}
func (c cmd) Run(u *Unit) (any, error) { return c.run(u) }

func run(f func(*Unit) (any, error)) cmd { return cmd{run: f} }

// logs gives the committer's log to the test, unless it is over.
type logs struct {
	mu sync.Mutex
	t  *testing.T
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.t != nil {
		l.t.Log(strings.TrimSpace(string(b)))
	}
	return len(b), nil
}

func committer(t *testing.T, db store.DB, change ...func(*Options)) *Committer {
	t.Helper()
	l := &logs{t: t}
	o := Options{Kinds: kinds, Log: slog.New(slog.NewTextHandler(l, nil))}
	for _, f := range change {
		f(&o)
	}
	c := NewCommitter(db, o)
	t.Cleanup(func() {
		c.Close()
		l.mu.Lock()
		l.t = nil
		l.mu.Unlock()
	})
	return c
}

func oneWorker(o *Options) { o.Workers = 1 }

// twoProcesses runs f with two committers on two handles of one PostgreSQL database, which is all that two processes
// would share, and with one committer twice on SQLite, which has no second process.
func twoProcesses(t *testing.T, f func(t *testing.T, a, b *Committer)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		c := committer(t, openDB(t, "sqlite:"+t.TempDir()+"/ordo.db"))
		f(t, c, c)
		check(t, c.db)
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.New(t)
		a, b := committer(t, openDB(t, url)), committer(t, openDB(t, url))
		f(t, a, b)
		check(t, a.db)
	})
}

func openDB(t *testing.T, url string) store.DB {
	t.Helper()
	db, err := database.Open(t.Context(), url, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func do(t *testing.T, c *Committer, cm Command[any], meta ...Meta) any {
	t.Helper()
	v, err := Do(t.Context(), c, cm, append(meta, Meta{})[0])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if got := errs.CodeOf(err); err == nil || got != code {
		t.Errorf("got %v, want an error %s", err, code)
	}
}

// gate is a command that holds its batch until it is opened, so that others queue up behind it.
type gate struct {
	entered, open chan struct{}
	done          chan error
}

// block sends a gate and waits until it runs. The committer must have one worker.
func block(t *testing.T, c *Committer) *gate {
	t.Helper()
	g := &gate{entered: make(chan struct{}), open: make(chan struct{}), done: make(chan error, 1)}
	var once sync.Once
	go func() {
		_, err := Do(context.Background(), c, run(func(*Unit) (any, error) {
			once.Do(func() { close(g.entered) })
			<-g.open
			return nil, nil
		}), Meta{})
		g.done <- err
	}()
	<-g.entered
	return g
}

// together queues commands so that they form one batch, and returns how they ended, in order.
func together(t *testing.T, c *Committer, metas []Meta, cmds ...cmd) []Outcome {
	t.Helper()
	g := block(t, c)
	outs := make([]Outcome, len(cmds))
	var wg sync.WaitGroup
	for i, cm := range cmds {
		var m Meta
		if metas != nil {
			m = metas[i]
		}
		before := c.Waiting()
		wg.Go(func() { outs[i] = Submit[any](context.Background(), c, cm, m) })
		for c.Waiting() == before {
			yield()
		}
	}
	close(g.open)
	wg.Wait()
	if err := <-g.done; err != nil {
		t.Fatal(err)
	}
	return outs
}

// addPayment creates a payment under a given id and says so in the journal.
func addPayment(id string, amount int64) cmd {
	return run(func(u *Unit) (any, error) {
		p := &tPayment{Order: "o", Amount: amount}
		p.ID = id
		payments.Create(u, p)
		u.Record(Event{Type: "payment.added", Aggregate: id, Body: map[string]int64{"amount": amount}})
		return id, nil
	})
}

// move changes a position and says so in the journal, in an event of a payment that is made for it.
func move(id string, moves ...inventory.Movement) cmd {
	var skus []string
	for _, m := range moves {
		skus = append(skus, m.SKU)
	}
	return cmd{func(n *Needs) { n.Positions(skus...) }, func(u *Unit) (any, error) {
		if err := u.Move(moves...); err != nil {
			return nil, err
		}
		p := &tPayment{Order: "o"}
		p.ID = id
		payments.Create(u, p)
		u.Record(Event{Type: "stock.moved", Aggregate: id, Body: stockBody{moves}})
		return nil, nil
	}}
}

type stockBody struct {
	Stock []inventory.Movement `json:"stock"`
}

func query[T any](t *testing.T, db store.DB, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := db.Query(context.Background(), func(r store.Row) error { return r.Scan(&v) }, sql, args...); err != nil {
		t.Fatal(err)
	}
	return v
}

func count(t *testing.T, db store.DB, from string, args ...any) int64 {
	t.Helper()
	return query[int64](t, db, "SELECT COUNT(*) FROM "+from, args...)
}

func allRows(t *testing.T, db store.DB) []journal.Row {
	t.Helper()
	rows, err := journal.After(context.Background(), db, 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// chainBreak returns where the journal is not what its hashes say, or nil.
func chainBreak(rows []journal.Row, head journal.Head) error {
	var c journal.Chainer
	var last journal.Head
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Seq != last.Seq+1:
			return fmt.Errorf("row %d follows row %d", r.Seq, last.Seq)
		case r.At < last.At:
			return fmt.Errorf("row %d is older than the one before", r.Seq)
		case len(r.Personal) > 0 && !bytes.Equal(journal.Digest(r.Salt, r.Personal), r.Digest):
			return fmt.Errorf("row %d: personal data does not fit its digest", r.Seq)
		case !bytes.Equal(c.Sum(last.Hash, r), r.Hash):
			return fmt.Errorf("row %d does not fit its hash", r.Seq)
		}
		last = journal.Head{Seq: r.Seq, At: r.At, Hash: r.Hash}
	}
	if head.Seq != last.Seq || head.At != last.At || !bytes.Equal(head.Hash, last.Hash) {
		return fmt.Errorf("the head is %d, the last row %d", head.Seq, last.Seq)
	}
	return nil
}

// check proves what must hold at any time: the chain, the versions, and that positions are the sum of movements.
func check(t *testing.T, db store.DB) {
	t.Helper()
	head, err := journal.ReadHead(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	rows := allRows(t, db)
	if err := chainBreak(rows, head); err != nil {
		t.Error(err)
	}
	if err := errors.Join(checkVersions(t, db, rows), checkPositions(t, db, rows)); err != nil {
		t.Error(err)
	}
}

func checkVersions(t *testing.T, db store.DB, rows []journal.Row) error {
	t.Helper()
	versions := map[string]int64{}
	for _, r := range rows {
		if v := versions[r.Aggregate]; r.Version != v && r.Version != v+1 {
			return fmt.Errorf("row %d: version %d of %s follows %d", r.Seq, r.Version, r.Aggregate, v)
		}
		versions[r.Aggregate] = r.Version
	}
	var err error
	for _, k := range kinds {
		qerr := db.Query(context.Background(), func(r store.Row) error {
			var id string
			var version int64
			if serr := r.Scan(&id, &version); serr != nil {
				return serr
			}
			if versions[id] != version {
				err = fmt.Errorf("%s %s has version %d, the journal %d", k.What, id, version, versions[id])
			}
			return nil
		}, "SELECT id, version FROM "+k.Table)
		err = errors.Join(err, qerr)
	}
	return err
}

func checkPositions(t *testing.T, db store.DB, rows []journal.Row) error {
	t.Helper()
	sums := map[posKey]inventory.Position{}
	for _, r := range rows {
		var body stockBody
		if r.Type != "stock.moved" {
			continue
		}
		if err := jsonx.Unmarshal(r.Body, &body); err != nil {
			return err
		}
		for _, m := range body.Stock {
			k := posKey{m.SKU, m.Location}
			p := sums[k]
			p.SKU, p.Location = m.SKU, m.Location
			p.Units[m.Bucket.Index()] += m.Delta
			sums[k] = p
		}
	}
	var err error
	n := 0
	qerr := db.Query(context.Background(), func(r store.Row) error {
		p, serr := ScanPosition(r)
		n++
		p.BackorderLimit = 0
		if sum := sums[posKey{p.SKU, p.Location}]; serr == nil && p != sum {
			err = fmt.Errorf("position %+v, the movements sum up to %+v", p, sum)
		}
		return serr
	}, "SELECT "+PositionColumns+" FROM stock_positions")
	if n != len(sums) {
		err = errors.Join(err, fmt.Errorf("%d positions, the journal knows %d", n, len(sums)))
	}
	return errors.Join(err, qerr)
}
