package work

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"ordo/internal/pgtest"
	"ordo/internal/store"
	"ordo/internal/storetest"
)

func saveRef(k Kind[tRef, *tRef], id, name string) cmd {
	return run(func(u *Unit) (any, error) {
		v, ok, err := k.Find(u, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			v = &tRef{}
			v.ID = id
		}
		v.Name = name
		u.Record(Event{Type: k.What + ".saved", Aggregate: id, Body: v})
		return nil, k.Put(u, v)
	})
}

func refName(k Kind[tRef, *tRef], id string) cmd {
	return run(func(u *Unit) (any, error) {
		v, err := k.Ref(u, id)
		if err != nil || v == nil {
			return "none", err
		}
		return v.Name, nil
	})
}

func refNames(k Kind[tRef, *tRef]) cmd {
	return run(func(u *Unit) (any, error) {
		all, err := k.AllRefs(u)
		names := map[string]string{}
		for _, v := range all {
			names[v.ID] = v.Name
		}
		return fmt.Sprint(names), err
	})
}

func TestReferenceDataIsAsNewAsTheBatch(t *testing.T) {
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		for _, c := range []*Committer{a, b} { // both have looked, and know that it does not exist
			if do(t, c, refName(products, "P")) != "none" || do(t, c, refName(locations, "P")) != "none" {
				t.Error("there is something")
			}
		}
		for i := range 20 {
			name := fmt.Sprint("n", i)
			for _, k := range []Kind[tRef, *tRef]{products, locations} {
				do(t, []*Committer{a, b}[i%2], saveRef(k, "P", name))
				for _, c := range []*Committer{b, a} {
					if got := do(t, c, refName(k, "P")); got != name {
						t.Fatalf("%s is %v, want %s", k.What, got, name)
					}
				}
			}
			if got, want := do(t, b, refNames(locations)), fmt.Sprint(map[string]string{"P": name}); got != want {
				t.Errorf("all: %v, want %s", got, want)
			}
		}
	})
}

func TestReferenceDataChangedInTheSameBatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, oneWorker)
		do(t, c, saveRef(locations, "L0", "zero"))
		outs := together(t, c, nil,
			refName(products, "P"), saveRef(products, "P", "one"), refName(products, "P"), saveRef(products, "P", "two"), refName(products, "P"),
			saveRef(locations, "L0", "null"), saveRef(locations, "L1", "eins"), refNames(locations))
		want := []any{"none", nil, "one", nil, "two", nil, nil, "map[L0:null L1:eins]"}
		for i, out := range outs {
			if out.Err != nil || out.Value != want[i] {
				t.Errorf("%d: %v %v, want %v", i, out.Value, out.Err, want[i])
			}
		}
		if got := query[int64](t, db, "SELECT version - (SELECT rev FROM products) FROM catalog_head"); got != 0 {
			t.Errorf("rev and catalog are %d apart", got)
		}
		check(t, db)
	})
}

func TestReferenceDataMayBeCreated(t *testing.T) {
	twoProcesses(t, func(t *testing.T, a, b *Committer) {
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				_, err := Do[any](context.Background(), []*Committer{a, b}[i%2], run(func(u *Unit) (any, error) {
					l := &tRef{Name: "x"}
					l.ID = fmt.Sprint("L", i)
					locations.Create(u, l)
					u.Record(Event{Type: "location.saved", Aggregate: l.ID})
					return nil, nil
				}), Meta{})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, c := range []*Committer{a, b} {
			n := do(t, c, run(func(u *Unit) (any, error) { all, err := locations.AllRefs(u); return len(all), err }))
			if n != 40 {
				t.Errorf("one process knows %v of 40 locations", n)
			}
		}
	})
}

// What was acknowledged before a command was sent is seen by it, whatever both processes do, also with a cache that
// overflows all the time.
func TestReferenceDataIsNeverStale(t *testing.T) {
	for name, bound := range map[string]int{"roomy": 100, "tight": 3} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.New(t)
			var cs []*Committer
			for range 3 {
				c := committer(t, openDB(t, url))
				c.cache.bound = bound
				cs = append(cs, c)
			}
			var latest [8]atomic.Int64
			var wg sync.WaitGroup
			for w := range latest { // each product has one writer
				wg.Go(func() {
					for i := int64(1); i <= 20; i++ {
						if _, err := Do(context.Background(), cs[(w+int(i))%3], saveRef(products, fmt.Sprint("P", w), fmt.Sprint(i)), Meta{}); err != nil {
							t.Error(err)
						}
						latest[w].Store(i)
					}
				})
			}
			for r := range 12 {
				wg.Go(func() {
					for i := range 40 {
						w := (r + i) % len(latest)
						before := latest[w].Load()
						f := Do[any]
						if i%5 == 0 {
							f = DryRun[any]
						}
						got, err := f(context.Background(), cs[i%3], refName(products, fmt.Sprint("P", w)), Meta{})
						var n int64
						if got != "none" {
							_, _ = fmt.Sscan(got.(string), &n)
						}
						if err != nil || n < before {
							t.Errorf("P%d is %v, was %d before: %v", w, got, before, err)
						}
					}
				})
			}
			wg.Wait()
			check(t, cs[0].db)
		})
	}
}

func TestCacheTakesNoOlderReading(t *testing.T) {
	c := newRefCache(kinds)
	c.bound = 2
	k := products.Spec
	name := func(id string) any { v, _ := c.get(k, id); return v }
	// Read when the catalog was at 5; in the meantime another batch has seen 6, in which it changed.
	c.put(k, "P", "new", 6, 6)
	c.put(k, "P", "old", 4, 5)
	c.put(k, "P", nil, 0, 5)
	if name("P") != "new" {
		t.Errorf("P is %v", name("P"))
	}
	// A cold cache: what was read before it is first renewed may have missed the change that came with that.
	c = newRefCache(kinds)
	c.bound = 2
	c.put(k, "P", "old", 4, 0)
	c.forget(k, 6)
	c.advance(6)
	c.put(k, "P", "old", 4, 5)
	if _, known := c.get(k, "P"); known {
		t.Error("an old reading was kept")
	}
	c.put(k, "P", "new", 6, 6)
	c.put(k, "Q", "q", 6, 6)
	c.put(k, "R", "r", 6, 6) // overflow
	c.put(k, "P", "old", 4, 5)
	if _, known := c.get(k, "P"); known {
		t.Error("after an overflow an old reading was kept")
	}
	if name("R") != "r" {
		t.Error("the new one is gone")
	}
	if v, known := c.get(locations.Spec, "nowhere"); v != nil || !known {
		t.Error("a kind that is cached whole knows what does not exist")
	}
}

func TestReferenceKindMustBeGiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db store.DB) {
		c := committer(t, db, func(o *Options) { o.Kinds = kinds[:2] })
		_, err := Do(t.Context(), c, refName(locations, "L"), Meta{})
		wantCode(t, err, "internal")
	})
}
