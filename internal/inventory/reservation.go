package inventory

import (
	"slices"

	"ordo/internal/doc"
	"ordo/internal/errs"
	"ordo/internal/micros"
)

// ReservationStatus is the state of a cart's reservation.
type ReservationStatus string

// The states of a reservation. Released and expired are final; a converted one is active again when its order is declined.
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
	Held      []Held            `json:"held"`         // nothing once it has ended
	Had       []Held            `json:"had,omitzero"` // what it held when it was converted, while its order stands
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
// what it still holds; the order then takes what is there like any other (I7), and so it does where the reservation was
// released.
func (r *Reservation) Convert(now micros.Time) (*Reservation, []Movement, error) {
	if r.Status == ReservationExpired || r.Status == ReservationReleased {
		return r, nil, nil
	}
	if c, moves, over := r.Expire(now); over {
		return c, moves, nil
	}
	if r.Status == ReservationConverted {
		return r, nil, errs.New(errs.Conflict, "illegal_transition", "the reservation is converted into order %s; place another order without it", r.Order).
			With("state", string(r.Status), "allowed", []string{}, "order", r.Order)
	}
	c, moves, err := r.end("convert", ReservationConverted, r.Status, now)
	if err == nil {
		c.Had = r.Held
	}
	return c, moves, err
}

// Reopen gives a converted reservation back to its cart because its order was declined, for the customer to try another
// way to pay: it holds what it had, as far as free, which tells the units of a place that nobody has, still finds that.
// Its end stays; when that is over, it is expired and holds nothing.
func (r *Reservation) Reopen(free func(sku, location string) int64, now micros.Time) (_ *Reservation, moves []Movement, reopened bool) {
	if r.Status != ReservationConverted {
		return r, nil, false
	}
	c := *r
	c.Held, c.Had, c.Order = []Held{}, nil, ""
	if r.ExpiresAt <= now {
		c.Status, c.EndedAt = ReservationExpired, now
		return &c, nil, true
	}
	c.Status, c.EndedAt = ReservationActive, 0
	for _, h := range r.Had {
		if h.Quantity = min(h.Quantity, free(h.SKU, h.Location)); h.Quantity > 0 {
			c.Held = append(c.Held, h)
			moves = append(moves, Reserve(h.SKU, h.Location, h.Quantity)...)
		}
	}
	return &c, moves, true
}

func (r *Reservation) end(event string, to, now ReservationStatus, at micros.Time) (*Reservation, []Movement, error) {
	if err := reservationSteps.check("the reservation", now, event); err != nil {
		return r, nil, err
	}
	c := *r
	c.Status, c.EndedAt, c.Held = to, at, []Held{}
	var moves []Movement
	for _, h := range r.Held {
		moves = append(moves, Unreserve(h.SKU, h.Location, h.Quantity)...)
	}
	return &c, moves, nil
}
