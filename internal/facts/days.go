package facts

import "slices"

// MoneyDay is what was earned and what moved on a day. Before is "", but in rows that take orders away: those that had
// shipped on the day before it too, which is the last one before the day on which they did. Who asks for both days then
// counts them once.
type MoneyDay struct {
	Day      string `col:"day"`
	Before   string `col:"before_day"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Currency string `col:"currency"`
	Provider string `col:"provider"`

	Earned   int64 `col:"earned"` // how many amounts
	Orders   int64 `col:"orders"` // of which units shipped
	Units    int64 `col:"units"`
	Gross    int64 `col:"gross"`
	Discount int64 `col:"discount"`
	Net      int64 `col:"net"`
	Shipping int64 `col:"shipping"`
	Tax      int64 `col:"tax"`
	Granted  int64 `col:"granted"`

	Moved    int64 `col:"moved"` // how many amounts
	Captures int64 `col:"captures"`
	Captured int64 `col:"captured"`
	Refunds  int64 `col:"refunds"`
	Refunded int64 `col:"refunded"`
	Disputed int64 `col:"disputed"`
	WonBack  int64 `col:"won_back"`
}

// ShippedDay is the packages that left on a day, and the lines of which the last unit did. Before is as in MoneyDay. The
// currency of packages is that of their label, the currency of lines that of their order.
type ShippedDay struct {
	Day      string `col:"day"`
	Before   string `col:"before_day"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Currency string `col:"currency"`

	Orders            int64 `col:"orders"`    // with a package
	Shipments         int64 `col:"shipments"` // fulfillment orders
	Packages          int64 `col:"packages"`
	Units             int64 `col:"units"`
	Weight            int64 `col:"weight_grams"`
	Cost              int64 `col:"cost"`
	DeliveredPromised int64 `col:"delivered_promised"`
	OnTime            int64 `col:"on_time"`

	Lines        int64 `col:"lines"`
	Delivered    int64 `col:"delivered"` // units of these lines
	DeliveredFor int64 `col:"delivered_value"`
}

// DeliveredDay is the orders of which the last unit was delivered on a day.
type DeliveredDay struct {
	Day     string `col:"day"`
	Channel string `col:"channel"`
	Country string `col:"country"`

	Orders      int64 `col:"orders"`
	Promised    int64 `col:"promised"`
	OnTime      int64 `col:"on_time"`
	InFull      int64 `col:"in_full"` // promised, with all demand
	Otif        int64 `col:"otif"`
	PromiseKept int64 `col:"promise_kept"`
	Repromises  int64 `col:"repromises"`
	Late        int64 `col:"late"`
	DaysLate    int64 `col:"days_late"`
	DamageFree  int64 `col:"damage_free"` // promised, and nothing was wrong in the parcel
	Perfect     int64 `col:"perfect"`
}

// ReturnedDay is what came back, or was claimed, of the lines of which the last unit shipped on a day.
type ReturnedDay struct {
	Day      string `col:"day"`
	Channel  string `col:"channel"`
	Country  string `col:"country"`
	Currency string `col:"currency"` // of the order
	Reason   string `col:"reason"`
	Fault    string `col:"fault"`
	Type     string `col:"type"`

	Lines       int64 `col:"lines"` // in returns
	Requested   int64 `col:"requested"`
	Returned    int64 `col:"returned"`
	Accepted    int64 `col:"accepted"`
	Kept        int64 `col:"kept"`
	Rejected    int64 `col:"rejected"`
	Claimed     int64 `col:"claimed"`
	Value       int64 `col:"value"`
	Refunded    int64 `col:"refunded"`
	Inspected   int64 `col:"inspected"`
	Restocked   int64 `col:"restocked"`
	Unsaleable  int64 `col:"unsaleable"`
	Refurbish   int64 `col:"refurbish"`
	Quarantined int64 `col:"quarantined"`
	Scrapped    int64 `col:"scrapped"`
	ToVendor    int64 `col:"to_vendor"`
	ToCustomer  int64 `col:"to_customer"`
}

// Tables of what happened on a day.
var (
	MoneyDays     = signed(sumsOf[MoneyDay]("fact_money_days", "day", "before_day", "channel", "country", "currency", "provider"))
	ShippedDays   = signed(sumsOf[ShippedDay]("fact_shipped_days", "day", "before_day", "channel", "country", "currency"))
	ReturnedDays  = sumsOf[ReturnedDay]("fact_returned_days", "day", "channel", "country", "currency", "reason", "fault", "type")
	DeliveredDays = sumsOf[DeliveredDay]("fact_delivered_days", "day", "channel", "country")
)

