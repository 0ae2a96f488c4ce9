package work

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"ordo/internal/errs"
	"ordo/internal/inventory"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func yield() { runtime.Gosched() }

var errRule = errs.New(errs.Conflict, "rule", "the rule says no")

// stageAll stages something of every sort.
func stageAll(u *Unit, tag string) error {
	p := &tPayment{Order: "o", Amount: 1}
	p.ID = "pay_" + tag
	if err := payments.Put(u, p); err != nil {
		return err
	}
	r := &tRef{Name: tag}
	r.ID = "prod_" + tag
	if err := products.Put(u, r); err != nil {
		return err
	}
	if _, err := u.OrderNumber(); err != nil {
		return err
	}
	if _, ok, err := u.Claim("test", tag, "owner"); err != nil || !ok {
		return fmt.Errorf("claim: %v %w", ok, err)
	}
	u.ClaimFresh("fresh", tag, "owner")
	moves := []inventory.Movement{{SKU: "S-" + tag, Location: "L", Bucket: inventory.OnHand, Delta: 5}}
	if err := u.Move(moves...); err != nil {
		return err
	}
	u.Enqueue("job", tag, 0)
	u.Record(Event{Type: "stock.moved", Aggregate: p.ID, Body: stockBody{moves}}, Event{Type: "product.saved", Aggregate: r.ID, Body: r})
	return nil
}

func stager(tag string, end func(*Unit) error) cmd {
	return cmd{func(n *Needs) { n.Numbers(1) }, func(u *Unit) (any, error) {
		if err := stageAll(u, tag); err != nil {
			return nil, err
		}
		return "ok " + tag, end(u)
	}}
}

func key(value string) *Key { return &Key{Scope: "s", Value: value, Fingerprint: [32]byte{1}} }

func render(v any) Answer { return Answer{Status: 201, Body: fmt.Appendf(nil, "%v", v)} }

func traces(t *testing.T, db store.DB, tag string) []int64 {
	t.Helper()
	id := (&Key{Scope: "s", Value: tag}).ID()
	return []int64{
		count(t, db, "payments WHERE id = $1", "pay_"+tag),
		count(t, db, "products WHERE id = $1", "prod_"+tag),
		count(t, db, "unique_keys WHERE value = $1", tag),
		count(t, db, "stock_positions WHERE sku = $1", "S-"+tag),
		count(t, db, "jobs WHERE args = $1", `"`+tag+`"`),
		count(t, db, "journal WHERE aggregate = $1 OR aggregate = $2", "pay_"+tag, "prod_"+tag),
		count(t, db, "idempotency WHERE id = $1", id),
	}
}

func TestFailingCommandLeavesNoTraceOnItsBatchMates(t *testing.T) {
	ok := func(*Unit) error { return nil }
	ends := map[string]func(*Unit) error{
		"rule":  func(*Unit) error { return errRule },
		"panic": func(*Unit) error { panic("defect") },
		"event": func(u *Unit) error { u.Record(Event{Type: "x", Aggregate: "nobody"}); return nil },
		"body": func(u *Unit) error {
			u.Record(Event{Type: "x", Aggregate: "a", Version: 1, Body: func() {}})
			return nil
		},
	}
	storetest.Each(t, func(t *testing.T, db store.DB) {
		for name, end := range ends {
			c := committer(t, db, oneWorker)
			tags := []string{"a-" + name, "bad-" + name, "b-" + name}
			var metas []Meta
			var cmds []cmd
			for i, tag := range tags {
				metas = append(metas, Meta{Key: key(tag), Render: render})
				cmds = append(cmds, stager(tag, []func(*Unit) error{ok, end, ok}[i]))
			}
			batches := c.Stats.Batches.Load()
			outs := together(t, c, metas, cmds...)
			if n := c.Stats.Batches.Load() - batches; n != 2 {
				t.Errorf("%s: %d batches, want the gate and one", name, n)
			}
			if outs[0].Err != nil || outs[2].Err != nil || outs[1].Err == nil {
				t.Fatalf("%s: %+v", name, outs)
			}
			if name == "rule" && !errors.Is(outs[1].Err, errRule) {
				t.Errorf("the rule's own error became %v", outs[1].Err)
			}
			for i, tag := range tags {
				want := "[1 1 2 1 1 2 1]"
				if i == 1 {
					want = "[0 0 0 0 0 0 0]"
				}
				if got := fmt.Sprint(traces(t, db, tag)); got != want {
					t.Errorf("%s: traces of %s are %s, want %s", name, tag, got, want)
				}
			}
		}
		check(t, db)
	})
}

