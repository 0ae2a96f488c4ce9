package api

import (
	"fmt"
	"testing"
	"time"

	"ordo/internal/micros"
	"ordo/internal/shipping"
)

// S1: a label that was bought before packing is for one parcel with everything.
func TestLabelBeforePacking(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		_, ful := f.parcel("YO1 1AA", 3, "")
		l := f.label(ful, `{"carrier":"dock"}`).want(201)
		l.fields("package", "whole", "parcel.weight_grams", "1800")
		two := `{"packages":[{"lines":[{"line":"1","quantity":2}]},{"lines":[{"line":"1","quantity":1}]}]}`
		head := f.head()
		f.step(ful, "pack", two).refused(409, "label_active").fields("label", l.str("id"))
		f.step(ful, "pack", `{"packages":[{"lines":[{"line":"1","quantity":2}]}]}`).refused(409, "label_active")
		if f.head() != head {
			t.Error("a refused packing was written")
		}

		// One package gets it, and says that it weighs more.
		f.post("/v1/fulfillments/"+ful+"/pack?dry_run=true", `{"packages":[{"lines":[{"line":"1","quantity":3}],"weight_grams":1800}]}`).want(200).
			fields("packages.0.label", l.str("id"), "packages.0.warnings", "")
		packed := f.step(ful, "pack", `{"packages":[{"lines":[{"line":"1","quantity":3}],"weight_grams":9000}]}`).want(200)
		packed.fields("status", "packed", "packages.0.label", l.str("id"), "packages.0.tracking_number", l.str("tracking_number"),
			"packages.0.label_weight_grams", "1800", "packages.0.warnings.0", "heavier_than_label")
		f.label(ful, `{"package":"`+packed.str("packages.0.id")+`"}`).refused(409, "label_exists")

		// Voided and bought anew it is for what was packed.
		f.post("/v1/labels/"+l.str("id")+"/void", "").want(200).fields("status", "voided")
		f.get("/v1/fulfillments/"+ful).fields("packages.0.label", "", "packages.0.tracking_number", "", "packages.0.warnings", "")
		again := f.label(ful, `{"carrier":"dock"}`).want(201)
		again.fields("package", packed.str("packages.0.id"), "parcel.weight_grams", "9000")
		f.step(ful, "ship", `{}`).want(200).fields("tracking_number", again.str("tracking_number"), "packages.0.label", again.str("id"), "packages.0.warnings", "")

		// Packed by shipping, it is on the package too.
		_, ful = f.parcel("YO1 1AA", 1, "")
		l = f.label(ful, `{"carrier":"dock"}`).want(201)
		f.step(ful, "ship", `{}`).want(200).fields("packages.0.label", l.str("id"), "packages.0.carrier", "dock")
		f.post("/v1/labels/"+l.str("id")+"/void", "").refused(409, "label_in_use")
	})
}

// A label that is still being bought when everything is packed follows to the package.
func TestPendingLabelFollowsPacking(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		_, ful := f.parcel("00001", 1, "")
		l := f.label(ful, `{"carrier":"sand"}`).want(201)
		l.fields("status", "label_pending")
		f.step(ful, "pack", `{}`).want(200).fields("packages.0.label", "")
		eventually(t, "the label on its package", func() bool { return f.get("/v1/fulfillments/"+ful).str("packages.0.label") == l.str("id") })
	}, func(o *setup) {
		o.settings.PaymentWait = 100 * time.Millisecond
		o.parcels.ResolveAfter = 500 * time.Millisecond
		o.parcels.Slow = 10 * time.Millisecond
	})
}

// What left with another number has not left with the label: it is voided, and its scans deliver nothing.
func TestLabelLeftBehind(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		delivered := shipping.Scan{Code: shipping.Delivered, At: micros.Of(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))}
		_, ful := f.parcel("YO1 1AA", 1, "")
		l := f.label(ful, `{"carrier":"sand"}`).want(201)
		f.step(ful, "ship", `{"carrier":"Other","tracking_number":"Z"}`).want(200).fields("tracking_number", "Z", "packages.0.label", "")
		f.send(message(l.str("tracking_number"), delivered)).want(200)
		f.get("/v1/fulfillments/"+ful).fields("status", "shipped")
		f.post("/v1/labels/"+l.str("id")+"/void", "").want(200).fields("status", "voided")
		f.get("/v1/fulfillments/"+ful).fields("packages.0.tracking_number", "Z")

		// Of two packages each has its own label; the last one to arrive delivers the order.
		_, ful = f.parcel("YO1 1AA", 2, "")
		one := `{"lines":[{"line":"1","quantity":1}]}`
		packed := f.step(ful, "pack", `{"packages":[`+one+`,`+one+`]}`).want(200)
		var numbers [2]string
		for i := range numbers {
			numbers[i] = f.label(ful, `{"carrier":"sand","package":"`+packed.str(fmt.Sprintf("packages.%d.id", i))+`"}`).want(201).str("tracking_number")
		}
		f.step(ful, "ship", `{}`).want(200)
		for i, want := range []string{"shipped", "delivered"} {
			f.send(message(numbers[i], delivered)).want(200)
			f.get("/v1/fulfillments/"+ful).fields("status", want)
		}
	})
}