// Apart are the reasons of claims and returns that say that a delivery was not what it should have been.
var Apart = []string{"damaged", "defective", "wrong_item", "wrong", "missing", "lost"}

// addMoney counts what was earned and what moved.
func (t *Tallies) addMoney(r *Rows, sign int64) {
	days := daysOf{}
	for i := range r.Money {
		m := &r.Money[i]
		d := m.day()
		tally(MoneyDays, t.Money, d, sign)
		if m.Kind == "goods" && m.Units > 0 {
			days.add(m.Currency, d.Day)
		}
	}
	days.once(func(currency, day, before string, n int64) {
		m := &r.Money[0]
		tally(MoneyDays, t.Money, MoneyDay{Day: day, Before: before, Channel: m.Channel, Country: m.Country, Currency: currency, Orders: n}, sign)
	})
}

// addShipped counts packages, and lines.
func (t *Tallies) addShipped(r *Rows, sign int64) {
	days, met := daysOf{}, map[[2]string]bool{}
	for i := range r.Shipments {
		s := &r.Shipments[i]
		d := s.day()
		if key := [2]string{s.Fulfillment, s.Currency}; !met[key] {
			met[key], d.Shipments = true, 1
		}
		tally(ShippedDays, t.Shipped, d, sign)
		days.add(s.Currency, d.Day)
	}
	days.once(func(currency, day, before string, n int64) {
		s := &r.Shipments[0]
		tally(ShippedDays, t.Shipped, ShippedDay{Day: day, Before: before, Channel: s.Channel, Country: s.Country, Currency: currency, Orders: n}, sign)
	})
	for i := range r.Lines {
		if l := &r.Lines[i]; l.ShippedHour != "" {
			tally(ShippedDays, t.Shipped, ShippedDay{
				Day: day(l.ShippedHour), Channel: l.Channel, Country: l.Country, Currency: l.Currency, Lines: 1, Delivered: l.Delivered, DeliveredFor: l.DeliveredFor,
			}, sign)
		}
	}
}

// addReturned counts what came back.
func (t *Tallies) addReturned(r *Rows, sign int64) {
	for i := range r.ReturnLines {
		b := &r.ReturnLines[i]
		n := slices.IndexFunc(r.Lines, func(l Line) bool { return l.Line == b.Line })
		if n < 0 || r.Lines[n].ShippedHour == "" {
			continue
		}
		l := &r.Lines[n]
		tally(ReturnedDays, t.Returned, ReturnedDay{
			Day: day(l.ShippedHour), Channel: l.Channel, Country: l.Country, Currency: l.Currency, Reason: b.Reason, Fault: b.Fault, Type: b.Type, Lines: 1,
			Requested: b.Requested, Returned: b.Returned, Accepted: b.Accepted, Kept: b.Kept, Rejected: b.Rejected, Claimed: b.Claimed, Value: b.Value, Refunded: b.Refunded,
			Inspected: b.Inspected, Restocked: b.Restocked, Unsaleable: b.Unsaleable, Refurbish: b.Refurbish, Quarantined: b.Quarantined, Scrapped: b.Scrapped, ToVendor: b.ToVendor, ToCustomer: b.ToCustomer,
		}, sign)
	}
}

// addDelivered counts orders that are delivered, and how long they took.
func (t *Tallies) addDelivered(r *Rows, sign int64) {
	for i := range r.Orders {
		if o := &r.Orders[i]; o.DoneHour != "" {
			tally(DeliveredDays, t.Delivered, r.deliveredDay(o), sign)
			t.span(SpanDay{Day: day(o.DoneHour), Channel: o.Channel, Country: o.Country}, sign, CycleTime, []span{
				{"total", o.PlacedAt, o.DeliveredAt},
				{"accept", o.PlacedAt, o.AcceptedAt},
				{"allocate", o.AcceptedAt, o.AllocatedAt},
				{"release", o.AllocatedAt, o.ReleasedAt},
				{"pick", o.ReleasedAt, o.PickedAt},
				{"pack", o.PickedAt, o.PackedAt},
				{"ship", o.PackedAt, o.ShippedAt},
				{"deliver", o.ShippedAt, o.DeliveredAt},
			})
		}
	}
}