func TestPanicsOutsideOfRunStayWithTheirCommand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		_, err := Do(t.Context(), c, cmd{func(*Needs) { panic("needs") }, func(*Unit) (any, error) { return nil, nil }}, Meta{})
		wantCode(t, err, "internal")
		if !errors.Is(err, ErrPanic) {
			t.Errorf("%v", err)
		}
		metas := []Meta{{Key: key("a"), Render: func(any) Answer { panic("render") }}, {Key: key("b")}, {}}
		outs := together(t, c, metas, addPayment("pay_a", 1), addPayment("pay_b", 1), addPayment("pay_c", 1))
		wantCode(t, outs[0].Err, "internal")
		wantCode(t, outs[1].Err, "internal") // no Render at all
		if outs[2].Err != nil || count(t, db, "payments") != 1 {
			t.Errorf("the mate: %+v", outs[2])
		}
		check(t, db)
	})
}

func TestRefusedBatchIsHalvedUntilTheCulpritIsAlone(t *testing.T) {
	culprits := map[string]cmd{
		"refused": run(func(u *Unit) (any, error) { // NULL where the table wants a value
			p := &tPayment{}
			p.ID = "pay_bad"
			payments.Create(u, p)
			u.Record(Event{Type: "payment.added", Aggregate: p.ID})
			return nil, nil
		}),
		"conflict": run(func(u *Unit) (any, error) { // a value that is said to be fresh and is not
			u.ClaimFresh("test", "taken", "somebody")
			u.Record(Event{Type: "x", Aggregate: "a", Version: 1})
			return nil, nil
		}),
	}
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		do(t, c, run(func(u *Unit) (any, error) { u.ClaimFresh("test", "taken", "first"); return nil, nil }))
		for name, culprit := range culprits {
			var cmds []cmd
			for i := range 13 {
				cmds = append(cmds, addPayment(fmt.Sprintf("pay_%s_%d", name, i), 1))
			}
			cmds[5] = culprit
			for i, out := range together(t, c, nil, cmds...) {
				if (out.Err != nil) != (i == 5) {
					t.Errorf("%s: command %d ended with %v", name, i, out.Err)
				}
			}
		}
		if n := count(t, db, "payments"); n != 24 {
			t.Errorf("%d payments, want 24", n)
		}
		if got := query[string](t, db, "SELECT owner FROM unique_keys WHERE value = 'taken'"); got != "first" {
			t.Errorf("the value went to %s", got)
		}
		check(t, db)
	})
}

func TestLoadThatBreaksTheOrderOfLocksRestartsWithTheUnion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		runs := 0
		do(t, c, run(func(u *Unit) (any, error) {
			runs++
			if _, err := u.Position("A", "L"); err != nil { // last in the order
				return nil, err
			}
			if _, _, err := payments.Find(u, "p"); err != nil { // before it: start again, with A and p
				return nil, err
			}
			if _, _, err := orders.Find(u, "o"); err != nil { // before both: start again, with all three
				return nil, err
			}
			return nil, nil
		}))
		if runs != 4 {
			t.Errorf("%d runs, want 4: nothing, A, A and p, all", runs)
		}
		runs = 0
		do(t, c, run(func(u *Unit) (any, error) { // in order: no attempt is lost
			runs++
			if _, _, err := orders.Find(u, "o"); err != nil {
				return nil, err
			}
			if _, _, err := payments.Find(u, "p"); err != nil {
				return nil, err
			}
			_, err := u.Position("A", "L")
			return nil, err
		}))
		if runs != 4 {
			t.Errorf("%d runs, want 4", runs)
		}
	})
}

