package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/database"
	"ordo/internal/errs"
	"ordo/internal/journal"
	"ordo/internal/order"
	"ordo/internal/payment"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/storetest"
	"ordo/internal/work"
)

func TestClean(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		if rep := verified(t, url, Options{}); !rep.OK {
			t.Errorf("an empty database:\n%s", text(t, rep))
		}
		s.story()
		s.deliveries(t)
		last := int64(0)
		rep := verified(t, url, Options{Progress: func(_ string, done, _ int64) { last = done }})
		if !rep.OK {
			t.Errorf("not clean:\n%s", text(t, rep))
		}
		for _, c := range rep.Checks {
			if c.Rows == 0 || c.Warnings != 0 {
				t.Errorf("check %s looked at %d rows, %d warnings", c.Check, c.Rows, c.Warnings)
			}
		}
		if len(rep.Checks) != len(checks)-1 || last == 0 {
			t.Errorf("%d checks, progress until %d", len(rep.Checks), last)
		}
		head, err := s.app.Head(t.Context())
		if err != nil || rep.Head != FormatHead(head) || !strings.Contains(text(t, rep), "\nhead "+FormatHead(head)+"\n") {
			t.Errorf("head %s, not %s: %v", rep.Head, FormatHead(head), err)
		}
	})
}

// TestPages: a database of many pages, whose last one is not full.
func TestPages(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.stock(1_000_000, "A")
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 40 {
					p := placement("manual", "", line("A", 1))
					if out := s.app.Place(context.Background(), p, meta); out.Err != nil {
						t.Error(out.Err)
					}
				}
			})
		}
		wg.Wait()
		rep := verified(t, url, Options{})
		if !rep.OK || rep.rows("documents.orders") != 640 || rep.rows("payments.rules") != 640 || rep.rows("journal.chain") < 4*640 {
			t.Errorf("not all of it, or not clean:\n%s", text(t, rep))
		}
	})
}

func (rep *Report) rows(check string) int64 {
	for _, c := range rep.Checks {
		if c.Check == check {
			return c.Rows
		}
	}
	return -1
}

// TestExpectedHead: a tail that was cut off carefully, or a chain that was written anew, is found by the head that
// somebody noted, and by nothing else.
func TestExpectedHead(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.story()
		fresh := s.copies()
		noted := verified(t, fresh(t), Options{}).Head
		expect := func(t *testing.T, url, head string) *Report {
			h, err := ParseHead(head)
			if err != nil {
				t.Fatal(err)
			}
			return verified(t, url, Options{Expect: &h})
		}
		only := []string{"journal.expected"}
		for _, head := range []string{noted, "0:"} {
			if rep := expect(t, fresh(t), head); !rep.OK || rep.rows("journal.expected") != 1 {
				t.Errorf("the head %s is there:\n%s", head, text(t, rep))
			}
		}
		t.Run("cut off", func(t *testing.T) {
			url := fresh(t)
			h := newHurt(t, url, s.ids)
			h.exec("DELETE FROM journal WHERE seq = $1", h.last())
			h.exec("UPDATE stock_positions SET on_hand = on_hand + 4 WHERE sku = 'C' AND location = 'south'")
			rows, err := journal.After(t.Context(), h.db, h.last()-1, 1)
			if err != nil {
				t.Fatal(err)
			}
			h.exec("UPDATE journal_head SET seq = $1, at = $2, hash = $3", rows[0].Seq, int64(rows[0].At), rows[0].Hash)
			h.db.Close()
			if rep := verified(t, url, Options{}); !rep.OK {
				t.Errorf("found without the head:\n%s", text(t, rep))
			}
			if rep := expect(t, url, noted); !slices.Equal(rep.brokenChecks(), only) || !strings.Contains(text(t, rep), "is expected and not there") {
				t.Errorf("not found:\n%s", text(t, rep))
			}
		})
		t.Run("written anew", func(t *testing.T) {
			url := fresh(t)
			h := newHurt(t, url, s.ids)
			h.exec("UPDATE journal SET actor = 'somebody' WHERE seq = 3")
			h.chain()
			h.db.Close()
			if rep := verified(t, url, Options{}); !rep.OK {
				t.Errorf("found without the head:\n%s", text(t, rep))
			}
			if rep := expect(t, url, noted); !slices.Equal(rep.brokenChecks(), only) {
				t.Errorf("not found:\n%s", text(t, rep))
			}
		})
	})
}

func TestWarnings(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.story()
		url = s.copies()(t)
		h := newHurt(t, url, s.ids)
		h.exec("UPDATE jobs SET state = 'dead', last_error = 'nobody home' WHERE kind = 'payment'")
		h.db.Close()
		rep := verified(t, url, Options{})
		if out := text(t, rep); !rep.OK || !strings.Contains(out, "1 warning") || !strings.Contains(out, "nobody home") {
			t.Errorf("a dead job is a warning:\n%s", out)
		}
	})
}