// addReturnTimes counts how long returns took that are closed.
func (t *Tallies) addReturnTimes(r *Rows, sign int64) {
	for i := range r.Returns {
		b := &r.Returns[i]
		if b.Type == "claim" || b.Status != "closed" || b.ClosedHour == "" {
			continue
		}
		t.span(SpanDay{Day: day(b.ClosedHour), Channel: b.Channel, Country: b.Country, Location: b.Location}, sign, ReturnTimes, []span{
			{"total", b.RequestedAt, b.ClosedAt},
			{"approve", b.RequestedAt, b.ApprovedAt},
			{"arrive", b.ApprovedAt, b.ReceivedAt},
			{"inspect", b.ReceivedAt, b.InspectedAt},
			{"decide", b.ReceivedAt, b.RefundedAt},
			{"pay", b.RequestedAt, r.paidAt(b.ID)},
		})
	}
}

// paidAt is when the last grant of a return was paid in full; 0 while one is not.
func (r *Rows) paidAt(id string) (at int64) {
	for _, g := range r.Grants {
		if g.Return != id {
			continue
		}
		if g.PaidAt <= 0 {
			return 0
		}
		at = max(at, g.PaidAt)
	}
	return at
}

// daysOf are days on which something happened to an order, by currency.
type daysOf map[string][]string

func (d daysOf) add(currency, day string) {
	if !slices.Contains(d[currency], day) {
		d[currency] = append(d[currency], day)
	}
}

// once counts the order on each of its days, and takes it away where the day before it has it too.
func (d daysOf) once(count func(currency, day, before string, n int64)) {
	for currency, days := range d {
		slices.Sort(days)
		for i, day := range days {
			count(currency, day, "", 1)
			if i > 0 {
				count(currency, day, days[i-1], -1)
			}
		}
	}
}

func (m *Money) day() MoneyDay {
	d := MoneyDay{Day: day(m.Hour), Channel: m.Channel, Country: m.Country, Currency: m.Currency, Provider: m.Provider}
	switch m.Kind {
	case "goods":
		d.Earned, d.Units, d.Gross, d.Discount, d.Net = 1, m.Units, m.Gross, m.Discount, m.Amount
	case "shipping":
		d.Earned, d.Shipping = 1, m.Amount
	case "tax":
		d.Earned, d.Tax = 1, m.Amount
	case "granted":
		d.Earned, d.Granted = 1, -m.Amount
	case "captured":
		d.Moved, d.Captures, d.Captured = 1, 1, m.Amount
	case "refunded":
		d.Moved, d.Refunds, d.Refunded = 1, 1, -m.Amount
	case "disputed":
		d.Moved, d.Disputed = 1, -m.Amount
	case "dispute_closed":
		d.Moved, d.WonBack = 1, m.Amount
	}
	return d
}

func (s *Shipment) day() ShippedDay {
	return ShippedDay{
		Day: day(s.ShippedHour), Channel: s.Channel, Country: s.Country, Currency: s.Currency, Packages: 1, Units: s.Units, Weight: s.Weight, Cost: s.Cost,
		DeliveredPromised: one(s.DeliveredAt > 0 && s.Promised != ""), OnTime: s.OnTime,
	}
}

func (r *Rows) deliveredDay(o *Order) DeliveredDay {
	promised, full := o.Promised != "", o.Delivered >= o.wanted()
	whole := !slices.ContainsFunc(r.ReturnLines, func(l ReturnLine) bool { return l.Returned+l.Claimed > 0 && slices.Contains(Apart, l.Reason) })
	d := DeliveredDay{
		Day: day(o.DoneHour), Channel: o.Channel, Country: o.Country, Orders: 1, Promised: one(promised), OnTime: o.OnTime, InFull: one(promised && full), Otif: one(o.OnTime == 1 && full),
		PromiseKept: o.KeptPromise, Repromises: o.Repromised, Late: one(o.PromisedFirst != "" && o.DaysLate > 0), DaysLate: max(0, o.DaysLate),
		DamageFree: one(promised && whole), Perfect: one(promised && o.OnTime == 1 && full && whole),
	}
	return d
}

// wanted is the demand of the order: what was ordered, less what was given up though it was there.
func (o *Order) wanted() int64 { return o.Units - o.Canceled + o.CanceledShort }
