package api

import (
	"ordo/internal/fulfillment"
)

// Fulfillment is what one location ships, or hands over, of one order.
type Fulfillment struct {
	ID             string            `json:"id"`
	Version        int64             `json:"version"`
	Order          string            `json:"order" doc:"id of the order"`
	OrderNumber    string            `json:"order_number" doc:"as people call it" example:"1042"`
	Location       string            `json:"location" doc:"code of the location that ships"`
	Status         string            `json:"status" enum:"planned,scheduled,released,accepted,picking,packed,ready_for_pickup,shipped,delivered,picked_up,on_hold,cancel_requested,rejected,canceled"`
	Pickup         bool              `json:"pickup,omitzero" doc:"the customer comes for it"`
	Lines          []FulfillmentLine `json:"lines"`
	Packages       []Package         `json:"packages,omitzero"`
	Carrier        string            `json:"carrier,omitzero"`
	TrackingNumber string            `json:"tracking_number,omitzero"`
	Reason         string            `json:"reason,omitzero" doc:"why it was rejected, canceled or held"`
	Cancellation   *Cancellation     `json:"cancellation,omitzero"`
	Risks          []DeliveryRisk    `json:"risks,omitzero" doc:"why the customer may get it too late, each as it was found"`
	Allowed        []string          `json:"allowed" doc:"what may happen to it now: the ends of paths to post to"`
	CreatedAt      string            `json:"created_at" format:"date-time"`
	ReleaseAt      string            `json:"release_at,omitzero" format:"date-time" doc:"when it will be released"`
	ReleasedAt     string            `json:"released_at,omitzero" format:"date-time"`
	AcceptedAt     string            `json:"accepted_at,omitzero" format:"date-time"`
	PickedAt       string            `json:"picked_at,omitzero" format:"date-time"`
	PackedAt       string            `json:"packed_at,omitzero" format:"date-time"`
	ReadyAt        string            `json:"ready_at,omitzero" format:"date-time"`
	PickupUntil    string            `json:"pickup_until,omitzero" format:"date-time" doc:"then it goes back to the shelf"`
	ShippedAt      string            `json:"shipped_at,omitzero" format:"date-time"`
	DeliveredAt    string            `json:"delivered_at,omitzero" format:"date-time"`
	RejectedAt     string            `json:"rejected_at,omitzero" format:"date-time"`
	CanceledAt     string            `json:"canceled_at,omitzero" format:"date-time"`
}

// FulfillmentLine is a quantity of an order line.
type FulfillmentLine struct {
	Line     string `json:"line" doc:"id of the order line" example:"1"`
	SKU      string `json:"sku" example:"MUG"`
	Quantity int64  `json:"quantity" doc:"what the location has to do"`
	Picked   int64  `json:"picked,omitzero" doc:"of quantity"`
	Packed   int64  `json:"packed,omitzero" doc:"of picked"`
	Short    int64  `json:"short,omitzero" doc:"was asked for beside quantity, and the location does not have it"`
}

// Package is a parcel with what is in it.
type Package struct {
	ID             string         `json:"id"`
	Lines          []LineQuantity `json:"lines"`
	WeightGrams    int64          `json:"weight_grams,omitzero"`
	Dimensions     *Dimensions    `json:"dimensions,omitzero"`
	Carrier        string         `json:"carrier,omitzero"`
	TrackingNumber string         `json:"tracking_number,omitzero"`
	Label          string         `json:"label,omitzero" doc:"id of its label"`
	LabelGrams     int64          `json:"label_weight_grams,omitzero" doc:"what its label was bought for, where the package weighs more"`
	Warnings       []string       `json:"warnings,omitzero" enum:"heavier_than_label" doc:"heavier_than_label: the carrier may charge the difference or refuse it; void the label and buy another"`
}

