package returns

import (
	"slices"

	"ordo/internal/errs"
	"ordo/internal/micros"
)

// SwapStatus is the state of the replacement of an exchange.
type SwapStatus string

// The states of a replacement. Awaiting is held until the units are back (standard); Released ships as soon as its
// worth is authorized (advance).
const (
	SwapAwaiting SwapStatus = "awaiting_return"
	SwapReleased SwapStatus = "replacement_released"
	SwapReceived SwapStatus = "return_received"
	SwapOverdue  SwapStatus = "item_overdue"
	SwapCharged  SwapStatus = "charged"
	SwapWaived   SwapStatus = "waived"
	SwapCanceled SwapStatus = "canceled"
	SwapRefunded SwapStatus = "refunded"
)

// SwapStatuses lists them.
var SwapStatuses = []SwapStatus{SwapAwaiting, SwapReleased, SwapReceived, SwapOverdue, SwapCharged, SwapWaived, SwapCanceled, SwapRefunded}

// swapSteps lists what may happen to a replacement, and where it leads. What is overdue is charged or waived, never
// both. Nothing to send leads to a refund of what comes back. What was to be sent in advance and has no money behind it
// is given up before anything of it leaves.
var swapSteps = map[SwapStatus]map[string]SwapStatus{
	SwapAwaiting: {"settle": SwapReceived, "cancel": SwapCanceled, "refund": SwapRefunded},
	SwapReleased: {"settle": SwapReceived, "overdue": SwapOverdue, "charge": SwapCharged, "cancel": SwapCanceled, "refund": SwapRefunded},
	SwapOverdue:  {"settle": SwapReceived, "charge": SwapCharged, "waive": SwapWaived, "cancel": SwapCanceled},
}

// Swap is the other half of an exchange: new lines on the same order.
type Swap struct {
	Status   SwapStatus  `json:"status"`
	Advance  bool        `json:"advance,omitzero"` // it ships before the units come back
	Items    []SwapItem  `json:"items"`
	Lines    []string    `json:"lines,omitzero"` // of the order
	Grant    string      `json:"grant,omitzero"` // of the order: what the returned units, or goodwill, pay of it
	Credit   int64       `json:"credit,omitzero"`
	Quoted   int64       `json:"quoted,omitzero"` // what the items cost when they were asked for: until there are lines
	Reason   string      `json:"reason,omitzero"` // of a replacement that was refunded: why nothing is sent
	Wait     bool        `json:"wait,omitzero"`   // what is missing is waited for, within the backorder limits, whatever the channel does with shortages
	DueAt    micros.Time `json:"due_at,omitzero"` // in advance: the units are to be back by then
	ClosedAt micros.Time `json:"closed_at,omitzero"`
}

// SwapItem is what is wanted instead.
type SwapItem struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// OutOfStock is why nothing is sent: it was there when it was asked for, and not any more when it was approved.
const OutOfStock = "insufficient_stock"

// CardDeclined is why nothing is sent in advance: the payment that was to secure it was declined. It is the reason of
// the exchange that is given up with it; where units are on their way back already, they are refunded.
const CardDeclined = "payment_declined"

// LinesCanceled is why nothing is sent: the lines of the replacement were canceled on the order.
const LinesCanceled = "canceled"

// Balance is what an exchange comes to, in minor units: what comes back pays for what is sent instead.
type Balance struct {
	Returned    int64 // what the units are worth that come back, less fees
	Replacement int64 // what the new goods cost
	ToPay       int64 // the difference, one of the two
	ToRefund    int64
	Settled     bool // it is no estimate any more
}

// BalanceOf says what an exchange comes to. Estimate is what would be refunded for what is undecided, replacement what
// the lines on the order cost that are sent instead.
func BalanceOf(r *Return, estimate, replacement int64) *Balance {
	s := r.Swap
	if s == nil {
		return nil
	}
	b := &Balance{Returned: estimate, Replacement: replacement, Settled: s.Over()}
	for _, f := range r.Refunds {
		b.Returned += f.Amount
	}
	if len(s.Lines) == 0 && s.Status == SwapAwaiting && !r.Over() {
		b.Replacement = s.Quoted
	}
	left := b.Replacement
	if s.Status == SwapWaived {
		left -= s.Credit
	}
	b.ToPay, b.ToRefund = max(0, left-b.Returned), max(0, b.Returned-left)
	return b
}

// Over reports whether nothing of the replacement is undecided.
func (s *Swap) Over() bool { return len(swapSteps[s.Status]) == 0 }

// MoveSwap takes the replacement of an exchange one step on.
func MoveSwap(r *Return, event string, now micros.Time) (*Return, error) {
	if r.Swap == nil {
		return r, errs.New(errs.Conflict, "illegal_transition", "it is no exchange").With("state", string(r.Status), "allowed", Allowed(r))
	}
	to, ok := swapSteps[r.Swap.Status][event]
	if !ok {
		return r, errs.IllegalTransition("the replacement", string(r.Swap.Status), event, AllowedSwap(r))
	}
	c := Clone(r)
	if c.Swap.Status = to; c.Swap.Over() {
		c.Swap.ClosedAt = now
	}
	return c, nil
}

// AllowedSwap lists the steps that people may take with the replacement.
func AllowedSwap(r *Return) []string {
	out := []string{}
	if r.Swap == nil {
		return out
	}
	for _, step := range []string{"charge", "waive"} {
		if _, ok := swapSteps[r.Swap.Status][step]; ok {
			out = append(out, step)
		}
	}
	return out
}

// checkSwap is the rule of one settlement: a replacement that is paid by the returned units names the grant, and one
// that was charged names none; one that became a refund says why.
func (r *Return) checkSwap() bool {
	s := r.Swap
	if (r.Type == Exchange) != (s != nil) {
		return false
	}
	return s == nil || slices.Contains(SwapStatuses, s.Status) && (s.Status == SwapRefunded) == (s.Reason != "") && (s.Grant == "") == (s.Credit == 0) && (s.Status != SwapCharged || s.Grant == "")
}

// What settles a claim. With nothing to send, a claim is refunded.
const (
	RemedyRefund = "refund"
	RemedyReship = "reship"
	RemedyBoth   = "both"
)

// Remedies lists them.
var Remedies = []string{RemedyRefund, RemedyReship, RemedyBoth}

// ClaimReasons are why units are claimed: not in the parcel; another item; hurt on the way; the parcel never came; it does
// not work. What is granted for a claim has the same code as its reason.
var ClaimReasons = []string{"missing", "wrong", "damaged", "lost", "defective"}
