-- Documents: one row per aggregate, the columns beside doc are filled by the code that saves it (ADR 0002).
CREATE TABLE orders (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	channel TEXT NOT NULL, status TEXT NOT NULL, payment_status TEXT NOT NULL, fulfillment_status TEXT NOT NULL,
	email TEXT NOT NULL, placed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_status ON orders (status, id);
CREATE INDEX orders_payment ON orders (payment_status, id);
CREATE INDEX orders_fulfillment ON orders (fulfillment_status, id);
CREATE INDEX orders_channel ON orders (channel, id);
CREATE INDEX orders_email ON orders (email, id);

CREATE TABLE payments (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	order_id TEXT NOT NULL
) STRICT;

CREATE TABLE fulfillments (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	order_id TEXT NOT NULL, location TEXT NOT NULL, status TEXT NOT NULL
) STRICT;
CREATE INDEX fulfillments_status ON fulfillments (status, id);
CREATE INDEX fulfillments_work ON fulfillments (location, status, id);

-- Reference data: cached on every node; rev is the catalog version that wrote the row.
CREATE TABLE products (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE INDEX products_rev ON products (rev);
CREATE TABLE locations (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE channels (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE api_keys (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE catalog_head (
	id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL
) STRICT;
INSERT INTO catalog_head (id, version) VALUES (1, 1);

-- Uniqueness across aggregates: the primary key is the unique value.
CREATE TABLE unique_keys (
	scope TEXT NOT NULL, value TEXT NOT NULL, owner TEXT NOT NULL,
	PRIMARY KEY (value, scope)
) STRICT, WITHOUT ROWID;

-- Stock: counters that many commands share (I3 and I4 as constraints).
CREATE TABLE stock_positions (
	sku TEXT NOT NULL, location TEXT NOT NULL,
	on_hand INTEGER NOT NULL CHECK (on_hand >= 0),
	allocated INTEGER NOT NULL CHECK (allocated >= 0),
	reserved INTEGER NOT NULL CHECK (reserved >= 0),
	damaged INTEGER NOT NULL CHECK (damaged >= 0),
	quality INTEGER NOT NULL CHECK (quality >= 0),
	safety INTEGER NOT NULL CHECK (safety >= 0),
	in_transit_in INTEGER NOT NULL CHECK (in_transit_in >= 0),
	on_order INTEGER NOT NULL CHECK (on_order >= 0),
	backorder_limit INTEGER NOT NULL CHECK (backorder_limit >= 0),
	rev INTEGER NOT NULL, -- counts the changes, for the writer (package work)
	PRIMARY KEY (sku, location),
	CHECK (allocated <= on_hand - damaged - quality + backorder_limit)
) STRICT, WITHOUT ROWID;

-- The journal: append-only, gapless, chained.
CREATE TABLE journal (
	seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, aggregate TEXT NOT NULL, version INTEGER NOT NULL,
	actor TEXT NOT NULL, request_id TEXT NOT NULL, body TEXT NOT NULL,
	personal TEXT, salt BLOB, digest BLOB, hash BLOB NOT NULL
) STRICT;
CREATE INDEX journal_aggregate ON journal (aggregate, seq);
CREATE TABLE journal_head (
	id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, at INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT;
INSERT INTO journal_head (id, seq, at, hash) VALUES (1, 0, 0, x'');
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
WHEN NEW.personal IS NOT NULL OR NEW.salt IS NOT NULL
	OR (NEW.seq, NEW.at, NEW.type, NEW.aggregate, NEW.version, NEW.actor, NEW.request_id, NEW.body, NEW.hash)
	IS NOT (OLD.seq, OLD.at, OLD.type, OLD.aggregate, OLD.version, OLD.actor, OLD.request_id, OLD.body, OLD.hash)
	OR NEW.digest IS NOT OLD.digest
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- Stored answers of POST requests (G1).
CREATE TABLE idempotency (
	id BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, state TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL,
	subject TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_created ON idempotency (created_at);

-- Work after commit. Finished jobs are deleted, dead ones stay until somebody looks.
CREATE TABLE jobs (
	id TEXT PRIMARY KEY, kind TEXT NOT NULL, args TEXT NOT NULL, state TEXT NOT NULL, run_at INTEGER NOT NULL,
	attempts INTEGER NOT NULL, owner TEXT NOT NULL, last_error TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (state, run_at);

-- Where each reader of the journal is, and which node reads for it.
CREATE TABLE journal_readers (
	name TEXT PRIMARY KEY, seq INTEGER NOT NULL, owner TEXT NOT NULL, lease_until INTEGER NOT NULL
) STRICT;

-- Blocks of numbers (order numbers): unique, with gaps.
CREATE TABLE number_blocks (
	name TEXT PRIMARY KEY, next INTEGER NOT NULL
) STRICT;
INSERT INTO number_blocks (name, next) VALUES ('order', 1001);

CREATE VIEW v_orders AS SELECT
	id, version, doc->>'number' AS number, channel, doc->>'external_id' AS external_id, status, payment_status, fulfillment_status,
	doc->>'return_status' AS return_status, doc->>'currency' AS currency, email,
	CAST(doc->'totals'->>'items' AS INTEGER) AS items, CAST(doc->'totals'->>'discount' AS INTEGER) AS discount,
	CAST(doc->'totals'->>'shipping' AS INTEGER) AS shipping, CAST(doc->'totals'->>'tax' AS INTEGER) AS tax,
	CAST(doc->'totals'->>'grand_total' AS INTEGER) AS grand_total, placed_at
FROM orders;
CREATE VIEW v_order_lines AS SELECT
	o.id AS order_id, l.value->>'id' AS line_id, l.value->>'sku' AS sku, l.value->>'name' AS name,
	CAST(l.value->>'quantity' AS INTEGER) AS quantity, CAST(l.value->>'unit_price' AS INTEGER) AS unit_price
FROM orders o, json_each(o.doc, '$.lines') AS l;
