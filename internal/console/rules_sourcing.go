package console

import (
	"net/http"
	"strconv"
	"strings"

	"ordo/internal/api"
	"ordo/internal/errs"
	"ordo/internal/jsonx"
	"ordo/internal/pages"
)

// Rules of sourcing: the first active one whose condition holds says which plan is the best one for an order.

func listSourcingRules(v *visit) error {
	ask := query("limit", "100", "cursor", v.r.URL.Query().Get("cursor"))
	var list api.List[api.SourcingRule]
	if err := v.get("listSourcingRules", nil, ask, &list); err != nil {
		return err
	}
	p := rulesPage{
		About: v.t("The first active one that matches an order says where it ships from, by priority. Without one, orders ship in as few parcels as possible."),
		Empty: v.t("There are no rules of sourcing: orders ship in as few parcels as possible, then by the priority of locations."), Areas: v.ruleAreas(sourcingRulesPath),
		Next: v.nextPage(ask, list.NextCursor), Actions: v.only("catalog:write", []pageAction{{Text: "New rule", Path: sourcingRulesPath + "/" + newCode + "/edit", Page: true, Primary: true}}),
	}
	for _, r := range list.Data {
		p.Rows = append(p.Rows, ruleRow{r.Code, sourcingRulesPath + "/" + r.Code, r.Name, strings.Join(v.strategy(&r), " · "), r.Active, r.Priority, nil, v.clauses(r.When), len(r.Examples)})
	}
	return v.page(http.StatusOK, "rules", "Rules", "", p)
}

// strategy says what a rule does to the orders that it is for, in a sentence each.
func (v *visit) strategy(r *api.SourcingRule) (out []string) {
	s := r.Strategy
	if len(s.Criteria) > 0 {
		words := make([]string, len(s.Criteria))
		for i, c := range s.Criteria {
			words[i] = lower(v.word(c))
		}
		out = append(out, v.t("Best by: %s", strings.Join(words, ", ")))
	}
	if s.MaxSplits != nil {
		out = append(out, v.t("Splits: at most %d", *s.MaxSplits))
	}
	if s.ShipComplete {
		out = append(out, v.t("It ships whole or waits"))
	}
	if len(s.Locations) > 0 {
		out = append(out, v.t("Only from %s", strings.Join(s.Locations, ", ")))
	}
	if len(s.Exclude) > 0 {
		out = append(out, v.t("Not from %s", strings.Join(s.Exclude, ", ")))
	}
	if r.AfterAction != "" {
		out = append(out, v.t("What nobody has: %s", lower(v.word(r.AfterAction))))
	}
	return out
}

type sourcingRulePage struct {
	api.SourcingRule
	When     [][]clause
	Does     []string
	Examples []exampleRow
	Failing  int
	Try      *ruleTry // nil where the person may not look at orders or stock
	Actions  []pageAction
}

func showSourcingRule(v *visit) error {
	code := v.r.PathValue("code")
	var p sourcingRulePage
	if err := v.get("getSourcingRule", slots("code", code), nil, &p.SourcingRule); err != nil {
		return err
	}
	r := &p.SourcingRule
	p.When, p.Does = v.clauses(r.When), v.strategy(r)
	failing, known, err := v.failing(r)
	if err != nil {
		return err
	}
	for i, e := range r.Examples {
		because, fails := failing["examples."+strconv.Itoa(i)]
		if fails {
			p.Failing++
		}
		p.Examples = append(p.Examples, exampleRow{e.Name, e.Matches, known, !fails, because, factsOf(jsonx.Marshal(e.Facts))})
	}
	if v.may("orders:read") && v.may("stock:read") {
		o, try, err := v.tried()
		if err != nil {
			return err
		}
		if p.Try = try; o != nil {
			if err := v.sourceLike(o, try); err != nil {
				return err
			}
		}
	}
	at := sourcingRulesPath + "/" + code
	p.Actions = v.only("catalog:write", []pageAction{v.switchRule(at, p.Active), {Text: "Change", Path: at + "/edit", Page: true, Primary: true}})
	return v.page(http.StatusOK, "sourcingrule", v.t("Rule %s", code), "", p)
}

// failing are the examples of a rule that come out otherwise than they say now, found by a dry run of publishing it as it
// is. Not known for somebody who may not publish it.
func (v *visit) failing(r *api.SourcingRule) (found map[string]string, known bool, err error) {
	if !v.may("catalog:write") || v.person.Access.Channels != nil {
		return nil, false, nil
	}
	same := sourcingRules.body(r, r.Active)
	_, err = v.act(api.Act{Op: "putSourcingRule", Slots: slots("code", r.Code), Body: &same, DryRun: true}, nil)
	if e := errs.As(err); e != nil && e.Class == errs.Invalid {
		return pages.Findings(err), true, nil
	}
	return nil, err == nil, err
}

// sourceLike asks where what an order wants would ship from if it were placed now. Nothing is taken.
func (v *visit) sourceLike(o *api.Order, try *ruleTry) error {
	var whole api.Order
	if err := v.get("getOrder", slots("id", number0(o.ID)), nil, &whole); err != nil {
		return err
	}
	body := &api.PreviewSourcing{Channel: whole.Channel, ShippingAddress: whole.ShippingAddress, ShippingMethod: whole.Shipping.Method, Pickup: whole.Pickup}
	for _, l := range whole.Lines {
		if n := wantedOf(&l); n > 0 {
			body.Lines = append(body.Lines, api.BasketLine{SKU: l.SKU, Quantity: n})
		}
	}
	var out api.SourcingPreview
	if _, err := v.act(api.Act{Op: "previewSourcing", Key: pages.NewKey(), Body: body}, &out); err != nil {
		if errs.ClassOf(err) == errs.Internal {
			return err
		}
		try.Problem = v.why(err)
		return nil
	}
	try.Preview = &out
	return nil
}
