package api

// The examples of imports and exports.
func init() {
	const at = "2026-11-22T08:15:30.123456Z"
	sent := ImportFile{
		ID: "imp_01kas8rz0hefgtq4ty8f7zm6dg", Version: 1, Kind: "products", Format: "csv", Size: 94, SHA256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
		Owner: *exAPIKey.ID, Status: "uploaded", CreatedAt: at,
	}
	as := func(version int64, status string) ImportFile {
		i := sent
		i.Version, i.Status, i.Rows = version, status, 1
		return i
	}
	made := ExportFile{ID: "exp_01kas8rz0hefgtq4ty8f7zm6dg", Version: 1, Kind: "orders", Format: "csv", Filter: ExportFilter{Status: "open"}, Status: "running", CreatedAt: at}
	examples["createImport"] = example{nil, sent}
	examples["listImports"] = example{nil, List[ImportFile]{Data: []ImportFile{sent}}}
	examples["getImport"] = example{nil, as(3, "ready")}
	examples["startImport"] = example{nil, as(4, "running")}
	examples["cancelImport"] = example{nil, as(4, "canceled")}
	examples["listImportRows"] = example{nil, List[ImportRow]{Data: []ImportRow{{Line: 2, Status: "invalid", Column: "price", Code: "wrong_type", Message: "price: give an amount such as 12.00, without thousands separators"}}}}
	examples["getImportReport"], examples["getImportTemplate"], examples["getExportFile"] = example{}, example{}, example{}
	examples["createExport"] = example{CreateExport{Kind: "orders", Filter: ExportFilter{Status: "open"}}, made}
	examples["listExports"] = example{nil, List[ExportFile]{Data: []ExportFile{made}}}
	examples["getExport"] = example{nil, made}
	stopped := made
	stopped.Version, stopped.Status, stopped.EndedAt = 2, "canceled", at
	examples["cancelExport"] = example{nil, stopped}
	exampleQueries["createImport"] = "kind=products"
	slotCodes["import_templates"] = "products"
	anImport, anExport := lookup{name: "IMPORT", path: "/v1/imports?limit=1", prefix: "imp"}, lookup{name: "EXPORT", path: "/v1/exports?limit=1", prefix: "exp"}
	for _, op := range []string{"getImport", "startImport", "cancelImport", "listImportRows", "getImportReport"} {
		lookups[op] = []lookup{anImport}
	}
	for _, op := range []string{"getExport", "cancelExport", "getExportFile"} {
		lookups[op] = []lookup{anExport}
	}
	abouts["ImportFile"] = "A file that was sent, and what becomes of it."
	abouts["ImportRow"] = "What became of a row of a file."
	abouts["CreateExport"] = "What to export."
	abouts["ExportFilter"] = "What of it; empty fields select all."
	abouts["ExportFile"] = "A file that is being made, or was."
}
