package fulfillment

import (
	"fmt"
	"slices"

	"ordo/internal/micros"
)

// Risk is a reason to believe that the customer gets it too late, as it was found. It is told once: what became of it
// shows in the tracking.
type Risk struct {
	Cause string      `json:"cause"`
	Label string      `json:"label,omitzero"` // of the parcel; "" for all of the fulfillment order
	At    micros.Time `json:"at"`
}

// AddRisks returns the fulfillment order with the risks that it does not have yet, and those.
func AddRisks(f *Fulfillment, found []Risk) (after *Fulfillment, fresh []Risk) {
	for _, r := range found {
		if !slices.ContainsFunc(append(f.Risks, fresh...), func(have Risk) bool { return have.Cause == r.Cause && have.Label == r.Label }) {
			fresh = append(fresh, r)
		}
	}
	if len(fresh) == 0 {
		return f, nil
	}
	c := *f
	c.Risks = slices.Concat(f.Risks, fresh)
	return &c, fresh
}

// Waited reports whether the customer still waits for it.
func (f *Fulfillment) Waited() bool { return f.Active() || f.Stage() == Shipped }

func checkRisks(f *Fulfillment) error {
	for i, r := range f.Risks {
		if slices.ContainsFunc(f.Risks[:i], func(have Risk) bool { return have.Cause == r.Cause && have.Label == r.Label }) {
			return fmt.Errorf("F6: fulfillment order %s has risk %s of %q twice", f.ID, r.Cause, r.Label)
		}
	}
	return nil
}
