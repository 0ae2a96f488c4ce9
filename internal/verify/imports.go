package verify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ordo/internal/app"
	"ordo/internal/bulk"
	"ordo/internal/jsonx"
	"ordo/internal/store"
)

// importRow is an import with what stands beside it.
type importRow struct {
	stored[bulk.Import]
	status, file string // columns
	events       []bulkEvent
	rows         map[string]int64 // by what became of them
	broken       []string         // rows that are not what they should be
	job          bool             // one takes it on
}

// exportRow is an export with what stands beside it.
type exportRow struct {
	stored[bulk.Export]
	status string // column
	events []bulkEvent
	job    bool
}

type bulkEvent struct {
	seq, version int64
	body         app.BulkBody
	err          error
}

func importName(id string) string { return "import " + id }
func exportName(id string) string { return "export " + id }

// meetBulk remembers which imports and exports a job takes on.
func (v *run) meetBulk(j *job) {
	if j.kind != "import" && j.kind != "export" {
		return
	}
	var a struct {
		Import string `json:"import"`
		Export string `json:"export"`
	}
	if j.err = jsonx.Unmarshal([]byte(j.args), &a); j.err == nil {
		v.jobs.bulk[a.Import+a.Export] = true
	}
}

// readImports walks imports and exports, which are few, each with its events and its rows.
func (v *run) readImports(ctx context.Context) error {
	var imports []*importRow
	byID := map[string]*importRow{}
	events := map[string]func(bulkEvent){}
	var ids []string
	err := v.db.Query(ctx, func(r store.Row) error {
		i := &importRow{rows: map[string]int64{}}
		var text string
		if err := r.Scan(&i.id, &i.version, &text, &i.status, &i.file); err != nil {
			return err
		}
		i.stored, i.job = decode(app.Imports, i.id, i.version, text), v.jobs.bulk[i.id]
		imports, ids, byID[i.id] = append(imports, i), append(ids, i.id), i
		events[i.id] = func(e bulkEvent) { i.events = append(i.events, e) }
		return nil
	}, "SELECT id, version, doc, status, file FROM imports ORDER BY id")
	if err != nil {
		return err
	}
	var exports []*exportRow
	err = v.db.Query(ctx, func(r store.Row) error {
		e := &exportRow{}
		var text string
		if err := r.Scan(&e.id, &e.version, &text, &e.status); err != nil {
			return err
		}
		e.stored, e.job = decode(app.Exports, e.id, e.version, text), v.jobs.bulk[e.id]
		exports, ids = append(exports, e), append(ids, e.id)
		events[e.id] = func(b bulkEvent) { e.events = append(e.events, b) }
		return nil
	}, "SELECT id, version, doc, status FROM exports ORDER BY id")
	if err != nil {
		return err
	}
	if err := v.bulkEvents(ctx, ids, events); err != nil {
		return err
	}
	if err := v.readImportRows(ctx, byID); err != nil {
		return err
	}
	for _, i := range imports {
		each(v, importName(i.id), i, func(c *check) func(*result, *importRow) { return c.imported })
	}
	for _, e := range exports {
		each(v, exportName(e.id), e, func(c *check) func(*result, *exportRow) { return c.exported })
	}
	return nil
}

func (v *run) bulkEvents(ctx context.Context, ids []string, to map[string]func(bulkEvent)) error {
	met := int64(0)
	err := v.in(ctx, ids, func(r store.Row) error {
		var id, body string
		var e bulkEvent
		met++
		if err := r.Scan(&id, &e.seq, &e.version, &body); err != nil {
			return err
		}
		e.err = jsonx.Unmarshal([]byte(body), &e.body)
		to[id](e)
		return nil
	}, "SELECT aggregate, seq, version, body FROM journal WHERE aggregate IN (?) ORDER BY aggregate, seq")
	if err != nil {
		return err
	}
	if met == v.total.counted.bulkEvents {
		return nil
	}
	r := v.total.of("journal.events")
	return v.db.Query(ctx, func(row store.Row) error {
		var seq int64
		var kind, id string
		if err := row.Scan(&seq, &kind, &id); err != nil {
			return err
		}
		if to[id] == nil {
			r.bad(seqName(seq), "%s is about %s, which does not exist", kind, id)
		}
		return nil
	}, "SELECT seq, type, aggregate FROM journal WHERE type LIKE 'import.%' OR type LIKE 'export.%' ORDER BY seq")
}

