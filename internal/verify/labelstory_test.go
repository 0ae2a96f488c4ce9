package verify

import (
	"time"

	"ordo/internal/address"
	"ordo/internal/app"
	"ordo/internal/doc"
	"ordo/internal/micros"
	"ordo/internal/shipping"
)

// labelStory buys labels, gives one back, tracks a parcel to the door, on an SKU of its own.
func (s *shop) labelStory() {
	s.t.Helper()
	ctx := s.t.Context()
	s.stock(50, "L")
	s.shipFrom()
	van := &shipping.Carrier{Meta: doc.Meta{ID: "van"}, Name: "Van", Provider: shipping.Table, Active: true, Services: []shipping.Service{{Code: "std", Name: "Standard", TransitDays: 2}}}
	s.must(second(s.app.SaveCarrier(ctx, van, meta)))
	s.must(second(s.app.ImportRates(ctx, app.SaveRates{
		Carrier: "van", Heading: shipping.Heading{Currency: "EUR"}, CSV: "kind,zone,country,service,up_to_grams,price\nzone,all,*\nrate,all,,std,30000,450",
	}, meta)))
	for _, name := range []string{"labeled", "relabeled", "tracked", "unlabeled"} {
		s.place(name, placement("manual", "", line("L", 1)))
		s.step(name, "release")
		s.buyLabel(name, 1)
	}
	old := s.view("relabeled").Labels[0].ID
	s.must(s.app.Void(ctx, old, meta).Err)
	s.labelIs("relabeled", 0, shipping.Voided)
	s.buyLabel("relabeled", 2)
	s.ok(s.app.Cancel(ctx, s.ids["unlabeled"], "customer", meta))
	s.labelIs("unlabeled", 0, shipping.Voided)
	f := s.view("tracked").Fulfillments[0].ID
	s.ok(s.app.Fulfill(ctx, app.Fulfill{Fulfillment: f, Step: "ship"}, meta))
	at := micros.Of(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	s.must(s.app.Track(ctx, app.RecordScans{Label: s.view("tracked").Labels[0].ID, Source: shipping.Manual, Scans: []shipping.Scan{
		{Code: shipping.Delivered, At: at.Add(time.Hour), Message: "to Bob next door"}, {Code: shipping.InTransit, At: at},
	}}, meta).Err)
	if got := s.view("tracked").Fulfillments[0].Status; got != "delivered" {
		s.t.Fatalf("the tracked order is %s", got)
	}
	s.returnLabels()
}

// returnLabels buys labels for what comes back: one waits for its parcel, one is under way, one was given back.
func (s *shop) returnLabels() {
	s.t.Helper()
	ctx := s.t.Context()
	for i, name := range []string{"label for a return", "parcel comes back", "label taken back"} {
		s.place(name, placement("manual", "", line("L", 1)))
		s.step(name, "release", "ship")
		s.sendBack(name, 1, "")
		s.must(s.app.BuyLabel(ctx, app.LabelRequest{Return: s.ids["return of "+name]}, meta).Err)
		s.labelIs(name, 0, shipping.Labeled)
		l := s.view(name).Labels[0].ID
		switch i {
		case 1:
			s.must(s.app.Track(ctx, app.RecordScans{Label: l, Source: shipping.Manual, Scans: []shipping.Scan{{Code: shipping.InTransit, At: micros.Of(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))}}}, meta).Err)
		case 2:
			s.must(s.app.Void(ctx, l, meta).Err)
			s.labelIs(name, 0, shipping.Voided)
		}
	}
}

// shipFrom gives the locations the address that labels need; stock takes it away.
func (s *shop) shipFrom() {
	s.t.Helper()
	for _, code := range []string{"north", "south"} {
		l, err := s.app.Location(s.t.Context(), code)
		s.must(err)
		l.Address = address.Address{Line1: "2 Dock Road", City: "Hull", PostalCode: "HU1 1AA", Country: "GB"}
		s.must(second(s.app.SaveLocation(s.t.Context(), l, meta)))
	}
}

// buyLabel buys the n-th label of an order.
func (s *shop) buyLabel(name string, n int) {
	s.t.Helper()
	s.must(s.app.BuyLabel(s.t.Context(), app.LabelRequest{Fulfillment: s.view(name).Fulfillments[0].ID}, meta).Err)
	s.labelIs(name, n-1, shipping.Labeled)
}

func (s *shop) labelIs(name string, i int, want shipping.LabelStatus) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); s.view(name).Labels[i].Status != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("label %d of %s is %s", i, name, s.view(name).Labels[i].Status)
		}
	}
}

