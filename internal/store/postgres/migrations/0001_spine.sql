-- Keys are compared byte by byte ("C"), as SQLite does, whatever the locale of the server.
-- Documents: one row per aggregate, the columns beside doc are filled by the code that saves it (ADR 0002).
CREATE TABLE orders (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	channel text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL, payment_status text COLLATE "C" NOT NULL, fulfillment_status text COLLATE "C" NOT NULL,
	email text COLLATE "C" NOT NULL, placed_at bigint NOT NULL
);
CREATE INDEX orders_status ON orders (status, id);
CREATE INDEX orders_payment ON orders (payment_status, id);
CREATE INDEX orders_fulfillment ON orders (fulfillment_status, id);
CREATE INDEX orders_channel ON orders (channel, id);
CREATE INDEX orders_email ON orders (email, id);

CREATE TABLE payments (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	order_id text NOT NULL
);

CREATE TABLE fulfillments (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL,
	order_id text NOT NULL, location text COLLATE "C" NOT NULL, status text COLLATE "C" NOT NULL
);
CREATE INDEX fulfillments_status ON fulfillments (status, id);
CREATE INDEX fulfillments_work ON fulfillments (location, status, id);

-- Reference data: cached on every node; rev is the catalog version that wrote the row.
CREATE TABLE products (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE INDEX products_rev ON products (rev);
CREATE TABLE locations (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE channels (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE api_keys (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE catalog_head (
	id bigint PRIMARY KEY CHECK (id = 1), version bigint NOT NULL
);
INSERT INTO catalog_head (id, version) VALUES (1, 1);

-- Uniqueness across aggregates: the primary key is the unique value.
CREATE TABLE unique_keys (
	scope text COLLATE "C" NOT NULL, value text COLLATE "C" NOT NULL, owner text NOT NULL,
	PRIMARY KEY (value, scope)
);

-- Stock: counters that many commands share (I3 and I4 as constraints).
CREATE TABLE stock_positions (
	sku text COLLATE "C" NOT NULL, location text COLLATE "C" NOT NULL,
	on_hand bigint NOT NULL CHECK (on_hand >= 0),
	allocated bigint NOT NULL CHECK (allocated >= 0),
	reserved bigint NOT NULL CHECK (reserved >= 0),
	damaged bigint NOT NULL CHECK (damaged >= 0),
	quality bigint NOT NULL CHECK (quality >= 0),
	safety bigint NOT NULL CHECK (safety >= 0),
	in_transit_in bigint NOT NULL CHECK (in_transit_in >= 0),
	on_order bigint NOT NULL CHECK (on_order >= 0),
	backorder_limit bigint NOT NULL CHECK (backorder_limit >= 0),
	rev bigint NOT NULL, -- counts the changes, for the writer (package work)
	PRIMARY KEY (sku, location),
	CHECK (allocated <= on_hand - damaged - quality + backorder_limit)
) WITH (fillfactor = 70);

-- The journal: append-only, gapless, chained.
CREATE TABLE journal (
	seq bigint PRIMARY KEY, at bigint NOT NULL, type text NOT NULL, aggregate text COLLATE "C" NOT NULL, version bigint NOT NULL,
	actor text NOT NULL, request_id text NOT NULL, body text NOT NULL,
	personal text, salt bytea, digest bytea, hash bytea NOT NULL
);
CREATE INDEX journal_aggregate ON journal (aggregate, seq);
CREATE TABLE journal_head (
	id bigint PRIMARY KEY CHECK (id = 1), seq bigint NOT NULL, at bigint NOT NULL, hash bytea NOT NULL
) WITH (fillfactor = 10);
INSERT INTO journal_head (id, seq, at, hash) VALUES (1, 0, 0, ''::bytea);
CREATE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND NEW.personal IS NULL AND NEW.salt IS NULL
		AND (NEW.seq, NEW.at, NEW.type, NEW.aggregate, NEW.version, NEW.actor, NEW.request_id, NEW.body, NEW.digest, NEW.hash)
		IS NOT DISTINCT FROM (OLD.seq, OLD.at, OLD.type, OLD.aggregate, OLD.version, OLD.actor, OLD.request_id, OLD.body, OLD.digest, OLD.hash) THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'the journal is append-only';
END $$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION journal_guard();
CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();

-- Stored answers of POST requests (G1).
CREATE TABLE idempotency (
	id bytea PRIMARY KEY, fingerprint bytea NOT NULL, state text COLLATE "C" NOT NULL, status bigint NOT NULL, body bytea NOT NULL,
	subject text NOT NULL, created_at bigint NOT NULL
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- Work after commit. Finished jobs are deleted, dead ones stay until somebody looks.
CREATE TABLE jobs (
	id text COLLATE "C" PRIMARY KEY, kind text NOT NULL, args text NOT NULL, state text COLLATE "C" NOT NULL, run_at bigint NOT NULL,
	attempts bigint NOT NULL, owner text NOT NULL, last_error text NOT NULL, created_at bigint NOT NULL
);
CREATE INDEX jobs_due ON jobs (state, run_at);

-- Where each reader of the journal is, and which node reads for it.
CREATE TABLE journal_readers (
	name text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL, owner text NOT NULL, lease_until bigint NOT NULL
);

-- Blocks of numbers (order numbers): unique, with gaps.
CREATE TABLE number_blocks (
	name text COLLATE "C" PRIMARY KEY, next bigint NOT NULL
);
INSERT INTO number_blocks (name, next) VALUES ('order', 1001);

CREATE VIEW v_orders AS SELECT
	id, version, doc::jsonb->>'number' AS number, channel, doc::jsonb->>'external_id' AS external_id, status, payment_status, fulfillment_status,
	doc::jsonb->>'return_status' AS return_status, doc::jsonb->>'currency' AS currency, email,
	CAST(doc::jsonb->'totals'->>'items' AS bigint) AS items, CAST(doc::jsonb->'totals'->>'discount' AS bigint) AS discount,
	CAST(doc::jsonb->'totals'->>'shipping' AS bigint) AS shipping, CAST(doc::jsonb->'totals'->>'tax' AS bigint) AS tax,
	CAST(doc::jsonb->'totals'->>'grand_total' AS bigint) AS grand_total, placed_at
FROM orders;
CREATE VIEW v_order_lines AS SELECT
	o.id AS order_id, l.value->>'id' AS line_id, l.value->>'sku' AS sku, l.value->>'name' AS name,
	CAST(l.value->>'quantity' AS bigint) AS quantity, CAST(l.value->>'unit_price' AS bigint) AS unit_price
FROM orders o, jsonb_array_elements(o.doc::jsonb->'lines') AS l;
