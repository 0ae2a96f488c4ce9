-- Order changes and drafts.
CREATE INDEX order_changes_order ON order_changes (order_id, id);

-- Returns, exchanges, claims.

-- Customers.

-- Cases.

-- Facts for reports, made from the journal; rebuilt from it at any time.

-- Webhooks.

-- Imports and exports.

-- Mails.
