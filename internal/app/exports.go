package app

import (
	"context"
	"io"
	"slices"
	"time"

	"ordo/internal/bulk"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/inventory"
	"ordo/internal/jobs"
	"ordo/internal/jsonx"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/work"
)

// jobExport writes some pages of an export.
const jobExport = "export"

// exportJob says where an export is.
type exportJob struct {
	Export string       `json:"export"`
	After  [2]string    `json:"after"` // what was written last: an id, or SKU and location
	Until  string       `json:"until"` // nothing that was made after the start
	Rows   int64        `json:"rows"`
	Erased int64        `json:"erased,omitzero"`
	Size   int64        `json:"size"`
	Pieces []bulk.Piece `json:"pieces,omitzero"` // that the runs before this one wrote
}

const exportPage = 500

// CreateExport begins a file.
type CreateExport struct{ bulk.Export }

// Needs implements work.Command.
func (c *CreateExport) Needs(*work.Needs) {}

// Run implements work.Command.
func (c *CreateExport) Run(u *work.Unit) (*bulk.Export, error) {
	var list errs.List
	e := c.Export
	var statuses []string
	for _, s := range order.Statuses {
		statuses = append(statuses, string(s))
	}
	e.Check(&list, statuses)
	if err := list.Err(); err != nil {
		return nil, err
	}
	e.ID, e.Status, e.CreatedAt = u.NewID("exp"), bulk.Running, u.Now()
	Exports.Create(u, &e)
	u.Record(work.Event{Type: "export.started", Aggregate: e.ID, Body: BulkBody{Export: &e}})
	u.Enqueue(jobExport, exportJob{Export: e.ID, Until: u.NewID(untilPrefix[e.Kind])}, u.Now())
	return &e, nil
}

// untilPrefix is the prefix of ids that rise with time, by kind.
var untilPrefix = map[string]string{bulk.Orders: "ord", bulk.Customers: "cus", bulk.Products: "none", bulk.Stock: "none"}

// endExport says that the file is there.
type endExport struct {
	exportJob
	job, node string
}

// Needs implements work.Command.
func (c *endExport) Needs(n *work.Needs) { n.Docs(Exports.Spec, c.Export) }

// Run implements work.Command.
func (c *endExport) Run(u *work.Unit) (*bulk.Export, error) {
	e, err := Exports.Get(u, c.Export)
	if err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.node)
	if e.Status != bulk.Running {
		return e, nil
	}
	e.Status, e.Rows, e.Erased, e.Size, e.Pieces, e.EndedAt = bulk.Done, c.Rows, c.Erased, c.Size, c.Pieces, u.Now()
	if err := Exports.Put(u, e); err != nil {
		return nil, err
	}
	u.Record(work.Event{Type: "export.finished", Aggregate: e.ID, Body: BulkBody{Export: e}})
	return e, nil
}

// CancelExport stops an export. The run that writes it ends with its page.
type CancelExport struct{ ID string }

// Needs implements work.Command.
func (c *CancelExport) Needs(n *work.Needs) { n.Docs(Exports.Spec, c.ID) }

// Run implements work.Command.
func (c *CancelExport) Run(u *work.Unit) (*bulk.Export, error) {
	e, err := Exports.Get(u, c.ID)
	if err != nil {
		return nil, err
	}
	if err := u.CheckVersion(Exports.What, e.Version); err != nil {
		return nil, err
	}
	next, err := e.Cancel(u.Now())
	if err != nil {
		return nil, err
	}
	if err := Exports.Put(u, next); err != nil {
		return nil, err
	}
	told := *next
	u.Record(work.Event{Type: "export.canceled", Aggregate: next.ID, Body: BulkBody{Export: &told}})
	return next, nil
}

// runExportJob writes pages until all is written or its turn ends. Each run writes a piece of its own, so that one that
// was cut off, or that lost its lease without knowing, has no part in the file.
func (a *App) runExportJob(ctx context.Context, j jobs.Job) error {
	var args exportJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	e, err := one(ctx, a.DB, Exports, args.Export)
	if err != nil {
		return err
	}
	if e.Status != bulk.Running {
		return a.dropPieces(ctx, e, args.Pieces)
	}
	w := &fileWriter{ctx: ctx, db: a.DB, name: bulk.PieceName(e.ID, ids.New("run"))}
	e, ended, err := a.exportPages(ctx, w, e, &args)
	switch {
	case err != nil:
		return err
	case ended:
		e, err = work.Do(ctx, a.Committer, &endExport{args, j.ID, a.node}, a.system())
	case e.Status == bulk.Running:
		_, err = work.Do(ctx, a.Committer, &continueJob{jobExport, j.ID, a.node, args}, a.system())
		return err
	}
	if err != nil {
		return err
	}
	return a.dropPieces(ctx, e, append(args.Pieces, bulk.Piece{Name: w.name}))
}

