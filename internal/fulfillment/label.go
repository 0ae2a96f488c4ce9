package fulfillment

import "ordo/internal/errs"

// Sticker is what a label says on its package.
type Sticker struct {
	Label          string
	Carrier        string
	TrackingNumber string
	WeightGrams    int64 // that it was bought for
}

// SetLabel notes the label of a package; an empty one takes it away. found is false where there is no such package: the
// label is for what is not packed yet.
func SetLabel(f *Fulfillment, pack string, s Sticker) (_ *Fulfillment, found bool) {
	c := clone(f)
	for i := range c.Packages {
		if p := &c.Packages[i]; p.ID == pack {
			p.Label, p.Carrier, p.TrackingNumber, p.LabelGrams = s.Label, s.Carrier, s.TrackingNumber, 0
			if s.Label != "" && p.WeightGrams > s.WeightGrams {
				p.LabelGrams = s.WeightGrams
			}
			return c, true
		}
	}
	return f, false
}

// Only returns the id of the package that holds everything, for a label that was bought for everything. More packages,
// or some of the units outside of it, are refused: such a label stands for one parcel (S1).
func Only(f *Fulfillment, label string) (string, error) {
	if len(f.Packages) == 1 && f.Stage() != Picking {
		return f.Packages[0].ID, nil
	}
	return "", errs.New(errs.Conflict, "label_active", "label %s is for one package with everything; pack it so, or void the label and buy one for each package", label).
		With("label", label)
}

// Carries reports whether a package has the tracking number: before it leaves, and for good once it has left.
func Carries(f *Fulfillment, tracking string) bool {
	for _, p := range f.Packages {
		if tracking != "" && p.TrackingNumber == tracking {
			return true
		}
	}
	return false
}
