package app

import (
	"cmp"
	"context"
	"strings"
	"time"

	"ordo/internal/bulk"
	"ordo/internal/catalog"
	"ordo/internal/customer"
	"ordo/internal/errs"
	"ordo/internal/micros"
	"ordo/internal/order"
	"ordo/internal/store"
	"ordo/internal/work"
)

// Imports and Exports are files that bring in or take out many things; ImportRows are what became of their rows.
var (
	ImportRows = work.NewKind[bulk.Outcome](work.Spec{
		Table: "import_rows", What: "row", Rank: 9, Cols: []store.Col{text("import_id"), text("status")},
	}, func(o *bulk.Outcome) []any { return []any{o.Import, o.Status} })
	Imports = work.NewKind[bulk.Import](work.Spec{
		Table: "imports", What: "import", Rank: 11, Cols: []store.Col{text("status"), text("file")},
	}, func(i *bulk.Import) []any { return []any{string(i.Status), i.File} })
	Exports = work.NewKind[bulk.Export](work.Spec{
		Table: "exports", What: "export", Rank: 12, Cols: []store.Col{text("status")},
	}, func(e *bulk.Export) []any { return []any{string(e.Status)} })
)

// RowCodec turns rows of files into what commands take, and back; package api sets it: rows have the form of its
// requests.
type RowCodec interface {
	PlacementRow(body []byte, may func(scope string) bool) (p order.Placement, id string, err error)
	ProductRow(body []byte) (*catalog.Product, error)
	CustomerRow(body []byte) (customer.Customer, error)
	OrderRowOf(o *order.Order) any
	ProductRowOf(p *catalog.Product) any
	CustomerRowOf(c *customer.Customer) any
}

// BulkBody is what events about files carry.
type BulkBody struct {
	Import *bulk.Import `json:"import,omitzero"`
	Export *bulk.Export `json:"export,omitzero"`
}

// jobImport takes an import on: it validates or runs some of its rows.
const jobImport = "import"

// ImportJob says where an import is.
type ImportJob struct {
	Import string     `json:"import"`
	Phase  string     `json:"phase"` // the status that the job is for
	Place  bulk.Place `json:"place"`
}

func registerBulk(a *App) {
	a.Jobs.Handle(jobImport, a.runImportJob)
	a.Jobs.Handle(jobExport, a.runExportJob)
	a.Jobs.Schedule("sweep_files", 10*time.Minute, a.sweepFiles)
}

// CreateImport takes a file that was received.
type CreateImport struct {
	bulk.Import
	unreadable error // no row of the file could be read
}

// Needs implements work.Command.
func (c *CreateImport) Needs(*work.Needs) {}

// Run implements work.Command.
func (c *CreateImport) Run(u *work.Unit) (*bulk.Import, error) {
	var list errs.List
	i := c.Import
	i.Check(&list)
	if err := cmp.Or(list.Err(), c.unreadable); err != nil {
		return nil, err
	}
	i.ID, i.Status, i.CreatedAt = u.NewID("imp"), bulk.Uploaded, u.Now()
	Imports.Create(u, &i)
	u.Record(work.Event{Type: "import.uploaded", Aggregate: i.ID, Body: BulkBody{Import: &i}})
	u.Enqueue(jobImport, ImportJob{Import: i.ID, Phase: string(bulk.Uploaded)}, u.Now())
	return &i, nil
}

// MoveImport takes an import into another state.
type MoveImport struct {
	ID     string
	To     bulk.Status
	from   bulk.Status        // that the caller met; "" for any
	counts func(*bulk.Import) // notes what was counted
	job    string             // that this ends
	node   string
}

// importEvents are the events of the states.
var importEvents = map[bulk.Status]string{
	bulk.Validating: "import.validating", bulk.Ready: "import.validated", bulk.HasErrors: "import.validated", bulk.Running: "import.started",
	bulk.Done: "import.finished", bulk.DoneWithErrors: "import.finished", bulk.Canceled: "import.canceled",
}

// Needs implements work.Command.
func (c *MoveImport) Needs(n *work.Needs) { n.Docs(Imports.Spec, c.ID) }

// Run implements work.Command.
func (c *MoveImport) Run(u *work.Unit) (*bulk.Import, error) {
	i, err := Imports.Get(u, c.ID)
	if err != nil {
		return nil, err
	}
	u.FinishJob(c.job, c.node)
	if c.from != "" && i.Status != c.from { // canceled meanwhile, or done by a run before
		return i, nil
	}
	if err := u.CheckVersion(Imports.What, i.Version); err != nil {
		return nil, err
	}
	next, err := i.To(c.To, u.Now())
	if err != nil {
		return nil, err
	}
	if c.counts != nil {
		c.counts(next)
	}
	if err := c.record(u, next); err != nil {
		return nil, err
	}
	if c.To == bulk.Ready && !next.DryRun { // nothing speaks against it
		if next, err = next.To(bulk.Running, u.Now()); err != nil {
			return nil, err
		}
		return next, c.record(u, next)
	}
	return next, nil
}

// record stores the import and what happened, and the job that goes on from there.
func (c *MoveImport) record(u *work.Unit, i *bulk.Import) error {
	if err := Imports.Put(u, i); err != nil {
		return err
	}
	told := *i
	u.Record(work.Event{Type: importEvents[i.Status], Aggregate: i.ID, Body: BulkBody{Import: &told}})
	if i.Status == bulk.Validating || i.Status == bulk.Running {
		u.Enqueue(jobImport, ImportJob{Import: i.ID, Phase: string(i.Status)}, u.Now())
	}
	return nil
}

// continueJob ends a job and stores the one that goes on, both or neither.
type continueJob struct {
	kind, job, node string
	args            any
}

