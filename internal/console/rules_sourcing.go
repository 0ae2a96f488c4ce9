package console

import (
	"net/http"
	"net/url"
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
	_, err = v.act(api.Act{Op: "putSourcingRule", Slots: slots("code", r.Code), Body: sourcingBody(r), DryRun: true}, nil)
	if e := errs.As(err); e != nil && e.Class == errs.Invalid {
		return pages.Findings(err), true, nil
	}
	return nil, err == nil, err
}

func sourcingBody(r *api.SourcingRule) *api.PutSourcingRule {
	return &api.PutSourcingRule{Name: r.Name, Active: &r.Active, Priority: r.Priority, When: r.When, Strategy: r.Strategy, AfterAction: r.AfterAction, Examples: r.Examples}
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

func (v *visit) sourcingRule(code string) (*api.SourcingRule, error) {
	var r api.SourcingRule
	err := v.get("getSourcingRule", slots("code", code), nil, &r)
	return &r, err
}

func (v *visit) sourcingRuleEffects(a *api.SourcingRule) func([]byte) ([]effect, error) {
	return func(answer []byte) (out []effect, err error) {
		var b api.SourcingRule
		if err := jsonx.Unmarshal(answer, &b); err != nil {
			return nil, err
		}
		out = differs(out, v.t("Name"), a.Name, b.Name)
		out = differs(out, v.t("Active"), v.yesNo(a.Active), v.yesNo(b.Active))
		out = differs(out, v.t("If"), a.When, b.When)
		out = differs(out, v.t("Then"), strings.Join(v.strategy(a), " · "), strings.Join(v.strategy(&b), " · "))
		out = differs(out, v.t("Priority"), strconv.FormatInt(a.Priority, 10), strconv.FormatInt(b.Priority, 10))
		return append(out, v.ranExamples(len(b.Examples))), nil
	}
}

func sourcingRuleForm(v *visit) (*subject, error) {
	r := &api.SourcingRule{Active: true}
	s, fresh, err := codeSubject(v, sourcingRulesPath, func(code string) (string, int64, error) {
		have, err := v.sourcingRule(code)
		if err == nil && v.r.PathValue("code") != newCode {
			r = have
		}
		return have.Name, have.Version, err
	})
	if err != nil {
		return nil, err
	}
	if fresh {
		s.name = v.t("Rules of sourcing")
	}
	list := make([]ruleExample, len(r.Examples))
	for i, e := range r.Examples {
		list[i] = ruleExample{e.Name, jsonx.Marshal(e.Facts), e.Matches}
	}
	splits, whole := "", ""
	if r.Strategy.MaxSplits != nil {
		splits = strconv.FormatInt(*r.Strategy.MaxSplits, 10)
	}
	if r.Strategy.ShipComplete {
		whole = "true"
	}
	s.about = v.t("It counts for orders that are placed from now on, and for units that look for another place.")
	s.fields = append(s.fields,
		field{Name: "name", Label: "Name", Kind: "text", Value: r.Name, Required: true},
		field{Name: "when", Label: "If", Kind: "area", Value: r.When, Required: true, Help: "A condition in CEL over order, address and channel, such as order.weight_grams > 20000. Amounts are in minor units."},
		field{Name: "strategy.criteria", Label: "Best by", Kind: "list", Value: strings.Join(r.Strategy.Criteria, ", "), Help: "One after the other, of ship_complete, fewest_shipments, distance, cost, promise, priority. Empty: as few shipments as possible, then priority."},
		field{Name: "strategy.max_splits", Label: "Split at most", Kind: "number", Value: splits, Help: "Times. Empty: as often as it takes."},
		field{Name: "strategy.ship_complete", Label: "It ships whole or waits", Kind: "check", Value: whole},
		field{Name: "strategy.locations", Label: "Only from", Kind: "list", Value: strings.Join(r.Strategy.Locations, ", "), Help: "Codes of locations, separated by commas. Empty: all of them."},
		field{Name: "strategy.exclude", Label: "Not from", Kind: "list", Value: strings.Join(r.Strategy.Exclude, ", "), Help: "Codes of locations, separated by commas."},
		field{Name: "after_action", Label: "What nobody has", Kind: "select", Value: r.AfterAction, Options: append([]option{{Text: v.t("As the sales channel says")}}, v.optionsOf([]string{"reject", "backorder", "park", "cancel"}, "reject")...)},
		field{Name: "priority", Label: "Priority", Kind: "number", Value: strconv.FormatInt(r.Priority, 10), Help: "Lower is asked first."},
		activeField(v, r.Active),
		v.examplesArea(list))
	for i := range s.fields { // the first choice is the one that is there
		if f := &s.fields[i]; f.Name == "after_action" {
			for j := range f.Options {
				f.Options[j].On = f.Options[j].Value == r.AfterAction
			}
		}
	}
	s.filled(func(form url.Values, body any, found *errs.List) {
		in := body.(*api.PutSourcingRule)
		typedExamples(form.Get(examplesField), found, func(e ruleExample) error {
			out := api.SourcingExample{Name: e.Name, Matches: e.Matches}
			err := jsonx.Decode(e.Facts, &out.Facts)
			in.Examples = append(in.Examples, out)
			return err
		})
	})
	s.place, s.effects = atExamples, v.sourcingRuleEffects(r)
	s.done = func([]byte) string { return v.t("The rule is published.") }
	return s, nil
}

func switchSourcingRuleForm(on bool) func(*visit) (*subject, error) {
	return func(v *visit) (*subject, error) {
		code := v.r.PathValue("code")
		r, err := v.sourcingRule(code)
		if err != nil {
			return nil, err
		}
		s := &subject{name: r.Name, slots: slots("code", code), version: r.Version, back: sourcingRulesPath + "/" + code, effects: v.sourcingRuleEffects(r)}
		s.about, s.no = v.switchTexts(r.Active, on)
		s.fill = func(_ url.Values, body any, _ *errs.List) {
			in := sourcingBody(r)
			in.Active = &on
			*body.(*api.PutSourcingRule) = *in
		}
		return s, nil
	}
}
