package app

import (
	"context"
	"io"
	"time"

	"ordo/internal/bulk"
	"ordo/internal/errs"
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
	Export string    `json:"export"`
	After  [2]string `json:"after"` // what was written last: an id, or SKU and location
	Until  string    `json:"until"` // nothing that was made after the start
	Part   int64     `json:"part"`
	Rows   int64     `json:"rows"`
	Size   int64     `json:"size"`
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
	e.Check(&list)
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
	e.Status, e.Rows, e.Size, e.EndedAt = bulk.Done, c.Rows, c.Size, u.Now()
	if err := Exports.Put(u, e); err != nil {
		return nil, err
	}
	u.Record(work.Event{Type: "export.finished", Aggregate: e.ID, Body: BulkBody{Export: e}})
	return e, nil
}

// runExportJob writes pages until all is written or its turn ends. One that was cut off writes the same pieces again.
func (a *App) runExportJob(ctx context.Context, j jobs.Job) error {
	var args exportJob
	if err := jsonx.Unmarshal([]byte(j.Args), &args); err != nil {
		return err
	}
	e, err := one(ctx, a.DB, Exports, args.Export)
	if err != nil || e.Status != bulk.Running {
		return err
	}
	w := &fileWriter{ctx: ctx, db: a.DB, name: e.ID, part: args.Part, size: args.Size}
	if e.Format == bulk.CSV && args.Part == 0 {
		if _, err := w.Write(bulk.Lines([][]string{bulk.Header(e.Kind)})); err != nil {
			return err
		}
	}
	for begun := time.Now(); ; {
		rows, err := a.exportRows(ctx, e, &args)
		if err != nil {
			return err
		}
		if err := writeRows(w, e, rows); err != nil {
			return err
		}
		args.Rows += int64(len(rows))
		ended := len(rows) < exportPage
		if !ended && time.Since(begun) < importTurn {
			continue
		}
		if err := w.flush(); err != nil {
			return err
		}
		if args.Part, args.Size = w.part, w.size; !ended {
			_, err = work.Do(ctx, a.Committer, &continueJob{jobExport, j.ID, a.node, args}, a.system())
			return err
		}
		if err := w.cut(); err != nil {
			return err
		}
		_, err = work.Do(ctx, a.Committer, &endExport{args, j.ID, a.node}, a.system())
		return err
	}
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

// exportRows reads the next page of things, as rows.
func (a *App) exportRows(ctx context.Context, e *bulk.Export, args *exportJob) (rows []any, err error) {
	switch e.Kind {
	case bulk.Orders:
		found, err := a.exportOrders(ctx, e, args)
		for _, o := range found {
			rows, args.After[0] = append(rows, a.Rows.OrderRowOf(o)), o.ID
		}
		return rows, err
	case bulk.Products:
		found, err := a.Products(ctx, args.After[0], exportPage)
		for _, p := range found {
			rows, args.After[0] = append(rows, a.Rows.ProductRowOf(p)), p.ID
		}
		return rows, err
	case bulk.Customers:
		found, err := a.ListCustomers(ctx, CustomerFilter{After: args.After[0], Limit: exportPage})
		for _, c := range found {
			if args.After[0] = c.ID; c.ID < args.Until {
				rows = append(rows, a.Rows.CustomerRowOf(c))
			}
		}
		return rows, err
	}
	found, err := a.Stock(ctx, e.Filter.SKU, e.Filter.Location, args.After, exportPage)
	for _, p := range found {
		on, available := p.Get(inventory.OnHand), p.Available()
		args.After = [2]string{p.SKU, p.Location}
		rows = append(rows, stockRow{AdjustLine{SKU: p.SKU, Location: p.Location, OnHand: &on, CompareQuantity: &on}, "correction", &available})
	}
	return rows, err
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
	return openFile(ctx, a.DB, e.ID, e.Size, 0)
}
