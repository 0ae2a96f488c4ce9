package returns

import (
	"ordo/internal/micros"
)

// SwapStatus is the state of the replacement of an exchange.
type SwapStatus string

// The states of a replacement. Awaiting is held until the units are back (standard); Released ships at once (advance).
const (
	SwapAwaiting SwapStatus = "awaiting_return"
	SwapReleased SwapStatus = "replacement_released"
	SwapReceived SwapStatus = "return_received"
	SwapOverdue  SwapStatus = "item_overdue"
	SwapCharged  SwapStatus = "charged"
	SwapWaived   SwapStatus = "waived"
	SwapClosed   SwapStatus = "closed"
)

// SwapStatuses lists them.
var SwapStatuses = []SwapStatus{SwapAwaiting, SwapReleased, SwapReceived, SwapOverdue, SwapCharged, SwapWaived, SwapClosed}

// Swap is the other half of an exchange: new lines on the same order.
type Swap struct {
	Status   SwapStatus  `json:"status"`
	Advance  bool        `json:"advance,omitzero"`
	Items    []SwapItem  `json:"items"`
	Lines    []string    `json:"lines,omitzero"`    // of the order
	Worth    int64       `json:"worth,omitzero"`    // of these lines
	Credit   int64       `json:"credit,omitzero"`   // of the returned units, that pays for them
	Fallback bool        `json:"fallback,omitzero"` // nothing was there to send: refunded instead
	DueAt    micros.Time `json:"due_at,omitzero"`   // of an advance exchange: the units are to be back by then
}

// SwapItem is what is wanted instead.
type SwapItem struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Over reports whether nothing of the replacement is undecided.
func (s *Swap) Over() bool {
	return s.Fallback || s.Status == SwapReceived || s.Status == SwapCharged || s.Status == SwapWaived || s.Status == SwapClosed
}
