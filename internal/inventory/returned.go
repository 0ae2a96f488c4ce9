package inventory

// Arrive takes units that a customer sent back into the building. They are in quality until somebody has looked at them.
func Arrive(sku, location string, units int64) []Movement {
	return Receive(sku, location, Quality, units)
}

// Leave takes units out of quality and out of the building: scrapped, or sent on.
func Leave(sku, location string, units int64) []Movement {
	return []Movement{{sku, location, OnHand, -units}, {sku, location, Quality, -units}}
}

// Shelve takes units out of quality to a shelf, here or at another location.
func Shelve(sku, from, to string, shelf Bucket, units int64) []Movement {
	if from != to {
		return append(Leave(sku, from, units), Receive(sku, to, shelf, units)...)
	}
	if shelf == Quality {
		return nil // it is there
	}
	moves := []Movement{{sku, from, Quality, -units}}
	if shelf != Available {
		moves = append(moves, Movement{sku, from, shelf, units})
	}
	return moves
}
