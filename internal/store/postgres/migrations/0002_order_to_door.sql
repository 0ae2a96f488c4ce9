-- Stock: units promised from what will come, and where to order anew.
ALTER TABLE stock_positions ADD COLUMN backordered bigint NOT NULL DEFAULT 0 CHECK (backordered >= 0);
ALTER TABLE stock_positions ADD COLUMN reorder_point bigint NOT NULL DEFAULT 0 CHECK (reorder_point >= 0);

-- Orders by what stands inside their lists: open holds, tags, backorders.
CREATE TABLE order_terms (
	id text COLLATE "C" NOT NULL, field text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL,
	PRIMARY KEY (field, value, id)
);
CREATE INDEX order_terms_id ON order_terms (id);

-- Parts of orders.
CREATE TABLE order_changes (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	order_id text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL
);
CREATE TABLE labels (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	order_id text COLLATE "C" NOT NULL, fulfillment_id text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL,
	carrier text COLLATE "C" NOT NULL, tracking text COLLATE "C" NOT NULL
);
CREATE INDEX labels_status ON labels (status, id);
CREATE INDEX labels_fulfillment ON labels (fulfillment_id, id);
CREATE INDEX labels_tracking ON labels (tracking, carrier);
CREATE TABLE label_files (
	id text COLLATE "C" PRIMARY KEY, pdf bytea NOT NULL
);
CREATE TABLE invoices (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	order_id text COLLATE "C" NOT NULL, channel text COLLATE "C" NOT NULL, number bigint NOT NULL
);
CREATE UNIQUE INDEX invoices_number ON invoices (channel, number);
CREATE TABLE sequences (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL
);

-- Stock outside of orders.
CREATE TABLE reservations (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	status text COLLATE "C" NOT NULL, expires_at bigint NOT NULL
);
CREATE INDEX reservations_status ON reservations (status, expires_at);
CREATE TABLE transfers (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	status text COLLATE "C" NOT NULL
);
CREATE INDEX transfers_status ON transfers (status, id);
CREATE TABLE counts (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	location text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL
);
CREATE INDEX counts_work ON counts (location, status, id);
-- What each position had after each event that moved it (ADR 0012). Made from the journal; units are those of the
-- buckets, in their order.
CREATE TABLE stock_card (
	sku text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL, seq bigint NOT NULL, units text COLLATE "C" NOT NULL,
	PRIMARY KEY (sku, location, seq)
);

-- Capacity: the fulfillment orders of a location on a day.
CREATE TABLE node_days (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL
);

-- Money beside orders.
CREATE TABLE store_credits (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	owner text COLLATE "C" NOT NULL
);
CREATE INDEX store_credits_owner ON store_credits (owner, id);

-- Reference data.
CREATE TABLE rules (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE sourcing_rules (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE carriers (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE custom_fields (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);

-- Secrets of this installation, made at first use.
CREATE TABLE secrets (
	name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL
);

-- The books: lines that the reader `ledger` makes of the journal, its cursor in the same transaction.
CREATE TABLE ledger_entries (
	seq bigint NOT NULL, line bigint NOT NULL, day text COLLATE "C" NOT NULL, account text COLLATE "C" NOT NULL, currency text COLLATE "C" NOT NULL,
	debit bigint NOT NULL CHECK (debit >= 0), credit bigint NOT NULL CHECK (credit >= 0), order_id text COLLATE "C" NOT NULL, ref text COLLATE "C" NOT NULL,
	PRIMARY KEY (seq, line)
);
CREATE INDEX ledger_entries_day ON ledger_entries (day, seq, line);