// readImportRows walks what became of rows, in pages, each with what the journal has of it: a row is run under its id
// as the request.
func (v *run) readImportRows(ctx context.Context, imports map[string]*importRow) error {
	lost := v.total.of("imports.rows")
	for after, more := "", true; more; {
		page := rowPage{from: after, rows: map[string]*bulk.Outcome{}}
		err := v.db.Query(ctx, func(r store.Row) error {
			var id, text, imp, status string
			var version int64
			if err := r.Scan(&id, &version, &text, &imp, &status); err != nil {
				return err
			}
			o := decode(app.ImportRows, id, version, text)
			after, page.rows[id] = id, nil
			switch i := imports[imp]; {
			case i == nil:
				lost.bad("row "+id, "is of import %q, which does not exist", imp)
			case o.err != nil:
				i.broken = append(i.broken, id+" cannot be read: "+o.err.Error())
			case o.doc.ID != id || o.doc.Version != version || o.doc.Import != imp || o.doc.Status != status || id != bulk.OutcomeID(imp, o.doc.Line):
				i.broken = append(i.broken, id+" has other columns than its document")
			default:
				i.rows[status]++
				page.rows[id] = o.doc
			}
			return nil
		}, "SELECT id, version, doc, import_id, status FROM import_rows WHERE id > $1 ORDER BY id LIMIT $2", after, tablePage)
		if err != nil {
			return err
		}
		if page.to, more = after, len(page.rows) > 0; !more {
			page.to = "imp`" // what comes after the last row
		}
		if err := v.importMade(ctx, imports, &page); err != nil {
			return err
		}
	}
	return nil
}

// rowPage is a page of rows, with the ids between which it lies.
type rowPage struct {
	from, to string
	rows     map[string]*bulk.Outcome // nil: broken
}

// importMade: what a row says it recorded is in the journal, no less (it took effect) and no more (it did so once). Of
// what was refused there is nothing, and nothing has no row.
func (v *run) importMade(ctx context.Context, imports map[string]*importRow, page *rowPage) error {
	recorded, made := map[string]int64{}, map[string]bool{}
	if err := v.db.Query(ctx, func(r store.Row) error {
		var id, aggregate string
		var seq int64
		err := r.Scan(&seq, &id, &aggregate)
		imp, _, _ := strings.Cut(id, ":")
		switch _, known := page.rows[id]; {
		case known:
		case imports[imp] != nil:
			imports[imp].broken = append(imports[imp].broken, fmt.Sprintf("%s recorded %s, and nothing is known of it", id, seqName(seq)))
		default:
			v.total.of("imports.rows").bad(seqName(seq), "was recorded by row %s of an import that does not exist", id)
		}
		recorded[id]++
		made[aggregate] = true
		return err
	}, "SELECT seq, request_id, aggregate FROM journal WHERE request_id >= 'imp_' AND request_id < 'imp`' AND request_id > $1 AND request_id <= $2", page.from, page.to); err != nil {
		return err
	}
	var refs []string // of rows that changed nothing
	for _, o := range page.rows {
		if o != nil && o.Status == bulk.RowDone && !made[o.Ref] {
			refs = append(refs, o.Ref)
		}
	}
	if err := v.in(ctx, refs, func(r store.Row) error {
		var id string
		err := r.Scan(&id)
		made[id] = true
		return err
	}, "SELECT DISTINCT aggregate FROM journal WHERE aggregate IN (?)"); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(page.rows)) {
		o := page.rows[id]
		if o == nil {
			continue
		}
		i := imports[o.Import]
		if o.Status == bulk.RowDone && !made[o.Ref] {
			i.broken = append(i.broken, id+" says that it made "+o.Ref+", of which the journal knows nothing")
		}
		if n := recorded[id]; n != o.Events {
			i.broken = append(i.broken, fmt.Sprintf("%s is %s and recorded %d events; the journal has %d of it", id, o.Status, o.Events, n))
		}
	}
	return nil
}

