package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"ordo/internal/bulk"
	"ordo/internal/catalog"
	"ordo/internal/errs"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/work"
)

const (
	importTurn  = 15 * time.Second // of a job; then another one goes on
	importBatch = 100              // rows between two looks at whether the import was canceled
	importBytes = 4 << 20          // and bytes of them, as a row may have 1 MiB
	importWidth = 16               // rows that run at once
)

// rowCommand runs the command of a row and stores what came of it in the same unit of work: whoever runs the row again
// finds that, and does nothing.
type rowCommand[T any] struct {
	command work.Command[T]
	imp     string
	line    int64
	ref     func(T) string
}

// Needs implements work.Command.
func (c *rowCommand[T]) Needs(n *work.Needs) {
	n.Docs(ImportRows.Spec, bulk.OutcomeID(c.imp, c.line))
	c.command.Needs(n)
}

// Run implements work.Command.
func (c *rowCommand[T]) Run(u *work.Unit) (struct{}, error) {
	if _, done, err := ImportRows.Find(u, bulk.OutcomeID(c.imp, c.line)); done || err != nil {
		return struct{}{}, err
	}
	v, err := c.command.Run(u)
	if err != nil {
		return struct{}{}, err
	}
	u.AtEnd(func() error { // the journal is compared with what the row says of itself (B1)
		o := bulk.NewOutcome(c.imp, c.line, bulk.RowDone)
		o.Ref, o.Events = c.ref(v), int64(len(u.Events()))
		return ImportRows.Put(u, o)
	})
	return struct{}{}, nil
}

// noteRows stores what became of rows that were refused; what is known of a row already stays.
type noteRows []*bulk.Outcome

// Needs implements work.Command.
func (c noteRows) Needs(n *work.Needs) {
	for _, o := range c {
		n.Docs(ImportRows.Spec, o.ID)
	}
}

