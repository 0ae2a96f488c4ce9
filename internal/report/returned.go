package report

import (
	"strings"

	"ordo/internal/facts"
)

// withCustomer filters what has no pseudonym of its own.
var withCustomer = through("customer", "fact_orders", "customer", "Orders of the customer with this pseudonym.")

// returned counts what came back by when it had shipped, so that each rate is a share of the same deliveries.
func returned() *Definition {
	const back, claimed = "f.type IN ('return', 'exchange')", "f.type = 'claim'"
	return &Definition{
		Name: "returns", Version: 2, Title: "Returns and claims by reason", Basis: "shipped: the last unit of the line (time zone of the channel)", perMoney: true,
		Doc:  "Units that came back, as shares of the units delivered among those that shipped at the same time. Grouped or filtered by what only returns have, such as the reason, the shares are still those of all deliveries.",
		from: returnedBeside("order_id, shipped_hour", "sku", "fact_lines WHERE shipped_hour <> ''", eachReturned), at: "f.hour",
		Metrics: []Metric{
			of(sum("delivered", Count, "f.delivered", "", "Units delivered, whatever became of them.")),
			of(sum("delivered_value", Money, "f.delivered_value", "", "What customers paid for them, taxes included.")),
			sum("requested", Count, "f.requested", back, "Units that customers asked to send back."),
			sum("returned", Count, "f.returned", "", "Units that came back, or that the customer kept with consent."),
			sum("returned_value", Money, "f.value", back, "What they had cost the customer, taxes included."),
			ratio("return_rate", Ratio, "returned", "delivered", "Return rate: returned / delivered."),
			ratio("return_value_rate", Ratio, "returned_value", "delivered_value", "returned_value / delivered_value."),
			sum("accepted", Count, "f.accepted + f.kept", back, "Of these, accepted."),
			sum("rejected", Count, "f.rejected", back, "Of these, not accepted."),
			sum("refunded", Money, "f.refunded", back, "Granted for these units, before fees."),
			sum("inspected", Count, "f.inspected", "", "Units that were looked at."),
			sum("restocked", Count, "f.restocked", "", "Of these, for sale again."),
			sum("unsaleable", Count, "f.unsaleable", "", "Back on the shelf, but damaged or in quality control."),
			sum("refurbish", Count, "f.refurbish", "", "In refurbishment."),
			sum("quarantined", Count, "f.quarantined", "", "In quarantine."),
			sum("scrapped", Count, "f.scrapped", "", "Scrapped."),
			sum("to_vendor", Count, "f.to_vendor", "", "Sent to the vendor."),
			sum("to_customer", Count, "f.to_customer", "", "Sent back to the customer."),
			ratio("restock_yield", Ratio, "restocked", "inspected", "Disposition yield: restocked / inspected."),
			sum("claimed", Count, "f.claimed", "", "Units claimed as missing, damaged or the like; they do not come back."),
			sum("claimed_value", Money, "f.value", claimed, "What they had cost the customer."),
			sum("claim_refunded", Money, "f.refunded", claimed, "Granted for these units. By reason it is what the report refunds has as items of claims with the same reason, as refunded is what it has of returns and exchanges."),
			ratio("claim_rate", Ratio, "claimed", "delivered", "claimed / delivered."),
		},
		Dimensions: []Dimension{
			byChannel, byCountry, byCurrency, bySKU, part("reason", "Why the customer sends it back, or claims it."), part("fault", "Whose it is, by the reason: customer or merchant."),
			part("type", "return, exchange or claim."), withCustomer, withLocation, withCarrier,
		},
	}
}

const (
	eachReturned = `SELECT r.order_id, l.shipped_hour, l.channel, l.country, l.currency, l.sku, r.reason, r.fault, r.type, 0, 0, r.requested, r.returned, r.accepted, r.kept, r.rejected,
		r.claimed, r.value, r.refunded, r.inspected, r.restocked, r.unsaleable, r.refurbish, r.quarantined, r.scrapped, r.to_vendor, r.to_customer
		FROM fact_return_lines AS r JOIN fact_lines AS l ON l.order_id = r.order_id AND l.line = r.line WHERE l.shipped_hour <> ''`
	daysReturned = `SELECT '', day, channel, country, currency, '', reason, fault, type, 0, 0, requested, returned, accepted, kept, rejected,
		claimed, value, refunded, inspected, restocked, unsaleable, refurbish, quarantined, scrapped, to_vendor, to_customer FROM fact_returned_days`
)

// returnedBeside are the rows of what was delivered and those of what came back.
func returnedBeside(hour, sku, from, back string) string {
	return `(SELECT ` + hour + ` AS hour, channel, country, currency, ` + sku + ` AS sku, '' AS reason, '' AS fault, '' AS type, delivered, delivered_value, 0 AS requested, 0 AS returned, 0 AS accepted, 0 AS kept, 0 AS rejected,
		0 AS claimed, 0 AS value, 0 AS refunded, 0 AS inspected, 0 AS restocked, 0 AS unsaleable, 0 AS refurbish, 0 AS quarantined, 0 AS scrapped, 0 AS to_vendor, 0 AS to_customer FROM ` + from + `
		UNION ALL ` + back + `)`
}

// closedReturns are the returns and exchanges that were closed.
const closedReturns = `(SELECT r.*, COALESCE((SELECT CASE WHEN MIN(g.paid_at) > 0 THEN MAX(g.paid_at) ELSE 0 END FROM fact_grants AS g WHERE g.order_id = r.order_id AND g.return_id = r.return_id), 0) AS paid_at
	FROM fact_returns AS r WHERE r.type <> 'claim' AND r.status = 'closed')`