// A command that hides what was missing must not decide without it.
func TestMissingCannotBeIgnored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		do(t, c, addPayment("pay_1", 7))
		got := do(t, c, run(func(u *Unit) (any, error) {
			p, err := payments.Get(u, "pay_1")
			if err != nil {
				return int64(-1), nil //nolint:nilerr // on purpose
			}
			return p.Amount, nil
		}))
		if got != int64(7) {
			t.Errorf("decided with %v", got)
		}
		_, err := Do(t.Context(), c, run(func(u *Unit) (any, error) {
			if _, err := payments.Get(u, "pay_1"); err != nil {
				return nil, errRule
			}
			return nil, nil
		}), Meta{})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestCommandThatAlwaysAsksForMoreIsStopped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		i := 0
		next := func() string { i++; return fmt.Sprint("pay_", i) }
		outs := together(t, c, nil, addPayment("pay_ok", 1),
			run(func(u *Unit) (any, error) { return payments.Get(u, next()) }),
			run(func(u *Unit) (any, error) { return u.Holder("test", next()) }))
		if outs[0].Err != nil {
			t.Error(outs[0].Err)
		}
		wantCode(t, outs[1].Err, "internal")
		wantCode(t, outs[2].Err, "internal")
		check(t, db)
	})
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		for round := range 20 {
			c := NewCommitter(db, Options{Kinds: kinds})
			var wg sync.WaitGroup
			var mu sync.Mutex
			done := 0
			for i := range 8 {
				wg.Go(func() {
					for k := 0; ; k++ {
						_, err := Do(context.Background(), c, addPayment(fmt.Sprintf("pay_%d_%d_%d", round, i, k), 1), Meta{})
						if errors.Is(err, ErrStopping) {
							return
						}
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						done++
						mu.Unlock()
					}
				})
			}
			c.Close()
			wg.Wait() // hangs if a command was queued that nobody runs
			c.Close() // may be called again
			if n := count(t, db, "payments WHERE id LIKE $1", fmt.Sprintf("pay_%d_%%", round)); n != int64(done) {
				t.Fatalf("%d payments, %d were acknowledged", n, done)
			}
		}
		check(t, db)
	})
}

func TestCloseRunsTheQueue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker, func(o *Options) { o.Queue = 2 })
		g := block(t, c)
		outs := make(chan error, 2)
		for i := range 2 {
			go func() {
				_, err := Do(context.Background(), c, addPayment(fmt.Sprint("pay_", i), 1), Meta{})
				outs <- err
			}()
		}
		for c.Waiting() < 2 {
			yield()
		}
		_, err := Do(t.Context(), c, addPayment("pay_more", 1), Meta{})
		wantCode(t, err, "busy")
		closed := make(chan struct{})
		go func() { c.Close(); close(closed) }()
		for !errors.Is(err, ErrStopping) {
			_, err = Do(t.Context(), c, addPayment("pay_more", 1), Meta{})
		}
		close(g.open)
		<-closed
		for range 2 {
			if err := <-outs; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestCanceledCallerDoesNotStopItsCommand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		g := block(t, c)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := Do(ctx, c, addPayment("pay_1", 1), Meta{})
			done <- err
		}()
		for c.Waiting() == 0 {
			yield()
		}
		cancel()
		wantCode(t, <-done, "timeout")
		close(g.open)
		do(t, c, addPayment("pay_2", 1))
		if n := count(t, db, "payments"); n != 2 {
			t.Errorf("%d payments, want 2", n)
		}
	})
}

func TestRanksAreChecked(t *testing.T) {
	for _, bad := range []*Spec{{Table: "a", Rank: 20}, {Table: "a", Rank: 2}, {Table: "a", Rank: 1000}} {
		func() {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, "rank") {
					t.Errorf("rank %d: %s", bad.Rank, p)
				}
			}()
			checkRanks([]*Spec{orders.Spec, bad})
		}()
	}
}
