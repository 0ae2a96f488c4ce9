package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"ordo/internal/bulk"
	"ordo/internal/errs"
)

func importRoutes() []route {
	const tag = "Import and export"
	kinds := param{name: "kind", detail: "what the rows are about; required", values: bulk.Kinds}
	status := param{name: "status", detail: "what became of the row", values: bulk.RowStates}
	seen := []string{"not_found"}
	moved := []string{"not_found", "illegal_transition", "version_mismatch"}
	return []route{
		{
			op: "createImport", method: http.MethodPost, path: "/v1/imports", tag: tag, summary: "Send a file to import", scope: "imports:write", upload: true,
			query: []param{kinds, {name: "dry_run", detail: "true: the file is kept and its rows are validated; nothing is done until it is started", values: []string{"true", "false"}}},
			out:   ImportFile{}, status: http.StatusCreated, codes: []string{"file_too_large", "validation_failed", "all_channels_required"}, handle: createImport,
			detail: "The body is the file: text/csv with a header, or application/x-ndjson with what the API takes for one thing in each line. It is stored, then every row is validated as a dry run. " +
				"When all are good they are done at once; otherwise it waits until it is started, without those that are not, or canceled. The key needs the scope for writing what is in the file.",
		},
		{
			op: "listImports", method: http.MethodGet, path: "/v1/imports", tag: tag, summary: "List imports", scope: "imports:read",
			query: append([]param{{name: "status", detail: "state", values: texts(bulk.Statuses)}}, paged...), out: List[ImportFile]{}, status: 200,
			codes: []string{"all_channels_required"}, handle: listImports,
		},
		{
			op: "getImport", method: http.MethodGet, path: "/v1/imports/{id}", tag: tag, summary: "Read an import and how far it is", scope: "imports:read",
			out: ImportFile{}, status: 200, etag: true, codes: seen, handle: getImport,
		},
		{
			op: "startImport", method: http.MethodPost, path: "/v1/imports/{id}/start", tag: tag, summary: "Run the rows that are valid", scope: "imports:write", query: dry,
			out: ImportFile{}, status: 200, etag: true, codes: moved, handle: moveImport(bulk.Running),
			detail: "After a dry run, or without the rows that validation refused. Each row means once, also when the server dies in between.",
		},
		{
			op: "cancelImport", method: http.MethodPost, path: "/v1/imports/{id}/cancel", tag: tag, summary: "Stop an import", scope: "imports:write", query: dry,
			out: ImportFile{}, status: 200, etag: true, codes: moved, handle: moveImport(bulk.Canceled), detail: "After the rows that are under way. What was done stays done.",
		},
		{
			op: "listImportRows", method: http.MethodGet, path: "/v1/imports/{id}/rows", tag: tag, summary: "List what became of the rows", scope: "imports:read",
			query: append([]param{status}, paged...), out: List[ImportRow]{}, status: 200, codes: seen, handle: listImportRows,
		},
		{
			op: "getImportReport", method: http.MethodGet, path: "/v1/imports/{id}/report", tag: tag, summary: "Download what became of the rows, as CSV", scope: "imports:read",
			query: []param{status}, file: typeCSV, status: 200, codes: seen, handle: importReport,
		},
		{
			op: "getImportTemplate", method: http.MethodGet, path: "/v1/import_templates/{kind}", tag: tag, summary: "Download a file with the columns and one row", scope: "imports:read",
			file: typeCSV, status: 200, codes: seen, handle: getTemplate,
		},
		{
			op: "createExport", method: http.MethodPost, path: "/v1/exports", tag: tag, summary: "Have a file made", scope: "exports:write",
			in: CreateExport{}, out: ExportFile{}, status: http.StatusCreated, codes: []string{"all_channels_required"}, handle: createExport,
			detail: "What was made before the request, in the order of ids. The key needs the scope for reading what is in the file, and sees its channels only. What was exported can be imported again.",
		},
		{
			op: "listExports", method: http.MethodGet, path: "/v1/exports", tag: tag, summary: "List exports", scope: "exports:read", query: paged,
			out: List[ExportFile]{}, status: 200, codes: []string{"all_channels_required"}, handle: listExports,
		},
		{
			op: "getExport", method: http.MethodGet, path: "/v1/exports/{id}", tag: tag, summary: "Read an export", scope: "exports:read",
			out: ExportFile{}, status: 200, etag: true, codes: []string{"not_found", "all_channels_required"}, handle: getExport,
		},
		{
			op: "cancelExport", method: http.MethodPost, path: "/v1/exports/{id}/cancel", tag: tag, summary: "Stop an export", scope: "exports:write", query: dry,
			out: ExportFile{}, status: 200, etag: true, codes: append([]string{"all_channels_required"}, moved...), handle: cancelExport,
			detail: "While it runs. What was written of the file is removed.",
		},
		{
			op: "getExportFile", method: http.MethodGet, path: "/v1/exports/{id}/file", tag: tag, summary: "Download the file of an export", scope: "exports:read",
			file: typeFile, status: 200, codes: []string{"not_found", "illegal_transition", "all_channels_required"}, handle: getExportFile,
		},
	}
}

func uploadBody() *huma.RequestBody {
	file := &huma.MediaType{Schema: &huma.Schema{}} // bytes are described by their media type alone
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{typeCSV: file, typeJSONL: file}}
}

func init() {
	routes = append(routes, importRoutes()...)
	problemKinds = append(problemKinds, problemKind{"file_too_large", errs.TooLarge, "The file has more bytes than the setting import_size allows.", "Split it.", nil})
	tags = append(tags, struct{ Name, About string }{"Import and export", "Files that bring in or take out many things at once."})
	idSlots["imports"] = idSlot{"imp", "import", "IMPORT"}
	idSlots["exports"] = idSlot{"exp", "export", "EXPORT"}
}
