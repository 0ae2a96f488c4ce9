package verify

import (
	"context"
	"errors"
	"maps"
	"slices"

	"ordo/internal/app"
	"ordo/internal/journal"
	parcels "ordo/internal/provider/carrier/sandbox"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/shipping"
	"ordo/internal/store"
)

// Parcels lists what the sandbox carrier knows, in the order of keys.
type Parcels interface {
	List(ctx context.Context, f func(parcels.Record) error) error
}

// noParcels is a carrier that was never asked.
type noParcels struct{}

func (noParcels) List(context.Context, func(parcels.Record) error) error { return nil }

// OpenSandboxes lets a run compare with the stores of both sandboxes beside the database, read-only. Where payments
// were never asked of the sandbox it returns sandbox.ErrNoStore; a carrier that was never asked knows nothing.
// Without an error the stores are open until done is called.
func (o *Options) OpenSandboxes(ctx context.Context, databaseURL string) (done func(), err error) {
	charges, err := sandbox.OpenReadOnly(ctx, databaseURL, sandbox.Options{})
	if err != nil {
		return nil, err
	}
	o.Sandbox = charges
	carrier, err := parcels.OpenReadOnly(ctx, databaseURL, parcels.Options{})
	switch {
	case errors.Is(err, parcels.ErrNoStore):
		o.Parcels = noParcels{}
		return charges.Close, nil
	case err != nil:
		charges.Close()
		return nil, err
	}
	o.Parcels = carrier
	return func() { carrier.Close(); charges.Close() }, nil
}

// attempt is what Ordo asked of the sandbox carrier, with the carrier's record of the same key; there may be none.
type attempt struct {
	shipping.Attempt
	label  *shipping.Label
	bought string // of a void: the key under which the label was bought
	record *parcels.Record
}

func (a *attempt) name() string { return labelName(a.label.ID) }

// attemptsOf are those of a label that was asked of the sandbox carrier.
func attemptsOf(l *shipping.Label) (out []*attempt) {
	bought := ""
	for _, a := range l.Attempts {
		if a.Kind == shipping.Buy && a.State == shipping.Succeeded {
			bought = a.ID
		}
	}
	for _, a := range l.Attempts {
		x := &attempt{Attempt: a, label: l}
		if a.Kind == shipping.Void {
			x.bought = bought
		}
		out = append(out, x)
	}
	return out
}

// compareParcels compares both sides of the labels. As with payments the snapshot is the older one.
func (v *run) compareParcels(ctx context.Context, db store.DB) error {
	asked := make(map[string]*attempt, len(v.attempts))
	for _, a := range v.attempts {
		asked[a.ID] = a
	}
	unknown := map[string]*parcels.Record{}
	void := map[string]bool{} // keys of labels that were given back
	r := v.total.of("sandbox.parcels")
	err := v.opts.Parcels.List(ctx, func(rec parcels.Record) error {
		r.rows++
		v.opts.Progress("sandbox carrier", r.rows, int64(len(asked)))
		if rec.Kind == shipping.Void && rec.State == shipping.Succeeded {
			void[rec.Bought] = true
		}
		if a := asked[rec.Key]; a != nil {
			a.record = &rec
		} else {
			unknown[rec.Key] = &rec
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := v.labeledSince(ctx, db, unknown); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(unknown)) {
		rec := unknown[key]
		r.bad("parcel "+key, "%s %s has %s at the sandbox carrier, Ordo has no such attempt", rec.Kind, rec.TrackingNumber, rec.State)
	}
	for _, a := range v.attempts {
		each(v, a.name(), a, func(c *check) func(*result, *attempt) { return c.attempt })
	}
	v.paidTwice(void)
	return nil
}

// paidTwice: what stands at the carrier is at most one label of each package, and one of a whole fulfillment order is
// of each of its packages.
func (v *run) paidTwice(void map[string]bool) {
	r := v.total.of("sandbox.packages")
	stand := map[string][]*attempt{} // by fulfillment order or return
	for _, a := range v.attempts {
		if a.Kind != shipping.Buy || a.record == nil || a.record.State != shipping.Succeeded {
			continue
		}
		r.rows++
		if void[a.ID] {
			continue
		}
		l := a.label
		for _, b := range stand[l.Subject()] {
			if shipping.SamePackage(l.Package, b.label.Package) {
				r.bad(a.name(), "package %s of %s was bought as %s and as %s at the sandbox carrier", l.Package, l.Subject(), b.ID, a.ID)
				break
			}
		}
		stand[l.Subject()] = append(stand[l.Subject()], a)
	}
}

// sameLabel: an attempt whose outcome Ordo does not know yet is on its way, as with payments. What was refused before
// the carrier was asked is unknown to it.
func sameLabel(r *result, a *attempt) {
	rec, l := a.record, a.label
	switch {
	case a.State != shipping.Succeeded && a.State != shipping.Failed:
		r.waiting++
	case rec == nil && a.State == shipping.Failed:
	case rec == nil:
		r.bad(a.name(), "attempt %s (%s) of order %s has succeeded, the sandbox carrier does not know it", a.ID, a.Kind, l.Order)
	case a.State != rec.State || a.Kind != rec.Kind:
		r.bad(a.name(), "attempt %s of order %s: %s has %s, at the sandbox carrier %s has %s", a.ID, l.Order, a.Kind, a.State, rec.Kind, rec.State)
	case a.Kind == shipping.Void && rec.Bought != a.bought:
		r.bad(a.name(), "attempt %s of order %s gives back label %s, at the sandbox carrier %s", a.ID, l.Order, a.bought, rec.Bought)
	case a.Kind == shipping.Buy && a.State == shipping.Succeeded && (rec.TrackingNumber != l.TrackingNumber || rec.Cost != l.Cost):
		r.bad(a.name(), "attempt %s of order %s bought %s for %s, at the sandbox carrier %s for %s", a.ID, l.Order, l.TrackingNumber, l.Cost, rec.TrackingNumber, rec.Cost)
	}
}

// labeledSince takes out of unknown what labels that changed after the snapshot have asked for. The intent is stored
// before the carrier hears of it, so it must be there by now.
func (v *run) labeledSince(ctx context.Context, db store.DB, unknown map[string]*parcels.Record) error {
	later := &run{db: queries{db}}
	for after := v.last.Seq; len(unknown) > 0; {
		rows, err := journal.After(ctx, db, after, sincePage)
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].Seq
		err = later.in(ctx, ordersOf(rows), func(r store.Row) error {
			var text string
			if err := r.Scan(&text); err != nil {
				return err
			}
			if l, err := app.Labels.Decode([]byte(text)); err == nil {
				for _, a := range l.Attempts {
					delete(unknown, a.ID)
				}
			}
			return nil
		}, "SELECT doc FROM labels WHERE order_id IN (?)")
		if err != nil {
			return err
		}
	}
	return nil
}

// ordersOf are the orders that rows speak of, each once.
func ordersOf(rows []journal.Row) (out []string) {
	for i := range rows {
		if kindOf(rows[i].Type) == "order" {
			out = append(out, rows[i].Aggregate)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
