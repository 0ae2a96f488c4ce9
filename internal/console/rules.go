package console

import (
	"net/http"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// Rules: those that hold orders, and those that say where orders ship from.

const (
	rulesPath         = Root + "/settings/rules"
	sourcingRulesPath = Root + "/settings/sourcing-rules"
)

func ruleRoutes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: rulesPath, Scope: "rules:read", handle: listRules},
		{Method: http.MethodGet, Path: rulesPath + "/{code}", Scope: "rules:read", handle: showRule},
		{Method: http.MethodGet, Path: sourcingRulesPath, Scope: "catalog:read", handle: listSourcingRules},
		{Method: http.MethodGet, Path: sourcingRulesPath + "/{code}", Scope: "catalog:read", handle: showSourcingRule},
	}
}

type rulesPage struct {
	About, Empty string
	Areas        []view
	Rows         []ruleRow
	Next         string
	Actions      []pageAction
}

// ruleRow is a rule of either kind in a list.
type ruleRow struct {
	Code, Path, Name, Effect string
	Active                   bool
	Priority                 int64
	Channels                 []string
	When                     [][]clause
	Examples                 int
}

// ruleAreas are the two lists of rules.
func (v *visit) ruleAreas(current string) (out []view) {
	for _, a := range []struct{ text, path, scope string }{{"Rules that hold orders", rulesPath, "rules:read"}, {"Rules of sourcing", sourcingRulesPath, "catalog:read"}} {
		if v.may(a.scope) {
			out = append(out, view{Text: a.text, Path: a.path, Current: a.path == current})
		}
	}
	return out
}

func listRules(v *visit) error {
	ask := query("limit", "100", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[api.Rule]
	if err := v.get("listRules", nil, ask, &list); err != nil {
		return err
	}
	p := rulesPage{
		About: v.t("They run when an order is placed, by priority. Each one that matches holds the order."), Empty: v.t("There are no rules."), Areas: v.ruleAreas(rulesPath),
		Next: v.nextPage(ask, list.NextCursor), Actions: v.only("rules:write", []pageAction{{Text: "New rule", Path: rulesPath + "/" + newCode + "/edit", Page: true, Primary: true}}),
	}
	for _, r := range list.Data {
		p.Rows = append(p.Rows, ruleRow{r.Code, rulesPath + "/" + r.Code, r.Name, v.t("Hold: %s", lower(v.word(r.Hold.Type))), r.Active, r.Priority, r.Channels, v.clauses(r.When), len(r.Examples)})
	}
	return v.page(http.StatusOK, "rules", "Rules", "", p)
}

// exampleRow is an example and what becomes of it now.
type exampleRow struct {
	Name     string
	Expected bool
	Known    bool // whether it passes is known
	Passes   bool
	Because  string
	Facts    []fact
}

type rulePage struct {
	api.Rule
	Areas      []view
	When, Lift [][]clause
	Examples   []exampleRow
	Failing    int
	Try        *ruleTry // nil where the person may not look at orders
	MayFired   bool
	Fired      []api.RuleFiring
	Next       string
	Actions    []pageAction
}

// ruleTry is what a rule makes of an order that somebody named.
type ruleTry struct {
	Order, Problem string
	Link           string
	Trial          *api.RuleTrial
	Parts          []tryPart
	Preview        *api.SourcingPreview
}

// tryPart is a part of a condition that decided, with the facts that it rests on. Those about persons have no value.
type tryPart struct {
	Text  string
	Holds bool
	Facts []fact
}

func showRule(v *visit) error {
	code := v.r.PathValue("code")
	p := rulePage{MayFired: v.may("orders:read"), Areas: v.ruleAreas("")}
	if err := v.get("getRule", slots("code", code), nil, &p.Rule); err != nil {
		return err
	}
	p.When = v.clauses(p.Rule.When)
	if p.LiftWhen != "" {
		p.Lift = v.clauses(p.LiftWhen)
	}
	for _, e := range p.Rule.Examples {
		var trial api.RuleTrial
		if _, err := v.act(api.Act{Op: "testRule", Key: pages.NewKey(), Slots: slots("code", code), Body: &api.TestRule{Facts: &e.Facts}}, &trial); err != nil {
			return err
		}
		row := exampleRow{e.Name, e.Matches, true, trial.Holds == e.Matches, trial.Because, factsOf(jsonx.Marshal(e.Facts))}
		if !row.Passes {
			p.Failing++
		}
		p.Examples = append(p.Examples, row)
	}
	if p.MayFired {
		if err := v.ruleOnOrders(&p, code); err != nil {
			return err
		}
	}
	at := rulesPath + "/" + code
	p.Actions = v.only("rules:write", []pageAction{v.switchRule(at, p.Active), {Text: "Change", Path: at + "/edit", Page: true, Primary: true}})
	return v.page(http.StatusOK, "rule", v.t("Rule %s", code), "", p)
}

// switchRule is the button that makes a rule active, or stops it.
func (v *visit) switchRule(at string, active bool) pageAction {
	if active {
		return pageAction{Text: "Disable", Path: at + "/disable", Danger: true}
	}
	return pageAction{Text: "Enable", Path: at + "/enable"}
}

// ruleOnOrders tries the rule on the order that the address names, and lists the orders that it held.
func (v *visit) ruleOnOrders(p *rulePage, code string) error {
	o, try, err := v.tried()
	if err != nil {
		return err
	}
	if p.Try = try; o != nil {
		try.Trial = &api.RuleTrial{}
		if _, err := v.act(api.Act{Op: "testRule", Key: pages.NewKey(), Slots: slots("code", code), Body: &api.TestRule{Order: number0(o.ID)}}, try.Trial); err != nil {
			return err
		}
		for _, part := range try.Trial.Parts {
			shown := tryPart{Text: part.Text, Holds: part.Holds}
			for _, f := range part.Facts {
				value := ""
				if f.Value != nil {
					value = string(jsonx.Marshal(f.Value))
				}
				shown.Facts = append(shown.Facts, fact{v.word(f.Name), value})
			}
			try.Parts = append(try.Parts, shown)
		}
	}
	ask := query("limit", "20", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[api.RuleFiring]
	if err := v.get("listRuleFirings", slots("code", code), ask, &list); err != nil {
		return err
	}
	p.Fired, p.Next = list.Data, v.nextPage(ask, list.NextCursor)
	return nil
}

// tried finds the order that is to be tried, by its number; nil where none was named or there is none.
func (v *visit) tried() (*api.Order, *ruleTry, error) {
	try := &ruleTry{Order: strings.TrimSpace(v.r.URL.Query().Get("order"))}
	number := strings.TrimPrefix(try.Order, "#")
	if number == "" {
		return nil, try, nil
	}
	var list api.List[api.Order]
	if err := v.get("listOrders", nil, query("q", errs.Clip(number), "limit", "10"), &list); err != nil {
		return nil, nil, err
	}
	for i := range list.Data {
		if o := &list.Data[i]; number0(o.Number) == number || number0(o.ID) == number {
			try.Link = Root + "/orders/" + number0(o.ID)
			return o, try, nil
		}
	}
	try.Problem = v.t("There is no order %s.", errs.Clip(number))
	return nil, try, nil
}

// findingsOf are the findings of an error by the facts that they are about.
func findingsOf(err error) map[string]string {
	found := pages.Findings(err)
	if found == nil {
		found = map[string]string{"": pages.Sentence(err.Error())}
	}
	return found
}
