package work

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"ordo/internal/store"
	"ordo/internal/storetest"
)

func TestSameKeyTwiceIsOneEffect(t *testing.T) {
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		for i := range 50 {
			meta := Meta{Key: key(fmt.Sprint("k", i)), Render: render}
			var outs [4]Outcome
			var wg sync.WaitGroup
			for w := range outs {
				wg.Go(func() { // each attempt would say something else
					outs[w] = Submit[any](context.Background(), []*Committer{a, b}[w%2], addPayment(fmt.Sprintf("pay_%d_%d", i, w), 1), meta)
				})
			}
			wg.Wait()
			first := 0
			for _, out := range outs {
				if out.Err != nil || out.Answer == nil || string(out.Answer.Body) != string(outs[0].Answer.Body) || out.Answer.Status != 201 {
					t.Fatalf("key %d: %+v", i, out)
				}
				if !out.Replayed {
					first++
				}
			}
			if first != 1 {
				t.Fatalf("key %d: %d were told that they are the first", i, first)
			}
		}
		if n := count(t, a.db, "payments"); n != 50 {
			t.Errorf("%d payments, want 50", n)
		}
	})
}

func TestReplayInOneBatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		other := key("k")
		other.Fingerprint[0]++
		metas := []Meta{
			{Key: key("k"), Render: render},
			{Key: key("k"), Render: render},
			{Key: other, Render: render},
			{Key: &Key{Scope: "another", Value: "k"}, Render: render},
		}
		outs := together(t, c, metas, addPayment("pay_1", 1), addPayment("pay_2", 1), addPayment("pay_3", 1), addPayment("pay_4", 1))
		if outs[0].Replayed || string(outs[0].Answer.Body) != "pay_1" || outs[0].Value != "pay_1" {
			t.Errorf("first: %+v", outs[0])
		}
		if !outs[1].Replayed || string(outs[1].Answer.Body) != "pay_1" {
			t.Errorf("second: %+v", outs[1])
		}
		wantCode(t, outs[2].Err, "idempotency_conflict")
		if outs[3].Err != nil || outs[3].Replayed {
			t.Errorf("the same key of somebody else: %+v", outs[3])
		}
		out := Submit[any](t.Context(), c, addPayment("pay_5", 1), metas[0])
		if !out.Replayed || string(out.Answer.Body) != "pay_1" || out.Answer.Status != 201 {
			t.Errorf("later: %+v", out)
		}
		out = Submit[any](t.Context(), c, addPayment("pay_5", 1), metas[2])
		wantCode(t, out.Err, "idempotency_conflict")
		check(t, db)
	})
}

func TestRefusalsAreNotStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db)
		refuse := true
		cm := run(func(u *Unit) (any, error) {
			if refuse {
				return nil, errRule
			}
			return addPayment("pay_1", 1).run(u)
		})
		meta := Meta{Key: key("k"), Render: render}
		for range 2 {
			if out := Submit[any](t.Context(), c, cm, meta); !errors.Is(out.Err, errRule) || out.Replayed {
				t.Errorf("%+v", out)
			}
		}
		refuse = false
		if out := Submit[any](t.Context(), c, cm, meta); out.Err != nil || out.Replayed {
			t.Errorf("judged anew: %+v", out)
		}
		// What wrote nothing has nothing to repeat.
		out := Submit[any](t.Context(), c, run(func(*Unit) (any, error) { return 1, nil }), Meta{Key: key("k2"), Render: render})
		if out.Err != nil || out.Answer != nil || count(t, db, "idempotency") != 1 {
			t.Errorf("%+v", out)
		}
	})
}

func TestAnswerLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		meta := Meta{Key: key("k"), Render: render}
		later := run(func(u *Unit) (any, error) {
			u.AnswerLater("pay_1")
			return addPayment("pay_1", 1).run(u)
		})
		if out := Submit[any](t.Context(), c, later, meta); !out.InFlight || out.Subject != "pay_1" || out.Answer != nil || out.Value != "pay_1" {
			t.Fatalf("first: %+v", out)
		}
		if out := Submit[any](t.Context(), c, later, meta); !out.InFlight || out.Subject != "pay_1" || out.Replayed {
			t.Fatalf("again while it runs: %+v", out)
		}
		closer := func(body string) cmd {
			return run(func(u *Unit) (any, error) {
				return u.CloseAnswer(meta.Key.ID(), Answer{Status: 202, Body: []byte(body)})
			})
		}
		outs := together(t, c, nil, closer("one"), closer("two"))
		if outs[0].Value != true || outs[1].Value != false {
			t.Errorf("closed by both: %+v", outs)
		}
		if do(t, c, closer("three")) != false {
			t.Error("closed again")
		}
		out := Submit[any](t.Context(), c, later, meta)
		if !out.Replayed || out.InFlight || out.Subject != "pay_1" || out.Answer.Status != 202 || string(out.Answer.Body) != "one" {
			t.Errorf("after: %+v", out)
		}
		if do(t, c, run(func(u *Unit) (any, error) { return u.CloseAnswer(key("unknown").ID(), Answer{}) })) != false {
			t.Error("closed an answer that nobody waits for")
		}
		check(t, db)
	})
}

