-- Order changes and drafts.
CREATE INDEX order_changes_order ON order_changes (order_id, id);

-- Returns, exchanges, claims.
CREATE TABLE returns (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	order_id TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL, due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX returns_order ON returns (order_id, id);
CREATE INDEX returns_status ON returns (status, id);
CREATE INDEX returns_due ON returns (due_at, id);
CREATE TABLE return_terms (
	id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
	PRIMARY KEY (field, value, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX return_terms_id ON return_terms (id);
-- Fulfillment orders by the tracking numbers of their packages.
CREATE TABLE fulfillment_terms (
	id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
	PRIMARY KEY (field, value, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fulfillment_terms_id ON fulfillment_terms (id);
CREATE TABLE return_policies (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;

-- Customers.
CREATE TABLE customers (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	email TEXT NOT NULL, phone TEXT NOT NULL
) STRICT;
CREATE INDEX customers_email ON customers (email, id);
CREATE INDEX customers_phone ON customers (phone, id);
CREATE TABLE customer_terms (
	id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
	PRIMARY KEY (field, value, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_terms_id ON customer_terms (id);

-- Cases.
CREATE TABLE cases (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	status TEXT NOT NULL, queue TEXT NOT NULL, owner TEXT NOT NULL, priority INTEGER NOT NULL, customer TEXT NOT NULL, due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_status ON cases (status, id);
CREATE INDEX cases_queue ON cases (queue, status, id);
CREATE INDEX cases_owner ON cases (owner, status, id);
CREATE INDEX cases_customer ON cases (customer, id);
CREATE INDEX cases_due ON cases (due_at, id);
CREATE TABLE case_terms (
	id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
	PRIMARY KEY (field, value, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_terms_id ON case_terms (id);
CREATE TABLE case_entries (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	case_id TEXT NOT NULL, number INTEGER NOT NULL
) STRICT;
CREATE INDEX case_entries_case ON case_entries (case_id, number);
CREATE TABLE queues (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE sla_policies (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE macros (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
-- What was given to customers beyond what they were owed: by order, and by agent and day.
CREATE TABLE appeasements (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;
CREATE TABLE agent_days (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;

-- Facts for reports, made from the journal; rebuilt from it at any time.
CREATE TABLE fact_orders (
	order_id TEXT NOT NULL, number TEXT NOT NULL, channel TEXT NOT NULL, customer TEXT NOT NULL,
	country TEXT NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
	placed_at INTEGER NOT NULL, placed_hour TEXT NOT NULL, accepted_at INTEGER NOT NULL,
	allocated_at INTEGER NOT NULL, released_at INTEGER NOT NULL, picked_at INTEGER NOT NULL,
	packed_at INTEGER NOT NULL, shipped_at INTEGER NOT NULL, delivered_at INTEGER NOT NULL,
	delivered_hour TEXT NOT NULL, closed_at INTEGER NOT NULL, promised_first TEXT NOT NULL, promised TEXT NOT NULL,
	repromised INTEGER NOT NULL, days_late INTEGER NOT NULL, on_time INTEGER NOT NULL, kept_promise INTEGER NOT NULL,
	units INTEGER NOT NULL, canceled INTEGER NOT NULL, canceled_short INTEGER NOT NULL, shipped INTEGER NOT NULL,
	delivered INTEGER NOT NULL, first_shipped INTEGER NOT NULL, shipments INTEGER NOT NULL,
	packages INTEGER NOT NULL, placed_total INTEGER NOT NULL, shipping INTEGER NOT NULL, total INTEGER NOT NULL,
	charged INTEGER NOT NULL, granted INTEGER NOT NULL, kept INTEGER NOT NULL, earned_at INTEGER NOT NULL,
	PRIMARY KEY (order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_orders_placed_hour ON fact_orders (placed_hour);
CREATE INDEX fact_orders_delivered_hour ON fact_orders (delivered_hour) WHERE delivered_hour <> '';
CREATE INDEX fact_orders_placed_at ON fact_orders (placed_at);
CREATE INDEX fact_orders_earned_at ON fact_orders (earned_at) WHERE earned_at > 0;
CREATE TABLE fact_lines (
	order_id TEXT NOT NULL, line TEXT NOT NULL, channel TEXT NOT NULL, customer TEXT NOT NULL, country TEXT NOT NULL,
	currency TEXT NOT NULL, status TEXT NOT NULL, sku TEXT NOT NULL, placed_at INTEGER NOT NULL,
	placed_hour TEXT NOT NULL, ordered INTEGER NOT NULL, canceled INTEGER NOT NULL, canceled_short INTEGER NOT NULL,
	backordered INTEGER NOT NULL, backordered_ever INTEGER NOT NULL, allocated INTEGER NOT NULL,
	in_work INTEGER NOT NULL, shipped INTEGER NOT NULL, delivered INTEGER NOT NULL, returned INTEGER NOT NULL,
	first_shipped INTEGER NOT NULL, shipped_in_time INTEGER NOT NULL, unit_price INTEGER NOT NULL,
	gross INTEGER NOT NULL, discount INTEGER NOT NULL, tax INTEGER NOT NULL, tax_included INTEGER NOT NULL,
	canceled_value INTEGER NOT NULL, reason TEXT NOT NULL, promised_first TEXT NOT NULL, promised TEXT NOT NULL,
	backordered_at INTEGER NOT NULL, backorder_over_at INTEGER NOT NULL, shipped_at INTEGER NOT NULL,
	shipped_hour TEXT NOT NULL, delivered_at INTEGER NOT NULL, delivered_value INTEGER NOT NULL,
	PRIMARY KEY (order_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_lines_placed_hour ON fact_lines (placed_hour);
CREATE INDEX fact_lines_shipped_hour ON fact_lines (shipped_hour) WHERE shipped_hour <> '';
CREATE INDEX fact_lines_backordered ON fact_lines (placed_hour) WHERE backordered_at > 0;
CREATE TABLE fact_fulfillments (
	order_id TEXT NOT NULL, fulfillment_id TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL,
	location TEXT NOT NULL, carrier TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
	pickup INTEGER NOT NULL, planned_at INTEGER NOT NULL, planned_hour TEXT NOT NULL, released_at INTEGER NOT NULL,
	accepted_at INTEGER NOT NULL, picked_at INTEGER NOT NULL, packed_at INTEGER NOT NULL,
	shipped_at INTEGER NOT NULL, delivered_at INTEGER NOT NULL, asked INTEGER NOT NULL, rejected INTEGER NOT NULL,
	short INTEGER NOT NULL, shipped INTEGER NOT NULL, packages INTEGER NOT NULL,
	PRIMARY KEY (order_id, fulfillment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_fulfillments_planned_hour ON fact_fulfillments (planned_hour);
CREATE INDEX fact_fulfillments_packed ON fact_fulfillments (planned_hour) WHERE packed_at > 0;
CREATE TABLE fact_shipments (
	order_id TEXT NOT NULL, fulfillment_id TEXT NOT NULL, package TEXT NOT NULL, channel TEXT NOT NULL,
	country TEXT NOT NULL, location TEXT NOT NULL, carrier TEXT NOT NULL, service TEXT NOT NULL, label TEXT NOT NULL,
	units INTEGER NOT NULL, weight_grams INTEGER NOT NULL, cost INTEGER NOT NULL, currency TEXT NOT NULL,
	shipped_at INTEGER NOT NULL, shipped_hour TEXT NOT NULL, delivered_at INTEGER NOT NULL,
	promised_first TEXT NOT NULL, promised TEXT NOT NULL, on_time INTEGER NOT NULL,
	PRIMARY KEY (order_id, fulfillment_id, package)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_shipments_shipped_hour ON fact_shipments (shipped_hour);
CREATE TABLE fact_money (
	order_id TEXT NOT NULL, seq INTEGER NOT NULL, line INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL,
	provider TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, customer TEXT NOT NULL,
	currency TEXT NOT NULL, amount INTEGER NOT NULL, gross INTEGER NOT NULL, discount INTEGER NOT NULL,
	units INTEGER NOT NULL, ref TEXT NOT NULL, at INTEGER NOT NULL, hour TEXT NOT NULL,
	PRIMARY KEY (order_id, seq, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_money_hour ON fact_money (hour);
CREATE TABLE fact_cancels (
	order_id TEXT NOT NULL, seq INTEGER NOT NULL, line TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL,
	currency TEXT NOT NULL, sku TEXT NOT NULL, reason TEXT NOT NULL, units INTEGER NOT NULL, value INTEGER NOT NULL,
	at INTEGER NOT NULL, hour TEXT NOT NULL,
	PRIMARY KEY (order_id, seq, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_cancels_hour ON fact_cancels (hour);
CREATE TABLE fact_returns (
	order_id TEXT NOT NULL, return_id TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
	channel TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL, location TEXT NOT NULL,
	refund_to TEXT NOT NULL, overridden INTEGER NOT NULL, requested_at INTEGER NOT NULL,
	requested_hour TEXT NOT NULL, approved_at INTEGER NOT NULL, sent_at INTEGER NOT NULL,
	received_at INTEGER NOT NULL, inspected_at INTEGER NOT NULL, refunded_at INTEGER NOT NULL,
	closed_at INTEGER NOT NULL, closed_hour TEXT NOT NULL, items INTEGER NOT NULL, shipping INTEGER NOT NULL,
	fees INTEGER NOT NULL, amount INTEGER NOT NULL, bonus INTEGER NOT NULL, label TEXT NOT NULL,
	label_carrier TEXT NOT NULL, label_cost INTEGER NOT NULL, label_currency TEXT NOT NULL,
	PRIMARY KEY (order_id, return_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_returns_requested_hour ON fact_returns (requested_hour);
CREATE INDEX fact_returns_closed_hour ON fact_returns (closed_hour) WHERE closed_hour <> '';
CREATE TABLE fact_return_lines (
	order_id TEXT NOT NULL, return_id TEXT NOT NULL, line TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
	channel TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL, sku TEXT NOT NULL, reason TEXT NOT NULL,
	fault TEXT NOT NULL, location TEXT NOT NULL, requested INTEGER NOT NULL, received INTEGER NOT NULL,
	kept INTEGER NOT NULL, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL, gone INTEGER NOT NULL,
	inspected INTEGER NOT NULL, returned INTEGER NOT NULL, claimed INTEGER NOT NULL, value INTEGER NOT NULL,
	refunded INTEGER NOT NULL, restocked INTEGER NOT NULL, unsaleable INTEGER NOT NULL, refurbish INTEGER NOT NULL, quarantined INTEGER NOT NULL,
	scrapped INTEGER NOT NULL, to_vendor INTEGER NOT NULL, to_customer INTEGER NOT NULL,
	requested_at INTEGER NOT NULL, requested_hour TEXT NOT NULL, received_at INTEGER NOT NULL,
	inspected_at INTEGER NOT NULL,
	PRIMARY KEY (order_id, return_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_return_lines_requested_hour ON fact_return_lines (requested_hour);
CREATE TABLE fact_grants (
	order_id TEXT NOT NULL, grant_id TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL,
	currency TEXT NOT NULL, reason TEXT NOT NULL, type TEXT NOT NULL, return_id TEXT NOT NULL,
	units INTEGER NOT NULL, items INTEGER NOT NULL, shipping INTEGER NOT NULL, amount INTEGER NOT NULL,
	refunded INTEGER NOT NULL, credited INTEGER NOT NULL, replaced INTEGER NOT NULL, refused INTEGER NOT NULL,
	granted_at INTEGER NOT NULL, granted_hour TEXT NOT NULL, paid_at INTEGER NOT NULL,
	PRIMARY KEY (order_id, grant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_grants_granted_hour ON fact_grants (granted_hour);
CREATE TABLE fact_authorizations (
	order_id TEXT NOT NULL, entry_id TEXT NOT NULL, payment_id TEXT NOT NULL, number TEXT NOT NULL,
	provider TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL,
	amount INTEGER NOT NULL, captured INTEGER NOT NULL, voided INTEGER NOT NULL, expired INTEGER NOT NULL,
	open INTEGER NOT NULL, authorized_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, expires_hour TEXT NOT NULL,
	PRIMARY KEY (order_id, entry_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_authorizations_expires_hour ON fact_authorizations (expires_hour) WHERE expires_hour <> '';
CREATE TABLE fact_cases (
	case_id TEXT NOT NULL, number TEXT NOT NULL, status TEXT NOT NULL, queue TEXT NOT NULL, owner TEXT NOT NULL,
	priority TEXT NOT NULL, origin TEXT NOT NULL, cause TEXT NOT NULL, policy TEXT NOT NULL, customer TEXT NOT NULL,
	order_id TEXT NOT NULL, opened_at INTEGER NOT NULL, opened_hour TEXT NOT NULL, replied_at INTEGER NOT NULL,
	resolved_at INTEGER NOT NULL, closed_at INTEGER NOT NULL, reopened INTEGER NOT NULL, paused INTEGER NOT NULL,
	entries INTEGER NOT NULL, first_limit INTEGER NOT NULL, first_used INTEGER NOT NULL,
	first_due_at INTEGER NOT NULL, first_met INTEGER NOT NULL, first_missed INTEGER NOT NULL,
	next_asked INTEGER NOT NULL, next_missed INTEGER NOT NULL, resolution_limit INTEGER NOT NULL,
	resolution_used INTEGER NOT NULL, resolution_due_at INTEGER NOT NULL, resolution_met INTEGER NOT NULL,
	resolution_missed INTEGER NOT NULL,
	PRIMARY KEY (case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_cases_opened_hour ON fact_cases (opened_hour);
CREATE TABLE fact_variances (
	seq INTEGER NOT NULL, line INTEGER NOT NULL, kind TEXT NOT NULL, document TEXT NOT NULL, sku TEXT NOT NULL,
	location TEXT NOT NULL, reason TEXT NOT NULL, expected INTEGER NOT NULL, counted INTEGER NOT NULL,
	variance INTEGER NOT NULL, at INTEGER NOT NULL, day TEXT NOT NULL,
	PRIMARY KEY (seq, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_variances_day ON fact_variances (day);
CREATE TABLE fact_stock_days (
	sku TEXT NOT NULL, location TEXT NOT NULL, day TEXT NOT NULL, day_number INTEGER NOT NULL,
	on_hand INTEGER NOT NULL, allocated INTEGER NOT NULL, reserved INTEGER NOT NULL, unsaleable INTEGER NOT NULL,
	safety INTEGER NOT NULL, in_transit INTEGER NOT NULL, on_order INTEGER NOT NULL, backordered INTEGER NOT NULL,
	received INTEGER NOT NULL, shipped INTEGER NOT NULL, other INTEGER NOT NULL, oversold INTEGER NOT NULL,
	PRIMARY KEY (sku, location, day)
) STRICT, WITHOUT ROWID;
-- What the facts of orders add up to, so that reports need not look at each.
CREATE TABLE fact_placed_days (
	day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL, orders INTEGER NOT NULL,
	lines INTEGER NOT NULL, ordered INTEGER NOT NULL, gross INTEGER NOT NULL, discount INTEGER NOT NULL,
	tax INTEGER NOT NULL, tax_included INTEGER NOT NULL, canceled INTEGER NOT NULL, canceled_value INTEGER NOT NULL,
	backordered INTEGER NOT NULL, backordered_ever INTEGER NOT NULL, lines_wanted INTEGER NOT NULL,
	lines_filled INTEGER NOT NULL, units_wanted INTEGER NOT NULL, units_shipped INTEGER NOT NULL,
	units_in_time INTEGER NOT NULL, orders_wanted INTEGER NOT NULL, orders_filled INTEGER NOT NULL,
	orders_shipped INTEGER NOT NULL, orders_split INTEGER NOT NULL, packages INTEGER NOT NULL,
	orders_gave_up INTEGER NOT NULL, gave_up INTEGER NOT NULL, gave_up_value INTEGER NOT NULL,
	by_customer INTEGER NOT NULL, by_out_of_stock INTEGER NOT NULL, by_fraud INTEGER NOT NULL,
	by_payment INTEGER NOT NULL, by_expired INTEGER NOT NULL, by_other INTEGER NOT NULL, orders_standing INTEGER NOT NULL,
	orders_uncaptured INTEGER NOT NULL, uncaptured INTEGER NOT NULL, orders_left_uncaptured INTEGER NOT NULL,
	left_uncaptured INTEGER NOT NULL,
	PRIMARY KEY (day, channel, country, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_work_days (
	day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, location TEXT NOT NULL, carrier TEXT NOT NULL,
	fulfillments INTEGER NOT NULL, asked INTEGER NOT NULL, rejected INTEGER NOT NULL, short INTEGER NOT NULL,
	shipped INTEGER NOT NULL,
	PRIMARY KEY (day, channel, country, location, carrier)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_uncaptured_hours (
	day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL, since INTEGER NOT NULL,
	shipped INTEGER NOT NULL, unshipped INTEGER NOT NULL,
	PRIMARY KEY (day, channel, country, currency, since)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_money_days (
	day TEXT NOT NULL, before_day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL,
	provider TEXT NOT NULL, earned INTEGER NOT NULL, orders INTEGER NOT NULL, units INTEGER NOT NULL,
	gross INTEGER NOT NULL, discount INTEGER NOT NULL, net INTEGER NOT NULL, shipping INTEGER NOT NULL,
	tax INTEGER NOT NULL, granted INTEGER NOT NULL, moved INTEGER NOT NULL, captures INTEGER NOT NULL,
	captured INTEGER NOT NULL, refunds INTEGER NOT NULL, refunded INTEGER NOT NULL, disputed INTEGER NOT NULL,
	won_back INTEGER NOT NULL,
	PRIMARY KEY (day, before_day, channel, country, currency, provider)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_shipped_days (
	day TEXT NOT NULL, before_day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL,
	orders INTEGER NOT NULL, shipments INTEGER NOT NULL, packages INTEGER NOT NULL, units INTEGER NOT NULL,
	weight_grams INTEGER NOT NULL, cost INTEGER NOT NULL, delivered_promised INTEGER NOT NULL, on_time INTEGER NOT NULL,
	lines INTEGER NOT NULL, delivered INTEGER NOT NULL, delivered_value INTEGER NOT NULL,
	PRIMARY KEY (day, before_day, channel, country, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_returned_days (
	day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL, reason TEXT NOT NULL,
	fault TEXT NOT NULL, type TEXT NOT NULL, lines INTEGER NOT NULL, requested INTEGER NOT NULL,
	returned INTEGER NOT NULL, accepted INTEGER NOT NULL, kept INTEGER NOT NULL, rejected INTEGER NOT NULL,
	claimed INTEGER NOT NULL, value INTEGER NOT NULL, refunded INTEGER NOT NULL, inspected INTEGER NOT NULL,
	restocked INTEGER NOT NULL, unsaleable INTEGER NOT NULL, refurbish INTEGER NOT NULL, quarantined INTEGER NOT NULL,
	scrapped INTEGER NOT NULL, to_vendor INTEGER NOT NULL, to_customer INTEGER NOT NULL,
	PRIMARY KEY (day, channel, country, currency, reason, fault, type)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_delivered_days (
	day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, orders INTEGER NOT NULL, promised INTEGER NOT NULL,
	on_time INTEGER NOT NULL, in_full INTEGER NOT NULL, otif INTEGER NOT NULL, promise_kept INTEGER NOT NULL,
	repromises INTEGER NOT NULL, late INTEGER NOT NULL, days_late INTEGER NOT NULL, damage_free INTEGER NOT NULL,
	perfect INTEGER NOT NULL,
	PRIMARY KEY (day, channel, country)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_span_days (
	span TEXT NOT NULL, day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL, location TEXT NOT NULL,
	carrier TEXT NOT NULL, class INTEGER NOT NULL, spans INTEGER NOT NULL,
	PRIMARY KEY (span, day, channel, country, location, carrier, class)
) STRICT, WITHOUT ROWID;
CREATE TABLE fact_span_seconds (
	span TEXT NOT NULL, class INTEGER NOT NULL, day TEXT NOT NULL, channel TEXT NOT NULL, country TEXT NOT NULL,
	location TEXT NOT NULL, carrier TEXT NOT NULL, seconds INTEGER NOT NULL, spans INTEGER NOT NULL,
	PRIMARY KEY (span, class, day, channel, country, location, carrier, seconds)
) STRICT, WITHOUT ROWID;
-- A rebuild under way: reports tell so until the facts have come to the position that the journal had then. The version is
-- that of what was folded: another one makes them anew.
CREATE TABLE fact_state (
	id INTEGER PRIMARY KEY CHECK (id = 1), rebuild_to INTEGER NOT NULL, rebuild_at INTEGER NOT NULL, version INTEGER NOT NULL
) STRICT;
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
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
-- How each endpoint does, and since which version of it the cursor of its reader counts (journal_readers has the cursor).
CREATE TABLE webhook_queues (
	endpoint TEXT PRIMARY KEY, epoch INTEGER NOT NULL, failures INTEGER NOT NULL, failing_since INTEGER NOT NULL, next_at INTEGER NOT NULL
) STRICT;
-- What was sent, and what is open. Rows of the time to come stay few: an endpoint that is away keeps its place in the journal.
CREATE TABLE webhook_deliveries (
	id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, aggregate TEXT NOT NULL, replay TEXT NOT NULL,
	status TEXT NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, created_at INTEGER NOT NULL, tried_at INTEGER NOT NULL,
	code INTEGER NOT NULL, millis INTEGER NOT NULL, error TEXT NOT NULL, response TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (endpoint, status, id);
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (endpoint, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (status, tried_at);
CREATE INDEX webhook_deliveries_said ON webhook_deliveries (aggregate) WHERE response <> '';
-- Ranges of the journal that are sent again.
CREATE TABLE webhook_replays (
	id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, seq INTEGER NOT NULL, until INTEGER NOT NULL, epoch INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_replays_endpoint ON webhook_replays (endpoint, id);

-- Imports and exports.
CREATE TABLE imports (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	status TEXT NOT NULL, file TEXT NOT NULL
) STRICT;
CREATE INDEX imports_status ON imports (status, id);
CREATE INDEX imports_file ON imports (file);
-- A row of the file that was refused or done; what is missing here is still to come. What was done stands here since
-- the unit of work that did it.
CREATE TABLE import_rows (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	import_id TEXT NOT NULL, status TEXT NOT NULL
) STRICT;
CREATE INDEX import_rows_import ON import_rows (import_id, status, id);
-- What rows recorded: each runs under its id as the request.
CREATE INDEX journal_import_rows ON journal (request_id) WHERE request_id >= 'imp_' AND request_id < 'imp`';
CREATE TABLE exports (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	status TEXT NOT NULL
) STRICT;
-- The files of imports and exports, in pieces.
CREATE TABLE file_chunks (
	file TEXT NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, created_at INTEGER NOT NULL,
	PRIMARY KEY (file, part)
) STRICT;

-- What is stuck, self-service and lookup.
ALTER TABLE payments ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
UPDATE payments SET waiting = 1 WHERE EXISTS (
	SELECT 1 FROM json_each(doc, '$.entries') AS e WHERE e.value->>'state' IN ('requested', 'pending')
) OR (
	SELECT e.value->>'state' FROM json_each(doc, '$.entries') AS e
	WHERE e.value->>'kind' = 'refund' AND e.value->>'state' IN ('succeeded', 'failed') ORDER BY e.key DESC LIMIT 1
) = 'failed';
CREATE INDEX payments_waiting ON payments (waiting, id);
ALTER TABLE payments ADD COLUMN provider_ref TEXT NOT NULL DEFAULT '';
CREATE INDEX payments_provider_ref ON payments (provider_ref, id);
ALTER TABLE orders ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN postal_code TEXT NOT NULL DEFAULT '';
CREATE INDEX orders_phone ON orders (phone, id);
CREATE INDEX orders_name ON orders (name, id);
CREATE INDEX orders_postal_code ON orders (postal_code, id);
CREATE INDEX order_changes_status ON order_changes (status, id);
CREATE INDEX counts_status ON counts (status, id);

-- Mails.
CREATE TABLE mails (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	order_id TEXT NOT NULL, case_id TEXT NOT NULL, channel TEXT NOT NULL, status TEXT NOT NULL, recipient TEXT NOT NULL
) STRICT;
CREATE INDEX mails_order ON mails (order_id, id);
CREATE INDEX mails_case ON mails (case_id, id);
CREATE INDEX mails_status ON mails (status, id);
CREATE INDEX mails_recipient ON mails (recipient, id);
CREATE TABLE mail_templates (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;

-- What stored answers are about: erased with it. What an answer is about beside its subject stands in rows of its own.
CREATE INDEX idempotency_subject ON idempotency (subject) WHERE subject <> '';
CREATE TABLE answer_subjects (
	subject TEXT NOT NULL, id BLOB NOT NULL,
	PRIMARY KEY (subject, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_subjects_id ON answer_subjects (id);
