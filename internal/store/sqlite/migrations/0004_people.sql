-- Users and their roles.
CREATE TABLE users (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;
CREATE TABLE roles (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;

-- Signed-in browsers; the id is the SHA-256 of the token. Ended ones stay for a while, as a record of sign-ins.
CREATE TABLE sessions (
	id TEXT PRIMARY KEY, user_id TEXT NOT NULL, epoch INTEGER NOT NULL, created_at INTEGER NOT NULL, rotated_at INTEGER NOT NULL,
	seen_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, agent TEXT NOT NULL, address TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_ends ON sessions (ends_at);

-- Failed sign-ins of a user, until when further ones are refused, and the last one-time code that was used.
CREATE TABLE sign_ins (
	id TEXT PRIMARY KEY, failures INTEGER NOT NULL, locked_until INTEGER NOT NULL, step INTEGER NOT NULL
) STRICT;

-- Lists that people keep under a name: filters, of their own or for everybody who sees the list.
CREATE TABLE saved_views (
	id TEXT PRIMARY KEY, list TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL, shared INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_views_name ON saved_views (list, owner, name);

-- Reports that people keep, with the schedules by which they are mailed.
CREATE TABLE saved_reports (
	id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL, rev INTEGER NOT NULL
) STRICT;

-- What people did, for the audit view: few of the journal's rows, and none of those that placing an order writes.
CREATE INDEX journal_people ON journal (seq) WHERE actor >= 'usr_' AND actor < 'usr`';

-- Runs of the checks of ordo verify by the server: what they found, and of one that is under way how far it is.
CREATE TABLE verifications (
	id TEXT PRIMARY KEY, state TEXT NOT NULL, beat_at INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX verifications_open ON verifications (state) WHERE state IN ('queued', 'running');
