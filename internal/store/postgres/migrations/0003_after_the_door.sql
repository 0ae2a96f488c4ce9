-- Order changes and drafts.
CREATE INDEX order_changes_order ON order_changes (order_id, id);

-- Returns, exchanges, claims.
CREATE TABLE returns (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	order_id text COLLATE "C" NOT NULL, type text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL, due_at bigint NOT NULL
);
CREATE INDEX returns_order ON returns (order_id, id);
CREATE INDEX returns_status ON returns (status, id);
CREATE INDEX returns_due ON returns (due_at, id);
CREATE TABLE return_terms (
	id text COLLATE "C" NOT NULL, field text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
	PRIMARY KEY (field, value, id)
);
CREATE INDEX return_terms_id ON return_terms (id);
-- Fulfillment orders by the tracking numbers of their packages.
CREATE TABLE fulfillment_terms (
	id text COLLATE "C" NOT NULL, field text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
	PRIMARY KEY (field, value, id)
);
CREATE INDEX fulfillment_terms_id ON fulfillment_terms (id);
CREATE TABLE return_policies (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);

-- Customers.
CREATE TABLE customers (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	email text COLLATE "C" NOT NULL, phone text COLLATE "C" NOT NULL
);
CREATE INDEX customers_email ON customers (email, id);
CREATE INDEX customers_phone ON customers (phone, id);
CREATE TABLE customer_terms (
	id text COLLATE "C" NOT NULL, field text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
	PRIMARY KEY (field, value, id)
);
CREATE INDEX customer_terms_id ON customer_terms (id);

