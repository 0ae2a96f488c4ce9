// Package facts makes the tables that reports are read from, out of the journal: order lines, stage times, fulfillment
// orders, shipments, money, cancellations and the stock of each day.
//
// What lives here: the rows, what they add up to by the day, the fold that makes them of an order's events, and the
// reader that keeps the tables. What does not: definitions of metrics (report); documents, which facts are never read
// from.
// The one idea: the facts of an order are a function of its events alone. The reader folds on from what it remembers or
// from the order's first event, and writes the rows that became others; verify folds again and compares.
package facts

// Order is one order that was placed. Units count the current wish for them; days and hours are those of the channel's
// time zone when it was placed. Times are microseconds UTC, 0 for "not yet": a stage is reached when the last unit that
// is still wanted has reached it.
type Order struct {
	ID       string `col:"order_id"`
	Number   string `col:"number"`
	Channel  string `col:"channel"`
	Customer string `col:"customer"` // pseudonym; "" where it was erased before the facts were made
	Country  string `col:"country"`
	Currency string `col:"currency"`
	Status   string `col:"status"`
	Reason   string `col:"reason"`

	PlacedAt    int64  `col:"placed_at"`
	PlacedHour  string `col:"placed_hour"` // "2026-11-24T13"
	AcceptedAt  int64  `col:"accepted_at"`
	AllocatedAt int64  `col:"allocated_at"`
	ReleasedAt  int64  `col:"released_at"`
	PickedAt    int64  `col:"picked_at"`
	PackedAt    int64  `col:"packed_at"`
	ShippedAt   int64  `col:"shipped_at"`
	DeliveredAt int64  `col:"delivered_at"`
	DoneHour    string `col:"delivered_hour"` // "" until it is delivered
	ClosedAt    int64  `col:"closed_at"`

	PromisedFirst string `col:"promised_first"` // latest day of all lines, as first told; "" without a promise
	Promised      string `col:"promised"`       // as it stands now
	Repromised    int64  `col:"repromised"`     // how often it was changed
	DaysLate      int64  `col:"days_late"`      // delivered after the first promise; below zero: before it; 0 until delivered
	OnTime        int64  `col:"on_time"`        // 1: delivered by the current promise
	KeptPromise   int64  `col:"kept_promise"`   // 1: delivered by the first promise

	Units         int64 `col:"units"` // ordered
	Canceled      int64 `col:"canceled"`
	CanceledShort int64 `col:"canceled_short"` // of canceled: for want of stock
	Shipped       int64 `col:"shipped"`
	Delivered     int64 `col:"delivered"`
	FirstShipped  int64 `col:"first_shipped"` // with the first shipment
	Shipments     int64 `col:"shipments"`     // fulfillment orders that left
	Packages      int64 `col:"packages"`      // that left

	PlacedTotal int64 `col:"placed_total"` // grand total as placed
	Shipping    int64 `col:"shipping"`     // charge for the delivery, now
	Total       int64 `col:"total"`        // grand total now

	Charged  int64 `col:"charged"`   // earned by what shipped: goods, delivery and taxes
	Granted  int64 `col:"granted"`   // decided to be given back, or to pay for replacements
	Kept     int64 `col:"kept"`      // captured, less what went back
	EarnedAt int64 `col:"earned_at"` // when units shipped last
}

