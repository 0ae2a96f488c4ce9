package sourcing

import "ordo/internal/doc"

// NodeDay counts the fulfillment orders that a location with a daily capacity has for a day, those of pending orders
// among them (F5). Its id is NodeDayID.
type NodeDay struct {
	doc.Meta
	Location string `json:"location"`
	Day      string `json:"day"` // "2026-11-24", UTC
	Taken    int64  `json:"taken"`
}

// NodeDayID names a location's day. Codes have no control characters.
func NodeDayID(location, day string) string { return location + "\x1f" + day }
