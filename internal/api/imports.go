package api

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/bulk"
	"ordo/internal/errs"
	"ordo/internal/ids"
	"ordo/internal/jsonx"
)

// ImportFile is a file that was sent, and what becomes of it.
type ImportFile struct {
	ID        string `json:"id"`
	Version   int64  `json:"version"`
	Kind      string `json:"kind" enum:"orders,products,stock,customers"`
	Format    string `json:"format" enum:"csv,jsonl"`
	Size      int64  `json:"size" doc:"bytes"`
	SHA256    string `json:"sha256"`
	Owner     string `json:"owner" doc:"the API key that sent it: its rows may do what that key may"`
	DryRun    bool   `json:"dry_run" doc:"it is only validated, until it is started"`
	Status    string `json:"status" enum:"uploaded,validating,ready,has_errors,running,done,done_with_errors,canceled"`
	CreatedAt string `json:"created_at" format:"date-time"`
	EndedAt   string `json:"ended_at,omitzero" format:"date-time"`
	Rows      int64  `json:"rows" doc:"known after validation; an order is one row, however many lines it has"`
	Invalid   int64  `json:"invalid" doc:"rows that validation refused; they are not run"`
	Done      int64  `json:"done" doc:"rows that were done so far"`
	Failed    int64  `json:"failed" doc:"rows that were refused when it was their turn, so far"`
	Reason    string `json:"reason,omitzero" doc:"why it was canceled, when nobody did it: it waited for longer than the setting file_max_age"`
}

// ImportRow is what became of a row.
type ImportRow struct {
	Line    int64  `json:"line" doc:"of the file, from 1, where the row begins; the header of CSV is line 1"`
	Status  string `json:"status" enum:"invalid,done,failed"`
	Column  string `json:"column,omitzero" doc:"or the JSON pointer, where no column is meant"`
	Code    string `json:"code,omitzero" doc:"as in problems of the API"`
	Message string `json:"message,omitzero"`
	Ref     string `json:"ref,omitzero" doc:"what it made or changed"`
}

// CreateExport is the body of POST /v1/exports.
type CreateExport struct {
	Kind   string       `json:"kind" enum:"orders,products,stock,customers"`
	Format string       `json:"format,omitzero" enum:"csv,jsonl" doc:"csv when left out"`
	Filter ExportFilter `json:"filter,omitzero"`
}

// ExportFilter selects what is exported.
type ExportFilter struct {
	Status   string `json:"status,omitzero" doc:"of orders; drafts and what was rejected only when they are asked for" enum:"draft,pending,open,completed,canceled,rejected"`
	Channel  string `json:"channel,omitzero" maxLength:"64" doc:"of orders"`
	Location string `json:"location,omitzero" maxLength:"64" doc:"of stock"`
	SKU      string `json:"sku,omitzero" maxLength:"64" doc:"of stock"`
}

// ExportFile is a file that is being made, or was.
type ExportFile struct {
	ID        string       `json:"id"`
	Version   int64        `json:"version"`
	Kind      string       `json:"kind" enum:"orders,products,stock,customers"`
	Format    string       `json:"format" enum:"csv,jsonl"`
	Filter    ExportFilter `json:"filter"`
	Status    string       `json:"status" enum:"running,done,canceled"`
	Rows      int64        `json:"rows" doc:"things, known at the end"`
	Erased    int64        `json:"erased,omitzero" doc:"customers who were left out, for they were erased"`
	Size      int64        `json:"size" doc:"bytes, known at the end"`
	CreatedAt string       `json:"created_at" format:"date-time"`
	EndedAt   string       `json:"ended_at,omitzero" format:"date-time"`
}

func importJSON(i *bulk.Import) ImportFile {
	return ImportFile{
		i.ID, i.Version, i.Kind, i.Format, i.Size, i.SHA256, i.Owner, i.DryRun, string(i.Status), i.CreatedAt.String(), i.EndedAt.String(),
		i.Rows, i.Invalid, i.Done, i.Failed, i.Reason,
	}
}

func importView(v *app.ImportView) ImportFile {
	f := importJSON(v.Import)
	f.Done, f.Failed, f.Invalid = v.Results[bulk.RowDone], v.Results[bulk.RowFailed], v.Results[bulk.RowInvalid]
	return f
}

func exportJSON(e *bulk.Export) ExportFile {
	return ExportFile{e.ID, e.Version, e.Kind, e.Format, ExportFilter(e.Filter), string(e.Status), e.Rows, e.Erased, e.Size, e.CreatedAt.String(), e.EndedAt.String()}
}

