package fulfillment

// SetLabel notes the label of a package with its carrier and tracking number; empty ones take them away. found is false
// where there is no such package: the label is for what is not packed yet.
func SetLabel(f *Fulfillment, pack, label, carrier, tracking string) (_ *Fulfillment, found bool) {
	c := clone(f)
	for i := range c.Packages {
		if p := &c.Packages[i]; p.ID == pack {
			p.Label, p.Carrier, p.TrackingNumber = label, carrier, tracking
			return c, true
		}
	}
	return f, false
}
