package work

import (
	"errors"
	"testing"

	"ordo/internal/errs"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func TestVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		_, err := Do[any](t.Context(), c, run(func(u *Unit) (any, error) { return payments.Get(u, "pay_1") }), Meta{})
		wantCode(t, err, "not_found")
		do(t, c, addPayment("pay_1", 5))
		change := func(times int) cmd {
			return run(func(u *Unit) (any, error) {
				for range times {
					p, err := payments.Get(u, "pay_1")
					if err != nil {
						return nil, err
					}
					if err := u.CheckVersion("payment", p.Version); err != nil {
						return nil, err
					}
					p.Amount++
					if err := payments.Put(u, p); err != nil {
						return nil, err
					}
				}
				u.Record(Event{Type: "payment.saved", Aggregate: "pay_1"}, Event{Type: "payment.noted", Aggregate: "pay_1"})
				return nil, nil
			})
		}
		do(t, c, change(1), Meta{ExpectedVersion: 1})
		_, err = Do[any](t.Context(), c, change(1), Meta{ExpectedVersion: 1})
		wantCode(t, err, "version_mismatch")
		if e := errs.As(err); e == nil || e.Fields["current_version"] != int64(2) {
			t.Errorf("%+v", e)
		}
		do(t, c, change(3)) // puts three times, one version
		outs := together(t, c, nil, change(1), change(1))
		if outs[0].Err != nil || outs[1].Err != nil {
			t.Error(outs)
		}
		p := do(t, c, run(func(u *Unit) (any, error) { return payments.Get(u, "pay_1") })).(*tPayment)
		if p.Version != 5 || p.Amount != 11 || p.Order != "o" {
			t.Errorf("%+v", p)
		}
		if v := query[int64](t, db, "SELECT version FROM payments"); v != 5 {
			t.Errorf("column version is %d", v)
		}
		check(t, db)
	})
}

func TestCreateAndChangeInOneBatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		more := run(func(u *Unit) (any, error) {
			p, err := payments.Get(u, "pay_1")
			if err != nil {
				return nil, err
			}
			p.Amount++
			u.Record(Event{Type: "payment.saved", Aggregate: "pay_1"})
			return nil, payments.Put(u, p)
		})
		for i, out := range together(t, c, nil, addPayment("pay_1", 1), more, more) {
			if out.Err != nil {
				t.Errorf("%d: %v", i, out.Err)
			}
		}
		check(t, db)
	})
}

func TestColumnsOfTheWrongTypeStayWithTheirCommand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		wrong := NewKind[tPayment](Spec{Table: "payments", What: "payment", Rank: 30, Cols: payments.Cols}, func(*tPayment) []any { return []any{1} })
		c := committer(t, db, oneWorker)
		outs := together(t, c, nil, addPayment("pay_1", 1), run(func(u *Unit) (any, error) {
			p := &tPayment{}
			p.ID = "pay_2"
			return nil, wrong.Put(u, p)
		}))
		if outs[0].Err != nil {
			t.Error(outs[0].Err)
		}
		wantCode(t, outs[1].Err, "internal")
	})
}

func TestFreeAndClaim(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		claim := func(owner string) cmd {
			return run(func(u *Unit) (any, error) {
				holder, ok, err := u.Claim("s", "v", owner)
				if err == nil && !ok {
					return holder, errRule
				}
				return nil, err
			})
		}
		free := run(func(u *Unit) (any, error) { return nil, u.Free("s", "v") })
		both := func(owner string) cmd {
			return run(func(u *Unit) (any, error) {
				if err := u.Free("s", "v"); err != nil {
					return nil, err
				}
				return claim(owner).run(u)
			})
		}
		owner := func() string { return query[string](t, db, "SELECT owner FROM unique_keys WHERE value = 'v'") }
		do(t, c, claim("a"))
		do(t, c, both("b")) // freed and taken by one command
		if owner() != "b" {
			t.Errorf("owner %s, want b", owner())
		}
		for i, out := range together(t, c, nil, free, claim("c"), both("d"), free, claim("e")) { // and by one batch
			if out.Err != nil {
				t.Errorf("%d: %v", i, out.Err)
			}
		}
		if owner() != "e" {
			t.Errorf("owner %s, want e", owner())
		}
		outs := together(t, c, nil, free, free, claim("f"), claim("g"), free)
		if !errors.Is(outs[3].Err, errRule) || count(t, db, "unique_keys") != 0 {
			t.Errorf("%+v", outs)
		}
		fresh := run(func(u *Unit) (any, error) { u.ClaimFresh("s", "twice", "x"); return nil, nil })
		outs = together(t, c, nil, fresh, fresh)
		if outs[0].Err != nil || outs[1].Err == nil {
			t.Errorf("claimed twice in one batch: %+v", outs)
		}
	})
}
