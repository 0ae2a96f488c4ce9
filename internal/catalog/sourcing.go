package catalog

import "ordo/internal/errs"

// Sourcing is what decides whether a location ships an order, beside where it is.
type Sourcing struct {
	ShipsTo       []string `json:"ships_to,omitzero" doc:"countries, ISO 3166-1 alpha-2; none: everywhere" maxItems:"300"`
	HandlingCost  int64    `json:"handling_cost,omitzero" doc:"what a shipment from here costs before it travels, in minor units" minimum:"0" maximum:"1000000000"`
	DailyCapacity int64    `json:"daily_capacity,omitzero" doc:"fulfillment orders that it takes in a day (UTC); 0: any number" minimum:"0" maximum:"1000000"`
	Pickup        string   `json:"pickup,omitzero" doc:"whether customers may collect here: offered when left out; only: it does not ship" enum:"none,offered,only"`

	PickupDays      int64 `json:"pickup_days,omitzero" doc:"how long an order waits here for its customer; left out: as the settings of the server say" minimum:"0" maximum:"90"`
	CancelWaitHours int64 `json:"cancel_wait_hours,omitzero" doc:"how long it may take to answer a cancellation request, which is refused then; left out: as the settings of the server say" minimum:"0" maximum:"720"`
}

// What Sourcing.Pickup can be; empty stands for offered.
const (
	PickupNone    = "none"
	PickupOffered = "offered"
	PickupOnly    = "only"
)

// MaxPickupDays is how many days an order waits for its customer at most; maxCancelHours bounds the answer to a
// cancellation request.
const (
	MaxPickupDays  = 90
	maxCancelHours = 720
)

// Shortages are what Channel.Shortage can be.
var Shortages = []string{"reject", "backorder", "park", "cancel"}

func (s *Sourcing) check(list *errs.List) {
	for i, c := range s.ShipsTo {
		checkCountry(list, pointer("/ships_to", i), c)
	}
	if s.HandlingCost < 0 || s.HandlingCost > 1_000_000_000 {
		list.Add("/handling_cost", "out_of_range", "give minor units, from 0 to 1000000000")
	}
	if s.DailyCapacity < 0 || s.DailyCapacity > 1_000_000 {
		list.Add("/daily_capacity", "out_of_range", "give a number from 0 to 1000000; 0 is any number")
	}
	if s.PickupDays < 0 || s.PickupDays > MaxPickupDays {
		list.Add("/pickup_days", "out_of_range", "give days, from 0 to %d; 0 is as the settings say", MaxPickupDays)
	}
	if s.CancelWaitHours < 0 || s.CancelWaitHours > maxCancelHours {
		list.Add("/cancel_wait_hours", "out_of_range", "give hours, from 0 to %d; 0 is as the settings say", maxCancelHours)
	}
	if p := s.Pickup; p != "" && p != PickupNone && p != PickupOffered && p != PickupOnly {
		list.Add("/pickup", "unknown_value", "give one of none, offered, only")
	}
}