// Opened and closed in one batch; then two processes race to close.
func TestFirstCloserWins(t *testing.T) {
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		for i := range 10 {
			k := key(fmt.Sprint("k", i))
			Submit[any](t.Context(), a, run(func(u *Unit) (any, error) {
				u.AnswerLater("s")
				return addPayment(fmt.Sprint("pay_", i), 1).run(u)
			}), Meta{Key: k, Render: render})
			var wg sync.WaitGroup
			var mu sync.Mutex
			var winners []string
			for w := range 4 {
				wg.Go(func() {
					won, err := Do[any](context.Background(), []*Committer{a, b}[w%2], run(func(u *Unit) (any, error) {
						return u.CloseAnswer(k.ID(), Answer{200, fmt.Append(nil, w)})
					}), Meta{})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					if won == true {
						winners = append(winners, fmt.Sprint(w))
					}
				})
			}
			wg.Wait()
			out := Submit[any](t.Context(), b, addPayment("no", 1), Meta{Key: k})
			if len(winners) != 1 || out.Answer == nil || string(out.Answer.Body) != winners[0] {
				t.Errorf("winners %v, answer %+v", winners, out)
			}
		}
	})
}

func TestNumbersAreUnique(t *testing.T) {
	number := cmd{func(n *Needs) { n.Numbers(2) }, func(u *Unit) (any, error) {
		one, err := u.OrderNumber()
		if err != nil {
			return nil, err
		}
		two, err := u.OrderNumber()
		if err != nil {
			return nil, err
		}
		for _, n := range []string{one, two} {
			if _, ok, err := u.Claim("number", n, "x"); err != nil || !ok {
				return nil, fmt.Errorf("number %s was given twice: %w", n, err)
			}
		}
		u.Record(Event{Type: "x", Aggregate: "number" + one, Version: 1})
		return nil, nil
	}}
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		var wg sync.WaitGroup
		for w := range 16 {
			wg.Go(func() {
				for range 20 {
					if _, err := Do[any](context.Background(), []*Committer{a, b}[w%2], number, Meta{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, a.db, "unique_keys"); n != 640 {
			t.Errorf("%d numbers, want 640", n)
		}
	})
}

func TestNumbersSurviveRetries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		var given []string
		take := func(end error) cmd {
			return cmd{func(n *Needs) { n.Numbers(1) }, func(u *Unit) (any, error) {
				n, err := u.OrderNumber()
				if err != nil {
					return nil, err
				}
				given = append(given, n)
				if _, err := u.Positions("A"); err != nil { // on demand: the command runs twice
					return nil, err
				}
				return n, end
			}}
		}
		if got := do(t, c, take(nil)); got != "1001" || given[0] != "1001" || len(given) != 2 {
			t.Errorf("the runs of one command took %v", given)
		}
		if _, err := Do[any](t.Context(), c, take(errRule), Meta{}); !errors.Is(err, errRule) {
			t.Error(err)
		}
		if got := do(t, c, take(nil)); got != "1002" {
			t.Errorf("a command that failed kept its number: the next is %v", got)
		}
		outs := together(t, c, nil, take(nil), take(errRule), take(nil))
		if outs[0].Value != "1003" || outs[2].Value != "1004" {
			t.Errorf("numbers %v and %v", outs[0].Value, outs[2].Value)
		}
		bad := cmd{func(n *Needs) { n.Numbers(1) }, func(u *Unit) (any, error) {
			if _, err := u.OrderNumber(); err != nil {
				return nil, err
			}
			u.ClaimFresh("fresh", "x", "y")
			payments.Create(u, &tPayment{}) // refused by the database
			return nil, nil
		}}
		outs = together(t, c, nil, bad, take(nil))
		wantCode(t, outs[0].Err, "internal")
		if outs[1].Value != "1005" {
			t.Errorf("after a refused batch: %v", outs[1].Value)
		}
	})
}

func TestNumbersAreOnlyThoseNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		greedy := run(func(u *Unit) (any, error) { return u.OrderNumber() })
		honest := cmd{func(n *Needs) { n.Numbers(1) }, greedy.run}
		outs := together(t, c, nil, greedy, honest)
		wantCode(t, outs[0].Err, "internal")
		if outs[1].Err != nil {
			t.Errorf("its number was taken by a batch-mate: %v", outs[1].Err)
		}
	})
}

func TestUnusedNumbersAreGivenBack(t *testing.T) {
	nb := &numberBlocks{free: []span{{5, 9}, {20, 22}}}
	set, err := nb.take(t.Context(), 6)
	if err != nil || fmt.Sprint(set.numbers) != "[5 6 7 8 20 21]" {
		t.Fatal(set, err)
	}
	set.used = 3
	nb.giveBack(set)
	nb.giveBack(&numberSet{})
	if got := fmt.Sprint(nb.free); got != "[{8 9} {20 22}]" {
		t.Errorf("free: %s", got)
	}
	set, _ = nb.take(t.Context(), 2)
	set.used = 1
	nb.giveBack(set)
	if got := fmt.Sprint(nb.free); got != "[{20 22}]" {
		t.Errorf("free: %s", got)
	}
}

// An answer that is there when it is looked for may be forgotten before it is given: that says so, and does nothing.
func TestForgottenAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		meta := Meta{Key: key("k"), Render: render}
		if out := Submit[any](t.Context(), c, addPayment("pay_1", 1), meta); out.Err != nil {
			t.Fatal(out.Err)
		}
		again, err := Replayed[any](t.Context(), db, meta)
		if err != nil || again == nil {
			t.Fatalf("%v, %v", again, err)
		}
		if err := store.Write(t.Context(), db, func(tx store.Tx) error {
			return tx.Do(t.Context(), &store.Stmt{SQL: "DELETE FROM idempotency", Want: store.AnyRows})
		}); err != nil {
			t.Fatal(err)
		}
		wantCode(t, Submit(t.Context(), c, again, meta).Err, "answer_forgotten")
		if n := count(t, db, "payments"); n != 1 {
			t.Errorf("%d payments, want 1", n)
		}
	})
}
