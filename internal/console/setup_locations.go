package console

import (
	"slices"

	"ordo/internal/catalog"
	"ordo/internal/shipping"
)

// days are those of the week as people count them.
var days = append(slices.Clone(shipping.Weekdays[1:]), shipping.Weekdays[0])

// locationKind are the places that hold stock, with their calendars.
var locationKind = &settingKind{
	path: "locations", title: "Locations and calendars", one: "Location", make: "New location",
	about: "Places that hold stock and ship: when they work, what they take in a day, where they deliver.",
	get:   "getLocation", put: "putLocation", list: "listLocations",
	columns: []string{"type", "active", "priority", "cut_off", "work_days"},
	fresh:   map[string]any{"active": true, "type": "warehouse"},
	sections: []settingSection{
		{code: "general", title: "General", settings: []setting{
			{Name: "name", Label: "Name", Kind: "text", Required: true},
			{Name: "type", Label: "Kind", Kind: "select", Codes: catalog.LocationTypes, Required: true},
			{Name: "active", Label: "Active", Kind: "yes", Help: "One that is not active gets no new orders; work that it has stays."},
			{Name: "auto_release", Label: "Released by themselves", Kind: "yes", Help: "Fulfillment orders go to the warehouse as soon as they are made, unless a hold is in the way."},
		}},
		{code: "address", title: "Address", about: "Where parcels come from. It may lack while the location ships nothing.", settings: append(addressSettings("address"),
			setting{Name: "address.latitude", Label: "Latitude, millionths of a degree", Kind: "signed", Help: "With the longitude, for distances: 53744000 is 53.744° north."},
			setting{Name: "address.longitude", Label: "Longitude, millionths of a degree", Kind: "signed", Help: "-332000 is 0.332° west."},
		)},
		{code: "calendar", title: "Opening hours and closed days", about: "What promises of delivery are computed from. Parcels that were promised keep their day.", settings: []setting{
			{Name: "time_zone", Label: "Time zone", Kind: "text", Without: "UTC", Help: "Such as Europe/Berlin. Empty: UTC."},
			{Name: "cut_off", Label: "Cut-off", Kind: "text", Without: "Midnight", Help: "Time of day such as 14:00: what is ordered later counts as of the next working day. Empty: midnight."},
			{Name: "processing_days", Label: "Working days until it leaves", Kind: "number", Without: "The same day", Help: "Between an order and its leaving. 0: the same day."},
			{Name: "work_days", Label: "Open on", Kind: "choices", Codes: days, Without: "Monday to Friday", Help: "All other days are closed. None chosen: Monday to Friday."},
			{Name: "holidays", Label: "Closed on public holidays of", Kind: "select", Choose: (*visit).holidayOptions, Without: "No public holidays", Help: "The location is closed on them."},
			specialDays("special_days", "They come before public holidays and opening days. Neither opens nor closes: it works as on any day. Orders from closing time on, such as 12:00, count as of the next working day if that is before the cut-off. No last day: one day."),
		}},
		{code: "sourcing", title: "Capacity and choice", about: "What decides whether a location gets an order, beside where it is and what it has.", settings: []setting{
			{Name: "priority", Label: "Priority", Kind: "number", Help: "Of two that are as good the one with the lower number ships."},
			{Name: "daily_capacity", Label: "Fulfillment orders a day", Kind: "number", Without: "Any number", Help: "What it takes in a day (UTC). 0: any number."},
			{Name: "handling_cost", Label: "Cost of a shipment before it travels", Kind: "minor", Without: "None", Help: "It counts where the cheapest way is chosen."},
			{Name: "ships_to", Label: "Ships to", Kind: "list", Without: "Everywhere", Help: "Countries of two letters, separated by commas. Empty: everywhere."},
		}},
		{code: "pickup", title: "Pickup and cancellation", settings: []setting{
			{Name: "pickup", Label: "Customers collect here", Kind: "select", Codes: []string{catalog.PickupOffered, catalog.PickupOnly, catalog.PickupNone}, Without: "Offered", Help: "Only: it does not ship."},
			{Name: "pickup_days", Label: "Days that an order waits for its customer", Kind: "number", Without: "As the server is set", Help: "0: as the settings of the server say."},
			{Name: "cancel_wait_hours", Label: "Hours to answer a cancellation request", Kind: "number", Without: "As the server is set", Help: "It is refused then. 0: as the settings of the server say."},
		}},
	},
}

// holidayOptions are the tables of public holidays by their keys.
func (v *visit) holidayOptions() ([]option, error) {
	var out []option
	for _, key := range shipping.HolidayTables() {
		out = append(out, option{Value: key, Text: v.format.Country(key)})
	}
	return out, nil
}
