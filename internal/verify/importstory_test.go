package verify

import (
	"strings"
	"time"

	"ordo/internal/app"
	"ordo/internal/bulk"
)

// importStory brings in a file of which one row is refused, tries another one, and takes the stock out.
func (s *shop) importStory() {
	s.t.Helper()
	s.ids["import"] = s.sendFile("sku,location,delta,reason\nC,south,1,found\nC,south,-1,lost\nC,south,-1000000,lost\n", false, bulk.DoneWithErrors)
	s.ids["tried"] = s.sendFile("sku,location,delta,reason\nC,south,1,found\n", true, bulk.Ready)
	made := s.app.CreateExport(s.t.Context(), bulk.Export{Kind: bulk.Stock, Format: bulk.CSV, Owner: app.BootstrapActor}, meta)
	s.must(made.Err)
	s.ids["export"] = made.Value.(*bulk.Export).ID
	s.until("the export is done", func() bool {
		e, err := s.app.ExportFile(s.t.Context(), s.ids["export"])
		s.must(err)
		return e.Status == bulk.Done
	})
}

func (s *shop) sendFile(file string, dry bool, want bulk.Status) string {
	s.t.Helper()
	ctx := s.t.Context()
	stored, err := s.app.Receive(ctx, "upl_"+file[len(file)-8:len(file)-1], strings.NewReader(file))
	s.must(err)
	sent := s.app.CreateImport(ctx, bulk.Import{
		Kind: bulk.Stock, Format: bulk.CSV, File: stored.Name, Size: stored.Size, SHA256: stored.SHA256, Owner: app.BootstrapActor, DryRun: dry,
	}, meta)
	s.must(sent.Err)
	id := sent.Value.(*bulk.Import).ID
	s.until("the import is "+string(want), func() bool {
		i, err := s.app.ImportFile(ctx, id)
		s.must(err)
		return i.Status == want
	})
	return id
}

func (s *shop) until(what string, f func() bool) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("not in time: %s", what)
		}
	}
}

func init() {
	row := func(h *hurt, line int64) string { return bulk.OutcomeID(h.ids["import"], line) }
	damages = append(damages, []damage{
		{"an import's column differs", func(h *hurt) {
			h.exec("UPDATE imports SET status = 'running' WHERE id = $1", h.ids["import"])
		}, []string{"imports.documents"}, "import {import}"},
		{"an import counts more than was done", func(h *hurt) {
			h.edit("imports", h.ids["import"], func(m dict) { m["done"] = 3 })
		}, []string{"imports.documents", "imports.rows"}, "import {import}"},
		{"a row that was done is not known any more", func(h *hurt) {
			h.exec("DELETE FROM import_rows WHERE id = $1", row(h, 2))
		}, []string{"imports.rows"}, "import {import}"},
		{"a row made nothing", func(h *hurt) {
			h.edit("import_rows", row(h, 2), func(m dict) { m["ref"] = "adj_x" })
		}, []string{"imports.rows"}, "import {import}"},
		{"a row took effect twice", func(h *hurt) {
			h.exec("UPDATE journal SET request_id = $1 WHERE seq = $2", row(h, 2), h.number("SELECT MIN(seq) FROM journal WHERE type = 'stock.adjusted'"))
			h.chain()
		}, []string{"imports.rows"}, "import {import}"},
		{"a row never took effect", func(h *hurt) {
			h.exec("UPDATE journal SET request_id = 'req' WHERE request_id = $1", row(h, 3))
			h.chain()
		}, []string{"imports.rows"}, "import {import}"},
		{"a row that was refused took effect", func(h *hurt) {
			h.exec("UPDATE journal SET request_id = $1 WHERE seq = $2", row(h, 4), h.number("SELECT MIN(seq) FROM journal WHERE type = 'stock.adjusted'"))
			h.chain()
		}, []string{"imports.rows"}, "import {import}"},
		{"an import says that it had no rows", func(h *hurt) {
			none := func(m dict) {
				for _, name := range []string{"rows", "done", "failed", "invalid"} {
					delete(m, name)
				}
			}
			h.exec("DELETE FROM import_rows WHERE import_id = $1", h.ids["import"])
			h.edit("imports", h.ids["import"], none)
			h.editBody(h.seq("import.finished", h.ids["import"]), func(m dict) { none(m["import"].(dict)) })
		}, []string{"imports.rows"}, "import {import}"},
		{"a row is of an import that does not exist", func(h *hurt) {
			h.exec("UPDATE journal SET request_id = 'imp_x:000000000002' WHERE request_id = $1", row(h, 3))
			h.chain()
		}, []string{"imports.rows"}, "journal "},
		{"a row's column differs", func(h *hurt) {
			h.exec("UPDATE import_rows SET status = 'failed' WHERE id = $1", row(h, 2))
		}, []string{"imports.rows"}, "import {import}"},
		{"a row is of no import", func(h *hurt) {
			h.exec("UPDATE import_rows SET import_id = 'imp_x' WHERE id = $1", row(h, 4))
		}, []string{"imports.rows"}, "row {import}:000000000004"},
		{"a dry run did something", func(h *hurt) {
			h.exec("UPDATE import_rows SET id = $1, import_id = $2, doc = REPLACE(doc, $3, $2) WHERE id = $4", bulk.OutcomeID(h.ids["tried"], 2), h.ids["tried"], h.ids["import"], row(h, 2))
		}, []string{"imports.rows"}, "import {import}"},
		{"nobody takes an import on", func(h *hurt) {
			h.edit("imports", h.ids["tried"], func(m dict) { m["status"] = "running" })
			h.exec("UPDATE imports SET status = 'running' WHERE id = $1", h.ids["tried"])
		}, []string{"imports.documents", "imports.jobs"}, "import {tried}"},
		{"an export is not what its event says", func(h *hurt) {
			h.edit("exports", h.ids["export"], func(m dict) { m["rows"] = 1000 })
		}, []string{"imports.documents"}, "export {export}"},
		{"an event is about an import that does not exist", func(h *hurt) {
			h.addEvent(h.seq("import.uploaded", h.ids["import"]), "import.started", "imp_00000000000000000000000000", 1)
		}, []string{"journal.events"}, "journal "},
	}...)
}
