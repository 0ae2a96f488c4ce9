package api

import (
	"net/http"

	"ordo/internal/app"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/inventory"
	"ordo/internal/micros"
)

// Reservation is stock held for a cart.
type Reservation struct {
	ID        *string           `json:"id" doc:"null in a dry run"`
	Version   int64             `json:"version"`
	Channel   string            `json:"channel"`
	Status    string            `json:"status" enum:"active,converted,released,expired" doc:"by the clock: a reservation whose time is over is expired"`
	Lines     []ReservationLine `json:"lines" doc:"what was asked for"`
	Held      []HeldStock       `json:"held" doc:"where it is held; components, for kits"`
	Order     string            `json:"order,omitzero" doc:"id of the order that took it over"`
	Allowed   []string          `json:"allowed" doc:"what may happen to it now; convert means to place an order with it"`
	CreatedAt string            `json:"created_at" format:"date-time"`
	ExpiresAt string            `json:"expires_at" format:"date-time"`
	LatestAt  string            `json:"latest_at" format:"date-time" doc:"no extension goes beyond it"`
	EndedAt   string            `json:"ended_at,omitzero" format:"date-time"`
}

// ReservationLine is what was asked for.
type ReservationLine struct {
	SKU      string `json:"sku" minLength:"1" maxLength:"64" example:"MUG"`
	Quantity int64  `json:"quantity" minimum:"1" maximum:"1000000" example:"2"`
}

// HeldStock is units held at a location.
type HeldStock struct {
	SKU      string `json:"sku"`
	Location string `json:"location"`
	Quantity int64  `json:"quantity"`
}

// CreateReservation is the body of POST /v1/reservations.
type CreateReservation struct {
	Channel string            `json:"channel" doc:"code of the sales channel" minLength:"1" maxLength:"64" example:"web"`
	Lines   []ReservationLine `json:"lines" minItems:"1" maxItems:"1000"`
	TTL     int64             `json:"ttl_minutes,omitzero" doc:"how long; the channel's reservation_minutes when left out" minimum:"1" maximum:"44640"`
}

// ExtendReservation is the body of POST /v1/reservations/{id}/extend.
type ExtendReservation struct {
	TTL int64 `json:"ttl_minutes,omitzero" doc:"from now; the channel's reservation_minutes when left out" minimum:"1" maximum:"44640"`
}

func reservationJSON(r *inventory.Reservation, now micros.Time) Reservation {
	out := Reservation{
		ID: &r.ID, Version: r.Version, Channel: r.Channel, Status: string(r.StatusAt(now)), Lines: make([]ReservationLine, len(r.Lines)),
		Held: make([]HeldStock, len(r.Held)), Order: r.Order, Allowed: r.Allowed(now), CreatedAt: r.CreatedAt.String(), ExpiresAt: r.ExpiresAt.String(),
		LatestAt: r.LatestAt.String(), EndedAt: r.EndedAt.String(),
	}
	for i, l := range r.Lines {
		out.Lines[i] = ReservationLine(l)
	}
	for i, h := range r.Held {
		out.Held[i] = HeldStock(h)
	}
	return out
}

func createReservation(c *call) error {
	var in CreateReservation
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.Channel != "" && !c.key.Sees(in.Channel) {
		return c.s.refused(c, errs.New(errs.Forbidden, "channel_forbidden", "the API key may not reserve for channel %q", errs.Clip(in.Channel)))
	}
	cmd := app.Reserve{Channel: in.Channel, Minutes: in.TTL, App: c.s.app}
	for _, l := range in.Lines {
		cmd.Lines = append(cmd.Lines, inventory.ReservationLine(l))
	}
	return perform(c, &cmd, http.StatusCreated, func(r *inventory.Reservation) Reservation {
		v := reservationJSON(r, r.CreatedAt)
		if c.dryRun() {
			v.ID = nil
		}
		return v
	})
}

// reservation reads the reservation in the path, if the key sees it.
func (c *call) reservation() (*inventory.Reservation, micros.Time, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("rsv", id) {
		return nil, 0, errs.Unknown("reservation", id)
	}
	r, now, err := c.s.app.Reservation(c.r.Context(), id)
	if err != nil {
		return nil, 0, away(err)
	}
	if !c.key.Sees(r.Channel) {
		return nil, 0, c.s.refused(c, errs.Unknown("reservation", id))
	}
	return r, now, nil
}

func getReservation(c *call) error {
	r, now, err := c.reservation()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, reservationJSON(r, now))
}

func extendReservation(c *call) error {
	_, now, err := c.reservation()
	if err != nil {
		return err
	}
	var in ExtendReservation
	if err := c.decode(&in); err != nil {
		return err
	}
	cmd := app.MoveReservation{Reservation: c.r.PathValue("id"), Step: "extend", Minutes: in.TTL}
	return perform(c, &cmd, http.StatusOK, func(r *inventory.Reservation) Reservation { return reservationJSON(r, now) })
}

func releaseReservation(c *call) error {
	_, now, err := c.reservation()
	if err != nil {
		return err
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	cmd := app.MoveReservation{Reservation: c.r.PathValue("id"), Step: "release"}
	return perform(c, &cmd, http.StatusOK, func(r *inventory.Reservation) Reservation { return reservationJSON(r, now) })
}
