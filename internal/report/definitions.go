package report

// Dimensions that many reports share.
var (
	byChannel  = dim("channel", "Code of the sales channel.")
	byCountry  = dim("country", "Destination, ISO 3166-1.")
	byCurrency = dim("currency", "ISO 4217.")
	bySKU      = dim("sku", "Stock keeping unit.")
	byLocation = dim("location", "Code of the location that ships.")
	byCarrier  = dim("carrier", "Code of the carrier.")
	byCustomer = dim("customer", "Pseudonym of the customer: the same for the same mail address.")

	withSKU      = through("sku", "fact_lines", "sku", "Orders that contain the SKU.")
	withLocation = through("location", "fact_fulfillments", "location", "Orders that the location works on.")
	withCarrier  = through("carrier", "fact_shipments", "carrier", "Orders of which the carrier has a package.")
)

// demanded is what the customer wanted: what was given up for want of stock stays demand, what the customer or anybody
// else gave up does not.
const demanded = "(f.ordered - f.canceled + f.canceled_short)"

const (
	ofOrder    = "(f.units - f.canceled + f.canceled_short)"
	taken      = "f.status <> 'rejected'"
	goods      = "f.kind = 'goods'"
	atPlacing  = "placed (time zone of the channel)"
	atShipping = "shipped, granted or paid: when the event happened (time zone of the channel)"
)