// Line is one line of an order. Gross, discount and taxes are those of all units ordered; what of that was canceled is
// canceled_value.
type Line struct {
	Order    string `col:"order_id"`
	Line     string `col:"line"`
	Channel  string `col:"channel"`
	Customer string `col:"customer"`
	Country  string `col:"country"`
	Currency string `col:"currency"`
	Status   string `col:"status"` // of the order
	SKU      string `col:"sku"`

	PlacedAt   int64  `col:"placed_at"`
	PlacedHour string `col:"placed_hour"`

	Ordered       int64 `col:"ordered"`
	Canceled      int64 `col:"canceled"`
	CanceledShort int64 `col:"canceled_short"` // for want of stock
	Backordered   int64 `col:"backordered"`    // now
	EverBack      int64 `col:"backordered_ever"`
	Allocated     int64 `col:"allocated"`
	InWork        int64 `col:"in_work"` // released, picked or packed
	Shipped       int64 `col:"shipped"`
	Delivered     int64 `col:"delivered"`
	Returned      int64 `col:"returned"`
	FirstShipped  int64 `col:"first_shipped"`
	ShippedInTime int64 `col:"shipped_in_time"` // no later than the day first promised; without a promise: all that shipped

	UnitPrice     int64  `col:"unit_price"`
	Gross         int64  `col:"gross"` // price x ordered
	Discount      int64  `col:"discount"`
	Tax           int64  `col:"tax"`          // on top
	TaxIncluded   int64  `col:"tax_included"` // inside of gross - discount
	CanceledValue int64  `col:"canceled_value"`
	Reason        string `col:"reason"` // of the last cancellation

	PromisedFirst string `col:"promised_first"`
	Promised      string `col:"promised"`
	BackAt        int64  `col:"backordered_at"`    // first
	BackEndedAt   int64  `col:"backorder_over_at"` // when the last backordered unit was filled or given up
	ShippedAt     int64  `col:"shipped_at"`        // last
	ShippedHour   string `col:"shipped_hour"`      // "" until something has shipped
	DeliveredAt   int64  `col:"delivered_at"`      // last
	DeliveredFor  int64  `col:"delivered_value"`   // what the units delivered cost the customer
}

// Fulfillment is one fulfillment order: the work of one location.
type Fulfillment struct {
	Order    string `col:"order_id"`
	ID       string `col:"fulfillment_id"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Location string `col:"location"`
	Carrier  string `col:"carrier"`
	Status   string `col:"status"`
	Reason   string `col:"reason"`
	Pickup   int64  `col:"pickup"`

	PlannedAt   int64  `col:"planned_at"`
	PlannedHour string `col:"planned_hour"`
	ReleasedAt  int64  `col:"released_at"`
	AcceptedAt  int64  `col:"accepted_at"`
	PickedAt    int64  `col:"picked_at"`
	PackedAt    int64  `col:"packed_at"`
	ShippedAt   int64  `col:"shipped_at"`
	DeliveredAt int64  `col:"delivered_at"`

	Asked    int64 `col:"asked"`    // units released to the location; 0 before
	Rejected int64 `col:"rejected"` // units that the location said it will not do
	Short    int64 `col:"short"`    // units that it looked for and did not find
	Shipped  int64 `col:"shipped"`
	Packages int64 `col:"packages"` // that left
}

// Shipment is one package that left a location.
type Shipment struct {
	Order       string `col:"order_id"`
	Fulfillment string `col:"fulfillment_id"`
	Package     string `col:"package"`
	Channel     string `col:"channel"`
	Country     string `col:"country"`
	Location    string `col:"location"`
	Carrier     string `col:"carrier"`
	Service     string `col:"service"`
	Label       string `col:"label"` // "" without one
	Units       int64  `col:"units"`
	Weight      int64  `col:"weight_grams"`
	Cost        int64  `col:"cost"` // of the label
	Currency    string `col:"currency"`

	ShippedAt     int64  `col:"shipped_at"`
	ShippedHour   string `col:"shipped_hour"`
	DeliveredAt   int64  `col:"delivered_at"`
	PromisedFirst string `col:"promised_first"` // of the lines in it, the latest
	Promised      string `col:"promised"`
	OnTime        int64  `col:"on_time"` // 1: delivered by the current promise
}

// Money is one amount that an event earned or moved. Earned: goods, shipping, tax, granted (below zero). Moved:
// captured, refunded (below zero), disputed (below zero), dispute_closed. Its account is the one that the books have on
// the other side of the receivable.
type Money struct {
	Order    string `col:"order_id"`
	Seq      int64  `col:"seq"`
	Line     int64  `col:"line"`
	Kind     string `col:"kind"`
	Account  string `col:"account"`
	Provider string `col:"provider"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Customer string `col:"customer"`
	Currency string `col:"currency"`
	Amount   int64  `col:"amount"`
	Gross    int64  `col:"gross"`    // of goods: before discounts and included taxes
	Discount int64  `col:"discount"` // of goods
	Units    int64  `col:"units"`    // of goods: that shipped
	Ref      string `col:"ref"`      // payment entry
	At       int64  `col:"at"`
	Hour     string `col:"hour"`
}