func init() {
	label := func(h *hurt, order string) string { return h.part("labels", order) }
	damages = append(damages, []damage{
		{"a label's column differs", func(h *hurt) {
			h.exec("UPDATE labels SET tracking = 'T' WHERE id = $1", label(h, "labeled"))
		}, []string{"labels.documents"}, "label lbl_"},
		{"a label costs less than its event says", func(h *hurt) {
			h.edit("labels", label(h, "labeled"), func(m dict) { m["cost"].(dict)["amount"] = 1 })
		}, []string{"labels.journal"}, "label lbl_"},
		{"a voided label stands for its package again", func(h *hurt) {
			h.edit("labels", label(h, "relabeled"), func(m dict) { m["status"] = "labeled" })
			h.exec("UPDATE labels SET status = 'labeled' WHERE id = $1", label(h, "relabeled"))
		}, []string{"labels.rules", "labels.journal"}, "label lbl_"},
		{"tracking regressed", func(h *hurt) {
			h.edit("labels", label(h, "tracked"), func(m dict) { m["tracking"].(dict)["code"] = "in_transit" })
		}, []string{"labels.rules", "labels.journal"}, "label lbl_"},
		{"a paper is another one", func(h *hurt) {
			h.exec("DELETE FROM label_files WHERE id = $1", label(h, "labeled"))
		}, []string{"labels.files"}, "label lbl_"},
		{"a label belongs to no order", func(h *hurt) {
			h.exec("INSERT INTO labels (id, version, doc, order_id, fulfillment_id, status, carrier, tracking) SELECT 'lbl_x', version, doc, 'ord_x', fulfillment_id, status, carrier, tracking FROM labels WHERE id = $1", label(h, "labeled"))
		}, []string{"labels.documents", "labels.order", "labels.journal", "labels.files"}, "label lbl_x"},
		{"a package left on a voided label", func(h *hurt) {
			id := label(h, "tracked")
			voided := func(m dict) { m["status"] = "voided" }
			h.edit("labels", id, voided)
			h.exec("UPDATE labels SET status = 'voided' WHERE id = $1", id)
		}, []string{"labels.rules", "labels.journal", "labels.order"}, "label lbl_"},
		{"a label for one package is on two", func(h *hurt) {
			h.edit("fulfillments", h.part("fulfillments", "tracked"), func(m dict) {
				p := list(m, "packages", 0)
				m["packages"] = []any{p, dict{"id": "pkg_x", "lines": []any{}}}
			})
		}, []string{"labels.order", "fulfillments.journal", "fulfillments.rules"}, "label lbl_"},
		{"a label for a return is for another one", func(h *hurt) {
			h.edit("labels", label(h, "label for a return"), func(m dict) { m["return"] = "ret_x" })
		}, []string{"labels.order", "labels.journal"}, "label lbl_"},
		{"a return comes with a label that was given back", func(h *hurt) {
			id := label(h, "label for a return")
			h.edit("labels", id, func(m dict) { m["status"] = "voided" })
			h.exec("UPDATE labels SET status = 'voided' WHERE id = $1", id)
		}, []string{"labels.rules", "labels.journal", "labels.order"}, "label lbl_"},
		{"a return comes with another number than its label", func(h *hurt) {
			h.edit("returns", h.ids["return of label for a return"], func(m dict) { m["tracking_number"] = "T" })
		}, []string{"documents.terms", "labels.order", "returns.journal"}, "label lbl_"},
		{"a label was bought for a return that does not have it", func(h *hurt) {
			h.edit("returns", h.ids["return of label for a return"], func(m dict) { delete(m, "label") })
		}, []string{"labels.order", "returns.journal"}, "label lbl_"},
		{"a return comes with a label of nobody", func(h *hurt) {
			h.edit("returns", h.ids["return of label taken back"], func(m dict) { m["label"] = "lbl_x" })
		}, []string{"returns.labels", "returns.journal"}, "return {return of label taken back}"},
		{"a parcel comes back, and its return waits for it", func(h *hurt) {
			id := h.ids["return of parcel comes back"]
			h.edit("returns", id, func(m dict) { m["status"] = "label_issued" })
			h.exec("UPDATE returns SET status = 'label_issued' WHERE id = $1", id)
		}, []string{"labels.order", "returns.journal"}, "label lbl_"},
		{"nobody buys a label", func(h *hurt) {
			id := label(h, "labeled")
			h.edit("labels", id, func(m dict) { m["status"] = "label_pending"; list(m, "attempts", 0)["state"] = "requested" })
			h.exec("UPDATE labels SET status = 'label_pending' WHERE id = $1", id)
		}, []string{"labels.journal", "labels.jobs"}, "label lbl_"},
	}...)
}
