package api

import (
	"maps"
	"net/http"

	"ordo/internal/app"
)

// Verification is a run of the checks of `ordo verify` by the server.
type Verification struct {
	ID        string                `json:"id" example:"ver_01kas8rz0hefgtq4ty8f7zm6da"`
	State     string                `json:"state" enum:"queued,running,passed,failed,errored,cut_off" doc:"queued: asked for; passed: everything is right; failed: findings say what is not; errored: it could not check; cut_off: the server that ran it ended"`
	StartedAt string                `json:"started_at" format:"date-time" doc:"of a queued one when it was asked for"`
	EndedAt   string                `json:"ended_at,omitzero" format:"date-time"`
	Stage     string                `json:"stage,omitzero" doc:"what is read now" example:"journal"`
	Done      int64                 `json:"done,omitzero" doc:"rows of it that were read"`
	Total     int64                 `json:"total,omitzero" doc:"rows that it has"`
	Checks    int64                 `json:"checks,omitzero"`
	Rows      int64                 `json:"rows,omitzero" doc:"that were tested, over all checks"`
	Broken    int64                 `json:"broken,omitzero" doc:"rows that are not right"`
	Warnings  int64                 `json:"warnings,omitzero" doc:"rows to look at"`
	Head      string                `json:"head,omitzero" doc:"of the journal, as ordo verify --expect-head takes it"`
	Error     string                `json:"error,omitzero" doc:"why it could not check"`
	Findings  []VerificationFinding `json:"findings,omitzero" doc:"of each check the first"`
}

// VerificationFinding is what a check found.
type VerificationFinding struct {
	Check   string `json:"check" example:"books.balance"`
	Says    string `json:"says" doc:"what the check says of right data"`
	Rows    int64  `json:"rows" doc:"rows that are like this"`
	Row     string `json:"row" doc:"the first of them"`
	Text    string `json:"text" doc:"what is wrong with it"`
	Warning bool   `json:"warning,omitzero" doc:"to look at; nothing is broken"`
}

func verificationRoutes() []route {
	const path, key = "/v1/verifications", "all_channels_required"
	return []route{
		{
			op: "startVerification", method: http.MethodPost, path: path, tag: "Jobs", summary: "Check the data", scope: "jobs:manage",
			out: Verification{}, status: 200, codes: []string{key}, handle: startVerification,
			detail: "Runs what `ordo verify` checks, as a job of the server, on one snapshot: nobody who writes waits for it. Where one is queued or under way, the answer is that one. The server does it once a day by itself.",
		},
		{
			op: "listVerifications", method: http.MethodGet, path: path, tag: "Jobs", summary: "List what checks of the data found", scope: "jobs:manage",
			out: List[Verification]{}, status: 200, codes: []string{key}, handle: listVerifications,
			detail: "The last 30, newest first; one that is under way says how far it is.",
		},
	}
}

func verificationJSON(v app.Verification) Verification {
	out := Verification{
		ID: v.ID, State: v.State, StartedAt: v.StartedAt.String(), EndedAt: v.EndedAt.String(), Stage: v.Stage, Done: v.Done, Total: v.Total,
		Checks: v.Checks, Rows: v.Rows, Broken: v.Broken, Warnings: v.Warnings, Head: v.Head, Error: v.Error,
	}
	for _, f := range v.Findings {
		out.Findings = append(out.Findings, VerificationFinding(f))
	}
	return out
}

func startVerification(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	m, err := c.meta(rendered(http.StatusOK, verificationJSON))
	if err != nil {
		return err
	}
	return c.answer(c.s.app.StartVerification(c.r.Context(), m), rendered(http.StatusOK, verificationJSON))
}

func listVerifications(c *call) error {
	if err := c.allChannels(); err != nil {
		return err
	}
	rows, err := c.s.app.Verifications(c.r.Context())
	if err != nil {
		return away(err)
	}
	out := List[Verification]{Data: []Verification{}}
	for _, v := range rows {
		out.Data = append(out.Data, verificationJSON(v))
	}
	return c.reply(http.StatusOK, out)
}

func init() {
	started := Verification{ID: "ver_01kas8rz0hefgtq4ty8f7zm6da", State: "queued", StartedAt: exTime}
	ended := started
	ended.State, ended.EndedAt, ended.Checks, ended.Rows, ended.Head = "passed", exTime, 132, 48_211, "4711:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	maps.Copy(examples, map[string]example{
		"startVerification": {nil, started},
		"listVerifications": {nil, List[Verification]{Data: []Verification{ended}}},
	})
	maps.Copy(abouts, map[string]string{
		"Verification":        "A run of the checks of `ordo verify` by the server.",
		"VerificationFinding": "What a check found.",
	})
}