func rowJSON(o *bulk.Outcome) ImportRow {
	return ImportRow{o.Line, o.Status, o.Column, o.Code, o.Message, o.Ref}
}

// fileKind refuses a key that has no right to a kind of things: but for orders it needs all channels, too.
func (c *call) fileKind(kind, right string) error {
	area, ok := bulk.Areas[kind]
	if !ok {
		return errs.New(errs.Malformed, "invalid_parameter", "kind is one of %s", strings.Join(bulk.Kinds, ", "))
	}
	if scope := area + ":" + right; !c.key.Allows(scope) {
		return c.s.refused(c, errs.New(errs.Forbidden, "missing_scope", "a file of %s needs the scope %s", kind, scope).With("scope", scope))
	}
	if kind != bulk.Orders {
		return c.allChannels()
	}
	return nil
}

// uploadTime is how long a client may take to send a file.
const uploadTime = 15 * time.Minute

// fileTypes are the media types of files that can be imported.
var fileTypes = map[string]string{typeCSV: bulk.CSV, "application/jsonl": bulk.JSONL, typeJSONL: bulk.JSONL}

const typeJSONL = "application/x-ndjson"

// createImport stores the file while it arrives, and then the import, under the Idempotency-Key and the file's digest.
func createImport(c *call) error {
	kind := c.query.Get("kind")
	if err := c.fileKind(kind, "write"); err != nil {
		return err
	}
	media, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	format := fileTypes[media]
	if e := c.r.Header.Get("Content-Encoding"); format == "" || e != "" && e != "identity" {
		return errs.New(errs.UnsupportedType, "unsupported_media_type", "send the file as Content-Type: text/csv or application/x-ndjson, without Content-Encoding")
	}
	if c.r.Header.Get("Idempotency-Key") == "" {
		return errs.New(errs.Malformed, "idempotency_key_required", "send an Idempotency-Key header: a fresh value per file, the same when you try again")
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(uploadTime)) // test writers have none
	stored, err := c.s.app.Receive(c.r.Context(), ids.New("upl"), c.r.Body)
	if err != nil {
		return away(err)
	}
	i := bulk.Import{Kind: kind, Format: format, File: stored.Name, Size: stored.Size, SHA256: stored.SHA256, Owner: c.key.ID, DryRun: c.dryRun()}
	// What the request means: the same file with the same parameters.
	c.body = jsonx.Marshal(map[string]any{"sha256": i.SHA256, "kind": i.Kind, "format": i.Format, "dry_run": i.DryRun})
	render := rendered(http.StatusCreated, importJSON)
	m, err := c.meta(render)
	if err != nil {
		return err
	}
	return c.answer(c.s.app.CreateImport(c.r.Context(), i, m), render)
}

// importID checks the id in the path, and whether the key may do this to the import: to its own, or, with a key for all
// channels that has the right to what is in the file, to any.
func (c *call) importID(right string) (string, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("imp", id) {
		return "", errs.Unknown("import", id)
	}
	v, err := c.s.app.ImportFile(c.r.Context(), id)
	if err != nil {
		return "", away(err)
	}
	if len(c.key.Channels) > 0 && v.Owner != c.key.ID {
		return "", c.s.refused(c, errs.Unknown("import", id))
	}
	if v.Owner != c.key.ID {
		return id, c.fileKind(v.Kind, right)
	}
	return id, nil
}

func listImports(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	limit, err := c.limit()
	if err != nil {
		return err
	}
	rows, err := c.s.app.ImportList(c.r.Context(), c.query.Get("status"), c.query.Get("cursor"), limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, importJSON, func(i *bulk.Import) string { return i.ID }))
}

func getImport(c *call) error {
	id, err := c.importID("read")
	if err != nil {
		return err
	}
	return read(c, id, c.s.app.ImportFile, importView)
}

func listImportRows(c *call) error {
	id, err := c.importID("read")
	if err != nil {
		return err
	}
	after, limit, err := c.seqPage()
	if err != nil {
		return err
	}
	rows, err := c.s.app.ImportRows(c.r.Context(), id, c.query.Get("status"), after, limit+1)
	if err != nil {
		return away(err)
	}
	return c.reply(http.StatusOK, pageOf(rows, limit, rowJSON, func(o *bulk.Outcome) string { return itoa(o.Line) }))
}

