-- Users and their roles.
CREATE TABLE users (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);
CREATE TABLE roles (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);

-- Signed-in browsers; the id is the SHA-256 of the token. Ended ones stay for a while, as a record of sign-ins.
CREATE TABLE sessions (
	id text COLLATE "C" PRIMARY KEY, user_id text COLLATE "C" NOT NULL, epoch bigint NOT NULL, created_at bigint NOT NULL, rotated_at bigint NOT NULL,
	seen_at bigint NOT NULL, ends_at bigint NOT NULL, agent text COLLATE "C" NOT NULL, address text COLLATE "C" NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_ends ON sessions (ends_at);

-- Failed sign-ins of a user, until when further ones are refused, and the last one-time code that was used.
CREATE TABLE sign_ins (
	id text COLLATE "C" PRIMARY KEY, failures bigint NOT NULL, locked_until bigint NOT NULL, step bigint NOT NULL
);

-- Lists that people keep under a name: filters, of their own or for everybody who sees the list.
CREATE TABLE saved_views (
	id text COLLATE "C" PRIMARY KEY, list text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, query text COLLATE "C" NOT NULL, shared bigint NOT NULL
);
CREATE UNIQUE INDEX saved_views_name ON saved_views (list, owner, name);

-- Reports that people keep, with the schedules by which they are mailed.
CREATE TABLE saved_reports (
	id text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, doc text NOT NULL, rev bigint NOT NULL
);

-- What people did, for the audit view: few of the journal's rows, and none of those that placing an order writes.
CREATE INDEX journal_people ON journal (seq) WHERE actor >= 'usr_' AND actor < 'usr`';

-- Runs of the checks of ordo verify by the server: what they found, and of one that is under way how far it is.
CREATE TABLE verifications (
	id text COLLATE "C" PRIMARY KEY, state text NOT NULL, beat_at bigint NOT NULL, doc text NOT NULL
);
CREATE UNIQUE INDEX verifications_open ON verifications (state) WHERE state IN ('queued', 'running');
