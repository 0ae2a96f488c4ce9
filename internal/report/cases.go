package report

// cases counts cases beside the orders of the same time. A case has the channel and country of the first order that it
// is about.
func cases() *Definition {
	const (
		day    = "86400000000"
		open   = "f.status NOT IN ('resolved', 'closed')"
		waited = open + " AND f.opened_at > {now} - "
	)
	return &Definition{
		Name: "cases", Version: 1, Title: "Cases: SLA, backlog, contacts", Basis: "opened (UTC); orders: placed (time zone of the channel)", drill: "cases",
		Doc:  "Cases by when they were opened, with the queue, priority and owner that they have now. A target is met when the clock, which counts working time, was stopped within its limit, and missed when it ran out. Grouped by what only cases have, contacts are still counted per order of all.",
		from: casesBeside("placed_hour", "1", "fact_orders WHERE status <> 'rejected'"), at: "f.hour",
		Metrics: join([]Metric{
			sum("cases", Count, "f.cases", "", "Cases opened."),
			sum("contacts", Count, "f.cases", "f.origin <> 'exception'", "Of these, by people and not by an exception."),
			of(sum("orders", Count, "f.orders", "", "Orders placed at the same time.")),
			ratio("contacts_per_order", Ratio, "contacts", "orders", "contacts / orders."),
			sum("first_response_met", Count, "f.first_met", "", "First responses within their target."),
			sum("first_response_missed", Count, "f.first_missed", "", "Too late, or still missing when it was too late."),
			sum("first_response_due", Count, "f.first_met + f.first_missed", "", "Both."),
			ratio("first_response_rate", Ratio, "first_response_met", "first_response_due", "first_response_met / first_response_due."),
			sum("next_responses", Count, "f.next_asked", "", "How often customers wrote again and waited for an answer."),
			sum("next_response_missed", Count, "f.next_missed", "", "Of these, too late."),
			sum("resolution_met", Count, "f.resolution_met", "", "Resolved within their target."),
			sum("resolution_missed", Count, "f.resolution_missed", "", "Too late, or still open when it was too late."),
			sum("resolution_due", Count, "f.resolution_met + f.resolution_missed", "", "Both."),
			ratio("resolution_rate", Ratio, "resolution_met", "resolution_due", "resolution_met / resolution_due."),
			sum("breaches", Count, "f.first_missed + f.next_missed + f.resolution_missed", "", "Targets missed."),
			sum("resolved", Count, "f.cases", "f.resolved_at > 0", "Cases that are resolved."),
			sum("reopened", Count, "f.reopened", "", "How often they were opened again."),
			sum("open", Count, "f.cases", open, "Backlog: cases that are open now."),
			sum("open_up_to_1_day", Count, "f.cases", waited+day, "Of these, for up to a day."),
			sum("open_up_to_3_days", Count, "f.cases", open+" AND f.opened_at <= {now} - "+day+" AND f.opened_at > {now} - 259200000000", "For 1 to 3 days."),
			sum("open_up_to_7_days", Count, "f.cases", open+" AND f.opened_at <= {now} - 259200000000 AND f.opened_at > {now} - 604800000000", "For 3 to 7 days."),
			sum("open_longer", Count, "f.cases", open+" AND f.opened_at <= {now} - 604800000000", "For more than 7 days."),
			sum("open_overdue", Count, "f.cases", open+" AND (f.resolution_missed = 1 OR f.resolution_due_at > 0 AND f.resolution_due_at <= {now})", "Backlog that is past its target."),
			sum("paused", Seconds, "f.paused", "", "How long they waited for customers, in all."),
		},
			percentiles("first_response", "f.opened_at", "f.replied_at", "Opened to the first reply, by the clock on the wall."),
			percentiles("resolution", "f.opened_at", "f.resolved_at", "Opened to resolved, by the clock on the wall.")),
		Dimensions: []Dimension{
			byChannel, byCountry, part("queue", "Code of the queue."), part("priority", "low, normal, high or urgent."), part("origin", "mail, form, phone, api or exception."),
			part("cause", "Exception that opened the case; none for none."), part("owner", "Id of the API key that has the case; none for none."),
		},
	}
}

// casesBeside are the rows of cases and those of orders, of which each stands for so many.
func casesBeside(hour, orders, from string) string {
	return `(SELECT c.case_id, c.order_id, c.opened_hour AS hour, COALESCE(o.channel, '') AS channel, COALESCE(o.country, '') AS country, c.status, c.queue, c.priority, c.origin,
		COALESCE(NULLIF(c.owner, ''), 'none') AS owner, COALESCE(NULLIF(c.cause, ''), 'none') AS cause, 1 AS cases, 0 AS orders, c.opened_at, c.replied_at, c.resolved_at, c.reopened, c.paused, c.first_limit, c.first_met, c.first_missed,
		c.first_due_at, c.next_asked, c.next_missed, c.resolution_limit, c.resolution_met, c.resolution_missed, c.resolution_due_at FROM fact_cases AS c LEFT JOIN fact_orders AS o ON o.order_id = c.order_id
		UNION ALL SELECT '', '', ` + hour + `, channel, country, 'closed', '', '', '', '', '', 0, ` + orders + `, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM ` + from + `)`
}
