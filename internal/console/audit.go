package console

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ordo/internal/api"
)

const auditPath = Root + "/audit"

func auditRoutes() []Route {
	return []Route{{Method: http.MethodGet, Path: auditPath, Scope: "events:read", handle: showAudit}}
}

var auditFilters = []string{"actor", "subject", "type", "until"}

type auditPage struct {
	filterBar
	Views []view
	Rows  []auditRow
	Next  string
	Newer bool // it does not begin with the newest
}

// auditRow is one event: who did what to what.
type auditRow struct {
	timelineEntry
	Type, Actor, Subject string
	Open                 string // page of the subject; "" for none
	Request              string
	Body                 string
}

// showAudit lists who did what, newest first: what people did by hand, unless something else is asked for.
func showAudit(v *visit) error {
	to, err := v.auditOf()
	if err != nil {
		return err
	}
	if to != "" {
		v.redirect(to)
		return nil
	}
	p := auditPage{filterBar: v.filters(auditFilters, nil), Newer: v.r.URL.Query().Get("cursor") != ""}
	ask := p.ask(v, "50")
	if !v.r.URL.Query().Has("actor") {
		ask.Set("actor", "people")
	}
	var list api.List[api.Event]
	if err := v.get("listAudit", nil, ask, &list); err != nil {
		return err
	}
	names, err := namesOf(v, list.Data, eventActor)
	if err != nil {
		return err
	}
	for _, e := range list.Data {
		row := auditRow{timelineEntry: v.entry(e, names), Type: e.Type, Actor: e.Actor, Subject: e.Aggregate, Request: e.RequestID, Open: v.pageOf(e.Aggregate)}
		body := jsontext.Value(e.Body).Clone()
		if body.Indent() == nil {
			row.Body = string(body)
		}
		p.Rows = append(p.Rows, row)
	}
	for i, f := range p.Filters {
		switch f.Name {
		case "actor":
			all, err := v.s.app.Names(v.ctx(), []string{f.Value})
			if err != nil {
				return err
			}
			p.Filters[i].Shown = all[f.Value]
		case "subject", "type":
			p.Filters[i].Shown = f.Value
		}
	}
	p.Next = v.nextPage(ask, list.NextCursor)
	actor := ask.Get("actor")
	for _, w := range []view{{Text: "By people", Query: query("actor", "people")}, {Text: "By Ordo itself", Query: query("actor", "system")}, {Text: "Everything", Path: auditPath + "?actor="}} {
		if w.Path == "" {
			w.Path = auditPath + "?" + w.Query.Encode()
		}
		w.Current = w.Query.Get("actor") == actor
		p.Views = append(p.Views, w)
	}
	return v.page(http.StatusOK, "audit", "Who did what", "", p)
}

// auditOf is the address with ids in place of what people know: the mail address of who did it, the number of what it
// was done to. It is empty where there is nothing to replace, or nothing is found.
func (v *visit) auditOf() (string, error) {
	q := v.r.URL.Query()
	changed := false
	if actor := strings.TrimSpace(q.Get("actor")); strings.Contains(actor, "@") {
		u, err := v.s.app.UserByEmail(v.ctx(), actor)
		if err != nil {
			return "", err
		}
		if u != nil {
			q.Set("actor", u.ID)
			changed = true
		}
	}
	if subject := strings.TrimPrefix(strings.TrimSpace(q.Get("subject")), "#"); subject != "" && !strings.Contains(subject, "_") && v.may("orders:read") {
		var found api.List[api.Hit]
		if err := v.get("lookUp", nil, query("q", subject), &found); err != nil {
			return "", err
		}
		if len(found.Data) > 0 {
			q.Set("subject", found.Data[0].ID)
			changed = true
		}
	}
	if !changed {
		return "", nil
	}
	return auditPath + "?" + q.Encode(), nil
}

// pagesOf are the pages of things by the prefix of their ids.
var pagesOf = []struct{ prefix, path, scope string }{
	{"ord_", Root + "/orders/", "orders:read"},
	{"ful_", fulfillmentPath + "/", "fulfillments:read"},
	{"case_", Root + "/cases/", "cases:read"},
	{"ret_", returnsPath + "/", "returns:read"},
	{"cus_", customersPath + "/", "customers:read"},
	{"trf_", inventoryPath + "/transfers/", "stock:read"},
	{"cnt_", inventoryPath + "/counts/", "stock:read"},
}

// pageOf is the page of what has an id; "" where there is none, or not for this person.
func (v *visit) pageOf(id string) string {
	for _, p := range pagesOf {
		if strings.HasPrefix(id, p.prefix) && v.may(p.scope) {
			return p.path + id
		}
	}
	return ""
}