// Run implements work.Command.
func (c noteRows) Run(u *work.Unit) (struct{}, error) {
	for _, o := range c {
		_, known, err := ImportRows.Find(u, o.ID)
		if err == nil && !known {
			own := *o
			err = ImportRows.Put(u, &own)
		}
		if err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
}

// runImportJob takes an import on. A job that was cut off runs again from where it began, and passes over the rows of
// which it is known what became of them.
func (a *App) runImportJob(ctx context.Context, j jobs.Job) error {
	var args ImportJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	i, err := one(ctx, a.DB, Imports, args.Import)
	if err != nil {
		return err
	}
	if string(i.Status) != args.Phase {
		return nil // canceled, or this was done before
	}
	if i.Status == bulk.Uploaded {
		return a.moveImport(ctx, i, j, bulk.Validating, nil)
	}
	return a.importRows(ctx, i, j, args)
}

func (a *App) moveImport(ctx context.Context, i *bulk.Import, j jobs.Job, to bulk.Status, counts func(*bulk.Import)) error {
	_, err := work.Do(ctx, a.Committer, &MoveImport{ID: i.ID, To: to, from: i.Status, counts: counts, job: j.ID, node: a.node}, a.system())
	return err
}

// importRows validates or runs rows until the file or the turn ends.
func (a *App) importRows(ctx context.Context, i *bulk.Import, j jobs.Job, args ImportJob) error {
	reader, err := bulk.Open(i.Kind, i.Format, openFile(ctx, a.DB, i.File, i.Size, args.Place.At), args.Place)
	if e := errs.As(err); e != nil { // a version of the server that knew other columns took the file
		return a.moveImport(ctx, i, j, bulk.Canceled, because(e.Error()))
	}
	if err != nil {
		return err
	}
	r, err := a.newRowRunner(ctx, i)
	if err != nil {
		return err
	}
	for begun := time.Now(); ; {
		rows, ended, err := nextRows(reader)
		if err != nil {
			return err
		}
		if err := r.all(ctx, rows); err != nil {
			return err
		}
		args.Place = reader.Place()
		if ended {
			return a.endPhase(ctx, i, j, args.Place.Rows)
		}
		if now, err := one(ctx, a.DB, Imports, i.ID); err != nil || now.Status != i.Status {
			return err // canceled
		}
		if time.Since(begun) > importTurn {
			_, err := work.Do(ctx, a.Committer, &continueJob{jobImport, j.ID, a.node, args}, a.system())
			return err
		}
	}
}

// nextRows reads a batch: so many rows that at most importBytes and one row are held.
func nextRows(reader bulk.Reader) (rows []bulk.Row, ended bool, err error) {
	for size := 0; len(rows) < importBatch && size < importBytes; {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return rows, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		rows, size = append(rows, row), size+len(row.Body)
	}
	return rows, false, nil
}

// endPhase notes what came of all rows. The counts are those of what is stored of the rows, so that nothing counts twice.
func (a *App) endPhase(ctx context.Context, i *bulk.Import, j jobs.Job, rows int64) error {
	v, err := a.ImportFile(ctx, i.ID)
	if err != nil {
		return err
	}
	invalid, failed, done := v.Results[bulk.RowInvalid], v.Results[bulk.RowFailed], v.Results[bulk.RowDone]
	if i.Status == bulk.Validating {
		to := bulk.Ready
		if invalid > 0 {
			to = bulk.HasErrors
		}
		return a.moveImport(ctx, i, j, to, func(n *bulk.Import) { n.Rows, n.Invalid = rows, invalid })
	}
	to := bulk.Done
	if failed+invalid > 0 {
		to = bulk.DoneWithErrors
	}
	return a.moveImport(ctx, i, j, to, func(n *bulk.Import) { n.Done, n.Failed = done, failed })
}

func (a *App) note(ctx context.Context, out ...*bulk.Outcome) error {
	if len(out) == 0 {
		return nil
	}
	_, err := work.Do(ctx, a.Committer, noteRows(out), a.system())
	return err
}

// rowRunner validates or runs rows of one import.
type rowRunner struct {
	a   *App
	i   *bulk.Import
	key *Access
}

// newRowRunner finds out what the owner may do now: an import ends with the key that sent it.
func (a *App) newRowRunner(ctx context.Context, i *bulk.Import) (*rowRunner, error) {
	key, err := a.accessOf(ctx, i.Owner)
	return &rowRunner{a: a, i: i, key: key}, err
}

// all handles rows at the same time, but for those that are about the same thing: these in their order.
func (r *rowRunner) all(ctx context.Context, rows []bulk.Row) error {
	known, err := r.known(ctx, rows)
	if err != nil {
		return err
	}
	refused := make([]*bulk.Outcome, len(rows))
	failed := make([]error, len(rows))
	chains := map[string][]int{}
	var order []string
	for n := range rows {
		if known[bulk.OutcomeID(r.i.ID, rows[n].Line)] {
			continue
		}
		key := about(&rows[n])
		if chains[key] == nil {
			order = append(order, key)
		}
		chains[key] = append(chains[key], n)
	}
	next := make(chan string)
	var wg sync.WaitGroup
	for range min(importWidth, len(order)) {
		wg.Go(func() {
			for key := range next {
				for _, n := range chains[key] {
					refused[n], failed[n] = r.one(ctx, &rows[n])
				}
			}
		})
	}
	for _, key := range order {
		next <- key
	}
	close(next)
	wg.Wait()
	var out []*bulk.Outcome
	for _, o := range refused {
		if o != nil {
			out = append(out, o)
		}
	}
	return errors.Join(append(failed, r.a.note(ctx, out...))...)
}

// known are the rows of which it is known what became of them.
func (r *rowRunner) known(ctx context.Context, rows []bulk.Row) (map[string]bool, error) {
	out := map[string]bool{}
	if len(rows) == 0 {
		return out, nil
	}
	err := r.a.DB.Query(ctx, func(row store.Row) error {
		var id string
		err := row.Scan(&id)
		out[id] = true
		return err
	}, "SELECT id FROM import_rows WHERE id BETWEEN $1 AND $2", bulk.OutcomeID(r.i.ID, rows[0].Line), bulk.OutcomeID(r.i.ID, rows[len(rows)-1].Line))
	return out, err
}

// about is what rows in one chain have in common; a row that is about nothing is alone.
func about(row *bulk.Row) string {
	var v struct {
		SKU        string `json:"sku"`
		ExternalID string `json:"external_id"`
		Email      string `json:"email"`
		ID         string `json:"id"`
	}
	if row.Err == nil && jsonx.Unmarshal(row.Body, &v) == nil && v.SKU+v.ExternalID+v.Email+v.ID != "" {
		return v.SKU + "\x00" + v.ExternalID + "\x00" + fold(v.Email) + "\x00" + v.ID
	}
	return strconv.FormatInt(row.Line, 10)
}

// one handles a row, and tells why it was refused. An error means that it cannot be told now. A defect of ours that a row
// meets is the end of this row: the others go on, and it would meet it again.
func (r *rowRunner) one(ctx context.Context, row *bulk.Row) (out *bulk.Outcome, err error) {
	validating := r.i.Status == bulk.Validating
	refuse := func(err error) *bulk.Outcome {
		state := bulk.RowFailed
		if validating {
			state = bulk.RowInvalid
		}
		return bulk.NewOutcome(r.i.ID, row.Line, state).Refuse(r.i.Kind, err)
	}
	defer func() {
		if p := recover(); p != nil {
			r.a.log.Error("a row of an import panicked", "row", bulk.OutcomeID(r.i.ID, row.Line), "panic", p, "stack", string(debug.Stack()))
			out, err = refuse(work.ErrPanic), nil
		}
	}()
	if err = row.Err; err == nil {
		err = r.do(ctx, row, validating)
	}
	switch {
	case err == nil:
		return nil, nil
	case errors.Is(err, work.ErrPanic):
		r.a.log.Error("the command of a row of an import panicked", "row", bulk.OutcomeID(r.i.ID, row.Line), "err", err)
		return refuse(err), nil
	case errs.As(err) == nil || errs.ClassOf(err) == errs.Unavailable:
		return nil, fmt.Errorf("line %d: %w", row.Line, err) // the job comes again
	case validating && errs.ClassOf(err) == errs.Conflict:
		return nil, nil // what others and the rows before it make of the state is known when it is its turn
	}
	return refuse(err), nil
}

func (r *rowRunner) do(ctx context.Context, row *bulk.Row, dry bool) error {
	scope := bulk.Areas[r.i.Kind] + ":write"
	if !r.key.Allows(scope) || r.i.Kind != bulk.Orders && len(r.key.Channels) > 0 {
		return errs.New(errs.Forbidden, "missing_scope", "the key that sent the file has no scope %s (any more)", scope)
	}
	switch r.i.Kind {
	case bulk.Orders:
		return r.order(ctx, row, dry)
	case bulk.Products:
		return r.product(ctx, row, dry)
	case bulk.Customers:
		return r.customer(ctx, row, dry)
	}
	return r.stock(ctx, row, dry)
}

// runRow runs the command of a row in the name of the owner, or tries it.
func runRow[T any](ctx context.Context, r *rowRunner, line int64, dry bool, command work.Command[T], ref func(T) string) error {
	meta := work.Meta{Actor: r.i.Owner, RequestID: bulk.OutcomeID(r.i.ID, line)}
	if dry {
		_, err := work.DryRun(ctx, r.a.Committer, command, meta)
		return err
	}
	_, err := work.Do(ctx, r.a.Committer, &rowCommand[T]{command, r.i.ID, line, ref}, meta)
	return err
}

// order places an order. One whose payment is asked for after the commit is done when it is placed; what its payment
// comes to stands in the order.
func (r *rowRunner) order(ctx context.Context, row *bulk.Row, dry bool) error {
	p, id, err := r.a.Rows.PlacementRow(row.Body, r.key.Allows)
	if err != nil {
		return err
	}
	if !r.key.Sees(p.Channel) {
		return errs.New(errs.Forbidden, "channel_forbidden", "the key that sent the file may not place orders for channel %q", errs.Clip(p.Channel))
	}
	if id != "" { // exported here: nothing is placed again, also where its external id was freed by a rejection
		if _, err := one(ctx, r.a.DB, Orders, id); errs.ClassOf(err) != errs.NotFound {
			return runRow(ctx, r, row.Line, dry, &orderIsHere{p, id}, func(id string) string { return id })
		}
	}
	if p.ExternalID == "" {
		var list errs.List
		list.Add("/external_id", "required", "give the channel's own id, so that a file that is sent twice makes no order twice")
		return list.Err()
	}
	cmd := &PlaceOrder{Placement: p, app: r.a}
	return cmd.withPast(ctx, func() error {
		return runRow(ctx, r, row.Line, dry, cmd, func(v *OrderView) string { return v.Order.ID })
	})
}

// orderIsHere is the row of an order that was exported here: nothing is to be done for it.
type orderIsHere struct {
	order.Placement
	id string
}

// Needs implements work.Command.
func (c *orderIsHere) Needs(n *work.Needs) { n.Docs(Orders.Spec, c.id) }

// Run implements work.Command.
func (c *orderIsHere) Run(u *work.Unit) (string, error) {
	o, err := Orders.Get(u, c.id)
	if err != nil {
		return "", err
	}
	if diff := order.Differences(o, c.Placement); o.Channel != c.Channel || len(diff) > 0 {
		return "", errs.New(errs.Conflict, "external_order_conflict", "order %s is here with other content, and imports change no orders; see differences", c.id).
			With("order", c.id, "differences", diff)
	}
	return c.id, nil
}

func (r *rowRunner) product(ctx context.Context, row *bulk.Row, dry bool) error {
	p, err := r.a.Rows.ProductRow(row.Body)
	if err != nil {
		return err
	}
	cmd, err := r.a.saveProduct(ctx, p)
	if err != nil {
		return err
	}
	return runRow(ctx, r, row.Line, dry, cmd, func(v Saved[*catalog.Product]) string { return v.Doc.ID })
}

// customer saves a customer: the one with the id, or with the mail address, or a new one. An id that there is not is
// that of another installation.
func (r *rowRunner) customer(ctx context.Context, row *bulk.Row, dry bool) error {
	c, err := r.a.Rows.CustomerRow(row.Body)
	if err != nil {
		return err
	}
	if c.ID != "" {
		if _, err := one(ctx, r.a.DB, Customers, c.ID); errs.ClassOf(err) == errs.NotFound {
			c.ID = ""
		} else if err != nil {
			return err
		}
	}
	return runRow(ctx, r, row.Line, dry, &SaveCustomer{Customer: c, Merge: true}, func(v SavedCustomer) string { return v.ID })
}

// stockRow is a row of stock: an adjustment of one position.
type stockRow struct {
	AdjustLine
	Reason    string `json:"reason"`
	Available *int64 `json:"available,omitzero"` // in exports only
}

func (r *rowRunner) stock(ctx context.Context, row *bulk.Row, dry bool) error {
	var in stockRow
	if err := jsonx.Decode(row.Body, &in); err != nil {
		return err
	}
	return runRow(ctx, r, row.Line, dry, &AdjustStock{Reason: in.Reason, Lines: []AdjustLine{in.AdjustLine}}, func(v StockChange) string { return v.ID })
}