func importColumns(r *result, i *importRow) {
	switch d := i.doc; {
	case i.err != nil:
		r.bad(importName(i.id), "cannot be read: %v", i.err)
	case d.ID != i.id || d.Version != i.version || string(d.Status) != i.status || d.File != i.file:
		r.bad(importName(i.id), "has other columns than its document")
	default:
		bulkFold(r, importName(i.id), i.version, i.events, d, func(b *app.BulkBody) *bulk.Import { return b.Import })
	}
}

func exportColumns(r *result, e *exportRow) {
	switch d := e.doc; {
	case e.err != nil:
		r.bad(exportName(e.id), "cannot be read: %v", e.err)
	case d.ID != e.id || d.Version != e.version || string(d.Status) != e.status:
		r.bad(exportName(e.id), "has other columns than its document")
	default:
		bulkFold(r, exportName(e.id), e.version, e.events, d, func(b *app.BulkBody) *bulk.Export { return b.Export })
	}
}

// bulkFold: the events have versions without gaps, and the last one says what is stored.
func bulkFold[T any](r *result, name string, version int64, events []bulkEvent, d *T, of func(*app.BulkBody) *T) {
	at, seq := int64(0), int64(0)
	for _, e := range events {
		if text := nextVersion(at, seq, e.version, e.seq); text != "" {
			r.bad(seqName(e.seq), "%s %s", name, text)
		}
		at, seq = e.version, e.seq
	}
	if at != version || len(events) == 0 {
		r.bad(name, "has version %d, its last event %d", version, at)
		return
	}
	last := events[len(events)-1]
	if told := of(&last.body); last.err != nil || told == nil || fingerprint(told) != fingerprint(d) {
		r.bad(name, "is not what journal row %d says", last.seq)
	}
}

// importCounts: rows are counted once, and never more of them than the file has. While rows run there are some of which
// nothing is known yet.
func importCounts(r *result, i *importRow) {
	if i.doc == nil {
		return
	}
	for _, text := range i.broken {
		r.bad(importName(i.id), "row %s", text)
	}
	d := i.doc
	invalid, done, failed := i.rows[bulk.RowInvalid], i.rows[bulk.RowDone], i.rows[bulk.RowFailed]
	switch ended := d.Status == bulk.Done || d.Status == bulk.DoneWithErrors; {
	case len(i.broken) > 0:
	case ended && (done != d.Done || failed != d.Failed || invalid != d.Invalid || done+failed+invalid != d.Rows):
		r.bad(importName(i.id), "has %d rows, %d done, %d failed and %d invalid; stored are %d, %d and %d", d.Rows, d.Done, d.Failed, d.Invalid, done, failed, invalid)
	case (d.Status == bulk.Running || d.Status == bulk.Canceled && d.Rows > 0) && done+failed+invalid > d.Rows:
		r.bad(importName(i.id), "has %d rows; stored are %d", d.Rows, done+failed+invalid)
	case d.Status == bulk.Ready && invalid > 0 || d.Status == bulk.Done && failed+invalid > 0:
		r.bad(importName(i.id), "is %s, and %d of its rows were refused", d.Status, failed+invalid)
	case (d.Status == bulk.Uploaded || d.Status == bulk.Validating || d.Status == bulk.Ready || d.Status == bulk.HasErrors) && done+failed > 0:
		r.bad(importName(i.id), "is %s, and %d of its rows were run", d.Status, done+failed)
	}
}

func importJob(r *result, i *importRow) {
	if i.doc == nil {
		return
	}
	bulkJob(r, importName(i.id), i.doc.Status == bulk.Uploaded || i.doc.Status == bulk.Validating || i.doc.Status == bulk.Running, i.job)
}

func exportJob(r *result, e *exportRow) {
	if e.doc != nil {
		bulkJob(r, exportName(e.id), e.doc.Status == bulk.Running, e.job)
	}
}

func bulkJob(r *result, name string, open, job bool) {
	switch {
	case !open:
	case !job:
		r.bad(name, "is under way, and no job takes it on")
	default:
		r.waiting++
	}
}