// exportPages writes pages until all is written, the turn ends or the export is canceled. It returns the export as it
// was seen last.
func (a *App) exportPages(ctx context.Context, w *fileWriter, e *bulk.Export, args *exportJob) (now *bulk.Export, ended bool, err error) {
	if e.Format == bulk.CSV && len(args.Pieces) == 0 {
		if _, err := w.Write(bulk.Lines([][]string{bulk.Header(e.Kind)})); err != nil {
			return nil, false, err
		}
	}
	for begun := time.Now(); ; {
		rows, met, err := a.exportRows(ctx, e, args)
		if err == nil {
			err = writeRows(w, e, rows)
		}
		if err != nil {
			return nil, false, err
		}
		args.Rows += int64(len(rows))
		ended := met < exportPage
		if !ended {
			if now, err := one(ctx, a.DB, Exports, e.ID); err != nil || now.Status != bulk.Running {
				return now, false, err
			}
			if time.Since(begun) < importTurn {
				continue
			}
		}
		if err := w.flush(); err != nil {
			return nil, false, err
		}
		if w.size > 0 {
			args.Pieces, args.Size = append(args.Pieces, bulk.Piece{Name: w.name, Size: w.size}), args.Size+w.size
		}
		return e, ended, nil
	}
}

// dropPieces forgets those pieces that are none of the export's file.
func (a *App) dropPieces(ctx context.Context, e *bulk.Export, pieces []bulk.Piece) error {
	for _, p := range pieces {
		if slices.ContainsFunc(e.Pieces, func(of bulk.Piece) bool { return of.Name == p.Name }) {
			continue
		}
		if err := dropFile(ctx, a.DB, p.Name); err != nil {
			return err
		}
	}
	return nil
}

func writeRows(w io.Writer, e *bulk.Export, rows []any) error {
	var out []byte
	for _, row := range rows {
		line := jsonx.Marshal(row)
		if e.Format == bulk.JSONL {
			out = append(append(out, line...), '\n')
			continue
		}
		records, err := bulk.Records(e.Kind, line)
		if err != nil {
			return err
		}
		out = append(out, bulk.Lines(records)...)
	}
	_, err := w.Write(out)
	return err
}

// exportRows reads the next page of things, as rows, and tells how many things it met. Customers who were erased are
// left out: nothing is left to import of them.
func (a *App) exportRows(ctx context.Context, e *bulk.Export, args *exportJob) (rows []any, met int, err error) {
	switch e.Kind {
	case bulk.Orders:
		found, err := a.exportOrders(ctx, e, args)
		for _, o := range found {
			rows, args.After[0] = append(rows, a.Rows.OrderRowOf(o)), o.ID
		}
		return rows, len(found), err
	case bulk.Products:
		found, err := a.Products(ctx, args.After[0], exportPage)
		for _, p := range found {
			rows, args.After[0] = append(rows, a.Rows.ProductRowOf(p)), p.ID
		}
		return rows, len(found), err
	case bulk.Customers:
		found, err := a.ListCustomers(ctx, CustomerFilter{After: args.After[0], Limit: exportPage})
		for _, c := range found {
			switch args.After[0] = c.ID; {
			case c.ID >= args.Until:
			case c.ErasedAt != 0:
				args.Erased++
			default:
				rows = append(rows, a.Rows.CustomerRowOf(c))
			}
		}
		return rows, len(found), err
	}
	found, err := a.Stock(ctx, PositionFilter{SKU: e.Filter.SKU, Location: e.Filter.Location, After: args.After, Limit: exportPage})
	for _, p := range found {
		on, available := p.Get(inventory.OnHand), p.Available()
		args.After = [2]string{p.SKU, p.Location}
		rows = append(rows, stockRow{AdjustLine{SKU: p.SKU, Location: p.Location, OnHand: &on, CompareQuantity: &on}, "correction", &available})
	}
	return rows, len(found), err
}

// exportOrders reads a page of orders, oldest first. Drafts are none yet, and what was rejected never became one: both
// are exported only when they are asked for.
func (a *App) exportOrders(ctx context.Context, e *bulk.Export, args *exportJob) (out []*order.Order, err error) {
	var where selection
	where.add("id > ? AND id < ?", args.After[0], args.Until)
	where.equal([2]string{"status", e.Filter.Status}, [2]string{"channel", e.Filter.Channel})
	where.among("channel", e.Channels)
	if e.Filter.Status == "" {
		where.add("status <> ? AND status <> ?", string(order.Draft), string(order.Rejected))
	}
	sql, values := where.page("SELECT doc FROM orders", "id", exportPage)
	err = a.DB.Query(ctx, func(r store.Row) error {
		o, err := scanDoc(Orders, r)
		out = append(out, o)
		return err
	}, sql, values...)
	return out, err
}

// CreateExport runs CreateExport.
func (a *App) CreateExport(ctx context.Context, e bulk.Export, meta work.Meta) work.Outcome {
	return work.Submit(ctx, a.Committer, &CreateExport{e}, meta)
}

// ExportFile reads an export.
func (a *App) ExportFile(ctx context.Context, id string) (*bulk.Export, error) {
	return one(ctx, a.DB, Exports, id)
}

// ExportList lists exports, oldest first.
func (a *App) ExportList(ctx context.Context, after string, limit int) ([]*bulk.Export, error) {
	return page(ctx, a.DB, Exports, after, limit)
}

// ExportData is the file of an export.
func (a *App) ExportData(ctx context.Context, e *bulk.Export) io.Reader {
	pieces := make([]io.Reader, len(e.Pieces))
	for i, p := range e.Pieces {
		pieces[i] = openFile(ctx, a.DB, p.Name, p.Size, 0)
	}
	return io.MultiReader(pieces...)
}
