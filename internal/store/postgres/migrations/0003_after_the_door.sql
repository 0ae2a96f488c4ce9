-- Order changes and drafts.

-- Returns, exchanges, claims.

-- Customers.

-- Cases.

-- Facts for reports, made from the journal; rebuilt from it at any time.

-- Webhooks.

-- Imports and exports.

-- Mails.
