package verify

import (
	"context"
	"testing"
	"time"

	"ordo/internal/app"
	"ordo/internal/doc"
	parcels "ordo/internal/provider/carrier/sandbox"
	"ordo/internal/shipping"
	"ordo/internal/storetest"
)

// parcelStory buys labels of the sandbox carrier: one to keep, one that is given back and bought again, one that is
// refused, and one whose outcome stays open.
func (s *shop) parcelStory() {
	s.t.Helper()
	ctx := s.t.Context()
	s.shipFrom()
	sand := &shipping.Carrier{Meta: doc.Meta{ID: "sand"}, Name: "Sand", Provider: shipping.Sandbox, Active: true, Services: []shipping.Service{{Code: "std", Name: "Standard", TransitDays: 2}}}
	s.must(second(s.app.SaveCarrier(ctx, sand, meta)))
	buy := func(ctx context.Context, name string) {
		s.must(s.app.BuyLabel(ctx, app.LabelRequest{Fulfillment: s.view(name).Fulfillments[0].ID, Carrier: "sand"}, meta).Err)
	}
	for name, postal := range map[string]string{"parcel": "SW1Y 4JH", "parcel bought again": "SW1Y 4JH", "parcel refused": "00002", "parcel unsure": "00001"} {
		p := placement("manual", "", line("L", 1))
		p.ShippingAddress.PostalCode = postal
		s.place(name, p)
		s.step(name, "release")
	}
	buy(ctx, "parcel")
	s.labelIs("parcel", 0, shipping.Labeled)
	buy(ctx, "parcel bought again")
	s.labelIs("parcel bought again", 0, shipping.Labeled)
	s.must(s.app.Void(ctx, s.view("parcel bought again").Labels[0].ID, meta).Err)
	s.labelIs("parcel bought again", 0, shipping.Voided)
	buy(ctx, "parcel bought again")
	s.labelIs("parcel bought again", 1, shipping.Labeled)
	buy(ctx, "parcel refused")
	s.labelIs("parcel refused", 0, shipping.LabelFailed)
	s.unsure("parcel unsure")
}

// unsure buys a label whose outcome stays open. The request gives up when its caller does.
func (s *shop) unsure(name string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	ful := s.view(name).Fulfillments[0].ID
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.app.BuyLabel(ctx, app.LabelRequest{Fulfillment: ful, Carrier: "sand"}, meta)
	}()
	for asked := false; !asked; time.Sleep(5 * time.Millisecond) {
		s.must(s.parcels.List(ctx, func(r parcels.Record) error { asked = asked || r.State == shipping.Pending; return nil }))
	}
	cancel()
	<-done
}

func init() {
	damages = append(damages, []damage{
		{"the sandbox carrier does not know a label", func(h *hurt) {
			h.parcels("DELETE FROM parcels WHERE key = '" + h.attempt("parcel", 0) + "'")
		}, []string{"sandbox.labels"}, "label lbl_"},
		{"the sandbox carrier has refused what Ordo believes bought", func(h *hurt) {
			h.parcels("UPDATE parcels SET state = 'failed' WHERE key = '" + h.attempt("parcel", 0) + "'")
		}, []string{"sandbox.labels"}, "label lbl_"},
		{"the sandbox carrier sold what Ordo believes refused", func(h *hurt) {
			h.parcels("UPDATE parcels SET state = 'succeeded' WHERE key = '" + h.attempt("parcel refused", 0) + "'")
		}, []string{"sandbox.labels"}, "label lbl_"},
		{"the sandbox carrier asks for another amount", func(h *hurt) {
			h.parcels("UPDATE parcels SET cost = cost + 1 WHERE key = '" + h.attempt("parcel", 0) + "'")
		}, []string{"sandbox.labels"}, "label lbl_"},
		{"the sandbox carrier has another parcel under a number", func(h *hurt) {
			h.parcels("UPDATE parcels SET tracking = 'SBX1' WHERE key = '" + h.attempt("parcel", 0) + "'")
		}, []string{"sandbox.labels"}, "label lbl_"},
		{"a label was given back here only, and bought again", func(h *hurt) {
			h.parcels("UPDATE parcels SET state = 'failed' WHERE key = '" + h.attempt("parcel bought again", 1) + "'")
		}, []string{"sandbox.labels", "sandbox.packages"}, "label lbl_"},
		{"another label was given back at the sandbox carrier", func(h *hurt) {
			h.parcels("UPDATE parcels SET parent = 'lba_x' WHERE key = '" + h.attempt("parcel bought again", 1) + "'")
		}, []string{"sandbox.labels", "sandbox.packages"}, "label lbl_"},
		{"a label was given back at the sandbox carrier only", func(h *hurt) {
			h.parcels("INSERT INTO parcels SELECT 'lba_x', 'void', carrier, key, state, reason, fault, tracking, ref, currency, hash, cost, created_at, resolves_at, calls, advanced, paper FROM parcels WHERE key = '" + h.attempt("parcel", 0) + "'")
		}, []string{"sandbox.parcels"}, "parcel lba_x"},
		{"a label was bought a second time under a new key", func(h *hurt) {
			h.parcels("INSERT INTO parcels SELECT 'lba_x', kind, carrier, parent, state, reason, fault, tracking, ref, currency, hash, cost, created_at, resolves_at, calls, advanced, paper FROM parcels WHERE key = '" + h.attempt("parcel", 0) + "'")
		}, []string{"sandbox.parcels"}, "parcel lba_x"},
	}...)
}

// attempt is the key of the n-th attempt of an order's first label.
func (h *hurt) attempt(order string, n int) (id string) {
	h.t.Helper()
	h.edited(h.text("SELECT doc FROM labels WHERE id = $1", h.part("labels", order)), func(m dict) { id = list(m, "attempts", n)["id"].(string) })
	return id
}

// lateParcels lists what the sandbox carrier knows after something more has happened there.
type lateParcels struct {
	Parcels
	happen func()
}

func (l lateParcels) List(ctx context.Context, f func(parcels.Record) error) error {
	l.happen()
	return l.Parcels.List(ctx, f)
}

// TestLabeledSince: what was asked for after the snapshot is no stranger, and what is given back and bought again
// meanwhile was not bought twice.
func TestLabeledSince(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openShop(t, url)
		s.labelStory()
		s.parcelStory()
		rep, err := Run(t.Context(), s.db, Options{Parcels: lateParcels{s.parcels, func() {
			s.must(s.app.Void(t.Context(), s.view("parcel").Labels[0].ID, meta).Err)
			s.labelIs("parcel", 0, shipping.Voided)
			s.must(s.app.BuyLabel(t.Context(), app.LabelRequest{Fulfillment: s.view("parcel").Fulfillments[0].ID, Carrier: "sand"}, meta).Err)
			s.labelIs("parcel", 1, shipping.Labeled)
		}}})
		if err != nil || !rep.OK || rep.rows("sandbox.parcels") != 8 || rep.rows("sandbox.labels") != 6 {
			t.Errorf("%v\n%s", err, text(t, rep))
		}
	})
}
