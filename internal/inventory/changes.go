package inventory

import "ordo/internal/errs"

// Shelf is where units in the building are, for people who move them: available, or one of the buckets that keep them
// from being sold.
const Available Bucket = "available"

// Shelves are the places that MoveState moves between.
var Shelves = []Bucket{Available, Damaged, Quality}

// Unpromised is what is in the building and neither promised to anybody nor set aside. It includes safety stock.
func (p Position) Unpromised() int64 {
	return p.Get(OnHand) - p.Get(Allocated) - p.Get(Reserved) - p.Get(Damaged) - p.Get(Quality)
}

// MoveState moves units between available, damaged and quality. On hand stays as it is; what is promised to orders
// cannot be set aside.
func MoveState(p Position, from, to Bucket, units int64) ([]Movement, error) {
	var moves []Movement
	if from == Available {
		if units > p.Unpromised() {
			return nil, errs.New(errs.Conflict, "insufficient_stock", "only %s of %s at %s can be set aside, the others are promised to orders or set aside already",
				errs.Count(p.Unpromised(), "unit"), p.SKU, p.Location).With("sku", p.SKU, "location", p.Location, "available", p.Available())
		}
	} else {
		moves = append(moves, Movement{p.SKU, p.Location, from, -units})
	}
	if to != Available {
		moves = append(moves, Movement{p.SKU, p.Location, to, units})
	}
	_, err := p.Apply(moves...)
	return moves, err
}

// Receive takes units into the building, to one of the shelves.
func Receive(sku, location string, shelf Bucket, units int64) []Movement {
	moves := []Movement{{sku, location, OnHand, units}}
	if shelf != Available {
		moves = append(moves, Movement{sku, location, shelf, units})
	}
	return moves
}

// SetOnHand is the movement that makes on hand a number, given what the caller believes it is: somebody who read an
// older number must not overwrite what happened since.
func SetOnHand(p Position, to, compare int64) (delta int64, err error) {
	if have := p.Get(OnHand); have != compare {
		return 0, errs.New(errs.Conflict, "stock_changed", "on hand of %s at %s is %d, the request compares with %d; read it again", p.SKU, p.Location, have, compare).
			With("sku", p.SKU, "location", p.Location)
	}
	return to - compare, nil
}