// LineQuantity is a number of units of an order line.
type LineQuantity struct {
	Line     string `json:"line" doc:"id of the order line" example:"1"`
	Quantity int64  `json:"quantity" minimum:"1" example:"1"`
}

// Dimensions of a package, in millimeters.
type Dimensions struct {
	Length int64 `json:"length" minimum:"1" example:"300"`
	Width  int64 `json:"width" minimum:"1" example:"200"`
	Height int64 `json:"height" minimum:"1" example:"100"`
}

// DeliveryRisk is a reason to believe that a delivery is late.
type DeliveryRisk struct {
	Cause string `json:"cause" enum:"no_pickup_scan,no_movement,past_promise"`
	Label string `json:"label,omitzero" doc:"of the parcel; left out for all of the fulfillment order"`
	At    string `json:"at" format:"date-time"`
}

// Cancellation is the last request to give up units that the location has begun to work on.
type Cancellation struct {
	Status      string         `json:"status" enum:"requested,accepted,refused,timed_out"`
	Reason      string         `json:"reason"`
	Lines       []LineQuantity `json:"lines,omitzero" doc:"none: everything"`
	RequestedAt string         `json:"requested_at" format:"date-time"`
	ExpiresAt   string         `json:"expires_at" format:"date-time" doc:"refused then unless the location answers"`
	DecidedAt   string         `json:"decided_at,omitzero" format:"date-time"`
}

// fulfillmentJSON shows a fulfillment order; number is that of its order.
func fulfillmentJSON(f *fulfillment.Fulfillment, number string) Fulfillment {
	out := Fulfillment{
		ID: f.ID, Version: f.Version, Order: f.Order, OrderNumber: number, Location: f.Location, Status: string(f.Status), Pickup: f.Pickup,
		Lines: make([]FulfillmentLine, len(f.Lines)), Carrier: f.Carrier, TrackingNumber: f.TrackingNumber, Reason: f.Reason,
		Allowed:   fulfillment.Steps(f),
		CreatedAt: f.At.String(), ReleaseAt: f.ReleaseAt.String(), ReleasedAt: f.ReleasedAt.String(), AcceptedAt: f.AcceptedAt.String(), PickedAt: f.PickedAt.String(),
		PackedAt: f.PackedAt.String(), ReadyAt: f.ReadyAt.String(), PickupUntil: f.PickupUntil.String(), ShippedAt: f.ShippedAt.String(),
		DeliveredAt: f.DeliveredAt.String(), RejectedAt: f.RejectedAt.String(), CanceledAt: f.CanceledAt.String(),
	}
	for i, l := range f.Lines {
		out.Lines[i] = FulfillmentLine(l)
	}
	for _, p := range f.Packages {
		out.Packages = append(out.Packages, packageJSON(p))
	}
	for _, r := range f.Risks {
		out.Risks = append(out.Risks, DeliveryRisk{r.Cause, r.Label, r.At.String()})
	}
	if r := f.Cancellation; r != nil {
		out.Cancellation = &Cancellation{r.Status, r.Reason, quantitiesJSON(r.Lines), r.RequestedAt.String(), r.ExpiresAt.String(), r.DecidedAt.String()}
	}
	return out
}

func packageJSON(p fulfillment.Package) Package {
	out := Package{ID: p.ID, Lines: quantitiesJSON(p.Lines), WeightGrams: p.WeightGrams, Carrier: p.Carrier, TrackingNumber: p.TrackingNumber, Label: p.Label, LabelGrams: p.LabelGrams}
	if p.LabelGrams > 0 {
		out.Warnings = []string{"heavier_than_label"}
	}
	if p.Dimensions != (fulfillment.Dimensions{}) {
		d := Dimensions(p.Dimensions)
		out.Dimensions = &d
	}
	return out
}

func quantitiesJSON(units []fulfillment.LineQuantity) []LineQuantity {
	out := make([]LineQuantity, len(units))
	for i, u := range units {
		out[i] = LineQuantity(u)
	}
	return out
}
