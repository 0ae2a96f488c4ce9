package report

import "fmt"

// risks is authorizations by when they end: what of them is still open then cannot be captured any more.
func risks() *Definition {
	const risk = "f.expires_at > {now}"
	return &Definition{
		Name: "authorization_risk", Version: 1, Title: "Payments at risk of authorization expiry", Basis: "end of the authorization (time zone of the channel)", perMoney: true,
		Doc:  "Authorizations that end within the time, which may lie ahead: to is the horizon. Grouped by number, hour by hour, it says of each order how much is at risk and until when. Authorizations without an end are left out.",
		from: "fact_authorizations", at: "f.expires_hour", where: "f.expires_hour <> ''",
		Metrics: []Metric{
			rows("authorizations", "", "Authorizations that end within the time."),
			distinct("orders", "f.order_id", "", "Orders of these."),
			sum("amount", Money, "f.amount", "", "Their amount."),
			sum("captured", Money, "f.captured", "", "Of it, captured or being captured."),
			sum("voided", Money, "f.voided", "", "Given up or being given up."),
			sum("expired", Money, "f.expired", "", "Expired: what was left at their end."),
			sum("at_risk", Money, "f.open", risk, "Payments at risk of authorization expiry: neither captured nor given up, and not ended yet."),
			rows("authorizations_at_risk", "f.open > 0 AND "+risk, "Authorizations of which something is."),
			distinct("orders_at_risk", "f.order_id", "f.open > 0 AND f.expires_at > {now}", "Orders of these."),
			sum("at_risk_1_day", Money, "f.open", risk+" AND f.expires_at <= {now} + 86400000000", "Of the amount at risk, what ends within a day."),
			sum("at_risk_3_days", Money, "f.open", risk+" AND f.expires_at <= {now} + 259200000000", "Within three days."),
			sum("at_risk_7_days", Money, "f.open", risk+" AND f.expires_at <= {now} + 604800000000", "Within seven days."),
			ratio("expiry_rate", Ratio, "expired", "amount", "expired / amount."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, dim("provider", "Payment provider."), dim("number", "Number of the order."), withCustomer, withSKU},
	}
}

// What is not captured of an order: of what has shipped, and of all that it costs. What was granted back need not be.
const (
	notCaptured    = "CASE WHEN f.total - f.granted - f.kept > 0 THEN f.total - f.granted - f.kept ELSE 0 END"
	standing       = "f.status IN ('pending', 'open', 'completed')"
	leftUncaptured = "CASE WHEN f.charged - f.granted - f.kept > 0 THEN f.charged - f.granted - f.kept ELSE 0 END"
)

// uncaptured is the age of what is not captured: since it shipped, or since it was placed where it has not.
func uncaptured() *Definition {
	const waiting = "(" + notCaptured + ") - (" + leftUncaptured + ")"
	d := &Definition{
		Name: "uncaptured", Version: 1, Title: "Ageing of what is not captured", Basis: atPlacing, perMoney: true,
		Doc:  "Orders that stand, by what of them is neither captured nor granted back: shipped and not captured, by the age of the last shipment; placed and not shipped, by that of the order. What was recorded on manual counts as captured. Ages are as of now.",
		from: "fact_orders", at: "f.placed_hour", where: standing,
		Metrics: []Metric{
			rows("orders", "", "Orders placed that stand."),
			rows("orders_uncaptured", "("+notCaptured+") > 0", "Of these, not captured in full."),
			sum("uncaptured", Money, notCaptured, "", "What is not captured of them: shipped + unshipped."),
			rows("orders_shipped", "("+leftUncaptured+") > 0", "Orders of which something shipped that is not captured."),
			sum("shipped", Money, leftUncaptured, "", "Shipped and not captured."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, byCustomer, dim("number", "Number of the order."), withSKU, withLocation},
	}
	d.Metrics = append(d.Metrics, aged("shipped", leftUncaptured, "f.earned_at", "Of what has shipped,")...)
	d.Metrics = append(d.Metrics, sum("unshipped", Money, waiting, "", "Placed, not shipped and not captured."))
	d.Metrics = append(d.Metrics, aged("unshipped", waiting, "f.placed_at", "Of it,")...)
	return d
}

// ages are spans of time in microseconds, one after the other; the last has no end.
var ages = []struct {
	name, doc string
	to        int64
}{
	{"_up_to_1_day", "for up to a day", 86_400_000_000},
	{"_up_to_3_days", "for 1 to 3 days", 259_200_000_000},
	{"_up_to_7_days", "for 3 to 7 days", 604_800_000_000},
	{"_up_to_30_days", "for 7 to 30 days", 2_592_000_000_000},
	{"_longer", "for more than 30 days", 0},
}

// aged are metrics of a value by how long ago a time is.
func aged(prefix, value, since, doc string) (out []Metric) {
	before := int64(0)
	for _, a := range ages {
		where := ""
		if before > 0 {
			where = fmt.Sprintf("%s <= {now} - %d", since, before)
		}
		if before = a.to; a.to > 0 {
			where = and(where, fmt.Sprintf("%s > {now} - %d", since, a.to))
		}
		out = append(out, sum(prefix+a.name, Money, value, where, doc+" "+a.doc+"."))
	}
	return out
}

// returnLabels is what the ways back cost.
func returnLabels() *Definition {
	return &Definition{
		Name: "return_labels", Version: 1, Title: "Cost of return labels", Basis: "requested (time zone of the channel)", perMoney: true,
		Doc:  "Labels that the merchant bought for returns and exchanges; those that were given back cost nothing. Currency is that of the label.",
		from: "(SELECT order_id, requested_hour AS hour, channel, country, label_currency AS currency, location, label_carrier AS carrier, type, label_cost AS cost, fees FROM fact_returns WHERE label <> '')", at: "f.hour",
		Metrics: []Metric{
			rows("labels", "", "Returns with a label."),
			distinct("orders", "f.order_id", "", "Orders of these."),
			sum("cost", Money, "f.cost", "", "Cost of the labels."),
			ratio("cost_per_label", Money, "cost", "labels", "cost / labels."),
		},
		Dimensions: []Dimension{byChannel, byCountry, byCurrency, dim("location", "Code of the location that it came to."), byCarrier, dim("type", "return or exchange."), withCustomer, withSKU},
	}
}
