package inventory

import (
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// ReservationStatus is the state of a cart's reservation.
type ReservationStatus string

// The states of a reservation; all but active are final.
const (
	ReservationActive    ReservationStatus = "active"
	ReservationConverted ReservationStatus = "converted" // into an order
	ReservationReleased  ReservationStatus = "released"
	ReservationExpired   ReservationStatus = "expired"
)

// ReservationStatuses lists them all.
var ReservationStatuses = []ReservationStatus{ReservationActive, ReservationConverted, ReservationReleased, ReservationExpired}

var reservationSteps = steps[ReservationStatus]{
	ReservationActive: {"convert", "extend", "release", "expire"},
}

// Reservation holds units for a cart until a time. Its position counters fall when it ends; from ExpiresAt on it
// counts as expired, whether or not it was swept yet.
type Reservation struct {
	doc.Meta
	Channel   string            `json:"channel"`
	Status    ReservationStatus `json:"status"`
	Lines     []ReservationLine `json:"lines"`
	Held      []Held            `json:"held"`
	CreatedAt micros.Time       `json:"created_at"`
	ExpiresAt micros.Time       `json:"expires_at"`
	LatestAt  micros.Time       `json:"latest_at"` // no extension goes beyond it (I8)
	EndedAt   micros.Time       `json:"ended_at,omitzero"`
	Order     string            `json:"order,omitzero"` // that it was converted into
}

// ReservationLine is what was asked for.
type ReservationLine struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Held is where units are held: components, where a kit was asked for. Each SKU and location stands once.
type Held struct {
	SKU      string `json:"sku"`
	Location string `json:"location"`
	Quantity int64  `json:"quantity"`
}

// HeldOf sums up movements of the reserved bucket by SKU and location, in their order.
func HeldOf(moves []Movement) []Held {
	var out []Held
	for _, m := range moves {
		i := slices.IndexFunc(out, func(h Held) bool { return h.SKU == m.SKU && h.Location == m.Location })
		if i < 0 {
			out, i = append(out, Held{SKU: m.SKU, Location: m.Location}), len(out)
		}
		out[i].Quantity += m.Delta
	}
	return out
}

// StatusAt is the state at a time: a reservation ends by itself when its time is over.
func (r *Reservation) StatusAt(now micros.Time) ReservationStatus {
	if r.Status == ReservationActive && r.ExpiresAt <= now {
		return ReservationExpired
	}
	return r.Status
}

// Allowed lists what may happen at a time.
func (r *Reservation) Allowed(now micros.Time) []string {
	if s := r.StatusAt(now); s == ReservationActive {
		return []string{"convert", "extend", "release"} // expiry comes by itself
	}
	return []string{}
}

// Extend moves the end of an active reservation, at most to its latest time (I8). It never shortens it.
func (r *Reservation) Extend(until, now micros.Time) (*Reservation, error) {
	if err := reservationSteps.check("the reservation", r.StatusAt(now), "extend"); err != nil {
		return r, err
	}
	until = min(until, r.LatestAt)
	if until <= r.ExpiresAt {
		if r.ExpiresAt == r.LatestAt {
			return r, errs.New(errs.Conflict, "reservation_limit", "the reservation ends at %s at the latest and cannot be extended any more; place the order", r.LatestAt)
		}
		return r, nil
	}
	c := *r
	c.ExpiresAt = until
	return &c, nil
}

// Release ends it because the cart is given up.
func (r *Reservation) Release(now micros.Time) (*Reservation, []Movement, error) {
	return r.end("release", ReservationReleased, r.StatusAt(now), now)
}

// Expire ends it when its time is over; before, nothing happens.
func (r *Reservation) Expire(now micros.Time) (*Reservation, []Movement, bool) {
	if r.Status != ReservationActive || r.ExpiresAt > now {
		return r, nil, false
	}
	c, moves, _ := r.end("expire", ReservationExpired, ReservationActive, now)
	return c, moves, true
}

// Convert ends it in favor of an order, which takes units in the same unit of work. One whose time is over gives back
// what it still holds; the order then takes what is there like any other (I7).
func (r *Reservation) Convert(now micros.Time) (*Reservation, []Movement, error) {
	if r.Status == ReservationExpired {
		return r, nil, nil
	}
	if c, moves, over := r.Expire(now); over {
		return c, moves, nil
	}
	return r.end("convert", ReservationConverted, r.Status, now)
}

func (r *Reservation) end(event string, to, now ReservationStatus, at micros.Time) (*Reservation, []Movement, error) {
	if err := reservationSteps.check("the reservation", now, event); err != nil {
		return r, nil, err
	}
	c := *r
	c.Status, c.EndedAt = to, at
	var moves []Movement
	for _, h := range r.Held {
		moves = append(moves, Unreserve(h.SKU, h.Location, h.Quantity)...)
	}
	return &c, moves, nil
}
