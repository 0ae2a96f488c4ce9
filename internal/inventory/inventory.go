// Package inventory holds stock positions and the rules of their buckets (docs/invariants.md, I1-I5).
//
// What lives here: the position of a SKU at a location, and pure functions that move quantities between its
// buckets. What does not: which location serves an order (sourcing), and how positions are locked and saved (work).
// The one idea: every change is a list of movements (bucket and delta); a position is nothing but their sum, so
// that it can be computed again from the journal.
package inventory

import (
	"fmt"

	"ordo/internal/errs"
)

// Bucket names one counter of a position.
type Bucket string

// The buckets. On hand is everything in the building; the others are parts of it, but for in transit and on order,
// which are not here yet, and backordered, which is promised from what will come.
const (
	OnHand      Bucket = "on_hand"
	Allocated   Bucket = "allocated"
	Reserved    Bucket = "reserved"
	Damaged     Bucket = "damaged"
	Quality     Bucket = "quality"
	Safety      Bucket = "safety"
	InTransitIn Bucket = "in_transit_in"
	OnOrder     Bucket = "on_order"
	Backordered Bucket = "backordered"
)

// Buckets lists all buckets in the order of the database columns.
var Buckets = []Bucket{OnHand, Allocated, Reserved, Damaged, Quality, Safety, InTransitIn, OnOrder, Backordered}

// MaxQuantity is the largest quantity of one line or movement.
const MaxQuantity = 1_000_000_000

// maxOnHand keeps sums of positions far away from overflow.
const maxOnHand = 1_000_000_000_000

// Position counts the units of a SKU at a location. All counters are >= 0 (I4).
type Position struct {
	SKU            string
	Location       string
	Units          [9]int64 // by bucket, in the order of Buckets
	BackorderLimit int64    // backordered may rise up to it
	ReorderPoint   int64    // available falling to it is an event; 0 for none
}

// Movement is one change of one bucket. Events carry them in body.stock.
type Movement struct {
	SKU      string `json:"sku"`
	Location string `json:"location"`
	Bucket   Bucket `json:"bucket"`
	Delta    int64  `json:"delta"`
}

// Index returns the place of the bucket in Position.Units, or -1.
func (b Bucket) Index() int {
	for i, x := range Buckets {
		if x == b {
			return i
		}
	}
	return -1
}

// Get returns the units in a bucket.
func (p Position) Get(b Bucket) int64 { return p.Units[b.Index()] }

// Available is what can be promised to a new order (I2):
// on_hand - allocated - reserved - damaged - quality - safety. It is negative when safety stock is eaten into.
func (p Position) Available() int64 {
	return p.Get(OnHand) - p.Get(Allocated) - p.Get(Reserved) - p.Get(Damaged) - p.Get(Quality) - p.Get(Safety)
}

// Promisable is what a new order may take: what is available, less what is owed to backorders already. What arrives is
// theirs first; nobody jumps the queue.
func (p Position) Promisable() int64 { return max(0, p.Available()-p.Get(Backordered)) }

// Backorderable is how many more units may be owed.
func (p Position) Backorderable() int64 { return max(0, p.BackorderLimit-p.Get(Backordered)) }

// Apply adds the movements and checks I3, I4 and the limit of backorders. The result is refused with insufficient_stock when a bucket would
// fall below zero, or when units promised to orders would no longer be there.
func (p Position) Apply(moves ...Movement) (Position, error) {
	before := p
	for _, m := range moves {
		i := m.Bucket.Index()
		if i < 0 || m.SKU != p.SKU || m.Location != p.Location {
			return p, fmt.Errorf("inventory: movement %+v does not fit position %s at %s", m, p.SKU, p.Location)
		}
		p.Units[i] += m.Delta
	}
	if over := p.Get(Backordered); over > p.BackorderLimit && over > before.Get(Backordered) {
		return p, errs.New(errs.Conflict, "insufficient_stock", "%s of %s at %s would be backordered, the limit is %d", errs.Count(over, "unit"), p.SKU, p.Location, p.BackorderLimit).
			With("sku", p.SKU, "location", p.Location)
	}
	for i, n := range p.Units {
		if n < 0 {
			return p, errs.New(errs.Conflict, "insufficient_stock", "%s of %s at %s would fall to %d", Buckets[i], p.SKU, p.Location, n).
				With("sku", p.SKU, "location", p.Location)
		}
		if n > maxOnHand {
			return p, errs.New(errs.Invalid, "quantity_too_large", "%s of %s at %s would rise over %d", Buckets[i], p.SKU, p.Location, int64(maxOnHand)).
				With("sku", p.SKU, "location", p.Location)
		}
	}
	if usable := p.Get(OnHand) - p.Get(Damaged) - p.Get(Quality); p.Get(Allocated) > usable {
		return p, errs.New(errs.Conflict, "insufficient_stock", "orders have %s of %s at %s allocated, only %d would be usable; cancel or move orders first",
			errs.Count(p.Get(Allocated), "unit"), p.SKU, p.Location, usable).With("sku", p.SKU, "location", p.Location)
	}
	return p, nil
}

// Reserve takes units for an order whose payment or hold is open.
func Reserve(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Reserved, units}}
}

// Unreserve ends a reservation.
func Unreserve(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Reserved, -units}}
}

// Allocate takes units for an accepted order.
func Allocate(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Allocated, units}}
}

// Deallocate gives back units of an accepted order.
func Deallocate(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Allocated, -units}}
}

// Convert turns a reservation into an allocation at the same place (no moment in which both or none count).
func Convert(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Reserved, -units}, {sku, location, Allocated, units}}
}

// Ship lets allocated units leave: on hand falls here and nowhere earlier.
func Ship(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Allocated, -units}, {sku, location, OnHand, -units}}
}

// Backorder promises units that are not there yet.
func Backorder(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Backordered, units}}
}

// EndBackorder takes the promise back.
func EndBackorder(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Backordered, -units}}
}

// Fill turns a backorder into an allocation of units that have come.
func Fill(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, Backordered, -units}, {sku, location, Allocated, units}}
}

// Adjust changes on hand by delta for a reason outside of orders. Units promised to orders cannot be taken away.
func Adjust(p Position, delta int64) ([]Movement, error) {
	moves := []Movement{{p.SKU, p.Location, OnHand, delta}}
	after, err := p.Apply(moves...)
	if err != nil {
		return nil, err
	}
	if promised := after.Get(Allocated) + after.Get(Reserved) + after.Get(Damaged) + after.Get(Quality); delta < 0 && after.Get(OnHand) < promised {
		return nil, errs.New(errs.Conflict, "insufficient_stock", "%s of %s at %s promised to orders or set aside, on hand cannot fall to %d",
			errs.Count(promised, "unit"), p.SKU, p.Location, after.Get(OnHand)).With("sku", p.SKU, "location", p.Location, "available", p.Available())
	}
	return moves, nil
}

// AdjustmentReasons are the reasons that a new installation knows.
var AdjustmentReasons = []string{"received", "found", "damaged", "lost", "correction"}
