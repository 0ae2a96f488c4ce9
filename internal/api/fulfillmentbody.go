package api

import (
	"time"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/fulfillment"
	"ordo/internal/micros"
)

// Bodies of the steps of fulfillment orders.

// noBody is that of steps that need to know nothing.
type noBody struct{}

func (noBody) into(*app.Fulfill) error { return nil }

// ScheduleFulfillment is the body of POST /v1/fulfillments/{id}/schedule.
type ScheduleFulfillment struct {
	ReleaseAt string `json:"release_at" format:"date-time" example:"2030-01-07T06:00:00Z"`
}

func (b ScheduleFulfillment) into(c *app.Fulfill) error {
	at, err := time.Parse(time.RFC3339, b.ReleaseAt)
	if err != nil {
		var list errs.List
		list.Add("/release_at", "wrong_type", "give a time such as 2030-01-07T06:00:00Z (RFC 3339)")
		return list.Err()
	}
	c.At = micros.Of(at)
	return nil
}

// RejectFulfillment is the body of POST /v1/fulfillments/{id}/reject.
type RejectFulfillment struct {
	Reason string         `json:"reason" enum:"not_in_stock,mismatch,damaged,no_variance,other" doc:"not_in_stock: nothing is left, available falls to 0; mismatch: these units are not there; damaged: they are there and cannot be sold; no_variance, other: the stock is right"`
	Lines  []LineQuantity `json:"lines,omitzero" doc:"none: everything"`
	Then   string         `json:"then,omitzero" enum:"resource,backorder,cancel" doc:"what becomes of the units; the channel's short_pick when left out"`
	Parts  []MissingPart  `json:"components,omitzero" doc:"of kits: which of their components the reason is true of; none: their stock is left as it is"`
}

// MissingPart is units of a component that the location does not have for the kits of a line.
type MissingPart struct {
	Line     string `json:"line" doc:"id of the order line" example:"1"`
	SKU      string `json:"sku" doc:"of the component" example:"MUG"`
	Quantity int64  `json:"quantity" minimum:"1" example:"1"`
}

func missing(parts []MissingPart) []app.Part {
	var out []app.Part
	for _, p := range parts {
		out = append(out, app.Part(p))
	}
	return out
}

func (b RejectFulfillment) into(c *app.Fulfill) error {
	c.Reason, c.Then, c.Lines, c.Parts = b.Reason, b.Then, quantities(b.Lines), missing(b.Parts)
	return nil
}

// PickFulfillment is the body of POST /v1/fulfillments/{id}/pick.
type PickFulfillment struct {
	Lines []PickedLine  `json:"lines,omitzero" doc:"what was found; none: everything that is left, or nothing at all where short is given"`
	Short string        `json:"short,omitzero" enum:"not_in_stock,mismatch,damaged,no_variance,other" doc:"why the rest of these lines was not found, or of all where none is named; then it is not to be picked here any more"`
	Then  string        `json:"then,omitzero" enum:"resource,backorder,cancel" doc:"what becomes of the rest; the channel's short_pick when left out"`
	Parts []MissingPart `json:"components,omitzero" doc:"of kits: which of their components were not found; none: their stock is left as it is"`
}

func (b PickFulfillment) into(c *app.Fulfill) error {
	c.Reason, c.Then, c.Parts = b.Short, b.Then, missing(b.Parts)
	for _, l := range b.Lines {
		c.Lines = append(c.Lines, fulfillment.LineQuantity(l))
	}
	return nil
}

// PickedLine is how many units of an order line were found.
type PickedLine struct {
	Line     string `json:"line" doc:"id of the order line" example:"1"`
	Quantity int64  `json:"quantity" minimum:"0" example:"1" doc:"0 only with short: nothing of it was found"`
}

// PackFulfillment is the body of POST /v1/fulfillments/{id}/pack.
type PackFulfillment struct {
	Packages []PackPackage `json:"packages,omitzero" doc:"none: everything that is picked goes into one"`
}

// PackPackage is a parcel as it was packed.
type PackPackage struct {
	Lines       []LineQuantity `json:"lines" minItems:"1"`
	WeightGrams int64          `json:"weight_grams,omitzero" minimum:"0" maximum:"100000000" example:"820"`
	Dimensions  *Dimensions    `json:"dimensions,omitzero"`
}

func (b PackFulfillment) into(c *app.Fulfill) error {
	for _, p := range b.Packages {
		in := fulfillment.Package{Lines: quantities(p.Lines), WeightGrams: p.WeightGrams}
		if p.Dimensions != nil {
			in.Dimensions = fulfillment.Dimensions(*p.Dimensions)
		}
		c.Packages = append(c.Packages, in)
	}
	return nil
}

// Ship is the body of POST /v1/fulfillments/{id}/ship.
type Ship struct {
	Carrier        string `json:"carrier,omitzero" maxLength:"100" example:"Royal Mail"`
	TrackingNumber string `json:"tracking_number,omitzero" maxLength:"100" doc:"may be left out where each package has a label" example:"RM123456785GB"`
}

func (b Ship) into(c *app.Fulfill) error {
	c.Carrier, c.Tracking = b.Carrier, b.TrackingNumber
	return nil
}

// ReadyForPickup is the body of POST /v1/fulfillments/{id}/ready-for-pickup.
type ReadyForPickup struct {
	Days int64 `json:"days,omitzero" minimum:"0" maximum:"90" doc:"how long it waits for the customer; 7 when left out" example:"5"`
}

func (b ReadyForPickup) into(c *app.Fulfill) error {
	c.Days = b.Days
	return nil
}

// HoldFulfillment is the body of POST /v1/fulfillments/{id}/hold.
type HoldFulfillment struct {
	Reason string `json:"reason" doc:"a type of holds" example:"manual_review"`
}

func (b HoldFulfillment) into(c *app.Fulfill) error {
	c.Reason = b.Reason
	return nil
}

// RequestCancel is the body of POST /v1/fulfillments/{id}/cancel-request.
type RequestCancel struct {
	Reason string         `json:"reason" enum:"customer,out_of_stock,fraud,payment,expired,other"`
	Lines  []LineQuantity `json:"lines,omitzero" doc:"none: everything"`
}

func (b RequestCancel) into(c *app.Fulfill) error {
	c.Reason, c.Lines = b.Reason, quantities(b.Lines)
	return nil
}

func quantities(lines []LineQuantity) []fulfillment.LineQuantity {
	var out []fulfillment.LineQuantity
	for _, l := range lines {
		out = append(out, fulfillment.LineQuantity(l))
	}
	return out
}