// Cancel is units of a line that an event gave up.
type Cancel struct {
	Order    string `col:"order_id"`
	Seq      int64  `col:"seq"`
	Line     string `col:"line"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Currency string `col:"currency"`
	SKU      string `col:"sku"`
	Reason   string `col:"reason"`
	Units    int64  `col:"units"`
	Value    int64  `col:"value"` // what they would have cost the customer
	At       int64  `col:"at"`
	Hour     string `col:"hour"`
}

// StockDay is what a position had at the end of a day (UTC) on which it moved.
type StockDay struct {
	SKU         string `col:"sku"`
	Location    string `col:"location"`
	Day         string `col:"day"`
	Number      int64  `col:"day_number"` // days since 1970-01-01
	OnHand      int64  `col:"on_hand"`
	Allocated   int64  `col:"allocated"`
	Reserved    int64  `col:"reserved"`
	Unsaleable  int64  `col:"unsaleable"` // damaged or in quality control
	Safety      int64  `col:"safety"`
	InTransit   int64  `col:"in_transit"`
	OnOrder     int64  `col:"on_order"`
	Backordered int64  `col:"backordered"`

	Received int64 `col:"received"` // came from suppliers: receipts, and corrections with that reason
	Shipped  int64 `col:"shipped"`  // left to customers
	Other    int64 `col:"other"`    // further change of on hand: transfers, counts, adjustments, returns
	Oversold int64 `col:"oversold"` // units that orders took while they were not there
}

// Tables of an order's facts, of cases, and of the stock.
var (
	Orders         = tableOf[Order]("fact_orders", "order_id")
	Lines          = tableOf[Line]("fact_lines", "order_id", "line")
	Fulfillments   = tableOf[Fulfillment]("fact_fulfillments", "order_id", "fulfillment_id")
	Shipments      = tableOf[Shipment]("fact_shipments", "order_id", "fulfillment_id", "package")
	Moneys         = tableOf[Money]("fact_money", "order_id", "seq", "line")
	Cancels        = tableOf[Cancel]("fact_cancels", "order_id", "seq", "line")
	Returns        = tableOf[Return]("fact_returns", "order_id", "return_id")
	ReturnLines    = tableOf[ReturnLine]("fact_return_lines", "order_id", "return_id", "line")
	Grants         = tableOf[Grant]("fact_grants", "order_id", "grant_id")
	Authorizations = tableOf[Authorization]("fact_authorizations", "order_id", "entry_id")
	Cases          = tableOf[Case]("fact_cases", "case_id")
	Variances      = tableOf[Variance]("fact_variances", "seq", "line")
	StockDays      = tableOf[StockDay]("fact_stock_days", "sku", "location", "day")
)

// Tables lists the names of these.
var Tables = []string{
	Orders.Name, Lines.Name, Fulfillments.Name, Shipments.Name, Moneys.Name, Cancels.Name, Returns.Name, ReturnLines.Name, Grants.Name, Authorizations.Name, Cases.Name, Variances.Name, StockDays.Name,
}

// Rows are the facts of one order.
type Rows struct {
	Orders         []Order // one, or none of a draft
	Lines          []Line
	Fulfillments   []Fulfillment
	Shipments      []Shipment
	Money          []Money
	Cancels        []Cancel
	Returns        []Return
	ReturnLines    []ReturnLine
	Grants         []Grant
	Authorizations []Authorization
}