var definitions = []*Definition{
	{
		Name: "sales", Version: 1, Title: "Sales", Basis: atShipping, perMoney: true,
		Doc:  "Revenue as the books have it: recognized when units ship, less what was granted back. All amounts come from the journal's money events, none from orders as they stand.",
		from: "fact_money", at: "f.hour", where: "f.kind IN ('goods', 'shipping', 'tax', 'granted')",
		Metrics: []Metric{
			distinct("orders", "f.order_id", "f.kind = 'goods' AND f.units > 0", "Orders of which something shipped."),
			sum("units", Count, "f.units", goods, "Units that shipped."),
			sum("gross", Money, "f.gross", goods, "Price of these units before discounts."),
			sum("discounts", Money, "f.discount", goods, "Discounts on these units."),
			sum("net", Money, "f.amount", goods, "Goods after discounts, without taxes."),
			sum("shipping", Money, "f.amount", "f.kind = 'shipping'", "Charges for delivery, without taxes; with the first units of an order."),
			sum("tax", Money, "f.amount", "f.kind = 'tax'", "Taxes on both, included ones too."),
			sum("charged", Money, "f.amount", "f.kind <> 'granted'", "What customers owe for it: net + shipping + tax."),
			sum("refunds", Money, "-f.amount", "f.kind = 'granted'", "Decided to be given back, taxes included."),
			sum("total", Money, "f.amount", "", "charged - refunds."),
			ratio("average_order_value", Money, "charged", "orders", "charged / orders."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, byCustomer, withSKU, withLocation, withCarrier},
	},
	{
		Name: "demand", Version: 1, Title: "Orders placed", Basis: atPlacing, perMoney: true,
		Doc:  "What customers ordered, by line; refused orders are left out. Amounts are those of all units ordered, what was canceled since is shown beside them.",
		from: "fact_lines", at: "f.placed_hour", where: taken,
		Metrics: []Metric{
			distinct("orders", "f.order_id", "", "Orders placed."),
			rows("lines", "", "Lines."),
			sum("units", Count, "f.ordered", "", "Units ordered."),
			sum("gross", Money, "f.gross", "", "Price of these units before discounts."),
			sum("discounts", Money, "f.discount", "", "Discounts."),
			sum("net", Money, "f.gross - f.discount - f.tax_included", "", "gross - discounts, without taxes."),
			sum("tax", Money, "f.tax + f.tax_included", "", "Taxes on goods, included ones too."),
			sum("value", Money, "f.gross - f.discount + f.tax", "", "What customers were to pay for the goods: net + tax."),
			sum("canceled_units", Count, "f.canceled", "", "Units canceled since."),
			sum("canceled_value", Money, "f.canceled_value", "", "What they would have cost."),
			ratio("units_per_order", Ratio, "units", "orders", "units / orders."),
			ratio("average_order_value", Money, "value", "orders", "value / orders; delivery is not in it."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, bySKU, byCustomer, withLocation, withCarrier},
	},
	{
		Name: "payments", Version: 1, Title: "Payments", Basis: atShipping, perMoney: true,
		Doc:  "Money that moved, by event.",
		from: "fact_money", at: "f.hour", where: "f.kind IN ('captured', 'refunded', 'disputed', 'dispute_closed')",
		Metrics: []Metric{
			rows("captures", "f.kind = 'captured'", "Captures and receipts."),
			sum("captured", Money, "f.amount", "f.kind = 'captured'", "Their amount."),
			rows("refunds", "f.kind = 'refunded'", "Refunds that arrived."),
			sum("refunded", Money, "-f.amount", "f.kind = 'refunded'", "Their amount."),
			sum("disputed", Money, "-f.amount", "f.kind = 'disputed'", "Taken back by banks."),
			sum("won_back", Money, "f.amount", "f.kind = 'dispute_closed'", "Given back by banks."),
			sum("net", Money, "f.amount", "", "captured - refunded - disputed + won_back."),
			ratio("refund_rate", Ratio, "refunded", "captured", "refunded / captured."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, dim("provider", "Payment provider."), byCustomer},
	},
	{
		Name: "line_fill", Version: 1, Title: "Line and unit fill rate", Basis: atPlacing,
		Doc:  "Demand is what was ordered, less what was canceled for another reason than out_of_stock. Lines that are still in work count as not filled yet: look at days that are over.",
		from: "fact_lines", at: "f.placed_hour", where: and(taken, demanded+" > 0"),
		Metrics: []Metric{
			rows("lines", "", "Lines with demand."),
			rows("lines_filled", "f.first_shipped >= "+demanded, "Lines of which all demand left with the first shipment of the order."),
			ratio("line_fill_rate", Ratio, "lines_filled", "lines", "Line fill rate: lines shipped complete on first shipment / lines demanded."),
			sum("units", Count, demanded, "", "Units demanded."),
			sum("units_shipped", Count, "f.shipped", "", "Units that left."),
			sum("units_in_time", Count, "f.shipped_in_time", "", "Units that left no later than the day first promised; all that left where nothing was promised."),
			ratio("unit_fill_rate", Ratio, "units_in_time", "units", "Unit fill rate: units shipped by need date / units ordered."),
		},
		Dimensions: []Dimension{byChannel, byCountry, bySKU, withLocation, withCarrier},
	},
	{
		Name: "order_fill", Version: 1, Title: "Order fill rate, splits, packages", Basis: atPlacing,
		Doc:  "Orders that left complete in one go. Demand as in line_fill.",
		from: "fact_orders", at: "f.placed_hour", where: and(taken, ofOrder+" > 0"),
		Metrics: []Metric{
			rows("orders", "", "Orders with demand."),
			rows("orders_filled", "f.first_shipped >= "+ofOrder, "Orders of which all demand left with one shipment."),
			ratio("order_fill_rate", Ratio, "orders_filled", "orders", "Order fill rate: orders shipped complete in one go / orders."),
			rows("orders_shipped", "f.shipments > 0", "Orders of which something left."),
			rows("orders_split", "f.shipments > 1", "Of these, in more than one shipment."),
			ratio("split_rate", Ratio, "orders_split", "orders_shipped", "orders_split / orders_shipped."),
			sum("packages", Count, "f.packages", "", "Packages that left."),
			ratio("packages_per_order", Ratio, "packages", "orders_shipped", "packages / orders_shipped."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, byCustomer, withSKU, withLocation, withCarrier},
	},
	{
		Name: "cycle_time", Version: 1, Title: "Order cycle time", Basis: "delivered (time zone of the channel)",
		Doc:  "How long orders took, stage by stage. An order has reached a stage when the last unit that is still wanted has. Percentiles by nearest rank.",
		from: "fact_orders", at: "f.delivered_hour", where: "f.delivered_hour <> ''",
		Metrics: join(
			one(rows("orders", "", "Orders delivered.")),
			percentiles("total", "f.placed_at", "f.delivered_at", "Placed to delivered."),
			percentiles("accept", "f.placed_at", "f.accepted_at", "Placed to accepted."),
			percentiles("allocate", "f.accepted_at", "f.allocated_at", "Accepted to allocated."),
			percentiles("release", "f.allocated_at", "f.released_at", "Allocated to released."),
			percentiles("pick", "f.released_at", "f.picked_at", "Released to picked."),
			percentiles("pack", "f.picked_at", "f.packed_at", "Picked to packed."),
			percentiles("ship", "f.packed_at", "f.shipped_at", "Packed to shipped."),
			percentiles("deliver", "f.shipped_at", "f.delivered_at", "Shipped to delivered."),
		),
		Dimensions: []Dimension{byChannel, byCountry, byCustomer, withSKU, withLocation, withCarrier},
	},
	{
		Name: "otif", Version: 1, Title: "On time in full, promise accuracy", Basis: "delivered (time zone of the channel)",
		Doc:  "Orders delivered with a promise. The promise of an order is the latest day of its lines.",
		from: "fact_orders", at: "f.delivered_hour", where: "f.delivered_hour <> ''",
		Metrics: []Metric{
			rows("delivered", "", "Orders delivered."),
			rows("promised", "f.promised <> ''", "Of these, with a promise."),
			rows("on_time", "f.on_time = 1", "Delivered by the promise as it stood last."),
			rows("in_full", "f.promised <> '' AND f.delivered >= "+ofOrder, "Promised, and all demand was delivered."),
			rows("otif", "f.on_time = 1 AND f.delivered >= "+ofOrder, "Both."),
			ratio("otif_rate", Ratio, "otif", "promised", "OTIF: (delivered by the promise and quantity as demanded) / delivered orders with a promise."),
			rows("promise_kept", "f.kept_promise = 1", "Delivered by the first promise."),
			ratio("promise_accuracy", Ratio, "promise_kept", "promised", "Promise accuracy: first promise kept / delivered orders with a promise."),
			sum("repromises", Count, "f.repromised", "", "How often a promise was changed."),
			rows("late", "f.promised_first <> '' AND f.days_late > 0", "Delivered after the first promise."),
			sum("days_late", Days, "f.days_late", "f.days_late > 0", "Days that these were late, in all."),
			ratio("mean_days_late", Days, "days_late", "late", "days_late / late."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCustomer, withSKU, withLocation, withCarrier},
	},
	{
		Name: "backorders", Version: 1, Title: "Backorders", Basis: atPlacing,
		Doc:  "Units that were sold before they were there. Ages are as of now.",
		from: "fact_lines", at: "f.placed_hour", where: taken,
		Metrics: join([]Metric{
			sum("units", Count, "f.ordered", "", "Units ordered."),
			sum("units_backordered", Count, "f.backordered_ever", "", "Units that had to wait for stock."),
			ratio("backorder_rate", Ratio, "units_backordered", "units", "units_backordered / units."),
			sum("units_open", Count, "f.backordered", "", "Units that wait now."),
			sum("open_up_to_3_days", Count, "f.backordered", "f.backordered_at > {now} - 259200000000", "Of these, for up to 3 days."),
			sum("open_up_to_7_days", Count, "f.backordered", "f.backordered_at <= {now} - 259200000000 AND f.backordered_at > {now} - 604800000000", "For 3 to 7 days."),
			sum("open_up_to_30_days", Count, "f.backordered", "f.backordered_at <= {now} - 604800000000 AND f.backordered_at > {now} - 2592000000000", "For 7 to 30 days."),
			sum("open_longer", Count, "f.backordered", "f.backordered_at <= {now} - 2592000000000", "For more than 30 days."),
		}, percentiles("wait", "f.backordered_at", "f.backorder_over_at", "Lines whose backorder is over: from the first unit to the last.")),
		Dimensions: []Dimension{byChannel, byCountry, bySKU, withLocation},
	},
	cancels(),
	{
		Name: "shipments", Version: 1, Title: "Packages and shipping cost", Basis: "shipped (time zone of the channel)", perMoney: true,
		Doc:  "Packages that left, with what their labels cost. Currency is that of the label; of the order where there is none.",
		from: "fact_shipments", at: "f.shipped_hour",
		Metrics: []Metric{
			distinct("orders", "f.order_id", "", "Orders with a package."),
			distinct("shipments", "f.fulfillment_id", "", "Fulfillment orders that left."),
			rows("packages", "", "Packages."),
			sum("units", Count, "f.units", "", "Units in them."),
			sum("weight_grams", Count, "f.weight_grams", "", "Weight, where it is known."),
			sum("cost", Money, "f.cost", "", "Cost of their labels."),
			ratio("packages_per_order", Ratio, "packages", "orders", "packages / orders."),
			ratio("cost_per_order", Money, "cost", "orders", "cost / orders."),
			ratio("cost_per_package", Money, "cost", "packages", "cost / packages."),
			rows("delivered_promised", "f.delivered_at > 0 AND f.promised <> ''", "Packages delivered that had a promise."),
			rows("on_time", "f.on_time = 1", "Of these, by the promise."),
			ratio("on_time_rate", Ratio, "on_time", "delivered_promised", "on_time / delivered_promised."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byLocation, byCarrier, dim("service", "Service of the carrier."), byCurrency, withSKU},
	},
	{
		Name: "locations", Version: 1, Title: "Work of locations: rejections, short picks", Basis: "planned (time zone of the channel)",
		Doc:  "Fulfillment orders by location. Rates are shares of the units that were released to it.",
		from: "fact_fulfillments", at: "f.planned_hour",
		Metrics: join([]Metric{
			rows("fulfillments", "", "Fulfillment orders."),
			sum("released", Count, "f.asked", "", "Units released to the location."),
			sum("rejected", Count, "f.rejected", "", "Units that it refused."),
			ratio("rejection_rate", Ratio, "rejected", "released", "rejected / released."),
			sum("short", Count, "f.short", "", "Units that it looked for and did not find."),
			ratio("short_pick_rate", Ratio, "short", "released", "short / released."),
			sum("shipped", Count, "f.shipped", "", "Units that left."),
		}, percentiles("work", "f.released_at", "f.packed_at", "Released to packed.")),
		Dimensions: []Dimension{byChannel, byCountry, byLocation, byCarrier, withSKU},
	},
	inventory(),
	ageing(),
	accuracy(),
	returned(),
	returnTimes(),
	refunds(),
	perfectOrders(),
	risks(),
	uncaptured(),
	returnLabels(),
	cases(),
}

// cancelReasons are those that have metrics of their own; all others are "other".
var cancelReasons = []string{"customer", "out_of_stock", "fraud", "payment", "expired"}

// cancels counts by when the order was placed, so that every rate is a share of the same demand.
func cancels() *Definition {
	d := &Definition{
		Name: "cancels", Version: 1, Title: "Cancellations by reason", Basis: atPlacing, perMoney: true,
		Doc: "Units given up, as shares of the units ordered in the same orders. Orders that were refused are left out.",
		from: `(SELECT order_id, placed_hour AS hour, channel, country, currency, sku, '' AS reason, ordered, 0 AS units, 0 AS value FROM fact_lines WHERE status <> 'rejected'
			UNION ALL SELECT c.order_id, l.placed_hour, l.channel, l.country, l.currency, l.sku, c.reason, 0, c.units, c.value FROM fact_cancels AS c JOIN fact_lines AS l ON l.order_id = c.order_id AND l.line = c.line WHERE l.status <> 'rejected')`,
		at: "f.hour",
		Metrics: []Metric{
			sum("units", Count, "f.ordered", "", "Units ordered."),
			sum("canceled", Count, "f.units", "", "Units canceled."),
			sum("value", Money, "f.value", "", "What they would have cost."),
			distinct("orders", "f.order_id", "f.units > 0", "Orders of which something was canceled."),
			ratio("cancel_rate", Ratio, "canceled", "units", "Cancel rate: canceled / units."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, bySKU, withLocation},
	}
	other := ""
	for _, r := range cancelReasons {
		other += "'" + r + "', "
		d.Metrics = append(d.Metrics,
			sum(r, Count, "f.units", "f.reason = '"+r+"'", "Units canceled with the reason "+r+"."),
			ratio(r+"_rate", Ratio, r, "units", r+" / units."))
	}
	d.Metrics = append(d.Metrics,
		sum("other", Count, "f.units", "f.reason NOT IN ("+other+"'')", "Units canceled with any other reason."),
		ratio("other_rate", Ratio, "other", "units", "other / units."))
	return d
}