// Needs implements work.Command.
func (c *continueJob) Needs(*work.Needs) {}

// Run implements work.Command.
func (c *continueJob) Run(u *work.Unit) (struct{}, error) {
	u.FinishJob(c.job, c.node)
	u.Enqueue(c.kind, c.args, u.Now())
	return struct{}{}, nil
}

// CreateImport runs CreateImport. The file of a request that came to nothing, or came before, is forgotten.
func (a *App) CreateImport(ctx context.Context, i bulk.Import, meta work.Meta) work.Outcome {
	unreadable := bulk.CheckHeader(i.Kind, i.Format, openFile(ctx, a.DB, i.File, i.Size, 0))
	if unreadable != nil && errs.As(unreadable) == nil {
		return work.Outcome{Err: unreadable}
	}
	out := work.Submit(ctx, a.Committer, &CreateImport{i, unreadable}, meta) // a file that came before has its answer
	if e := errs.As(out.Err); out.Replayed || e != nil && e.Class != errs.Unavailable && e.Class != errs.Internal {
		_ = dropFile(context.WithoutCancel(ctx), a.DB, i.File) // who waited in vain may have been heard all the same: that is swept
	}
	return out
}

// ImportView is an import and how far it is.
type ImportView struct {
	*bulk.Import
	Results map[string]int64 // rows so far, by what became of them
}

// ImportFile reads an import.
func (a *App) ImportFile(ctx context.Context, id string) (*ImportView, error) {
	i, err := one(ctx, a.DB, Imports, id)
	if err != nil {
		return nil, err
	}
	v := &ImportView{i, map[string]int64{}}
	err = a.DB.Query(ctx, func(r store.Row) error {
		var status string
		var n int64
		err := r.Scan(&status, &n)
		v.Results[status] = n
		return err
	}, "SELECT status, COUNT(*) FROM import_rows WHERE import_id = $1 GROUP BY status", id)
	return v, err
}

// ImportList lists imports, oldest first, of one status when it is given.
func (a *App) ImportList(ctx context.Context, status, after string, limit int) ([]*bulk.Import, error) {
	return filtered(ctx, a.DB, Imports, [][2]string{{"status", status}}, after, limit)
}

// ImportRows lists what became of rows, in the order of their lines; of one state when it is given.
func (a *App) ImportRows(ctx context.Context, id, status string, after int64, limit int) ([]*bulk.Outcome, error) {
	return filtered(ctx, a.DB, ImportRows, [][2]string{{"import_id", id}, {"status", status}}, bulk.OutcomeID(id, after), limit)
}

// fileOrphans is how long a file may be without the document that names it: an upload takes that long at most.
const fileOrphans = 24 * time.Hour

// sweepFiles ends imports that wait for longer than the setting, and forgets the files of imports and exports that ended
// longer ago than that, those of what was canceled, and those that nothing names. What was made of them stays.
func (a *App) sweepFiles(ctx context.Context) error {
	now := micros.Of(time.Now())
	if err := a.expireImports(ctx, now); err != nil {
		return err
	}
	for after := ""; ; {
		var names []string
		if err := a.DB.Query(ctx, func(r store.Row) error {
			var name string
			err := r.Scan(&name)
			names = append(names, name)
			return err
		}, "SELECT file FROM file_chunks WHERE part = 0 AND created_at < $1 AND file > $2 ORDER BY file LIMIT 200", int64(now.Add(-min(fileOrphans, a.Settings.FileMaxAge))), after); err != nil {
			return err
		}
		if len(names) == 0 {
			return nil
		}
		for _, name := range names {
			ended, err := a.fileEnded(ctx, name)
			if err == nil && ended != 0 && ended < now.Add(-a.Settings.FileMaxAge) {
				err = dropFile(ctx, a.DB, name)
			}
			if err != nil {
				return err
			}
			after = name
		}
	}
}

// expireImports ends imports that nobody started or canceled.
func (a *App) expireImports(ctx context.Context, now micros.Time) error {
	for _, status := range []bulk.Status{bulk.Ready, bulk.HasErrors} {
		for after := ""; ; {
			waiting, err := a.ImportList(ctx, string(status), after, 200)
			if err != nil {
				return err
			}
			for _, i := range waiting {
				after = i.ID
				reason := i.Expired(now, a.Settings.FileMaxAge)
				if reason == "" {
					continue
				}
				if _, err := work.Do(ctx, a.Committer, &MoveImport{ID: i.ID, To: bulk.Canceled, from: i.Status, counts: because(reason)}, a.system()); err != nil {
					return err
				}
			}
			if len(waiting) < 200 {
				break
			}
		}
	}
	return nil
}

// because notes why an import is canceled.
func because(reason string) func(*bulk.Import) { return func(i *bulk.Import) { i.Reason = reason } }

// fileEnded tells when a file was needed last: 0 for not yet, 1 for one that nobody will read. The pieces of an export
// have its name.
func (a *App) fileEnded(ctx context.Context, name string) (micros.Time, error) {
	if strings.HasPrefix(name, mailedFile) {
		return a.mailedFileEnded(ctx, name)
	}
	if e, err := one(ctx, a.DB, Exports, bulk.ExportOf(name)); errs.ClassOf(err) != errs.NotFound {
		if err != nil || e.Status == bulk.Canceled {
			return 1, err
		}
		return e.EndedAt, nil
	}
	var text string
	err := a.DB.Query(ctx, func(r store.Row) error { return r.Scan(&text) }, "SELECT doc FROM imports WHERE file = $1", name)
	if err != nil || text == "" {
		return 1, err
	}
	i, err := Imports.Decode([]byte(text))
	if err != nil || i.Status == bulk.Canceled {
		return 1, err
	}
	return i.EndedAt, nil
}
