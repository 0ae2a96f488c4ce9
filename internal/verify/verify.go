// Package verify proves, from the stored data alone, that the data is right.
//
// What lives here: the table of checks, reading everything once on one snapshot, and the report. What does not: the
// rules of one order, payment or position, which are the domains' and are asked here again; repairing anything.
// The one idea: every fact is stored twice, as it is now and as it came to be, by code that does not know this
// package. Documents, counters and key tables are compared with the journal, and the journal with its hashes.
//
// What it reads is streamed: pages of documents by id, each with its parts and its events, and the journal by
// position. Only counters per SKU and location, the versions of reference data and the open jobs are held in memory
// (with the sandbox: its entries too).
package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ordo/internal/app"
	"ordo/internal/journal"
	"ordo/internal/micros"
	"ordo/internal/project"
	"ordo/internal/provider/payment/sandbox"
	"ordo/internal/store"
	"ordo/internal/store/postgres"
	"ordo/internal/store/sqlite"
)

// Options of a run. The zero value checks everything but the sandboxes.
type Options struct {
	// Expect is a head that was noted before: the journal must still contain that position with that hash, since a
	// chain alone cannot show a tail that was cut off.
	Expect *journal.Head
	// Sandbox is the provider's side of the payments; nil leaves its checks out.
	Sandbox Charges
	// Parcels is the sandbox carrier's side of the labels; nil leaves its checks out.
	Parcels Parcels
	// Progress, if any, is told how far a stage is. It is called often.
	Progress func(stage string, done, total int64)
	// Now is for tests; the zero value takes the clock.
	Now time.Time
}

// Charges lists what the sandbox provider knows, in the order of keys.
type Charges interface {
	List(ctx context.Context, f func(sandbox.Charge) error) error
}

// ErrSchema says that the database has another schema than this program knows.
var ErrSchema = errors.New("verify: another schema")

// Run checks the database on one snapshot, also while others write to it. An error means that it could not check;
// what is wrong with the data stands in the report.
func Run(ctx context.Context, db store.DB, o Options) (*Report, error) {
	began := time.Now()
	if o.Now.IsZero() {
		o.Now = began
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	info, err := db.Info(ctx)
	if err != nil {
		return nil, err
	}
	v := &run{opts: o, total: newTally(), known: map[aggregate]*known{}, caseJobs: map[caseArgs]bool{}, card: map[posKey]*cardFold{}}
	err = db.Snapshot(ctx, func(r store.Reader) error {
		v.db = r
		return v.snapshot(ctx, db.Dialect().Name)
	})
	if err != nil {
		return nil, err
	}
	// The sandbox commits apart, so it is asked after the snapshot: what it knows more than the snapshot is told
	// apart by what was written since.
	if o.Sandbox != nil {
		if err := v.compareSandbox(ctx, db); err != nil {
			return nil, fmt.Errorf("the sandbox's side cannot be read: %w", err)
		}
	}
	if o.Parcels != nil {
		if err := v.compareParcels(ctx, db); err != nil {
			return nil, fmt.Errorf("the sandbox carrier's side cannot be read: %w", err)
		}
	}
	return v.report(info, time.Since(began)), nil
}

// run is one verification.
type run struct {
	opts    Options
	db      store.Reader
	total   *tally
	head    journal.Head // as journal_head says
	last    journal.Head // as the last row says
	met     bool         // the expected head was met
	expect  []byte       // the hash at the expected position, if the journal has it
	known   map[aggregate]*known
	catalog int64 // version of the catalog head
	numbers int64 // order numbers below it were handed out
	booked  int64 // the books are kept up to this position
	facts   int64 // the facts are kept up to this position
	carded  int64 // the stock card is kept up to this position
	card    map[posKey]*cardFold
	jobs    jobBook
	dead    map[string]string // deliveries that a job will say were given up, with their endpoint

	erased   map[string]int64       // what is personal of an aggregate was erased at this position
	erasedAt map[string]micros.Time // the same, by time
	caseJobs map[caseArgs]bool      // looks at cases that are planned
	attempts []*attempt             // at the sandbox carrier

	counts map[string]int64 // rows of a table
}

// snapshot runs all checks on the database's own data. Later steps use what earlier ones gathered.
func (v *run) snapshot(ctx context.Context, engine string) error {
	if err := v.checkSchema(ctx, engine); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{
		v.readHeads, v.readJobs, v.readJournal, v.readOrders, v.findStrays, v.readChanges, v.readInvoices, v.readLabels, v.readStoreCredits, v.readMails, v.readImports, v.readNodeDays, v.readStockDocs, v.readService, v.readReferences, v.readKeys, v.readPositions, v.readAnswers,
		v.readFacts, v.readCard, v.readConnect,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for i := range checks {
		if c := &checks[i]; c.end != nil && c.applies(v) {
			r := &v.total.results[i]
			r.rows++
			guard(r, "the database", func() { c.end(r, v) })
		}
	}
	return nil
}

// checkSchema refuses a database that this program was not made for: neither its columns nor its rules may be the
// ones that stand here.
func (v *run) checkSchema(ctx context.Context, engine string) error {
	scripts := sqlite.Migrations()
	if engine == postgres.Dialect.Name {
		scripts = postgres.Migrations()
	}
	names, err := fs.Glob(scripts, "*.sql")
	if err != nil {
		return err
	}
	have := 0
	err = v.db.Query(ctx, func(r store.Row) error { return r.Scan(&have) }, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations")
	switch {
	case err != nil:
		return fmt.Errorf("this is no database of ordo, or it cannot be read: %w", err)
	case have < len(names):
		return fmt.Errorf("%w: the database has schema %d, this program checks schema %d: start ordo serve with this version once, which migrates it", ErrSchema, have, len(names))
	case have > len(names):
		return fmt.Errorf("%w: the database has schema %d, this program knows %d: verify with a newer ordo", ErrSchema, have, len(names))
	}
	return nil
}

func (v *run) readHeads(ctx context.Context) (err error) {
	if v.head, err = journal.ReadHead(ctx, v.db); err != nil {
		return err
	}
	if err = v.number(ctx, &v.catalog, "SELECT version FROM catalog_head WHERE id = 1"); err != nil {
		return err
	}
	if err = v.number(ctx, &v.numbers, "SELECT next FROM number_blocks WHERE name = 'order'"); err != nil {
		return err
	}
	if v.booked, err = v.position(ctx, project.LedgerName); err != nil {
		return err
	}
	if v.carded, err = v.position(ctx, app.StockCardReader); err != nil {
		return err
	}
	v.counts = map[string]int64{}
	for _, table := range []string{"orders", "payments", "fulfillments", "returns", "unique_keys", "ledger_entries"} {
		var n int64
		if err = v.number(ctx, &n, "SELECT COUNT(*) FROM "+table); err != nil {
			return err
		}
		v.counts[table] = n
	}
	return nil
}

func (v *run) number(ctx context.Context, n *int64, sql string, args ...any) error {
	return v.db.Query(ctx, func(r store.Row) error { return r.Scan(n) }, sql, args...)
}