// importReport writes what became of all rows as CSV.
func importReport(c *call) error {
	id, err := c.importID("read")
	if err != nil {
		return err
	}
	w := csv.NewWriter(c.w)
	for after := int64(0); ; {
		rows, err := c.s.app.ImportRows(c.r.Context(), id, c.query.Get("status"), after, csvPage)
		switch {
		case err != nil && after == 0:
			return away(err)
		case err != nil:
			panic(http.ErrAbortHandler) // the status is out: a file that ends here must not look whole
		case after == 0:
			c.w.Header().Set("Content-Type", typeCSV+"; charset=utf-8")
			c.w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.csv"`)
			_ = w.Write([]string{"line", "status", "column", "code", "message", "ref"}) // an error is found by Flush
		}
		for _, o := range rows {
			after = o.Line
			_ = w.Write([]string{itoa(o.Line), o.Status, bulk.Guard(o.Column), o.Code, bulk.Guard(o.Message), bulk.Guard(o.Ref)})
		}
		if w.Flush(); w.Error() != nil || len(rows) < csvPage {
			return nil
		}
	}
}

func getTemplate(c *call) error {
	kind := c.r.PathValue("kind")
	if !slices.Contains(bulk.Kinds, kind) {
		return errs.Unknown("template", kind)
	}
	write(c.w, http.StatusOK, typeCSV, bulk.Template(kind))
	return nil
}

func createExport(c *call) error {
	var in CreateExport
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.Format == "" {
		in.Format = bulk.CSV
	}
	e := bulk.Export{Kind: in.Kind, Format: in.Format, Filter: bulk.Filter(in.Filter), Owner: c.key.ID, Channels: c.key.Channels}
	if slices.Contains(bulk.Kinds, in.Kind) {
		if err := c.fileKind(in.Kind, "read"); err != nil {
			return err
		}
	}
	render := rendered(http.StatusCreated, exportJSON)
	m, err := c.meta(render)
	if err != nil {
		return err
	}
	return c.answer(c.s.app.CreateExport(c.r.Context(), e, m), render)
}

// export reads the export that the path names. Those of other keys are seen by keys for all channels.
func (c *call) export() (*bulk.Export, error) {
	id := c.r.PathValue("id")
	if !ids.Valid("exp", id) {
		return nil, errs.Unknown("export", id)
	}
	e, err := c.s.app.ExportFile(c.r.Context(), id)
	if err != nil {
		return nil, away(err)
	}
	if len(c.key.Channels) > 0 && e.Owner != c.key.ID {
		return nil, c.s.refused(c, errs.Unknown("export", id))
	}
	return e, c.fileKind(e.Kind, "read")
}

func getExport(c *call) error {
	e, err := c.export()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, exportJSON(e))
}

func listExports(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	return list(c, c.s.app.ExportList, exportJSON, func(e *bulk.Export) string { return e.ID })
}

// typeFile is the media type of a file of either form.
const typeFile = "application/octet-stream"

func getExportFile(c *call) error {
	e, err := c.export()
	if err != nil {
		return err
	}
	if err := e.Download(); err != nil {
		return err
	}
	file := c.s.app.ExportData(c.r.Context(), e)
	first := make([]byte, 1)
	if n, err := file.Read(first); errors.Is(err, io.ErrUnexpectedEOF) {
		return errs.Unknown("file of export", e.ID) // swept
	} else if err != nil && !errors.Is(err, io.EOF) {
		return away(err)
	} else {
		first = first[:n]
	}
	c.w.Header().Set("Content-Type", typeFile)
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+e.Kind+`-`+e.ID+`.`+e.Format+`"`)
	c.w.Header().Set("Content-Length", itoa(e.Size))
	c.w.WriteHeader(http.StatusOK)
	_, _ = io.Copy(c.w, io.MultiReader(bytes.NewReader(first), file)) // the length shows what was cut off
	return nil
}

func cancelExport(c *call) error {
	e, err := c.export()
	if err != nil {
		return err
	}
	return perform(c, &app.CancelExport{ID: e.ID}, http.StatusOK, exportJSON)
}

// moveImport is the common path of start and cancel.
func moveImport(to bulk.Status) func(*call) error {
	return func(c *call) error {
		id, err := c.importID("write")
		if err != nil {
			return err
		}
		return perform(c, &app.MoveImport{ID: id, To: to}, http.StatusOK, importJSON)
	}
}
