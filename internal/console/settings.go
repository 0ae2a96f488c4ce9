package console

import (
	"net/http"
	"slices"
	"strings"

	"ordo/internal/api"
)

// Settings of the connections to other programs, and how the system does.

const (
	keysPath     = Root + "/settings/keys"
	webhooksPath = Root + "/settings/webhooks"
	systemPath   = Root + "/settings/system"
)

func settingsRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: keysPath, Scope: "keys:manage", handle: listKeys},
		{Method: http.MethodGet, Path: webhooksPath, Scope: "webhooks:read", handle: listWebhooks},
		{Method: http.MethodGet, Path: webhooksPath + "/{id}", Scope: "webhooks:read", handle: showWebhook},
		{Method: http.MethodGet, Path: systemPath, Scope: "jobs:manage", handle: showSystem},
	}
}

type keysPage struct {
	Keys []api.APIKey
	Next string
}

func listKeys(v *visit) error {
	ask := query("limit", "100", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[api.APIKey]
	if err := v.get("listKeys", nil, ask, &list); err != nil {
		return err
	}
	return v.page(http.StatusOK, "keys", "API keys", "key", keysPage{Keys: list.Data, Next: v.nextPage(ask, list.NextCursor)})
}

type webhooksPage struct {
	Webhooks []api.Webhook
	Next     string
	Make     []pageAction
}

func listWebhooks(v *visit) error {
	ask := query("limit", "100", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[api.Webhook]
	if err := v.get("listWebhooks", nil, ask, &list); err != nil {
		return err
	}
	p := webhooksPage{Webhooks: list.Data, Next: v.nextPage(ask, list.NextCursor)}
	p.Make = v.only("webhooks:write", []pageAction{{Text: "New endpoint", Path: webhooksPath + "/new", Primary: true}})
	return v.page(http.StatusOK, "webhooks", "Webhooks", "whk", p)
}

type webhookPage struct {
	filterBar
	api.Webhook
	Owners  map[string]string
	Actions []pageAction
	Views   []view
	Log     []deliveryRow
	Next    string
}

// replayed are the states of deliveries that can be sent again.
var replayed = []string{"dead", "delivered", "skipped"}

// deliveryRow is a delivery with where to look at what it is about.
type deliveryRow struct {
	api.WebhookDelivery
	Open, Again string
}

func showWebhook(v *visit) error {
	id := v.r.PathValue("id")
	p := webhookPage{filterBar: v.filters([]string{"status"}, map[string][]string{"status": api.Values("listWebhookDeliveries", "status")})}
	if err := v.get("getWebhook", slots("id", id), nil, &p.Webhook); err != nil {
		return err
	}
	ask := p.ask(v, "50")
	var log api.List[api.WebhookDelivery]
	if err := v.get("listWebhookDeliveries", slots("id", id), ask, &log); err != nil {
		return err
	}
	at := webhooksPath + "/" + id
	for _, d := range log.Data {
		row := deliveryRow{WebhookDelivery: d, Open: v.pageOf(d.Aggregate)}
		if v.may("webhooks:write") && slices.Contains(replayed, d.Status) {
			row.Again = at + "/deliveries/" + d.ID + "/replay"
		}
		p.Log = append(p.Log, row)
	}
	p.Next = v.nextPage(ask, log.NextCursor)
	for _, w := range []view{{Text: "All", Path: at}, {Text: "Waiting", Path: at + "?status=retry_wait"}, {Text: "Given up", Path: at + "?status=dead"}} {
		w.Current = v.r.URL.RequestURI() == w.Path
		p.Views = append(p.Views, w)
	}
	var err error
	if p.Owners, err = v.s.app.Names(v.ctx(), []string{p.Owner}); err != nil {
		return err
	}
	p.Actions = v.webhookButtons(at, p.State)
	return v.page(http.StatusOK, "webhook", "Webhook endpoint", id, p)
}

// webhookButtons are the actions of an endpoint, with the reasons of those that are not possible now.
func (v *visit) webhookButtons(at, state string) []pageAction {
	var out []pageAction
	add := func(text, name, no string, danger bool) {
		out = append(out, pageAction{Text: text, Path: at + "/" + name, No: no, Danger: danger})
	}
	when := func(is bool, text string) string {
		if is {
			return text
		}
		return ""
	}
	disabled := state == "disabled"
	add("Send a test", "test", when(disabled, v.t("It is disabled.")), false)
	add("Change", "edit", "", false)
	add("New secret", "rotate", "", false)
	add("Send again", "replay", when(disabled, v.t("It is disabled.")), false)
	add("Enable", "enable", when(!disabled, v.t("It is enabled.")), false)
	add("Disable", "disable", when(disabled, v.t("It is disabled.")), true)
	add("Delete", "delete", "", true)
	return v.only("webhooks:write", out)
}

type systemPage struct {
	Version string
	Views   []view
	Jobs    []api.Job
	Next    string
	Dead    bool
	Readers []readerLag

	Verify  *api.Verification // the last one; nil where there was none
	Earlier []api.Verification
	Begins  bool // the last one was asked for and has not begun
	Check   pageAction
}

// readerLag is how far a reader of the journal is behind it.
type readerLag struct {
	Name string
	Rows int64
}

// showSystem shows what works behind the pages: jobs, and the readers of the journal.
func showSystem(v *visit) error {
	state := v.r.URL.Query().Get("state")
	if state == "" {
		state = "dead"
	}
	ask := query("state", state, "limit", "50", "cursor", v.r.URL.Query().Get("cursor"))
	var jobs api.List[api.Job]
	if err := v.get("listJobs", nil, ask, &jobs); err != nil {
		return err
	}
	p := systemPage{Version: v.s.version, Jobs: jobs.Data, Next: v.nextPage(ask, jobs.NextCursor), Dead: state == "dead"}
	for _, w := range []view{{Text: "Given up", Path: systemPath}, {Text: "Waiting", Path: systemPath + "?state=ready"}} {
		w.Current = (w.Path == systemPath) == p.Dead
		p.Views = append(p.Views, w)
	}
	lags, err := v.s.app.ReaderLags(v.ctx())
	if err != nil {
		return err
	}
	for name, n := range lags {
		p.Readers = append(p.Readers, readerLag{name, n})
	}
	slices.SortFunc(p.Readers, func(a, b readerLag) int { return strings.Compare(a.Name, b.Name) })
	if err := v.verifyStatus(&p); err != nil {
		return err
	}
	return v.page(http.StatusOK, "system", "System", "", p)
}