// TestCannotCheck: verify never migrates, and does not judge what it does not know.
func TestCannotCheck(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		fresh := s.copies()
		for name, c := range map[string]struct{ sql, want string }{
			"older":   {"DELETE FROM schema_migrations", "has schema 0, this program checks schema"},
			"newer":   {"INSERT INTO schema_migrations (version) VALUES (999)", "has schema 999, this program knows"},
			"another": {"ALTER TABLE schema_migrations RENAME TO something_else", "no database of ordo"},
		} {
			url := fresh(t)
			h := newHurt(t, url, nil)
			if c.sql[0] == 'A' {
				h.write(stmt(c.sql))
			} else {
				h.exec(c.sql)
			}
			h.db.Close()
			rep, err := tryVerify(t, url, Options{})
			if rep != nil || err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, ErrSchema) != (name != "another") {
				t.Errorf("%s: %v", name, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		db, err := database.OpenReadOnly(ctx, fresh(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		cancel()
		if _, err := Run(ctx, db, Options{}); err == nil {
			t.Error("a run that was canceled has a report")
		}
	})
}

// TestBesideWriters: the snapshot is one moment, however much happens meanwhile, on both sides of the payments.
func TestBesideWriters(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.stock(300, "A", "B", "C")
		var stop atomic.Bool
		var wg sync.WaitGroup
		var done [4]atomic.Int64 // by what was done
		for g := range 16 {
			wg.Go(func() {
				for n := 0; !stop.Load(); n++ {
					if err := s.live(rand.New(rand.NewPCG(uint64(g), uint64(n))), g, n, &done); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		var rounds int
		for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline) || rounds < 5; rounds++ {
			if rep := verified(t, url, Options{}); !rep.OK {
				t.Errorf("round %d:\n%s", rounds, text(t, rep))
				break
			}
		}
		stop.Store(true)
		wg.Wait()
		if rep := verified(t, url, Options{}); !rep.OK {
			t.Errorf("in the end:\n%s", text(t, rep))
		}
		t.Logf("%d rounds beside %d placed, %d canceled, %d shipped, %d refused", rounds, done[0].Load(), done[1].Load(), done[2].Load(), done[3].Load())
	})
}

// live does one thing after the other to an order of its own. Refusals are part of life.
func (s *shop) live(r *rand.Rand, g, n int, done *[4]atomic.Int64) error {
	ctx := context.Background()
	provider, token := "manual", ""
	if r.IntN(4) == 0 {
		provider, token = "sandbox", []string{"tok_ok", "tok_ok", "tok_declined", "tok_timeout", "tok_error_500", "tok_ok_slow"}[r.IntN(6)]
	}
	p := placement(provider, token, line([]string{"A", "B", "C"}[r.IntN(3)], 1+int64(r.IntN(3))))
	if r.IntN(3) == 0 {
		p.ExternalID = fmt.Sprintf("ext-%d-%d", g, n)
	}
	m := meta
	if token != "tok_timeout" && r.IntN(2) == 0 {
		m = key(fmt.Sprintf("%d-%d", g, n))
	}
	refused := func(out work.Outcome) error {
		if errs.ClassOf(out.Err) == errs.Conflict {
			done[3].Add(1)
			return nil
		}
		return out.Err
	}
	out := s.app.Place(ctx, p, m)
	if out.Err != nil {
		_, err := s.app.Stock(ctx, app.PositionFilter{Limit: 10})
		return errors.Join(err, refused(out))
	}
	done[0].Add(1)
	id := orderID(out)
	if id == "" {
		return nil // declined
	}
	switch r.IntN(3) {
	case 0:
		done[1].Add(1)
		return refused(s.app.Cancel(ctx, id, "customer", meta))
	case 1:
		done[2].Add(1)
		for _, step := range []string{"release", "ship", "deliver"} {
			v, err := s.app.Order(ctx, id)
			if err != nil {
				return err
			}
			for _, f := range v.Fulfillments {
				if err := refused(s.app.Fulfill(ctx, app.Fulfill{Fulfillment: f.ID, Step: step, Tracking: "T"}, meta)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func orderID(out work.Outcome) string {
	if v, ok := out.Value.(*app.OrderView); ok && v != nil {
		return v.Order.ID
	}
	if out.Answer != nil && out.Answer.Status == 201 {
		id, _ := field(string(out.Answer.Body), "id").(string)
		return id
	}
	return ""
}

// late lists what the sandbox knows after something more has happened there.
type late struct {
	Charges
	happen func()
}

func (l late) List(ctx context.Context, f func(sandbox.Charge) error) error {
	l.happen()
	return l.Charges.List(ctx, f)
}

// TestChargedSince: what was asked for after the snapshot is no stranger.
func TestChargedSince(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.stock(10, "A")
		s.place("before", placement("sandbox", "tok_ok", line("A", 1)))
		s.settle(0)
		rep, err := Run(t.Context(), s.db, Options{Sandbox: late{s.sandbox, func() {
			s.place("since", placement("sandbox", "tok_ok", line("A", 1)))
			s.step("before", "release", "ship")
			s.settle(0)
		}}})
		if err != nil || !rep.OK || rep.rows("sandbox.charges") != 3 || rep.rows("sandbox.entries") != 1 {
			t.Errorf("%v\n%s", err, text(t, rep))
		}
	})
}

func TestOvercharged(t *testing.T) {
	entry := func(kind payment.Kind, state payment.State) payment.Entry {
		return payment.Entry{ID: string(kind), Kind: kind, State: state, Amount: 500}
	}
	for name, c := range map[string]struct {
		total, granted   int64
		refund           []payment.Entry
		broken, warnings int64
	}{
		"worth it":           {total: 500},
		"too much":           {total: 400, broken: 1},
		"granted, not given": {total: 500, granted: 100, broken: 1},
		"granted and given":  {total: 500, granted: 500, refund: []payment.Entry{entry(payment.Refund, payment.Succeeded)}},
		"granted, failed":    {total: 500, granted: 100, refund: []payment.Entry{entry(payment.Refund, payment.Failed)}, warnings: 1},
		"disputed":           {refund: []payment.Entry{entry(payment.Chargeback, payment.Succeeded)}},
		"refunded":           {refund: []payment.Entry{entry(payment.Refund, payment.Succeeded)}},
		"refund under way":   {refund: []payment.Entry{entry(payment.Refund, payment.Requested)}},
		"refund failed":      {refund: []payment.Entry{entry(payment.Refund, payment.Failed)}, warnings: 1},
	} {
		p := &paymentRow{}
		p.doc = &payment.Payment{Entries: append([]payment.Entry{entry(payment.Capture, payment.Succeeded)}, c.refund...)}
		f := &file{payments: []*paymentRow{p}}
		f.doc = &order.Order{Totals: order.Totals{GrandTotal: c.total}}
		if c.granted > 0 {
			f.doc.Grants = []order.Grant{{ID: "g", Amount: c.granted}}
		}
		var r result
		overcharged(&r, f)
		if r.broken != c.broken || r.warnings != c.warnings {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestNextVersion(t *testing.T) {
	for _, c := range []struct {
		before, beforeSeq, version, seq int64
		ok                              bool
	}{
		{0, 0, 1, 7, true},
		{0, 0, 0, 7, false},
		{0, 0, 2, 7, false},
		{1, 7, 1, 8, true},
		{1, 7, 1, 9, false}, // another command came between
		{1, 7, 2, 9, true},
		{2, 9, 4, 10, false},
		{2, 9, 1, 10, false},
	} {
		if text := nextVersion(c.before, c.beforeSeq, c.version, c.seq); (text == "") != c.ok {
			t.Errorf("%+v: %q", c, text)
		}
	}
}

func TestHeads(t *testing.T) {
	hash := bytes.Repeat([]byte{0xab}, 32)
	for _, h := range []journal.Head{{Seq: 12, Hash: hash}, {}} {
		got, err := ParseHead(FormatHead(h))
		if err != nil || got.Seq != h.Seq || !bytes.Equal(got.Hash, h.Hash) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, s := range []string{"", "12", "12:", "12:ab", "x:" + strings.Repeat("ab", 32), "-1:" + strings.Repeat("ab", 32), "0:" + strings.Repeat("ab", 32), "12:" + strings.Repeat("zz", 32)} {
		if _, err := ParseHead(s); err == nil {
			t.Errorf("%q is no head", s)
		}
	}
}

func TestPipelineKeepsTheOrder(t *testing.T) {
	n, want := 0, 0
	read := func(context.Context) (int, bool, error) { n++; return n, n <= 100, nil }
	work := func(i int) int { time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond); return i }
	take := func(i int) {
		if want++; i != want {
			t.Errorf("%d came as number %d", i, want)
		}
	}
	if err := pipeline(t.Context(), read, work, take); err != nil || want != 100 {
		t.Errorf("%d pages, %v", want, err)
	}
	broken := errors.New("broken")
	err := pipeline(t.Context(), func(context.Context) (int, bool, error) { return 0, false, broken }, work, take)
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestGuard: a rule that panics on data it was never meant to see is a finding, not the end.
func TestGuard(t *testing.T) {
	var r result
	guard(&r, "order x", func() { var o *order.Order; o.Line("1") })
	if r.broken != 1 || r.findings[0].row != "order x" {
		t.Errorf("%+v", r)
	}
}

func TestReport(t *testing.T) {
	rep := &Report{Database: "SQLite 3", Head: "2:abcd", Rows: 1234567, Seconds: 1.25, Checks: []Result{
		{Check: "jobs", Rule: "W1", Says: "Jobs can be read.", Rows: 1234567, Warnings: 1, Waiting: 3, Warned: []Finding{{"job 1", "is dead"}}},
		{Check: "keys", Rule: "D3", Says: "Keys have owners.", Rows: 12, Broken: 2000, Findings: []Finding{{"key a", "is lost"}, {"key b", "is lost"}}},
	}}
	want := `check                  rule                   rows  result
jobs                   W1                1,234,567  ok, 1 warning, 3 on the way
keys                   D3                       12  2,000 BROKEN

jobs: Jobs can be read.
  1 row to look at:
  job 1 is dead

keys: Keys have owners.
  2,000 rows broken, the first:
  key a is lost

2 checks, 1,234,567 tests on SQLite 3 in 1.2 s: 2,000 rows broken
head 2:abcd
`
	if got := text(t, rep); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
