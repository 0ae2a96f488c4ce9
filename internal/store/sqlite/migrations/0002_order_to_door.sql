-- Stock: units promised from what will come, and where to order anew.
ALTER TABLE stock_positions ADD COLUMN backordered INTEGER NOT NULL DEFAULT 0 CHECK (backordered >= 0);
ALTER TABLE stock_positions ADD COLUMN reorder_point INTEGER NOT NULL DEFAULT 0 CHECK (reorder_point >= 0);

-- Orders by what stands inside their lists: open holds, tags, backorders.
CREATE TABLE order_terms (
	id TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
	PRIMARY KEY (field, value, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_terms_id ON order_terms (id);

-- Parts of orders.
CREATE TABLE order_changes (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	order_id TEXT NOT NULL, status TEXT NOT NULL
) STRICT;
CREATE TABLE labels (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	order_id TEXT NOT NULL, fulfillment_id TEXT NOT NULL, status TEXT NOT NULL, carrier TEXT NOT NULL, tracking TEXT NOT NULL
) STRICT;
CREATE INDEX labels_status ON labels (status, id);
CREATE INDEX labels_fulfillment ON labels (fulfillment_id, id);
CREATE INDEX labels_tracking ON labels (tracking, carrier);
CREATE TABLE label_files (
	id TEXT PRIMARY KEY, pdf BLOB NOT NULL
) STRICT;
CREATE TABLE invoices (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	order_id TEXT NOT NULL, channel TEXT NOT NULL, number INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX invoices_number ON invoices (channel, number);
CREATE TABLE sequences (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;

-- Stock outside of orders.
CREATE TABLE reservations (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	status TEXT NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reservations_status ON reservations (status, expires_at);
CREATE TABLE transfers (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	status TEXT NOT NULL
) STRICT;
CREATE INDEX transfers_status ON transfers (status, id);
CREATE TABLE counts (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	location TEXT NOT NULL, status TEXT NOT NULL
) STRICT;
CREATE INDEX counts_work ON counts (location, status, id);
-- What each position had after each event that moved it (ADR 0012). Made from the journal; units are those of the
-- buckets, in their order.
CREATE TABLE stock_card (
	sku TEXT NOT NULL, location TEXT NOT NULL, seq INTEGER NOT NULL, units TEXT NOT NULL,
	PRIMARY KEY (sku, location, seq)
) STRICT, WITHOUT ROWID;

-- Capacity: the fulfillment orders of a location on a day.
CREATE TABLE node_days (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;

-- Money beside orders.
CREATE TABLE store_credits (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL,
	owner TEXT NOT NULL
) STRICT;
CREATE INDEX store_credits_owner ON store_credits (owner, id);

-- Reference data.
CREATE TABLE rules (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE sourcing_rules (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE carriers (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE custom_fields (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;

-- Secrets of this installation, made at first use.
CREATE TABLE secrets (
	name TEXT PRIMARY KEY, value BLOB NOT NULL
) STRICT;

-- The books: lines that the reader `ledger` makes of the journal, its cursor in the same transaction.
CREATE TABLE ledger_entries (
	seq INTEGER NOT NULL, line INTEGER NOT NULL, day TEXT NOT NULL, account TEXT NOT NULL, currency TEXT NOT NULL,
	debit INTEGER NOT NULL CHECK (debit >= 0), credit INTEGER NOT NULL CHECK (credit >= 0), order_id TEXT NOT NULL, ref TEXT NOT NULL,
	PRIMARY KEY (seq, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_entries_day ON ledger_entries (day, seq, line);
