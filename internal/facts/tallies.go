package facts

import (
	"reflect"
	"slices"
	"strings"

	"ordo/internal/store"
)

// PlacedDay is what the orders placed on a day add up to, day and all else as in their facts. An order is in one of
// them at a time; what is counted of it there changes whenever its facts do. Refused orders count in none.
type PlacedDay struct {
	Day      string `col:"day"` // "2026-11-24"
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Currency string `col:"currency"`

	Orders        int64 `col:"orders"`
	Lines         int64 `col:"lines"`
	Ordered       int64 `col:"ordered"`
	Gross         int64 `col:"gross"`
	Discount      int64 `col:"discount"`
	Tax           int64 `col:"tax"`
	TaxIncluded   int64 `col:"tax_included"`
	Canceled      int64 `col:"canceled"`
	CanceledValue int64 `col:"canceled_value"`
	Backordered   int64 `col:"backordered"`
	EverBack      int64 `col:"backordered_ever"`

	LinesWanted   int64 `col:"lines_wanted"` // with demand: what was ordered, less what was given up though it was there
	LinesFilled   int64 `col:"lines_filled"` // all demand left with the first shipment
	UnitsWanted   int64 `col:"units_wanted"`
	UnitsShipped  int64 `col:"units_shipped"` // of lines with demand
	UnitsInTime   int64 `col:"units_in_time"`
	OrdersWanted  int64 `col:"orders_wanted"`
	OrdersFilled  int64 `col:"orders_filled"`
	OrdersShipped int64 `col:"orders_shipped"` // with demand, and something of it left
	OrdersSplit   int64 `col:"orders_split"`
	Packages      int64 `col:"packages"`

	OrdersGaveUp   int64 `col:"orders_gave_up"` // of which something was canceled
	GaveUp         int64 `col:"gave_up"`        // units, and by reason
	GaveUpValue    int64 `col:"gave_up_value"`
	ByCustomer     int64 `col:"by_customer"`
	ByOutOfStock   int64 `col:"by_out_of_stock"`
	ByFraud        int64 `col:"by_fraud"`
	ByPayment      int64 `col:"by_payment"`
	ByExpired      int64 `col:"by_expired"`
	ByOther        int64 `col:"by_other"`
	Standing       int64 `col:"orders_standing"`   // pending, open or completed
	Uncaptured     int64 `col:"orders_uncaptured"` // of these, not captured in full
	UncapturedSum  int64 `col:"uncaptured"`
	LeftUncaptured int64 `col:"orders_left_uncaptured"` // shipped in part and not captured for it
	LeftSum        int64 `col:"left_uncaptured"`
}