-- Cases.
CREATE TABLE cases (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	status text COLLATE "C" NOT NULL, queue text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL, priority bigint NOT NULL, customer text COLLATE "C" NOT NULL, due_at bigint NOT NULL
);
CREATE INDEX cases_status ON cases (status, id);
CREATE INDEX cases_queue ON cases (queue, status, id);
CREATE INDEX cases_owner ON cases (owner, status, id);
CREATE INDEX cases_customer ON cases (customer, id);
CREATE INDEX cases_due ON cases (due_at, id);
CREATE TABLE case_terms (
	id text COLLATE "C" NOT NULL, field text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
	PRIMARY KEY (field, value, id)
);
CREATE INDEX case_terms_id ON case_terms (id);
CREATE TABLE case_entries (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	case_id text COLLATE "C" NOT NULL, number bigint NOT NULL
);
CREATE INDEX case_entries_case ON case_entries (case_id, number);
CREATE TABLE queues (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE sla_policies (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE macros (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
-- What was given to customers beyond what they were owed: by order, and by agent and day.
CREATE TABLE appeasements (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL
);
CREATE TABLE agent_days (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL
);

-- Facts for reports, made from the journal; rebuilt from it at any time.
CREATE TABLE fact_orders (
	order_id text COLLATE "C" NOT NULL, number text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, customer text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, currency text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL,
	placed_at bigint NOT NULL, placed_hour text COLLATE "C" NOT NULL, accepted_at bigint NOT NULL, allocated_at bigint NOT NULL,
	released_at bigint NOT NULL, picked_at bigint NOT NULL, packed_at bigint NOT NULL, shipped_at bigint NOT NULL,
	delivered_at bigint NOT NULL, delivered_hour text COLLATE "C" NOT NULL, closed_at bigint NOT NULL,
	promised_first text COLLATE "C" NOT NULL, promised text COLLATE "C" NOT NULL, repromised bigint NOT NULL, days_late bigint NOT NULL,
	on_time bigint NOT NULL, kept_promise bigint NOT NULL, units bigint NOT NULL, canceled bigint NOT NULL,
	canceled_short bigint NOT NULL, shipped bigint NOT NULL, delivered bigint NOT NULL,
	first_shipped bigint NOT NULL, shipments bigint NOT NULL, packages bigint NOT NULL, placed_total bigint NOT NULL,
	shipping bigint NOT NULL, total bigint NOT NULL, charged bigint NOT NULL, granted bigint NOT NULL,
	kept bigint NOT NULL, earned_at bigint NOT NULL,
	PRIMARY KEY (order_id)
);
CREATE INDEX fact_orders_placed_hour ON fact_orders (placed_hour);
CREATE INDEX fact_orders_delivered_hour ON fact_orders (delivered_hour) WHERE delivered_hour <> '';
CREATE INDEX fact_orders_placed_at ON fact_orders (placed_at);
CREATE INDEX fact_orders_earned_at ON fact_orders (earned_at) WHERE earned_at > 0;
CREATE TABLE fact_lines (
	order_id text COLLATE "C" NOT NULL, line text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, customer text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL,
	currency text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL, sku text COLLATE "C" NOT NULL, placed_at bigint NOT NULL,
	placed_hour text COLLATE "C" NOT NULL, ordered bigint NOT NULL, canceled bigint NOT NULL, canceled_short bigint NOT NULL,
	backordered bigint NOT NULL, backordered_ever bigint NOT NULL, allocated bigint NOT NULL,
	in_work bigint NOT NULL, shipped bigint NOT NULL, delivered bigint NOT NULL, returned bigint NOT NULL,
	first_shipped bigint NOT NULL, shipped_in_time bigint NOT NULL, unit_price bigint NOT NULL,
	gross bigint NOT NULL, discount bigint NOT NULL, tax bigint NOT NULL, tax_included bigint NOT NULL,
	canceled_value bigint NOT NULL, reason text COLLATE "C" NOT NULL, promised_first text COLLATE "C" NOT NULL, promised text COLLATE "C" NOT NULL,
	backordered_at bigint NOT NULL, backorder_over_at bigint NOT NULL, shipped_at bigint NOT NULL,
	shipped_hour text COLLATE "C" NOT NULL, delivered_at bigint NOT NULL, delivered_value bigint NOT NULL,
	PRIMARY KEY (order_id, line)
);
CREATE INDEX fact_lines_placed_hour ON fact_lines (placed_hour);
CREATE INDEX fact_lines_shipped_hour ON fact_lines (shipped_hour) WHERE shipped_hour <> '';
CREATE INDEX fact_lines_backordered ON fact_lines (placed_hour) WHERE backordered_at > 0;
CREATE TABLE fact_fulfillments (
	order_id text COLLATE "C" NOT NULL, fulfillment_id text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL,
	location text COLLATE "C" NOT NULL, carrier text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL,
	pickup bigint NOT NULL, planned_at bigint NOT NULL, planned_hour text COLLATE "C" NOT NULL, released_at bigint NOT NULL,
	accepted_at bigint NOT NULL, picked_at bigint NOT NULL, packed_at bigint NOT NULL, shipped_at bigint NOT NULL,
	delivered_at bigint NOT NULL, asked bigint NOT NULL, rejected bigint NOT NULL, short bigint NOT NULL,
	shipped bigint NOT NULL, packages bigint NOT NULL,
	PRIMARY KEY (order_id, fulfillment_id)
);
CREATE INDEX fact_fulfillments_planned_hour ON fact_fulfillments (planned_hour);
CREATE INDEX fact_fulfillments_packed ON fact_fulfillments (planned_hour) WHERE packed_at > 0;
CREATE TABLE fact_shipments (
	order_id text COLLATE "C" NOT NULL, fulfillment_id text COLLATE "C" NOT NULL, package text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL, carrier text COLLATE "C" NOT NULL, service text COLLATE "C" NOT NULL, label text COLLATE "C" NOT NULL,
	units bigint NOT NULL, weight_grams bigint NOT NULL, cost bigint NOT NULL, currency text COLLATE "C" NOT NULL,
	shipped_at bigint NOT NULL, shipped_hour text COLLATE "C" NOT NULL, delivered_at bigint NOT NULL,
	promised_first text COLLATE "C" NOT NULL, promised text COLLATE "C" NOT NULL, on_time bigint NOT NULL,
	PRIMARY KEY (order_id, fulfillment_id, package)
);
CREATE INDEX fact_shipments_shipped_hour ON fact_shipments (shipped_hour);
CREATE TABLE fact_money (
	order_id text COLLATE "C" NOT NULL, seq bigint NOT NULL, line bigint NOT NULL, kind text COLLATE "C" NOT NULL, account text COLLATE "C" NOT NULL,
	provider text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL, customer text COLLATE "C" NOT NULL,
	currency text COLLATE "C" NOT NULL, amount bigint NOT NULL, gross bigint NOT NULL, discount bigint NOT NULL,
	units bigint NOT NULL, ref text COLLATE "C" NOT NULL, at bigint NOT NULL, hour text COLLATE "C" NOT NULL,
	PRIMARY KEY (order_id, seq, line)
);
CREATE INDEX fact_money_hour ON fact_money (hour);
CREATE TABLE fact_cancels (
	order_id text COLLATE "C" NOT NULL, seq bigint NOT NULL, line text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL,
	currency text COLLATE "C" NOT NULL, sku text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL, units bigint NOT NULL, value bigint NOT NULL,
	at bigint NOT NULL, hour text COLLATE "C" NOT NULL,
	PRIMARY KEY (order_id, seq, line)
);
CREATE INDEX fact_cancels_hour ON fact_cancels (hour);
CREATE TABLE fact_returns (
	order_id text COLLATE "C" NOT NULL, return_id text COLLATE "C" NOT NULL, type text COLLATE "C" NOT NULL,
	status text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, currency text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL,
	refund_to text COLLATE "C" NOT NULL, overridden bigint NOT NULL, requested_at bigint NOT NULL,
	requested_hour text COLLATE "C" NOT NULL, approved_at bigint NOT NULL, sent_at bigint NOT NULL,
	received_at bigint NOT NULL, inspected_at bigint NOT NULL, refunded_at bigint NOT NULL, closed_at bigint NOT NULL,
	closed_hour text COLLATE "C" NOT NULL, items bigint NOT NULL, shipping bigint NOT NULL, fees bigint NOT NULL,
	amount bigint NOT NULL, bonus bigint NOT NULL, label text COLLATE "C" NOT NULL,
	label_carrier text COLLATE "C" NOT NULL, label_cost bigint NOT NULL, label_currency text COLLATE "C" NOT NULL,
	PRIMARY KEY (order_id, return_id)
);
CREATE INDEX fact_returns_requested_hour ON fact_returns (requested_hour);
CREATE INDEX fact_returns_closed_hour ON fact_returns (closed_hour) WHERE closed_hour <> '';
CREATE TABLE fact_return_lines (
	order_id text COLLATE "C" NOT NULL, return_id text COLLATE "C" NOT NULL, line text COLLATE "C" NOT NULL,
	type text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, currency text COLLATE "C" NOT NULL, sku text COLLATE "C" NOT NULL,
	reason text COLLATE "C" NOT NULL, fault text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL,
	requested bigint NOT NULL, received bigint NOT NULL, kept bigint NOT NULL, accepted bigint NOT NULL,
	rejected bigint NOT NULL, gone bigint NOT NULL, inspected bigint NOT NULL, returned bigint NOT NULL,
	claimed bigint NOT NULL, value bigint NOT NULL, refunded bigint NOT NULL, restocked bigint NOT NULL, unsaleable bigint NOT NULL,
	refurbish bigint NOT NULL, quarantined bigint NOT NULL, scrapped bigint NOT NULL, to_vendor bigint NOT NULL,
	to_customer bigint NOT NULL, requested_at bigint NOT NULL, requested_hour text COLLATE "C" NOT NULL,
	received_at bigint NOT NULL, inspected_at bigint NOT NULL,
	PRIMARY KEY (order_id, return_id, line)
);
CREATE INDEX fact_return_lines_requested_hour ON fact_return_lines (requested_hour);
CREATE TABLE fact_grants (
	order_id text COLLATE "C" NOT NULL, grant_id text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, currency text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL,
	type text COLLATE "C" NOT NULL, return_id text COLLATE "C" NOT NULL, units bigint NOT NULL, items bigint NOT NULL,
	shipping bigint NOT NULL, amount bigint NOT NULL, refunded bigint NOT NULL, credited bigint NOT NULL,
	replaced bigint NOT NULL, refused bigint NOT NULL, granted_at bigint NOT NULL,
	granted_hour text COLLATE "C" NOT NULL, paid_at bigint NOT NULL,
	PRIMARY KEY (order_id, grant_id)
);
CREATE INDEX fact_grants_granted_hour ON fact_grants (granted_hour);
CREATE TABLE fact_authorizations (
	order_id text COLLATE "C" NOT NULL, entry_id text COLLATE "C" NOT NULL, payment_id text COLLATE "C" NOT NULL,
	number text COLLATE "C" NOT NULL, provider text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, currency text COLLATE "C" NOT NULL, amount bigint NOT NULL, captured bigint NOT NULL,
	voided bigint NOT NULL, expired bigint NOT NULL, open bigint NOT NULL, authorized_at bigint NOT NULL,
	expires_at bigint NOT NULL, expires_hour text COLLATE "C" NOT NULL,
	PRIMARY KEY (order_id, entry_id)
);
CREATE INDEX fact_authorizations_expires_hour ON fact_authorizations (expires_hour) WHERE expires_hour <> '';
CREATE TABLE fact_cases (
	case_id text COLLATE "C" NOT NULL, number text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL,
	queue text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL, priority text COLLATE "C" NOT NULL,
	origin text COLLATE "C" NOT NULL, cause text COLLATE "C" NOT NULL, policy text COLLATE "C" NOT NULL,
	customer text COLLATE "C" NOT NULL, order_id text COLLATE "C" NOT NULL, opened_at bigint NOT NULL,
	opened_hour text COLLATE "C" NOT NULL, replied_at bigint NOT NULL, resolved_at bigint NOT NULL,
	closed_at bigint NOT NULL, reopened bigint NOT NULL, paused bigint NOT NULL, entries bigint NOT NULL,
	first_limit bigint NOT NULL, first_used bigint NOT NULL, first_due_at bigint NOT NULL, first_met bigint NOT NULL,
	first_missed bigint NOT NULL, next_asked bigint NOT NULL, next_missed bigint NOT NULL,
	resolution_limit bigint NOT NULL, resolution_used bigint NOT NULL, resolution_due_at bigint NOT NULL,
	resolution_met bigint NOT NULL, resolution_missed bigint NOT NULL,
	PRIMARY KEY (case_id)
);
CREATE INDEX fact_cases_opened_hour ON fact_cases (opened_hour);
CREATE TABLE fact_variances (
	seq bigint NOT NULL, line bigint NOT NULL, kind text COLLATE "C" NOT NULL, document text COLLATE "C" NOT NULL,
	sku text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL,
	expected bigint NOT NULL, counted bigint NOT NULL, variance bigint NOT NULL, at bigint NOT NULL,
	day text COLLATE "C" NOT NULL,
	PRIMARY KEY (seq, line)
);
CREATE INDEX fact_variances_day ON fact_variances (day);
CREATE TABLE fact_stock_days (
	sku text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL, day text COLLATE "C" NOT NULL, day_number bigint NOT NULL,
	on_hand bigint NOT NULL, allocated bigint NOT NULL, reserved bigint NOT NULL, unsaleable bigint NOT NULL,
	safety bigint NOT NULL, in_transit bigint NOT NULL, on_order bigint NOT NULL, backordered bigint NOT NULL,
	received bigint NOT NULL, shipped bigint NOT NULL, other bigint NOT NULL, oversold bigint NOT NULL,
	PRIMARY KEY (sku, location, day)
);
-- What the facts of orders add up to, so that reports need not look at each.
CREATE TABLE fact_placed_days (
	day text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL,
	currency text COLLATE "C" NOT NULL, orders bigint NOT NULL, lines bigint NOT NULL, ordered bigint NOT NULL,
	gross bigint NOT NULL, discount bigint NOT NULL, tax bigint NOT NULL, tax_included bigint NOT NULL,
	canceled bigint NOT NULL, canceled_value bigint NOT NULL, backordered bigint NOT NULL,
	backordered_ever bigint NOT NULL, lines_wanted bigint NOT NULL, lines_filled bigint NOT NULL,
	units_wanted bigint NOT NULL, units_shipped bigint NOT NULL, units_in_time bigint NOT NULL,
	orders_wanted bigint NOT NULL, orders_filled bigint NOT NULL, orders_shipped bigint NOT NULL,
	orders_split bigint NOT NULL, packages bigint NOT NULL, orders_gave_up bigint NOT NULL, gave_up bigint NOT NULL,
	gave_up_value bigint NOT NULL, by_customer bigint NOT NULL, by_out_of_stock bigint NOT NULL, by_fraud bigint NOT NULL,
	by_payment bigint NOT NULL, by_expired bigint NOT NULL, by_other bigint NOT NULL, orders_standing bigint NOT NULL,
	orders_uncaptured bigint NOT NULL, uncaptured bigint NOT NULL, orders_left_uncaptured bigint NOT NULL,
	left_uncaptured bigint NOT NULL,
	PRIMARY KEY (day, channel, country, currency)
);
CREATE TABLE fact_work_days (
	day text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL,
	location text COLLATE "C" NOT NULL, carrier text COLLATE "C" NOT NULL, fulfillments bigint NOT NULL,
	asked bigint NOT NULL, rejected bigint NOT NULL, short bigint NOT NULL, shipped bigint NOT NULL,
	PRIMARY KEY (day, channel, country, location, carrier)
);
CREATE TABLE fact_uncaptured_hours (
	day text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL,
	currency text COLLATE "C" NOT NULL, since bigint NOT NULL, shipped bigint NOT NULL, unshipped bigint NOT NULL,
	PRIMARY KEY (day, channel, country, currency, since)
);
CREATE TABLE fact_money_days (
	day text COLLATE "C" NOT NULL, before_day text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, currency text COLLATE "C" NOT NULL, provider text COLLATE "C" NOT NULL,
	earned bigint NOT NULL, orders bigint NOT NULL, units bigint NOT NULL, gross bigint NOT NULL,
	discount bigint NOT NULL, net bigint NOT NULL, shipping bigint NOT NULL, tax bigint NOT NULL, granted bigint NOT NULL,
	moved bigint NOT NULL, captures bigint NOT NULL, captured bigint NOT NULL, refunds bigint NOT NULL,
	refunded bigint NOT NULL, disputed bigint NOT NULL, won_back bigint NOT NULL,
	PRIMARY KEY (day, before_day, channel, country, currency, provider)
);
CREATE TABLE fact_shipped_days (
	day text COLLATE "C" NOT NULL, before_day text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, currency text COLLATE "C" NOT NULL, orders bigint NOT NULL,
	shipments bigint NOT NULL, packages bigint NOT NULL, units bigint NOT NULL, weight_grams bigint NOT NULL,
	cost bigint NOT NULL, delivered_promised bigint NOT NULL, on_time bigint NOT NULL, lines bigint NOT NULL,
	delivered bigint NOT NULL, delivered_value bigint NOT NULL,
	PRIMARY KEY (day, before_day, channel, country, currency)
);
CREATE TABLE fact_returned_days (
	day text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL,
	currency text COLLATE "C" NOT NULL, reason text COLLATE "C" NOT NULL, fault text COLLATE "C" NOT NULL,
	type text COLLATE "C" NOT NULL, lines bigint NOT NULL, requested bigint NOT NULL, returned bigint NOT NULL,
	accepted bigint NOT NULL, kept bigint NOT NULL, rejected bigint NOT NULL, claimed bigint NOT NULL,
	value bigint NOT NULL, refunded bigint NOT NULL, inspected bigint NOT NULL, restocked bigint NOT NULL,
	unsaleable bigint NOT NULL, refurbish bigint NOT NULL, quarantined bigint NOT NULL, scrapped bigint NOT NULL,
	to_vendor bigint NOT NULL, to_customer bigint NOT NULL,
	PRIMARY KEY (day, channel, country, currency, reason, fault, type)
);
CREATE TABLE fact_delivered_days (
	day text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL,
	orders bigint NOT NULL, promised bigint NOT NULL, on_time bigint NOT NULL, in_full bigint NOT NULL,
	otif bigint NOT NULL, promise_kept bigint NOT NULL, repromises bigint NOT NULL, late bigint NOT NULL,
	days_late bigint NOT NULL, damage_free bigint NOT NULL, perfect bigint NOT NULL,
	PRIMARY KEY (day, channel, country)
);
CREATE TABLE fact_span_days (
	span text COLLATE "C" NOT NULL, day text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL,
	country text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL, carrier text COLLATE "C" NOT NULL,
	class bigint NOT NULL, spans bigint NOT NULL,
	PRIMARY KEY (span, day, channel, country, location, carrier, class)
);
CREATE TABLE fact_span_seconds (
	span text COLLATE "C" NOT NULL, class bigint NOT NULL, day text COLLATE "C" NOT NULL,
	channel text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL,
	carrier text COLLATE "C" NOT NULL, seconds bigint NOT NULL, spans bigint NOT NULL,
	PRIMARY KEY (span, class, day, channel, country, location, carrier, seconds)
);
-- A rebuild under way: reports tell so until the facts have come to the position that the journal had then. The version is
-- that of what was folded: another one makes them anew.
CREATE TABLE fact_state (
	id bigint PRIMARY KEY CHECK (id = 1), rebuild_to bigint NOT NULL, rebuild_at bigint NOT NULL, version bigint NOT NULL
);
INSERT INTO fact_state VALUES (1, 0, 0, 1);

-- Facts for people and BI tools: docs/guide/reports.md says what the columns mean.
CREATE VIEW v_orders_facts AS SELECT
	order_id, number, channel, customer, country, currency, status, reason,
	placed_at, substr(placed_hour, 1, 10) AS placed_day, substr(placed_hour, 1, 7) AS placed_month, placed_hour,
	accepted_at, allocated_at, released_at, picked_at, packed_at, shipped_at, delivered_at,
	substr(delivered_hour, 1, 10) AS delivered_day, closed_at,
	promised_first, promised, repromised, days_late, on_time, kept_promise,
	units, canceled, canceled_short, units - canceled + canceled_short AS demanded, shipped, delivered, first_shipped,
	shipments, packages, placed_total, shipping, total, charged, granted, kept, earned_at
FROM fact_orders;
CREATE VIEW v_order_lines_facts AS SELECT
	order_id, line, channel, customer, country, currency, status, sku,
	placed_at, substr(placed_hour, 1, 10) AS placed_day, substr(placed_hour, 1, 7) AS placed_month, placed_hour,
	ordered, canceled, canceled_short, ordered - canceled + canceled_short AS demanded,
	backordered, backordered_ever, allocated, in_work, shipped, delivered, returned, first_shipped, shipped_in_time,
	unit_price, gross, discount, gross - discount - tax_included AS net, tax, tax_included, canceled_value, reason,
	promised_first, promised, backordered_at, backorder_over_at, shipped_at, substr(shipped_hour, 1, 10) AS shipped_day,
	substr(shipped_hour, 1, 7) AS shipped_month, delivered_at, delivered_value
FROM fact_lines;
CREATE VIEW v_fulfillments_facts AS SELECT
	order_id, fulfillment_id, channel, country, location, carrier, status, reason, pickup,
	planned_at, substr(planned_hour, 1, 10) AS planned_day, released_at, accepted_at, picked_at, packed_at, shipped_at,
	delivered_at, asked, rejected, short, shipped, packages
FROM fact_fulfillments;
CREATE VIEW v_shipments_facts AS SELECT
	order_id, fulfillment_id, package, channel, country, location, carrier, service, label, units, weight_grams, cost,
	currency, shipped_at, substr(shipped_hour, 1, 10) AS shipped_day, substr(shipped_hour, 1, 7) AS shipped_month,
	delivered_at, promised_first, promised, on_time
FROM fact_shipments;
CREATE VIEW v_money_facts AS SELECT
	order_id, seq, line, kind, account, provider, channel, country, customer, currency, amount, gross, discount, units, ref,
	at, substr(hour, 1, 10) AS day, substr(hour, 1, 7) AS month
FROM fact_money;
CREATE VIEW v_cancels_facts AS SELECT
	order_id, seq, line, channel, country, currency, sku, reason, units, value,
	at, substr(hour, 1, 10) AS day, substr(hour, 1, 7) AS month
FROM fact_cancels;
CREATE VIEW v_returns_facts AS SELECT
	order_id, return_id, type, status, reason, channel, country, currency, location, refund_to, overridden,
	requested_at, substr(requested_hour, 1, 10) AS requested_day, substr(requested_hour, 1, 7) AS requested_month, approved_at,
	sent_at, received_at, inspected_at, refunded_at, closed_at, substr(closed_hour, 1, 10) AS closed_day,
	items, shipping, fees, amount, bonus, label, label_carrier, label_cost, label_currency
FROM fact_returns;
CREATE VIEW v_return_lines_facts AS SELECT
	order_id, return_id, line, type, status, channel, country, currency, sku, reason, fault, location,
	requested, received, kept, accepted, rejected, gone, inspected, returned, claimed, value, refunded,
	restocked, unsaleable, refurbish, quarantined, scrapped, to_vendor, to_customer,
	requested_at, substr(requested_hour, 1, 10) AS requested_day, substr(requested_hour, 1, 7) AS requested_month,
	received_at, inspected_at
FROM fact_return_lines;
CREATE VIEW v_authorizations_facts AS SELECT
	order_id, entry_id, payment_id, number, provider, channel, country, currency, amount, captured, voided, expired, open,
	authorized_at, expires_at, substr(expires_hour, 1, 10) AS expires_day, expires_hour
FROM fact_authorizations;
CREATE VIEW v_grants_facts AS SELECT
	order_id, grant_id, channel, country, currency, reason, type, return_id, units, items, shipping, amount,
	refunded, credited, replaced, amount - refunded - credited - replaced AS outstanding, refused,
	granted_at, substr(granted_hour, 1, 10) AS granted_day, substr(granted_hour, 1, 7) AS granted_month, paid_at
FROM fact_grants;
CREATE VIEW v_cases_facts AS SELECT
	case_id, number, status, queue, owner, priority, origin, cause, policy, customer, order_id,
	opened_at, substr(opened_hour, 1, 10) AS opened_day, substr(opened_hour, 1, 7) AS opened_month,
	replied_at, resolved_at, closed_at, reopened, paused, entries,
	first_limit, first_used, first_due_at, first_met, first_missed, next_asked, next_missed,
	resolution_limit, resolution_used, resolution_due_at, resolution_met, resolution_missed
FROM fact_cases;
CREATE VIEW v_variances_facts AS SELECT
	seq, line, kind, document, sku, location, reason, expected, counted, variance, at, day
FROM fact_variances;
CREATE VIEW v_stock_days_facts AS SELECT
	sku, location, day, day_number, on_hand, allocated, reserved, unsaleable, safety,
	on_hand - allocated - reserved - unsaleable - safety AS available,
	in_transit, on_order, backordered, received, shipped, other, oversold
FROM fact_stock_days;

-- Webhooks.
CREATE TABLE webhook_endpoints (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
-- How each endpoint does, and since which version of it the cursor of its reader counts (journal_readers has the cursor).
CREATE TABLE webhook_queues (
	endpoint text COLLATE "C" PRIMARY KEY, epoch bigint NOT NULL, failures bigint NOT NULL, failing_since bigint NOT NULL, next_at bigint NOT NULL
);
-- What was sent, and what is open. Rows of the time to come stay few: an endpoint that is away keeps its place in the journal.
CREATE TABLE webhook_deliveries (
	id text COLLATE "C" PRIMARY KEY, endpoint text COLLATE "C" NOT NULL, seq bigint NOT NULL, type text COLLATE "C" NOT NULL, aggregate text COLLATE "C" NOT NULL, replay text COLLATE "C" NOT NULL,
	status text COLLATE "C" NOT NULL, attempts bigint NOT NULL, next_at bigint NOT NULL, created_at bigint NOT NULL, tried_at bigint NOT NULL,
	code bigint NOT NULL, millis bigint NOT NULL, error text NOT NULL, response text NOT NULL
);
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (endpoint, status, id);
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (status, tried_at);
CREATE INDEX webhook_deliveries_said ON webhook_deliveries (aggregate) WHERE response <> '';
-- Ranges of the journal that are sent again.
CREATE TABLE webhook_replays (
	id text COLLATE "C" PRIMARY KEY, endpoint text COLLATE "C" NOT NULL, seq bigint NOT NULL, until bigint NOT NULL, epoch bigint NOT NULL
);
CREATE INDEX webhook_replays_endpoint ON webhook_replays (endpoint, id);

-- Imports and exports.
CREATE TABLE imports (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	status text COLLATE "C" NOT NULL, file text COLLATE "C" NOT NULL
);
CREATE INDEX imports_status ON imports (status, id);
CREATE INDEX imports_file ON imports (file);
-- A row of the file that was refused or done; what is missing here is still to come. What was done stands here since
-- the unit of work that did it.
CREATE TABLE import_rows (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	import_id text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL
);
CREATE INDEX import_rows_import ON import_rows (import_id, status, id);
-- What rows recorded: each runs under its id as the request.
ALTER TABLE journal ALTER COLUMN request_id TYPE text COLLATE "C";
CREATE INDEX journal_import_rows ON journal (request_id) WHERE request_id >= 'imp_' AND request_id < 'imp`';
CREATE TABLE exports (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	status text COLLATE "C" NOT NULL
);
-- The files of imports and exports, in pieces.
CREATE TABLE file_chunks (
	file text COLLATE "C" NOT NULL, part bigint NOT NULL, data bytea NOT NULL, created_at bigint NOT NULL,
	PRIMARY KEY (file, part)
);

-- What is stuck, self-service and lookup.
ALTER TABLE payments ADD COLUMN waiting bigint NOT NULL DEFAULT 0;
UPDATE payments SET waiting = 1 WHERE EXISTS (
	SELECT 1 FROM jsonb_array_elements(doc::jsonb->'entries') AS e WHERE e->>'state' IN ('requested', 'pending')
) OR (
	SELECT e->>'state' FROM jsonb_array_elements(doc::jsonb->'entries') WITH ORDINALITY AS x (e, n)
	WHERE e->>'kind' = 'refund' AND e->>'state' IN ('succeeded', 'failed') ORDER BY n DESC LIMIT 1
) = 'failed';
CREATE INDEX payments_waiting ON payments (waiting, id);
ALTER TABLE payments ADD COLUMN provider_ref text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX payments_provider_ref ON payments (provider_ref, id);
ALTER TABLE orders ADD COLUMN phone text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN name text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN postal_code text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX orders_phone ON orders (phone, id);
CREATE INDEX orders_name ON orders (name, id);
CREATE INDEX orders_postal_code ON orders (postal_code, id);
CREATE INDEX order_changes_status ON order_changes (status, id);
CREATE INDEX counts_status ON counts (status, id);

-- Mails.
CREATE TABLE mails (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	order_id text COLLATE "C" NOT NULL, case_id text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL, recipient text COLLATE "C" NOT NULL
);
CREATE INDEX mails_order ON mails (order_id, id);
CREATE INDEX mails_case ON mails (case_id, id);
CREATE INDEX mails_status ON mails (status, id);
CREATE INDEX mails_recipient ON mails (recipient, id);
CREATE TABLE mail_templates (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);

-- What stored answers are about: erased with it. What an answer is about beside its subject stands in rows of its own.
CREATE INDEX idempotency_subject ON idempotency (subject) WHERE subject <> '';
CREATE TABLE answer_subjects (
	subject text COLLATE "C" NOT NULL, id bytea NOT NULL,
	PRIMARY KEY (subject, id)
);
CREATE INDEX answer_subjects_id ON answer_subjects (id);
