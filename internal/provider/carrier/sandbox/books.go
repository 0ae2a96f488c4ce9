package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"ordo/internal/micros"
	"ordo/internal/money"
	"ordo/internal/shipping"
	"ordo/internal/store"
	"ordo/internal/store/postgres"
	"ordo/internal/store/sqlite"
)

// suffix is added to the name of the SQLite file.
const suffix = ".carriers"

// stateLost is that of a call which left no trace.
const stateLost = "lost"

// record is a row of the store.
type record struct {
	Key, Kind, Carrier, Parent, State, Reason, Fault, Tracking, Ref, Currency, Hash string

	Cost                  int64
	CreatedAt, ResolvesAt micros.Time
	Calls, Advanced       int64
	Paper                 []byte
}

// at is the outcome as it is known at a time.
func (r *record) at(now micros.Time) shipping.Outcome {
	if r.ResolvesAt > now {
		return shipping.Outcome{State: shipping.Pending}
	}
	out := shipping.Outcome{State: r.State, Reason: r.Reason}
	if r.State == shipping.Succeeded && r.Kind == shipping.Buy {
		out.TrackingNumber, out.ProviderRef, out.Paper, out.FileHash = r.Tracking, r.Ref, r.Paper, r.Hash
		out.Cost = money.Money{Amount: r.Cost, Currency: r.Currency}
	}
	return out
}

const columns = "key, kind, carrier, parent, state, reason, fault, tracking, ref, currency, hash, cost, created_at, resolves_at, calls, advanced, paper"

func (r *record) scan(row store.Row) error {
	return row.Scan(&r.Key, &r.Kind, &r.Carrier, &r.Parent, &r.State, &r.Reason, &r.Fault, &r.Tracking, &r.Ref, &r.Currency, &r.Hash,
		&r.Cost, &r.CreatedAt, &r.ResolvesAt, &r.Calls, &r.Advanced, &r.Paper)
}

const ddl = `%[1]s
CREATE TABLE IF NOT EXISTS %[2]sparcels (
	key text PRIMARY KEY, kind text NOT NULL, carrier text NOT NULL, parent text NOT NULL, state text NOT NULL, reason text NOT NULL,
	fault text NOT NULL, tracking text NOT NULL, ref text NOT NULL, currency text NOT NULL, hash text NOT NULL, cost bigint NOT NULL,
	created_at bigint NOT NULL, resolves_at bigint NOT NULL, calls bigint NOT NULL, advanced bigint NOT NULL, paper %[3]s NOT NULL
);
CREATE INDEX IF NOT EXISTS parcels_tracking ON %[2]sparcels (tracking);
`

// books is the store.
type books struct {
	db interface {
		store.DB
		store.Migrator
	}
	table string
}

func openBooks(ctx context.Context, databaseURL string, readOnly bool) (*books, error) {
	b := &books{table: "parcels"}
	script, exists := fmt.Sprintf(ddl, "", "", "blob"), "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'parcels'"
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		if path = strings.TrimPrefix(path, "//"); path == "" {
			return nil, errors.New("a database URL sqlite: names a file")
		}
		path += suffix
		if _, err := os.Stat(path); readOnly && errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoStore
		}
		db, err := sqlite.Open(ctx, path, readOnly)
		if err != nil {
			return nil, err
		}
		b.db = db
	} else {
		u, err := url.Parse(databaseURL)
		if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return nil, errors.New("a database URL begins with sqlite: or postgres://") // the URL may hold a password
		}
		q := u.Query()
		q.Set("application_name", "ordo-sandbox-carrier")
		if readOnly {
			q.Set("default_transaction_read_only", "on")
		}
		u.RawQuery = q.Encode()
		db, err := postgres.Open(ctx, u.String(), 2)
		if err != nil {
			return nil, err
		}
		b.db, b.table, script = db, "sandbox.parcels", fmt.Sprintf(ddl, "CREATE SCHEMA IF NOT EXISTS sandbox;", "sandbox.", "bytea")
		exists = "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = 'sandbox' AND tablename = 'parcels'"
	}
	if readOnly {
		found := 0
		err := b.db.Query(ctx, func(r store.Row) error { return r.Scan(&found) }, exists)
		if err == nil && found == 0 {
			err = ErrNoStore
		}
		if err != nil {
			b.db.Close()
			return nil, err
		}
		return b, nil
	}
	if err := b.db.Locked(ctx, func(exec func(string) error, _ func() (int, error)) error { return exec(script) }); err != nil {
		b.db.Close()
		return nil, err
	}
	return b, nil
}

// record stores a call under a fresh key, or counts it under the one that is there. first says that this call made it.
func (b *books) record(ctx context.Context, r record) (have *record, first bool, err error) {
	if r.Paper == nil {
		r.Paper = []byte{}
	}
	marks := make([]string, strings.Count(columns, ",")+1)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	args := []any{
		r.Key, r.Kind, r.Carrier, r.Parent, r.State, r.Reason, r.Fault, r.Tracking, r.Ref, r.Currency, r.Hash,
		r.Cost, int64(r.CreatedAt), int64(r.ResolvesAt), int64(0), int64(0), r.Paper,
	}
	err = store.Write(ctx, b.db, func(tx store.Tx) error {
		have, first = &record{}, false
		err := tx.Do(ctx,
			&store.Stmt{SQL: "INSERT INTO " + b.table + " (" + columns + ") VALUES (" + strings.Join(marks, ", ") + ") ON CONFLICT DO NOTHING", Args: args, Want: store.AnyRows},
			&store.Stmt{SQL: "UPDATE " + b.table + " SET calls = calls + 1 WHERE key = $1 RETURNING " + columns, Args: []any{r.Key}, Scan: have.scan, Want: store.AnyRows},
		)
		if err != nil {
			return err
		}
		first = have.Calls == 1
		if have.State != stateLost || first {
			return nil
		}
		// What left no trace is carried out now.
		have.State = shipping.Succeeded
		return tx.Do(ctx, &store.Stmt{SQL: "UPDATE " + b.table + " SET state = $2 WHERE key = $1", Args: []any{r.Key, have.State}, Want: store.AnyRows})
	})
	return have, first, err
}

func (b *books) find(ctx context.Context, key string) (*record, error) {
	return b.one(ctx, "key = $1", key)
}

func (b *books) tracked(ctx context.Context, number string) (*record, error) {
	return b.one(ctx, "tracking = $1 AND tracking <> ''", number)
}

func (b *books) one(ctx context.Context, where, value string) (*record, error) {
	var found *record
	err := b.db.Query(ctx, func(row store.Row) error {
		found = &record{}
		return found.scan(row)
	}, "SELECT "+columns+" FROM "+b.table+" WHERE "+where, value)
	return found, err
}

func (b *books) advance(ctx context.Context, number string) error {
	return store.Write(ctx, b.db, func(tx store.Tx) error {
		return tx.Do(ctx, &store.Stmt{SQL: "UPDATE " + b.table + " SET advanced = advanced + 1 WHERE tracking = $1", Args: []any{number}, Want: 1})
	})
}

func (b *books) list(ctx context.Context, f func(record) error) error {
	return b.db.Query(ctx, func(row store.Row) error {
		var r record
		if err := r.scan(row); err != nil || r.State == stateLost {
			return err
		}
		return f(r)
	}, "SELECT "+columns+" FROM "+b.table+" ORDER BY key")
}