// WorkDay is what the fulfillment orders planned on a day add up to.
type WorkDay struct {
	Day      string `col:"day"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Location string `col:"location"`
	Carrier  string `col:"carrier"`

	Fulfillments int64 `col:"fulfillments"`
	Asked        int64 `col:"asked"`
	Rejected     int64 `col:"rejected"`
	Short        int64 `col:"short"`
	Shipped      int64 `col:"shipped"`
}

// UncapturedHour is what is not captured of standing orders placed on a day, by the hour (UTC) since when: shipped by
// when units shipped last, unshipped by when the order was placed.
type UncapturedHour struct {
	Day       string `col:"day"`
	Channel   string `col:"channel"`
	Country   string `col:"country"`
	Currency  string `col:"currency"`
	Since     int64  `col:"since"` // microseconds at the beginning of the hour
	Shipped   int64  `col:"shipped"`
	Unshipped int64  `col:"unshipped"`
}

// SinceHour is an hour in microseconds.
const SinceHour = 3_600_000_000

// Tables of what the facts of orders add up to. No row is all zero.
var (
	PlacedDays      = sumsOf[PlacedDay]("fact_placed_days", "day", "channel", "country", "currency")
	WorkDays        = sumsOf[WorkDay]("fact_work_days", "day", "channel", "country", "location", "carrier")
	UncapturedHours = signed(sumsOf[UncapturedHour]("fact_uncaptured_hours", "day", "channel", "country", "currency", "since"))
)

// SumTables lists their names.
var SumTables = []string{
	PlacedDays.Name, WorkDays.Name, UncapturedHours.Name, MoneyDays.Name, ShippedDays.Name, ReturnedDays.Name, DeliveredDays.Name, SpanDays.Name, SpanSeconds.Name,
}

// sumsOf is a table whose numbers are added to those of the row with the same keys.
func sumsOf[T comparable](name string, keys ...string) *Table[T] {
	t := tableOf[T](name, keys...)
	for i, c := range t.cols {
		t.cols[i].Add = c.Type == store.Int && !slices.Contains(keys, c.Name)
	}
	return t
}

// signed says of a table of sums that all of a row may be below zero.
func signed[T comparable](t *Table[T]) *Table[T] {
	t.signed = true
	return t
}

// Tallies are what the facts of orders add up to. The zero value is that of none.
type Tallies struct {
	Placed     map[PlacedDay]PlacedDay // by keys
	Work       map[WorkDay]WorkDay
	Uncaptured map[UncapturedHour]UncapturedHour
	Money      map[MoneyDay]MoneyDay
	Shipped    map[ShippedDay]ShippedDay
	Returned   map[ReturnedDay]ReturnedDay
	Delivered  map[DeliveredDay]DeliveredDay
	Spans      map[SpanDay]SpanDay
	Seconds    map[SpanSecond]SpanSecond
}

func (t *Tallies) begin() {
	if t.Placed == nil {
		*t = Tallies{
			map[PlacedDay]PlacedDay{},
			map[WorkDay]WorkDay{},
			map[UncapturedHour]UncapturedHour{},
			map[MoneyDay]MoneyDay{},
			map[ShippedDay]ShippedDay{},
			map[ReturnedDay]ReturnedDay{},
			map[DeliveredDay]DeliveredDay{},
			map[SpanDay]SpanDay{},
			map[SpanSecond]SpanSecond{},
		}
	}
}

// Add counts the facts of an order.
func (t *Tallies) Add(now *Rows) { t.Change(&Rows{}, now) }

// Change counts the facts of an order for what they were before. What is made of facts that have not changed stays.
func (t *Tallies) Change(was, now *Rows) {
	t.begin()
	same := func(equal bool, count func(*Rows, int64)) {
		if !equal {
			count(was, -1)
			count(now, 1)
		}
	}
	orders, lines, works := slices.Equal(was.Orders, now.Orders), slices.Equal(was.Lines, now.Lines), slices.Equal(was.Fulfillments, now.Fulfillments)
	same(orders && lines && slices.Equal(was.Cancels, now.Cancels), t.addPlaced)
	same(works, t.addWork)
	same(slices.Equal(was.Money, now.Money), t.addMoney)
	same(lines && slices.Equal(was.Shipments, now.Shipments), t.addShipped)
	back := slices.Equal(was.ReturnLines, now.ReturnLines)
	same(lines && back, t.addReturned)
	same(orders && back, t.addDelivered)
	same(slices.Equal(was.Returns, now.Returns) && slices.Equal(was.Grants, now.Grants), t.addReturnTimes)
}

// addPlaced counts orders where they were placed.
func (t *Tallies) addPlaced(r *Rows, sign int64) {
	for i := range r.Orders {
		tally(PlacedDays, t.Placed, r.placedDay(&r.Orders[i]), sign)
		for _, h := range uncapturedHours(&r.Orders[i]) {
			tally(UncapturedHours, t.Uncaptured, h, sign)
		}
	}
}

// addWork counts fulfillment orders, and how long their locations took.
func (t *Tallies) addWork(r *Rows, sign int64) {
	for i := range r.Fulfillments {
		f := &r.Fulfillments[i]
		tally(WorkDays, t.Work, WorkDay{
			Day: day(f.PlannedHour), Channel: f.Channel, Country: f.Country, Location: f.Location, Carrier: f.Carrier,
			Fulfillments: 1, Asked: f.Asked, Rejected: f.Rejected, Short: f.Short, Shipped: f.Shipped,
		}, sign)
		of := SpanDay{Day: day(f.PlannedHour), Channel: f.Channel, Country: f.Country, Location: f.Location, Carrier: f.Carrier}
		t.span(of, sign, LocationsWork, []span{{"work", f.ReleasedAt, f.PackedAt}})
	}
}

// Merge adds what others add up to.
func (t *Tallies) Merge(o *Tallies) {
	t.begin()
	merge(PlacedDays, t.Placed, o.Placed)
	merge(WorkDays, t.Work, o.Work)
	merge(UncapturedHours, t.Uncaptured, o.Uncaptured)
	merge(MoneyDays, t.Money, o.Money)
	merge(ShippedDays, t.Shipped, o.Shipped)
	merge(ReturnedDays, t.Returned, o.Returned)
	merge(DeliveredDays, t.Delivered, o.Delivered)
	merge(SpanDays, t.Spans, o.Spans)
	merge(SpanSeconds, t.Seconds, o.Seconds)
}

func merge[T comparable](t *Table[T], into, from map[T]T) {
	for _, row := range from {
		tally(t, into, row, 1)
	}
}

// tally adds the numbers of a row to those that have its keys. What is all zero then is left out.
func tally[T comparable](t *Table[T], into map[T]T, row T, sign int64) {
	key := t.KeyOf(row)
	sum, ok := into[key]
	if !ok {
		sum = key
	}
	from, to := reflect.ValueOf(&row).Elem(), reflect.ValueOf(&sum).Elem()
	for i, c := range t.cols {
		if c.Add {
			to.Field(i).SetInt(to.Field(i).Int() + sign*from.Field(i).Int())
		}
	}
	if sum == key {
		delete(into, key)
	} else {
		into[key] = sum
	}
}

// day is that of a local hour.
func day(hour string) string { return hour[:len("2006-01-02")] }

func (r *Rows) placedDay(o *Order) PlacedDay {
	d := PlacedDay{Day: day(o.PlacedHour), Channel: o.Channel, Country: o.Country, Currency: o.Currency}
	if o.Status == "rejected" {
		return d
	}
	d.Orders = 1
	for i := range r.Lines {
		d.line(&r.Lines[i])
	}
	if wanted := o.wanted(); wanted > 0 {
		d.OrdersWanted, d.Packages = 1, o.Packages
		d.OrdersFilled, d.OrdersShipped, d.OrdersSplit = one(o.FirstShipped >= wanted), one(o.Shipments > 0), one(o.Shipments > 1)
	}
	for _, c := range r.Cancels {
		d.GaveUp, d.GaveUpValue = d.GaveUp+c.Units, d.GaveUpValue+c.Value
		if c.Units > 0 {
			d.OrdersGaveUp = 1
		}
		if n := d.by(c.Reason); n != nil {
			*n += c.Units
		}
	}
	if o.stands() {
		all, left := o.uncaptured()
		d.Standing, d.Uncaptured, d.UncapturedSum, d.LeftUncaptured, d.LeftSum = 1, one(all > 0), all, one(left > 0), left
	}
	return d
}

func (d *PlacedDay) line(l *Line) {
	d.Lines++
	d.Ordered += l.Ordered
	d.Gross += l.Gross
	d.Discount += l.Discount
	d.Tax += l.Tax
	d.TaxIncluded += l.TaxIncluded
	d.Canceled += l.Canceled
	d.CanceledValue += l.CanceledValue
	d.Backordered += l.Backordered
	d.EverBack += l.EverBack
	if wanted := l.Ordered - l.Canceled + l.CanceledShort; wanted > 0 {
		d.LinesWanted++
		d.LinesFilled += one(l.FirstShipped >= wanted)
		d.UnitsWanted += wanted
		d.UnitsShipped += l.Shipped
		d.UnitsInTime += l.ShippedInTime
	}
}

// by is the counter of a reason; nil where there is no reason.
func (d *PlacedDay) by(reason string) *int64 {
	switch reason {
	case "":
		return nil
	case "customer":
		return &d.ByCustomer
	case OutOfStock:
		return &d.ByOutOfStock
	case "fraud":
		return &d.ByFraud
	case "payment":
		return &d.ByPayment
	case "expired":
		return &d.ByExpired
	}
	return &d.ByOther
}

func (o *Order) stands() bool {
	return o.Status == "pending" || o.Status == "open" || o.Status == "completed"
}

// uncaptured is what is not captured of the order, and of what of it has shipped.
func (o *Order) uncaptured() (all, left int64) {
	return max(0, o.Total-o.Granted-o.Kept), max(0, o.Charged-o.Granted-o.Kept)
}

func uncapturedHours(o *Order) (out []UncapturedHour) {
	if !o.stands() {
		return nil
	}
	all, left := o.uncaptured()
	h := UncapturedHour{Day: day(o.PlacedHour), Channel: o.Channel, Country: o.Country, Currency: o.Currency}
	if left != 0 {
		h.Since, h.Shipped = o.EarnedAt-o.EarnedAt%SinceHour, left
		out = append(out, h)
	}
	if all != left {
		h.Since, h.Shipped, h.Unshipped = o.PlacedAt-o.PlacedAt%SinceHour, 0, all-left
		out = append(out, h)
	}
	return out
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// stmts adds to the tables, and takes out what is nothing any more.
func (t *Tallies) stmts(d store.Dialect) []*store.Stmt {
	return slices.Concat(
		sumStmts(d, PlacedDays, t.Placed), sumStmts(d, WorkDays, t.Work), sumStmts(d, UncapturedHours, t.Uncaptured), sumStmts(d, MoneyDays, t.Money),
		sumStmts(d, ShippedDays, t.Shipped), sumStmts(d, ReturnedDays, t.Returned), sumStmts(d, DeliveredDays, t.Delivered), sumStmts(d, SpanDays, t.Spans), sumStmts(d, SpanSeconds, t.Seconds),
	)
}

func sumStmts[T comparable](d store.Dialect, t *Table[T], sums map[T]T) (out []*store.Stmt) {
	var rows, less []T
	for key, row := range sums {
		rows = append(rows, row)
		v := reflect.ValueOf(row)
		for i, c := range t.cols {
			if c.Add && (t.signed || v.Field(i).Int() < 0) { // what is below zero is nothing when something is added
				less = append(less, key)
				break
			}
		}
	}
	if len(rows) > 0 {
		out = append(out, t.put(d, rows))
	}
	if len(less) > 0 {
		out = append(out, t.removeEmpty(d, less))
	}
	return out
}

// removeEmpty takes away those of the rows of which nothing is left.
func (t *Table[T]) removeEmpty(d store.Dialect, keys []T) *store.Stmt {
	var text strings.Builder
	text.WriteString(d.Delete(t.Name, t.keys))
	for _, c := range t.cols {
		if c.Add {
			text.WriteString(" AND t." + c.Name + " = 0")
		}
	}
	return &store.Stmt{SQL: text.String(), Rows: values(keys, t.keys), Want: store.AnyRows}
}
