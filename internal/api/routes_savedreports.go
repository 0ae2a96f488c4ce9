package api

import (
	"maps"
	"net/http"

	"ordo/internal/errs"
)

func savedReportRoutes() []route {
	const tag, path, scope = "Reports", "/v1/saved-reports", "reports:read"
	mine := []string{"not_found", "not_yours", "version_mismatch"}
	return []route{
		{
			op: "listSavedReports", method: http.MethodGet, path: path, tag: tag, summary: "List saved reports", scope: scope, query: paged,
			out: List[SavedReport]{}, status: 200, handle: listSavedReports, detail: "Your own, and those that others share.",
		},
		{
			op: "createSavedReport", method: http.MethodPost, path: path, tag: tag, summary: "Save a report", scope: scope, query: dry,
			in: SaveReport{}, out: SavedReport{}, status: http.StatusCreated, etag: true, handle: createSavedReport,
			detail: "A report with its filters and days under a name, for yourself or shared with everybody who may read reports. With a schedule it is mailed: for each due time one mail to each recipient, with the " +
				"report attached, as its owner may see it, once the facts have all that happened until then. Times that were missed while the server was away are one report. A schedule needs reports:write, and so does sharing. It is refused where there is no address that its mails could come from.",
			codes: []string{"all_channels_required"},
		},
		{
			op: "getSavedReport", method: http.MethodGet, path: path + "/{id}", tag: tag, summary: "Read a saved report", scope: scope,
			out: SavedReport{}, status: 200, etag: true, codes: []string{"not_found"}, handle: getSavedReport,
		},
		{
			op: "putSavedReport", method: http.MethodPut, path: path + "/{id}", tag: tag, summary: "Change a saved report", scope: scope, query: dry,
			in: SaveReport{}, out: SavedReport{}, status: 200, etag: true, codes: append([]string{"all_channels_required"}, mine...), handle: putSavedReport,
			detail: "Replaces all that stands in the body. Of what others share this needs reports:write, and so does a schedule. Who changes query or schedule of what somebody else shares, or has a paused report go on, is the owner from then " +
				"on: what is mailed is what the last of them may read.",
		},
		{
			op: "deleteSavedReport", method: http.MethodDelete, path: path + "/{id}", tag: tag, summary: "Delete a saved report", scope: scope,
			out: SavedReport{}, status: 200, codes: mine, handle: deleteSavedReport,
		},
		{
			op: "sendSavedReport", method: http.MethodPost, path: path + "/{id}/send", tag: tag, summary: "Mail a saved report now", scope: "reports:write", query: dry,
			out: SavedReport{}, status: 200, etag: true, codes: []string{"not_found", "version_mismatch", "not_scheduled", "report_paused", "report_too_large", "no_mail_sender", "rebuilding"}, handle: sendSavedReport,
			detail: "To the recipients of its schedule, beside it: when it is due next stays.",
		},
	}
}

func init() {
	idSlots["saved-reports"] = idSlot{"srp", "saved_report", "SAVED_REPORT"}
	problemKinds = append(problemKinds,
		problemKind{"not_yours", errs.Forbidden, "It is somebody else's.", "Save one of your own.", nil},
		problemKind{"not_scheduled", errs.Conflict, "The report has no recipients.", "Give it a schedule with recipients.", nil},
		problemKind{"report_paused", errs.Conflict, "The owner of the report may not read it, or have it mailed, any more.", "Save it again, or one of your own.", nil},
	)
	findingKinds = append(findingKinds, findingKind{"no_mail_sender", "there is no address that mails come from"})
	const id, at = "srp_01kas8rz0hefgtq4ty8f7zm6dg", "2026-11-22T08:15:30.123456Z"
	in := SaveReport{
		Name: "Sales of the week", Shared: true, Query: SavedQuery{Report: "sales", Period: "last_week", Bucket: "day", Compare: "previous", Filters: map[string][]string{"channel": {"web"}}},
		Schedule: &ReportSchedule{Every: "weekly", Weekday: "monday", At: "07:00", TimeZone: "Europe/London", Form: "pdf", Recipients: []string{"ada@example.com"}},
	}
	out := SavedReport{
		ID: ref(id), Version: 1, Name: in.Name, Owner: *exAPIKey.ID, Shared: true, Query: in.Query, From: "2026-11-09", To: "2026-11-15", Schedule: in.Schedule,
		NextDue: "2026-11-23T07:00:00Z", CreatedAt: at,
	}
	with := func(change func(*SavedReport)) SavedReport {
		s := out
		s.Version++
		change(&s)
		return s
	}
	maps.Copy(examples, map[string]example{
		"createSavedReport": {in, out},
		"listSavedReports":  {nil, List[SavedReport]{Data: []SavedReport{out}}},
		"getSavedReport":    {nil, out},
		"putSavedReport":    {SaveReport{Name: "Sales", Query: in.Query, Schedule: in.Schedule}, with(func(s *SavedReport) { s.Name, s.Shared = "Sales", false })},
		"sendSavedReport": {nil, with(func(s *SavedReport) {
			s.Last = &ReportDelivered{At: at, From: s.From, To: s.To, Mails: []string{"mail_01kas8rz0hefgtq4ty8f7zm6dg"}}
		})},
		"deleteSavedReport": {nil, with(func(s *SavedReport) { s.Deleted, s.NextDue = true, "" })},
	})
	a := lookup{name: "SAVED_REPORT", path: "/v1/saved-reports?limit=1", prefix: "srp"}
	for _, op := range []string{"getSavedReport", "putSavedReport", "sendSavedReport", "deleteSavedReport"} {
		lookups[op] = []lookup{a}
	}
	maps.Copy(abouts, map[string]string{
		"SavedReport":     "A report under a name, with its schedule and what became of it.",
		"SavedQuery":      "What is asked of a report, and for which days.",
		"ReportSchedule":  "When a report is mailed, and to whom.",
		"ReportDelivered": "What became of a due time of a report.",
		"SaveReport":      "A report to keep.",
	})
}