// returnTimes is how long returns took. When the money arrived is that of the last grant of the return.
func returnTimes() *Definition {
	return &Definition{
		Name: "return_times", Version: 1, Title: "Cycle time of returns", Basis: "closed (time zone of the channel)",
		Doc:  "Returns and exchanges that were closed, stage by stage; those that were declined, canceled, expired or lost are left out. A stage is reached with the last unit. Percentiles by nearest rank.",
		from: closedReturns,
		at:   "f.closed_hour",
		Metrics: join(
			[]Metric{rows("returns", "", "Returns closed."), sum("overridden", Count, "f.overridden", "", "Of these, with the policy overridden.")},
			percentiles("total", "f.requested_at", "f.closed_at", "Requested to closed."),
			percentiles("approve", "f.requested_at", "f.approved_at", "Requested to approved."),
			percentiles("arrive", "f.approved_at", "f.received_at", "Approved to received."),
			percentiles("inspect", "f.received_at", "f.inspected_at", "Received to inspected."),
			percentiles("decide", "f.received_at", "f.refunded_at", "Received to the decision on the refund."),
			percentiles("pay", "f.requested_at", "f.paid_at", "Requested to the money being back."),
		),
		Dimensions: []Dimension{byChannel, byCountry, dim("type", "return or exchange."), dim("location", "Code of the location that it came to."), withCustomer, withSKU},
	}
}

// refunds is decisions to give money back, and what became of them.
func refunds() *Definition {
	return &Definition{
		Name: "refunds", Version: 2, Title: "Refunds by reason, lead time", Basis: "granted (time zone of the channel)", perMoney: true,
		Doc:  "What was decided to be given back, by the day of the decision, and how much of it has been since. What is open includes what was granted before it was paid, which lowers what is due instead.",
		from: "fact_grants", at: "f.granted_hour",
		Metrics: join([]Metric{
			rows("grants", "", "Decisions."),
			distinct("orders", "f.order_id", "", "Orders of these."),
			sum("units", Count, "f.units", "", "Units that they are for."),
			sum("granted", Money, "f.amount", "", "Their amount, taxes included."),
			sum("items", Money, "f.items", "", "Of it, for units, before fees."),
			sum("shipping", Money, "f.shipping", "", "Of it, for deliveries."),
			sum("for_returns", Money, "f.amount", "f.type IN ('return', 'exchange')", "Of it, for returns and exchanges."),
			sum("for_claims", Money, "f.amount", "f.type = 'claim'", "Of it, for claims."),
			sum("refunded", Money, "f.refunded", "", "Went back to payments."),
			sum("credited", Money, "f.credited", "", "Issued as store credit."),
			sum("replaced", Money, "f.replaced", "", "Paid for replacements on the same order."),
			sum("open", Money, "f.amount - f.refunded - f.credited - f.replaced", "", "granted - refunded - credited - replaced."),
			rows("grants_open", "f.paid_at = 0", "Decisions of which something is open."),
			sum("refused", Count, "f.refused", "", "How often a provider refused to refund."),
		}, percentiles("lead", "f.granted_at", "f.paid_at", "Refund lead time: granted to all of it being back.")),
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, dim("reason", "Why it was granted: return for what came back, the reason of the claim for claims."), dim("type", "return, exchange or claim that it is for; empty for none."), withCustomer, withSKU, withLocation},
	}
}

// perfectOrders multiplies the shares that the documents of APQC multiply, as far as events tell them.
func perfectOrders() *Definition {
	whole := "NOT EXISTS (SELECT 1 FROM fact_return_lines AS x WHERE x.order_id = f.order_id AND x.returned + x.claimed > 0 AND x.reason IN ('" + strings.Join(facts.Apart, "', '") + "'))"
	return &Definition{
		Name: "perfect_orders", Version: 1, Title: "Perfect orders", Basis: "delivered (time zone of the channel)",
		Doc:  "Orders delivered with a promise. Whether papers were accurate no event tells: the product is of three shares, not of APQC's four. Damage-free: no unit came back or was claimed as damaged, defective, wrong, missing or lost.",
		from: "fact_orders", at: "f.delivered_hour", where: "f.delivered_hour <> '' AND f.promised <> ''",
		Metrics: []Metric{
			rows("orders", "", "Orders delivered with a promise."),
			rows("on_time", "f.on_time = 1", "By the promise as it stood last."),
			rows("complete", "f.delivered >= "+ofOrder, "With all demand."),
			rows("damage_free", whole, "Without anything wrong in the parcel."),
			ratio("on_time_rate", Ratio, "on_time", "orders", "on_time / orders."),
			ratio("complete_rate", Ratio, "complete", "orders", "complete / orders."),
			ratio("damage_free_rate", Ratio, "damage_free", "orders", "damage_free / orders."),
			product("perfect_order_index", "Perfect order: on_time_rate x complete_rate x damage_free_rate.", "on_time_rate", "complete_rate", "damage_free_rate"),
			rows("perfect", "f.on_time = 1 AND f.delivered >= "+ofOrder+" AND "+whole, "Orders that were all of it."),
			ratio("perfect_rate", Ratio, "perfect", "orders", "The stricter share, order by order: perfect / orders."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCustomer, withSKU, withLocation, withCarrier},
	}
}
