package verify

import (
	"context"

	"ordo/internal/app"
	"ordo/internal/journal"
	"ordo/internal/jsonx"
	"ordo/internal/micros"
	"ordo/internal/payment"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/store"
)

// entry is a payment entry of the sandbox as Ordo has it.
type entry struct {
	key, order, payment string
	kind                payment.Kind
	state               payment.State
	amount              int64
	currency            string
	at                  micros.Time
	listed              bool
}

func (e *entry) name() string { return "payment " + e.payment }

// pair is an entry with the charge of the same key; one of them may be missing.
type pair struct {
	*entry
	charge *sandbox.Charge
}

// captures are the sums of one order on both sides.
type captures struct {
	ours   int64 // asked for and not refused
	theirs int64
}

// compareSandbox compares both sides of the payments. The snapshot is the older one: what the sandbox knows and the
// snapshot does not may have been asked for since.
func (v *run) compareSandbox(ctx context.Context, db store.DB) error {
	entries := make(map[string]*entry, len(v.total.entries))
	orders := map[string]*captures{}
	for _, e := range v.total.entries {
		entries[e.key] = e
		c := orders[e.order]
		if c == nil {
			c = &captures{}
			orders[e.order] = c
		}
		if e.kind == payment.Capture && e.state != payment.Failed {
			c.ours += e.amount
		}
	}
	unknown := map[string]*sandbox.Charge{}
	charges := v.total.of("sandbox.charges")
	err := v.opts.Sandbox.List(ctx, func(c sandbox.Charge) error {
		charges.rows++
		v.opts.Progress("sandbox", charges.rows, int64(len(entries)))
		e := entries[c.Key]
		if e == nil {
			unknown[c.Key] = &c
			return nil
		}
		e.listed = true
		v.checkPair(&pair{e, &c})
		if taken(&c) {
			orders[e.order].theirs += c.Amount
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := v.askedSince(ctx, db, unknown); err != nil {
		return err
	}
	for _, c := range unknown {
		charges.bad("charge "+c.Key, "%s %d %s has %s at the sandbox, Ordo has no such entry", c.Kind, c.Amount, c.Currency, c.State)
		if e := entries[c.Authorization]; e != nil && taken(c) {
			orders[e.order].theirs += c.Amount
		}
	}
	for _, e := range v.total.entries {
		if !e.listed {
			v.checkPair(&pair{entry: e})
		}
	}
	r := v.total.of("sandbox.captures")
	for id, c := range orders {
		r.rows++
		if c.theirs > c.ours {
			r.bad(orderName(id), "%d were captured at the sandbox, Ordo asked for %d", c.theirs, c.ours)
		}
	}
	return nil
}

func taken(c *sandbox.Charge) bool { return c.Kind == payment.Capture && c.State == payment.Succeeded }

func (v *run) checkPair(p *pair) {
	each(v, p.name(), p, func(c *check) func(*result, *pair) { return c.entry })
}

// sameCharge: an entry whose outcome Ordo does not know yet is on its way, whatever the sandbox says; that a job
// will find out is another check. A free order is authorized without asking anybody.
func sameCharge(r *result, p *pair) {
	c := p.charge
	switch {
	case p.state != payment.Succeeded && p.state != payment.Failed:
		r.waiting++
	case c == nil && (p.state == payment.Failed || p.amount == 0):
	case c == nil:
		r.bad(p.name(), "entry %s (%s %d) of order %s has succeeded, the sandbox does not know it", p.key, p.kind, p.amount, p.order)
	case p.state != c.State:
		r.bad(p.name(), "entry %s (%s %d) of order %s has %s, at the sandbox it is %s", p.key, p.kind, p.amount, p.order, p.state, c.State)
	case p.kind != c.Kind || p.amount != c.Amount || p.currency != c.Currency:
		r.bad(p.name(), "entry %s of order %s is %s %d %s, at the sandbox %s %d %s", p.key, p.order, p.kind, p.amount, p.currency, c.Kind, c.Amount, c.Currency)
	}
}

// sincePage is how many rows are read at once of what was written after the snapshot.
const sincePage = 200

// askedSince takes out of unknown what orders that changed after the snapshot have asked for. The intent is stored
// before the sandbox hears of it, so it must be there by now.
func (v *run) askedSince(ctx context.Context, db store.DB, unknown map[string]*sandbox.Charge) error {
	later := &run{db: queries{db}}
	for after := v.last.Seq; len(unknown) > 0; {
		rows, err := journal.After(ctx, db, after, sincePage)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].Seq
		var payments []string
		err = later.in(ctx, ordersOf(rows), func(r store.Row) error {
			var text string
			if err := r.Scan(&text); err != nil {
				return err
			}
			if o, err := app.Orders.Decode([]byte(text)); err == nil {
				payments = append(payments, o.Payments...)
			}
			return nil
		}, "SELECT doc FROM orders WHERE id IN (?)")
		if err != nil {
			return err
		}
		err = later.in(ctx, payments, func(r store.Row) error {
			var text string
			if err := r.Scan(&text); err != nil {
				return err
			}
			var p payment.Payment
			if jsonx.Unmarshal([]byte(text), &p) == nil {
				for _, e := range p.Entries {
					delete(unknown, e.ID)
				}
			}
			return nil
		}, "SELECT doc FROM payments WHERE id IN (?)")
		if err != nil {
			return err
		}
	}
	return nil
}

// queries lets a database be asked like a snapshot.
type queries struct{ store.DB }

// Do implements store.Reader; nobody calls it.
func (queries) Do(context.Context, ...*store.Stmt) error { panic("verify: not a snapshot") }
